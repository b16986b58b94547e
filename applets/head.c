#include "applets/input.h"
#include "applets/out.h"
#include "applets/rows.h"

static int copy(struct args *a, struct input *in)
{
    const char *bytes = a->option['c'];
    uint64_t left = 10;
    struct span s;
    if (!applet_count(a, bytes != NULL ? 'c' : 'n', &left))
        return 1;
    input_heading(a, in);
    while (left != 0 && (bytes != NULL ? (s = input_some(in)).n != 0 : input_line(in, &s))) {
        size_t n = bytes != NULL && s.n > left ? (size_t)left : s.n;
        out_bytes(s.p, n);
        if (bytes == NULL && in->ended)
            out_char('\n');
        left -= bytes != NULL ? n : 1;
    }
    return 0;
}

static int run(struct args *a)
{
    return input_each(a, copy);
}

const struct applet applet_head = {
    "head", "#n:c:qv",
    "[-qv] [-n LINES | -c BYTES] [FILE...]\nPut the beginning of files out (10 lines)", run, false
};
