#include <string.h>

#include "applets/input.h"
#include "applets/memory.h"
#include "applets/out.h"
#include "applets/rows.h"

enum { KEYS = 16, VALUES = 3 };

enum { NUMERIC = 1, HUMAN = 2, REVERSE = 4, FOLD = 8, BLANKS = 16 };
static const char flags[] = "nhrfb";

/* From the start of a field to the end of another one, by its flags. */
static struct key {
    unsigned from, to; /* 0: the line's */
    unsigned flags;
} keys[KEYS], *keys_end;
static int separator = -1;
static bool stable, backward;

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* Behind so many fields. */
static const uint8_t *behind(const uint8_t *p, const uint8_t *end, unsigned fields)
{
    for (unsigned i = 0; i < fields && p < end; i++)
        if (separator >= 0) {
            p += i != 0;
            while (p < end && *p != separator)
                p++;
        } else {
            while (p < end && is_blank(*p))
                p++;
            while (p < end && !is_blank(*p))
                p++;
        }
    return p;
}

static struct span key_of(const struct key *k, struct span line)
{
    const uint8_t *end = line.p + line.n, *stop = k->to != 0 ? behind(line.p, end, k->to) : end;
    const uint8_t *p = behind(line.p, end, k->from - 1);
    p += k->from > 1 && separator >= 0 && p < end;
    while ((k->flags & BLANKS) != 0 && p < stop && is_blank(*p))
        p++;
    return span_of(p, p < stop ? (size_t)(stop - p) : 0);
}

/* Unit, whole part, billionths; all of them negative where the number is. */
static void value_of(struct span s, bool human, int64_t v[VALUES])
{
    static const char units[] = "KMGTPE";
    const uint8_t *p = s.p, *end = s.p + s.n;
    memset(v, 0, VALUES * sizeof *v);
    while (p < end && is_blank(*p))
        p++;
    bool minus = p < end && *p == '-';
    p += minus;
    for (; p < end && (uint8_t)(*p - '0') < 10; p++)
        v[1] = v[1] < INT64_MAX / 10 ? v[1] * 10 + (*p - '0') : INT64_MAX;
    if (p < end && *p == '.') {
        int64_t unit = 100000000;
        for (p++; p < end && (uint8_t)(*p - '0') < 10; p++, unit /= 10)
            v[2] += unit * (*p - '0');
    }
    if (human && p < end && *p != 0) {
        const char *u = strchr(units, *p == 'k' ? 'K' : *p);
        v[0] = u != NULL ? u - units + 1 : 0;
    }
    for (int i = 0; i < VALUES && minus; i++)
        v[i] = -v[i];
}

static int64_t v[VALUES], w[VALUES];

static int compare_keys(const struct span *a, const struct span *b)
{
    for (const struct key *k = keys; k < keys_end; k++) {
        struct span x = key_of(k, *a), y = key_of(k, *b);
        int c = 0;
        if ((k->flags & (NUMERIC | HUMAN)) == 0) {
            c = memory_compare(x, y, (k->flags & FOLD) != 0);
        } else {
            value_of(x, (k->flags & HUMAN) != 0, v);
            value_of(y, (k->flags & HUMAN) != 0, w);
            for (int i = 0; i < VALUES && c == 0; i++)
                c = (v[i] > w[i]) - (v[i] < w[i]);
        }
        if (c != 0)
            return (k->flags & REVERSE) != 0 ? -c : c;
    }
    return 0;
}

/* Lines whose keys are the same are in the order of their bytes. */
static int compare(const void *a, const void *b)
{
    int c = compare_keys(a, b);
    if (c != 0 || stable)
        return c;
    c = memory_compare(*(const struct span *)a, *(const struct span *)b, false);
    return backward ? -c : c;
}

/* N[flags][,M[flags]], a line each; the command's own flags are for keys without any */
static bool take_keys(const struct args *a, const char *p)
{
    unsigned general = 0, *number = &keys->from;
    struct key *k = keys;
    const char *f;
    for (f = flags; *f != 0; f++)
        general |= (unsigned)(a->option[(uint8_t)*f] != NULL) << (f - flags);
    for (;; p++) {
        if ((uint8_t)(*p - '0') < 10) {
            *number = *number * 10 + (unsigned)(*p - '0');
        } else if (*p == ',' && number == &k->from) {
            number = &k->to;
        } else if (*p == 0 || *p == '\n') {
            if (k->from == 0)
                return false;
            k->flags = k->flags != 0 ? k->flags : general;
            keys_end = ++k;
            number = &k->from;
            if (*p == 0 || k == keys + KEYS)
                return *p == 0;
        } else if ((f = strchr(flags, *p)) != NULL) {
            k->flags |= 1U << (f - flags);
        } else {
            return false;
        }
    }
}

/* --- lines --- */
static struct span *lines;
static size_t lines_n, lines_room;

/* What was read stays in memory. */
static int take_lines(struct args *a, struct input *in)
{
    struct span all;
    (void)a;
    input_all(in, &all);
    for (const uint8_t *p = all.p, *end = p + all.n, *stop; p < end; p = stop + 1) {
        stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop != NULL ? stop : end;
        lines = memory_room(lines, &lines_room, (lines_n + 1) * sizeof *lines);
        lines[lines_n++] = span_of(p, (size_t)(stop - p));
    }
    in->buffer = NULL;
    return 0;
}

static int run(struct args *a)
{
    const char *to = a->option['o'], *between = a->option['t'];
    const char *key = a->option['k'] != NULL ? a->option['k'] : "1";
    if (!take_keys(a, key) || (between != NULL && (between[0] == 0 || between[1] != 0)))
        return applet_usage(a);
    separator = between != NULL ? (uint8_t)*between : -1;
    backward = a->option['r'] != NULL;
    bool unique = a->option['u'] != NULL;
    stable = unique || a->option['s'] != NULL;
    if (input_each(a, take_lines) != 0)
        return 2;
    lines_room = 0;
    void **order = memory_room(NULL, &lines_room, lines_n * 2 * sizeof(void *));
    for (size_t i = 0; i < lines_n; i++)
        order[i] = lines + i;
    memory_sort(order, order + lines_n, lines_n, compare);
    if (to != NULL && !out_to(to))
        return 2;
    for (size_t i = 0; i < lines_n && !out_failed(); i++)
        if (!unique || i == 0 || compare(order[i - 1], order[i]) != 0) {
            out_span(*(struct span *)order[i]);
            out_char('\n');
        }
    return 0;
}

const struct applet applet_sort = {
    "sort", "nhrfbusk::t:o:",
    "[-nhrfbus] [-k N[,M][nhrfb]]... [-t C] [-o FILE] [FILE...]\nPut lines in order", run, false
};
