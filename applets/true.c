#include "applets/rows.h"

static int succeed(struct args *a)
{
    (void)a;
    return 0;
}

static int fail(struct args *a)
{
    (void)a;
    return 1;
}

const struct applet applet_true = { "true", NULL, "\nDo nothing, successfully", succeed, true };
const struct applet applet_false = { "false", NULL, "\nDo nothing, unsuccessfully", fail, true };
