#include <unistd.h>

#include "applets/input.h"
#include "applets/out.h"
#include "applets/rows.h"

enum { COLUMNS = 3, ALL = 7, WIDTH = 9 };
static const char columns[] = "lwc";
static uint64_t total[COLUMNS];
static unsigned wanted; /* a bit for each */
static int width = WIDTH;

static void put(const struct args *a, const uint64_t counts[COLUMNS], const char *name)
{
    const char *between = "";
    for (unsigned i = 0; i < COLUMNS; i++)
        if ((wanted >> i & 1) != 0) {
            out_format("%s%*llu", between, width, (unsigned long long)counts[i]);
            between = " ";
        }
    out_format(a->words != 0 ? " %s\n" : "\n", name);
}

static int count(struct args *a, struct input *in)
{
    uint64_t counts[COLUMNS] = { 0 };
    bool inside = false;
    for (struct span s; (s = input_some(in)).n != 0; counts[2] += s.n)
        for (size_t i = 0; i < s.n; i++) {
            bool blank = s.p[i] == ' ' || (uint8_t)(s.p[i] - '\t') < 5;
            counts[0] += s.p[i] == '\n';
            counts[1] += !blank && !inside;
            inside = !blank;
        }
    for (unsigned i = 0; i < COLUMNS; i++)
        total[i] += counts[i];
    put(a, counts, in->fd == STDIN_FILENO ? "-" : in->name);
    return 0;
}

static int run(struct args *a)
{
    for (unsigned i = 0; i < COLUMNS; i++)
        wanted |= (unsigned)(a->option[(uint8_t)columns[i]] != NULL) << i;
    wanted = wanted != 0 ? wanted : ALL;
    if ((wanted & (wanted - 1)) == 0 && a->words < 2)
        width = 0; /* a mere number, for scripts */
    int status = input_each(a, count);
    if (a->words > 1)
        put(a, total, "total");
    return status;
}

const struct applet applet_wc = { "wc", columns, "[-lwc] [FILE...]\nCount lines, words and bytes",
                                  run, false };
