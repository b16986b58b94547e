#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "applets/files.h"
#include "applets/rows.h"

static int link_one(const struct args *a, const char *from, int at, const char *name)
{
    return a->option['s'] != NULL ? symlinkat(from, at, name) : linkat(AT_FDCWD, from, at, name, 0);
}

static int one(struct args *a, const char *from, int at, const char *name)
{
    static struct stat st, there;
    if (link_one(a, from, at, name) == 0)
        return 0;
    if (errno == EEXIST && a->option['f'] != NULL &&
        fstatat(at, name, &there, AT_SYMLINK_NOFOLLOW) == 0) {
        bool same =
            fstatat(AT_FDCWD, from, &st, AT_SYMLINK_NOFOLLOW) == 0 && files_same(&st, &there);
        if (same)
            return applet_wrong(from, "is this file already");
        if (unlinkat(at, name, 0) == 0 && link_one(a, from, at, name) == 0)
            return 0;
    }
    return applet_failed(name);
}

static int run(struct args *a)
{
    if (a->words == 1)
        return one(a, a->word[0], AT_FDCWD, files_base(a->word[0]));
    return files_into(a, a->option['n'] != NULL ? O_NOFOLLOW : 0, one);
}

const struct applet applet_ln = { "ln", "sfn",
                                  "[-sfn] TARGET... [NAME]\nLink files (-s: by name, -f: in place "
                                  "of another, -n: of a link, too)",
                                  run, false };
