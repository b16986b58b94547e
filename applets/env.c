#include <string.h>
#include <unistd.h>

#include "applets/memory.h"
#include "applets/out.h"
#include "applets/rows.h"

/* Takes out what has this name, which ends at a '=' or as the text does; how many are left. */
static size_t forget(char **list, size_t used, const char *name)
{
    size_t n = strcspn(name, "="), kept = 0;
    for (size_t i = 0; i < used; i++)
        if (strncmp(list[i], name, n) != 0 || list[i][n] != '=')
            list[kept++] = list[i];
    return kept;
}

static int run(struct args *a)
{
    char **w = a->word, **list;
    size_t used = 0;
    while (environ[used] != NULL)
        used++;
    list = memory_grow(NULL, 0, (used + (size_t)a->words + 1) * sizeof *list);
    if (list == NULL)
        return applet_failed("environment");
    memcpy(list, environ, used * sizeof *list);
    for (; *w != NULL && **w == '-'; w++) {
        if ((*w)[1] == 'i')
            used = 0;
        else if ((*w)[1] == 'u' && w[1] != NULL)
            used = forget(list, used, *++w);
        else
            return applet_usage(a);
    }
    for (; *w != NULL && strchr(*w, '=') != NULL; w++) {
        used = forget(list, used, *w);
        list[used++] = *w;
    }
    list[used] = NULL;
    environ = list;
    if (*w != NULL)
        applet_become(w);
    for (; *list != NULL; list++) {
        out_text(*list);
        out_char('\n');
    }
    return 0;
}

const struct applet applet_env = { "env", NULL,
                                   "[-i] [-u NAME] [NAME=VALUE...] [COMMAND]\n"
                                   "Show the environment, or run a command in another",
                                   run, false };
