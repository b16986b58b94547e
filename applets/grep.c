#include <string.h>
#include <unistd.h>

#include "applets/input.h"
#include "applets/out.h"
#include "applets/regex.h"
#include "applets/rows.h"
#include "applets/walk.h"

enum { STATUS_NONE = 1, STATUS_TROUBLE = 2 };

static struct regex pattern;
static struct args given;
static uint64_t most = INT64_MAX, before, after;
static bool names, found, trouble, put_before;

/* The file one is in, … */
static const char *name;
static bool binary;
static uint64_t number, selected,
    owed; /* the line's; how many; lines of context that are to follow */
/* … and the lines of it that are in memory: whole ones. */
static struct span lines;
static const uint8_t *shown; /* up to here; NULL: nothing just before them */

static bool is(char letter)
{
    return given.option[(unsigned char)letter] != NULL;
}

static void put(const uint8_t *p, const uint8_t *end, uint64_t n, char kind)
{
    if (names)
        out_format("%s%c", name, kind);
    if (is('n'))
        out_format("%llu%c", (unsigned long long)n, kind);
    out_bytes(p, (size_t)(end - p));
    out_char('\n');
}

static void put_matches(const uint8_t *p, const uint8_t *end)
{
    static size_t at[2];
    size_t from = (size_t)(p - lines.p);
    while (regex_find(&pattern, lines, from, at) && lines.p + at[0] < end) {
        if (at[0] != at[1])
            put(lines.p + at[0], lines.p + at[1], number, ':');
        from = at[1] + (at[0] == at[1]);
    }
}

/* The line that `p` is behind; not before `low`. */
static const uint8_t *line_start(const uint8_t *low, const uint8_t *p)
{
    const uint8_t *at = memrchr(low, '\n', (size_t)(p - low));
    return at != NULL ? at + 1 : low;
}

/* With what comes before it. */
static void put_selected(const uint8_t *p, const uint8_t *end)
{
    const uint8_t *low = shown != NULL ? shown : lines.p, *from = p;
    uint64_t n = number;
    for (; number - n < before && from > low; n--)
        from = line_start(low, from - 1);
    if (put_before && from != shown && (is('A') || is('B') || is('C')))
        out_text("--\n");
    put_before = true;
    for (; from < p; n++) {
        const uint8_t *next = memchr(from, '\n', (size_t)(p - from));
        put(from, next, n, '-');
        from = next + 1;
    }
    if (!is('o'))
        put(p, end, number, ':');
    else if (!is('v'))
        put_matches(p, end);
}

/* false: enough of this file */
static bool take(const uint8_t *p, const uint8_t *end)
{
    selected++;
    found = true;
    if (is('q'))
        _exit(0);
    if (is('l') || is('L') || (binary && !is('c')))
        return false;
    owed = after;
    if (!is('c'))
        put_selected(p, end);
    return true;
}

static bool search_lines(void)
{
    const uint8_t *p = lines.p, *end = p + lines.n, *hit = NULL;
    while (p < end) {
        if (selected == most && owed == 0)
            return false;
        if (hit == NULL || hit < p) {
            static size_t at[2];
            hit = regex_find(&pattern, lines, (size_t)(p - lines.p), at)
                      ? line_start(p, lines.p + at[0])
                      : end;
        }
        if (!is('v') && !is('n') && owed == 0 && (p = hit) == end)
            break;
        const uint8_t *stop = memchr(p, '\n', (size_t)(end - p));
        stop = stop != NULL ? stop : end;
        number++;
        if ((p == hit) != is('v') && selected != most) {
            if (!take(p, stop))
                return false;
            shown = stop + 1;
        } else if (owed != 0) {
            owed--;
            put(p, stop, number, '-');
            shown = stop + 1;
        }
        p = stop + 1;
    }
    return true;
}

static int search(struct args *a, struct input *in)
{
    bool go_on = true;
    name = in->fd == STDIN_FILENO ? "(standard input)" : in->name;
    number = selected = owed = 0;
    binary = false;
    lines = span_of(NULL, 0);
    shown = NULL;
    while (go_on) {
        bool touching = shown != NULL && shown == lines.p + lines.n;
        if (before != 0)
            input_all(in, &lines);
        else
            lines = input_lines(in);
        shown = touching ? lines.p : NULL;
        if (lines.n == 0)
            break;
        binary = binary || (!is('a') && memchr(lines.p, 0, lines.n) != NULL);
        go_on = search_lines() && !out_failed();
    }
    trouble = trouble || in->failed;
    if (is('l') || is('L')) {
        if ((selected != 0) == is('l'))
            out_format("%s\n", name);
    } else if (is('c')) {
        if (names)
            out_format("%s:", name);
        out_format("%llu\n", (unsigned long long)selected);
    } else if (binary && selected != 0) {
        applet_wrong(name, "binary file matches");
    }
    (void)a;
    return 0;
}

static int visit(struct walk *w, struct entry *e)
{
    static struct input in;
    (void)w;
    if (is('R'))
        stat(e->path, &e->st);
    if (!S_ISREG(e->st.st_mode))
        return 0;
    if (!input_open(&in, e->path))
        return 1;
    in.name += given.words == 0 ? 2 : 0; /* the ./ that nobody wrote */
    names = is('H') || (!is('h') && (given.words > 1 || e->depth != 0));
    search(&given, &in);
    input_close(&in);
    return 0;
}

static int run(struct args *a)
{
    static struct walk w = { .each = visit, .follow = true };
    static const char letters[] = "EFiwx"; /* in the order of enum regex_flag */
    const char *text = a->option['e'];
    unsigned flags = REGEX_LINES;
    if (text == NULL) {
        if (a->words == 0)
            return applet_usage(a);
        text = *a->word++;
        a->words--;
    }
    given = *a;
    for (unsigned i = 0; letters[i] != 0; i++)
        flags |= is(letters[i]) ? 1U << i : 0;
    bool good = applet_count(a, 'C', &before);
    after = before;
    if (!good || !applet_count(a, 'A', &after) || !applet_count(a, 'B', &before) ||
        !applet_count(a, 'm', &most) || !regex_compile(&pattern, span_text(text), flags))
        return STATUS_TROUBLE;
    if (is('c') || is('o'))
        before = after = 0;
    if (is('s'))
        close(STDERR_FILENO);
    names = is('H') || (!is('h') && a->words > 1);
    char **word = a->word;
    if (!is('r') && !is('R'))
        trouble |= input_each(a, search) != 0;
    else
        do
            trouble |= walk_tree(&w, a->words != 0 ? *word++ : ".") != 0;
        while (a->words != 0 && *word != NULL);
    return trouble ? STATUS_TROUBLE : found ? 0 : STATUS_NONE;
}

const struct applet applet_grep = { "grep", "#C:EFGivclLnoqrRshHwxae::A:B:m:",
                                    "[-EFivwxclLnoqrshHa] [-m N] [-A N] [-B N] [-C N] PATTERN | -e "
                                    "PATTERN [FILE...]\nFind lines that match",
                                    run, false };
