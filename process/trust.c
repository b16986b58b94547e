/* The walk is by descriptors, not by names: what was checked is what was opened, whatever happens to
 * the names meanwhile. (realpath() would also bring malloc along.) */
#include "process/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "process/error.h"

enum { LINKS_MAX = 8, DEPTH_MAX = 64 };

/* A file's name and the directory it is looked up in. */
struct place {
    int directory;
    const char *name;
    char path[PATH_MAX];
};

static bool mode_good(const struct stat *st, const struct user *u)
{
    bool owned = st->st_uid == 0 || st->st_uid == u->uid;
    /* In a sticky directory only a file's owner can replace it, so the file's own check is enough. */
    bool sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) && st->st_uid == 0;
    return owned && (sticky || (st->st_mode & (S_IWGRP | S_IWOTH)) == 0);
}

/* Goes to the directory part of p->path, from where it is now. */
static bool enter(struct place *p)
{
    char *slash = strrchr(p->path, '/');
    p->name = slash != NULL ? slash + 1 : p->path;
    if (slash == NULL)
        return true;
    char first = p->path[0]; /* of "/name" the directory part is "/" itself */
    *slash = 0;
    int from = p->directory;
    p->directory = openat(from, slash == p->path && first == '/' ? "/" : p->path,
                          O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (from >= 0)
        close(from);
    return p->directory >= 0;
}

/* Follows symbolic links, so that the directories of what is really opened can be checked. */
static int open_file(struct place *p)
{
    for (int i = 0; i < LINKS_MAX; i++) {
        if (!enter(p))
            return -1;
        int fd = openat(p->directory, p->name,
                        O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (fd >= 0 || errno != ELOOP)
            return fd;
        char target[PATH_MAX];
        ssize_t n = readlinkat(p->directory, p->name, target, sizeof target);
        if (n < 0 || n == sizeof target)
            return -1;
        memcpy(p->path, target, (size_t)n);
        p->path[n] = 0;
    }
    errno = ELOOP;
    return -1;
}

static bool same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* How much of the path names the directory so far above; where a symbolic link leads elsewhere, this
 * is the one it was reached by. */
static size_t above(const char *path, int depth)
{
    size_t n = strlen(path);
    for (; depth > 0 && n > 1; depth--)
        while (n > 1 && path[--n] != '/')
            ;
    return n;
}

/* The directory and all above it, up to the home directory or to /. Takes the descriptor. */
static bool directories_good(int fd, const struct user *u, const char *path, char *why, size_t room)
{
    struct stat home, here, last = { 0 };
    if (stat(u->home, &home) != 0)
        memset(&home, 0, sizeof home);
    for (int depth = 1; depth < DEPTH_MAX && fd >= 0; depth++) {
        if (fstat(fd, &here) != 0 || !mode_good(&here, u)) {
            close(fd);
            text_format(why, room, "bad ownership or modes for directory %.*s",
                        (int)above(path, depth), path);
            return false;
        }
        int next = openat(fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = next;
        if (same(&here, &home) || (depth > 1 && same(&here, &last))) {
            if (fd >= 0)
                close(fd);
            return true;
        }
        last = here;
    }
    if (fd >= 0)
        close(fd);
    text_format(why, room, "cannot check the directories above %s", path);
    return false;
}

int trust_open(const char *path, const struct user *u, char *why, size_t room)
{
    struct place p = { .directory = AT_FDCWD };
    struct stat st;
    why[0] = 0;
    text_format(p.path, sizeof p.path, "%s", path);
    int fd = open_file(&p);
    int e = errno;
    if (fd < 0) {
        if (e != ENOENT)
            text_format(why, room, "cannot open %s: %s", path, error_text(e));
    } else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        text_format(why, room, "%s is not a regular file", path);
    } else if (!mode_good(&st, u)) {
        text_format(why, room, "bad ownership or modes for file %s", path);
    } else if (directories_good(p.directory, u, path, why, room)) {
        return fd;
    } else {
        p.directory = -1;
    }
    if (p.directory >= 0)
        close(p.directory);
    if (fd >= 0)
        close(fd);
    return -1;
}
