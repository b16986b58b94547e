#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applets/input.h"
#include "applets/memory.h"
#include "applets/out.h"
#include "applets/regex.h"
#include "applets/rows.h"
#include "base/text.h"

enum { COMMANDS = 200, PATH_ROOM = 4096 };

struct address {
    char kind; /* 0: none; a line's number; '$'; '/'; '+' so many lines more */
    uint64_t line;
    struct regex *regex;
};

struct command {
    struct address from, to;
    uint64_t last; /* line of the range one is in */
    bool not, inside, global, print;
    char name;
    uint64_t nth;
    unsigned jump; /* of {: behind its } */
    struct regex *regex;
    const char *text; /* what comes in the place of it */
};

static struct command commands[COMMANDS];
static unsigned commands_n, flags;
static struct arena arena;
static const char *at; /* in the script */

/* Texts that grow: the line, and what is made of it. */
static struct text {
    char *p;
    size_t n, room;
} line, made;

static _Noreturn void die(const char *why)
{
    _exit(applet_wrong(at, why));
}

/* --- the script --- */
static void *take(size_t n)
{
    void *p = arena_take(&arena, n);
    if (p == NULL)
        die("out of memory");
    return p;
}

/* Up to the delimiter, which may stand in it behind a backslash or (of a pattern) in brackets. */
static char *take_text(char delimiter, bool pattern)
{
    char *text = take(strlen(at) + 1), *to = text;
    const char *set = NULL; /* its first character */
    while (*at != delimiter || set != NULL) {
        if (*at == 0)
            die("unterminated");
        if (set != NULL) {
            if (*at == ']' && at > set)
                set = NULL;
        } else if (*at == '[' && pattern) {
            set = at + 1 + (at[1] == '^');
        } else if (*at == '\\' && at[1] != 0) {
            if (at[1] != delimiter)
                *to++ = *at;
            at++;
        }
        *to++ = *at++;
    }
    at++;
    return text;
}

/* An empty one is the one before. */
static struct regex *compile(const char *text, unsigned more)
{
    static struct regex *last;
    if (*text != 0) {
        last = take(sizeof *last);
        if (!regex_compile(last, span_text(text), flags | more))
            _exit(1);
    }
    if (last == NULL)
        die("no pattern before");
    return last;
}

static uint64_t take_number(void)
{
    uint64_t n = 0;
    for (; (uint8_t)(*at - '0') < 10; at++)
        n = n < INT64_MAX / 10 ? n * 10 + (uint64_t)(*at - '0') : INT64_MAX;
    return n;
}

static void take_address(struct address *a)
{
    char c = *at;
    if ((uint8_t)(c - '0') < 10) {
        a->line = take_number();
        a->kind = '1';
    } else if (c == '$' || c == '+') {
        at++;
        a->line = take_number();
        a->kind = c;
    } else if (c == '/' || c == '\\') {
        at += c == '/' ? 1 : 2;
        const char *text = take_text(at[-1], true);
        bool fold = *at == 'I';
        at += fold;
        a->regex = compile(text, fold ? REGEX_FOLD : 0);
        a->kind = '/';
    }
}

static void take_substitution(struct command *c)
{
    char delimiter = *at++;
    if (delimiter == 0)
        die("unterminated");
    const char *text = take_text(delimiter, true);
    c->text = take_text(delimiter, false);
    unsigned extra = 0;
    for (c->nth = 1;; at++)
        if (*at == 'g')
            c->global = true;
        else if (*at == 'p')
            c->print = true;
        else if ((*at | 32) == 'i')
            extra = REGEX_FOLD;
        else if ((uint8_t)(*at - '1') < 9)
            c->nth = take_number(), at--;
        else
            break;
    c->regex = compile(text, extra);
}

static void parse(void)
{
    unsigned open = 0; /* the last { without a }, from 1; its jump is the one before */
    while (*(at += strspn(at, " \t\n;")) != 0) {
        struct command *c = commands + commands_n;
        if (*at == '#') {
            at += strcspn(at, "\n");
            continue;
        }
        if (++commands_n == COMMANDS)
            die("too much");
        take_address(&c->from);
        if (*at == ',') {
            at++;
            take_address(&c->to);
            if (c->to.kind == 0)
                die("no address");
        }
        for (; *at == '!' || *at == ' '; at++)
            c->not |= *at == '!';
        c->name = *at++;
        switch (c->name) {
        case 's':
            take_substitution(c);
            break;
        case '{':
            c->jump = open;
            open = commands_n;
            continue;
        case '}':
            if (open == 0)
                die("unmatched }");
            c = commands + open - 1;
            open = c->jump;
            c->jump = commands_n;
            break;
        case 'p':
        case 'd':
        case 'q':
        case '=':
            break;
        default:
            at--;
            die("unknown command");
        }
        at += strspn(at, " \t");
        if (strchr(";\n}#", *at) == NULL)
            die("too much behind a command");
    }
    if (open != 0)
        die("unmatched {");
}

/* --- input and output --- */
static struct input in; /* fd -1: none is open */
static char **names;    /* of those to come */
static uint64_t number;
static bool
    unended; /* the last line that was put out had no end, and neither has the output so far */
static int status;

static bool more(void)
{
    while (in.fd < 0 || !input_more(&in)) {
        if (in.fd >= 0) {
            status |= in.failed;
            input_close(&in);
        }
        if (*names == NULL)
            return false;
        if (!input_open(&in, *names++))
            status = 2;
    }
    return true;
}

static void append(struct text *t, const void *p, size_t n)
{
    t->p = memory_room(t->p, &t->room, t->n + n);
    if (n != 0)
        memcpy(t->p + t->n, p, n);
    t->n += n;
}

static void put_end(void)
{
    if (unended)
        out_char('\n');
    unended = false;
}

static void put(bool ended)
{
    put_end();
    out_bytes(line.p, line.n);
    unended = !ended;
    if (ended)
        out_char('\n');
}

/* --- commands --- */
static void replace(const char *text, const size_t *m)
{
    for (; *text != 0; text++) {
        char c = *text;
        size_t group = c == '&' ? 0 : REGEX_GROUPS;
        if (c == '\\' && text[1] != 0) {
            c = *++text;
            group = (uint8_t)(c - '0');
            if (c == 'n')
                c = '\n';
            if (c == 't')
                c = '\t';
        }
        if (group >= REGEX_GROUPS)
            append(&made, &c, 1);
        else if (m[2 * group + 1] != SIZE_MAX)
            append(&made, line.p + m[2 * group], m[2 * group + 1] - m[2 * group]);
    }
}

static bool substitute(const struct command *c)
{
    static size_t m[2 * REGEX_GROUPS];
    size_t from = 0, copied = 0, last = SIZE_MAX;
    uint64_t count = 0;
    made.n = 0;
    bool any = false;
    while (from <= line.n && regex_find(c->regex, span_of(line.p, line.n), from, m)) {
        bool empty = m[0] == m[1];
        from = m[1] + empty;
        if (empty && m[0] == last)
            continue;
        last = m[1];
        if (++count < c->nth)
            continue;
        append(&made, line.p + copied, m[0] - copied);
        replace(c->text, m);
        copied = m[1];
        any = true;
        if (!c->global)
            break;
    }
    if (!any)
        return false;
    append(&made, line.p + copied, line.n - copied);
    struct text other = line;
    line = made;
    made = other;
    return true;
}

static bool is_at(const struct address *a)
{
    if (a->kind == '/') {
        static size_t m[2 * REGEX_GROUPS];
        return regex_find(a->regex, span_of(line.p, line.n), 0, m);
    }
    return a->kind == '$' ? !more() : a->line == number;
}

static bool is_selected(struct command *c)
{
    if (c->to.kind == 0)
        return c->from.kind == 0 || is_at(&c->from);
    if (!c->inside) {
        if (!is_at(&c->from))
            return false;
        c->last = c->to.kind == '+'   ? number + c->to.line
                  : c->to.kind == '1' ? c->to.line
                                      : UINT64_MAX;
        c->inside = number < c->last && (c->to.kind != '$' || more());
        return true;
    }
    c->inside = c->last != UINT64_MAX ? number < c->last : !is_at(&c->to);
    return true;
}

/* true: the line is to be put out */
static bool edit(bool ended, bool *quit)
{
    for (unsigned i = 0; i < commands_n; i++) {
        struct command *c = commands + i;
        if (is_selected(c) == c->not ) {
            i = c->name == '{' ? c->jump - 1 : i;
            continue;
        }
        switch (c->name) {
        case 's':
            if (substitute(c) && c->print)
                put(ended);
            break;
        case 'p':
            put(ended);
            break;
        case 'd':
            return false;
        case 'q':
            *quit = true;
            return true;
        case '=':
            put_end();
            out_format("%llu\n", (unsigned long long)number);
            break;
        default:
            break;
        }
    }
    return true;
}

static void edit_all(const struct args *a)
{
    struct span s;
    bool quit = false;
    while (!quit && !out_failed() && more() && input_line(&in, &s)) {
        bool ended = in.ended;
        line.n = 0;
        append(&line, s.p, s.n);
        number++;
        if (edit(ended, &quit) && a->option['n'] == NULL)
            put(ended);
    }
    while (a->option['i'] != NULL && more())
        out_span(input_some(&in));
}

/* Into a new file beside it, which then takes its place. */
static bool edit_in_place(const struct args *a, char *name)
{
    static char path[PATH_ROOM], *only[2];
    static struct stat st;
    only[0] = name;
    text_format(path, sizeof path, "%s.%d", name, (int)getpid());
    int fd = -1;
    if (stat(name, &st) != 0 ||
        (fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) < 0 ||
        dup2(fd, STDOUT_FILENO) < 0)
        return applet_failed(name) == 0;
    names = only;
    number = 0;
    unended = false;
    edit_all(a);
    bool good = out_flush() && fchown(fd, st.st_uid, st.st_gid) == 0 &&
                fchmod(fd, st.st_mode & 07777) == 0 && rename(path, name) == 0;
    if (!good) {
        applet_failed(name);
        unlink(path);
    }
    close(fd);
    return good;
}

static int run(struct args *a)
{
    char **word = a->word;
    at = a->option['e'];
    if (at == NULL && (at = *word++) == NULL)
        return applet_usage(a);
    flags = REGEX_SAVE | (a->option['E'] != NULL || a->option['r'] != NULL ? REGEX_EXTENDED : 0);
    in.fd = -1;
    parse();
    if (a->option['i'] == NULL) {
        static char standard[] = "-", *none[] = { standard, NULL };
        names = *word != NULL ? word : none;
        edit_all(a);
        return status;
    }
    for (; *word != NULL; word++)
        if (!edit_in_place(a, *word))
            return 4;
    return status;
}

const struct applet applet_sed = { "sed", "nEire::",
                                   "[-nEi] SCRIPT | -e SCRIPT... [FILE...]\nEdit lines: s///[gpiN] "
                                   "p d q = { } with addresses N $ /re/ and a range of them",
                                   run, false };
