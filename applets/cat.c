#include "applets/input.h"
#include "applets/out.h"
#include "applets/rows.h"

static int copy(struct args *a, struct input *in)
{
    (void)a;
    for (;;) {
        struct span s = input_some(in);
        out_span(s);
        if (s.n == 0 || !out_flush()) /* who reads along wants it now */
            return 0;
    }
}

static int run(struct args *a)
{
    return input_each(a, copy);
}

const struct applet applet_cat = { "cat", "u", "[FILE...]\nPut files out, one after the other", run,
                                   false };
