#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "applets/files.h"
#include "applets/rows.h"

/* With those above it (-p), whose rights are the usual ones. */
static int make(const struct args *a, char *path)
{
    mode_t mode = 0777;
    static struct stat st;
    bool parents = a->option['p'] != NULL;
    if (a->option['m'] != NULL && !files_mode(a->option['m'], &mode))
        return 2;
    for (char *p = path + 1; parents && path[0] != 0 && (p = strchr(p, '/')) != NULL; *p++ = '/') {
        *p = 0;
        if (p[1] != 0 && mkdir(path, 0777) != 0 && errno != EEXIST)
            return applet_failed(path);
    }
    if (mkdir(path, mode) != 0)
        return parents && errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode)
                   ? 0
                   : applet_failed(path);
    return a->option['m'] != NULL && chmod(path, mode) != 0 ? applet_failed(path) : 0;
}

static int run(struct args *a)
{
    int status = 0;
    if (a->words == 0)
        return applet_usage(a);
    for (int i = 0; i < a->words; i++)
        status |= make(a, a->word[i]);
    return status;
}

const struct applet applet_mkdir = {
    "mkdir", "pm:", "[-p] [-m MODE] FOLDER...\nMake folders (-p: with those above)", run, false
};
