#include <string.h>

#include "applets/out.h"
#include "applets/rows.h"

static int run(struct args *a)
{
    bool newline = true;
    char **first = a->word;
    for (; *first != NULL && strcmp(*first, "-n") == 0; first++)
        newline = false;
    for (char **w = first; *w != NULL; w++) {
        if (w != first)
            out_char(' ');
        out_text(*w);
    }
    if (newline)
        out_char('\n');
    return 0;
}

const struct applet applet_echo = { "echo", NULL,
                                    "[-n] [TEXT...]\nPut the words out (-n: no line end)", run,
                                    true };
