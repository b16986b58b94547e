#include "box/run.h"

#include <string.h>

#include "applets/applet.h"
#include "box/files.h"

int box_run(char **argv)
{
    const char *slash = strrchr(argv[0], '/'), *name = slash != NULL ? slash + 1 : argv[0];
    const struct applet *a = applet_named(name + (name[0] == '-')); /* of a login shell */
    int status = serve_files(argv);
    if (status >= 0)
        return status;
    if (a == NULL && (slash != NULL ||
                      strcmp(name, "nano_sh") == 0)) /* the file itself, whatever it is called */
        a = applet_named("nano-sh");
    if (a != NULL)
        return applet_run(a, argv);
    applet_become(argv);
}
