/* What the commands that change files have in common. */
#ifndef APPLETS_FILES_H
#define APPLETS_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "applets/applet.h"
#include "applets/memory.h"

/* --- what people write; all complain --- */
bool files_mode(const char *text, mode_t *mode); /* 755, u+rwX,o=; from what the mode is now */
bool files_user(const char *text, uint32_t *uid);
bool files_group(const char *text, uint32_t *gid);

/* The last part of a path, without slashes behind it. Valid until the next call. */
const char *files_base(const char *path);

bool files_same(const struct stat *a, const struct stat *b); /* one file? */

/* Owner (unless `owner` is false), rights and times of an open file; with `name`, of what has that name in the open folder and is neither
 * followed nor given rights. Bits that would let others be the owner go with an owner only. */
bool files_seal(int fd, const char *name, const struct stat *st, bool owner, bool times);

/* "NAME: WHAT FILE?" on standard error, and what is typed. */
bool files_yes(const char *what, const char *file);

/* `each` with all words but the last, and where it goes to: into the folder that the last word is, or, if it is none, under that
 * name. `flags`: how the folder is opened (O_NOFOLLOW, or 0). */
int files_into(struct args *a, int flags,
               int (*each)(struct args *a, const char *from, int at, const char *name));

/* --- cp.c, rm.c: as these with such options --- */
int files_copy(const char *const *option, const char *from, int at, const char *name);
int files_remove(const char *const *option, const char *path);

/* Files with several names: the path that such a file was seen under, NULL (and this one is kept) when it is the first time, or when
 * it has no other name. */
enum { LINKS_BUCKETS = 256 };
struct links {
    struct arena memory;
    struct link *bucket[LINKS_BUCKETS];
};
const char *links_seen(struct links *l, const struct stat *st, const char *path);

#endif
