#include <string.h>
#include <unistd.h>

#include "applets/input.h"
#include "applets/out.h"
#include "applets/rows.h"

enum { ROW = 16 };
static uint8_t row[ROW], before[ROW];
static unsigned used;
static bool starred, any; /* a row like the one before was left out; there was one */
static uint64_t at, skip, left = INT64_MAX;

static void put_row(const struct args *a)
{
    bool canonical = a->option['C'] != NULL;
    unsigned unit = canonical ? 1 : 2, width = unit * 2;
    if (any && used == ROW && memcmp(row, before, ROW) == 0 && a->option['v'] == NULL) {
        out_text(starred ? "" : "*\n");
        starred = true;
        return;
    }
    any = true;
    starred = false;
    memset(row + used, 0, ROW - used);
    memcpy(before, row, ROW);
    out_format(canonical ? "%08llx" : "%07llx", (unsigned long long)at);
    for (unsigned i = 0; i < ROW; i += unit) {
        if (canonical && i % 8 == 0)
            out_char(' ');
        if (i < used)
            out_format(" %0*x", width, canonical ? row[i] : row[i] | row[i + 1] << 8);
        else
            out_format("%*s", width + 1, "");
    }
    if (canonical) {
        out_text("  |");
        for (unsigned i = 0; i < used; i++)
            out_bytes((uint8_t)(row[i] - ' ') < 95 ? row + i : (const uint8_t *)".", 1);
        out_char('|');
    }
    out_char('\n');
}

static int dump(struct args *a, struct input *in)
{
    if (skip != 0 && lseek(in->fd, (off_t)skip, SEEK_SET) >= 0) {
        at = skip;
        skip = 0;
    }
    for (struct span s; left != 0 && !out_failed() && (s = input_some(in)).n != 0;)
        for (; s.n != 0 && left != 0; s.p++, s.n--) {
            if (skip != 0) {
                skip--;
                at++;
                continue;
            }
            left--;
            row[used++] = *s.p;
            if (used == ROW) {
                put_row(a);
                at += ROW;
                used = 0;
            }
        }
    return 0;
}

static int run(struct args *a)
{
    if (!applet_count(a, 's', &skip) || !applet_count(a, 'n', &left))
        return 1;
    int status = input_each(a, dump);
    if (used != 0)
        put_row(a);
    at += used;
    if (at != 0)
        out_format(a->option['C'] != NULL ? "%08llx\n" : "%07llx\n", (unsigned long long)at);
    return status;
}

const struct applet applet_hexdump = {
    "hexdump", "Cvn:s:", "[-Cv] [-n BYTES] [-s SKIP] [FILE...]\nShow bytes (-C: and characters)",
    run, false
};
