/* Through a tree of files without following links to folders, from descriptor to descriptor: a name that is exchanged on the
 * way leads nowhere else. */
#ifndef APPLETS_WALK_H
#define APPLETS_WALK_H

#include <stdbool.h>
#include <sys/stat.h>

#include "applets/memory.h"

enum { WALK_DEEPEST = 2000 }; /* folders in folders; below that is a complaint */

struct entry {
    const char *path; /* as one would write it: the start's name and what follows */
    int at;           /* the folder it is in … */
    const char *name; /* … and its name there */
    int depth;        /* of the start: 0 */
    struct stat st;   /* of itself, unless `follow` says otherwise */
    bool after;       /* a folder, after what is in it */
};

struct walk {
    int (*each)(struct walk *w, struct entry *e); /* a status; those of all are combined by | */
    void *data;                                   /* the caller's */
    bool after;  /* folders come a second time, after what is in them */
    bool sorted; /* what is in a folder comes in the order of names */
    bool follow; /* a link that is the start is followed (0: none are) */
    bool one_device;
    bool skip;   /* set by `each`: not into this folder */
    bool stop;   /* set by `each`: that was enough */
    int deepest; /* 0: no limit; else folders that deep are not entered */
};

int walk_tree(struct walk *w, const char *start);

/* What is in an open folder, but for . and .., added to the list as it comes. false, with errno: not all. */
bool walk_names(int fd, struct names *names);

#endif
