#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "applets/files.h"
#include "applets/rows.h"

static int one(struct args *a, const char *from, int at, const char *name)
{
    static struct stat st;
    const char **o = a->option;
    bool there = fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && (o['n'] != NULL || (o['i'] != NULL && !files_yes("replace", name))))
        return 0;
    if (renameat(AT_FDCWD, from, at, name) == 0)
        return 0;
    /* On another file system: a copy, of which the original stays until it is whole. */
    if (errno != EXDEV ||
        (there && unlinkat(at, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) != 0))
        return applet_failed(from);
    o['r'] = o['p'] = o['f'] = "";
    o['i'] = NULL;
    int status = files_copy(o, from, at, name);
    return status != 0 ? status : files_remove(o, from);
}

static int run(struct args *a)
{
    if (a->option['f'] != NULL)
        a->option['i'] = NULL;
    return files_into(a, 0, one);
}

const struct applet applet_mv = {
    "mv", "fni", "[-fni] FILE... TO\nMove or rename (-n: replace nothing, -i: ask)", run, false
};
