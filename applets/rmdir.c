#include <string.h>
#include <unistd.h>

#include "applets/rows.h"

static int run(struct args *a)
{
    int status = 0;
    if (a->words == 0)
        return applet_usage(a);
    for (int i = 0; i < a->words; i++) {
        char *path = a->word[i], *slash = path;
        while (slash != NULL) {
            if (rmdir(path) != 0) {
                status = applet_failed(path);
                break;
            }
            size_t n = strlen(path);
            while (n > 0 && path[n - 1] == '/')
                path[--n] = 0;
            slash = a->option['p'] != NULL ? strrchr(path, '/') : NULL;
            if (slash == path)
                slash = NULL;
            if (slash != NULL)
                *slash = 0;
        }
    }
    return status;
}

const struct applet applet_rmdir = { "rmdir", "p",
                                     "[-p] FOLDER...\nRemove empty folders (-p: and those above)",
                                     run, false };
