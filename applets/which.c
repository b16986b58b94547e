#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applets/out.h"
#include "applets/rows.h"
#include "process/path.h"

/* What applet_become() would take; of our own, the name. */
static bool find(const char *name, bool all)
{
    static char path[4096];
    static const char *rest;
    rest = getenv("PATH");
    bool any = applet_named(name) != NULL || (strchr(name, '/') != NULL && access(name, X_OK) == 0);
    if (any)
        out_format("%s\n", name);
    while ((all || !any) && path_next(path, sizeof path, name, &rest)) {
        out_format("%s\n", path);
        any = true;
    }
    return any;
}

static int run(struct args *a)
{
    int status = 0;
    for (char **w = a->word; *w != NULL; w++)
        status |= !find(*w, a->option['a'] != NULL);
    return status;
}

const struct applet applet_which = {
    "which", "a", "[-a] NAME...\nShow where commands are; just the name: built in", run, false
};
