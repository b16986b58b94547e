/* Words to what they stand for.
 *
 * What comes out is a pattern at first: with a backslash before what was quoted and would mean something to match_glob().
 * That is then matched with names of files, or with a text, or freed of its backslashes. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "applets/match.h"
#include "base/text.h"
#include "process/user.h"
#include "shell/internal.h"

enum quoting { BARE, QUOTED, DOCUMENT };

struct expansion {
    struct buffer text;
    struct names *fields; /* NULL: there is one text */
    bool any;             /* a field has begun, if only by quotes */
    bool pattern;         /* something in it is one */
    bool none;            /* "$@" was, and is nothing */
};

static void expand(struct expansion *e, struct source *s, char end, enum quoting q);

char *unescape(char *pattern)
{
    char *to = pattern;
    for (const char *p = pattern; *p != 0;) {
        p += *p == '\\' && p[1] != 0;
        *to++ = *p++;
    }
    *to = 0;
    return pattern;
}

static void put(struct expansion *e, char c, bool quoted)
{
    bool special = strchr("*?[", c) != NULL;
    if (c == '\\' || (quoted && (special || strchr("]-!^", c) != NULL)))
        buffer_add(&e->text, "\\", 1);
    else if (special)
        e->pattern = true;
    buffer_add(&e->text, &c, 1);
    e->any = true;
}

static void end_field(struct expansion *e)
{
    if (e->any) {
        buffer_add(&e->text, "", 0);
        if (e->pattern)
            names_matching(e->text.p, e->fields);
        else
            field_add(e->fields, unescape(e->text.p));
    }
    e->text.n = 0;
    e->any = e->pattern = false;
}

static void put_value(struct expansion *e, const char *p, enum quoting q)
{
    const char *ends = variable_get("IFS");
    if (ends == NULL)
        ends = " \t\n";
    for (; p != NULL && *p != 0; p++)
        if (q != BARE || e->fields == NULL || strchr(ends, *p) == NULL) {
            put(e, *p, q != BARE);
        } else {
            e->any = e->any || (unsigned char)*p > ' ';
            end_field(e);
        }
}

/* $* and $@ */
static void put_words(struct expansion *e, bool star, enum quoting q)
{
    char **word = sh.words + 1;
    e->none = *word == NULL && !star;
    for (; *word != NULL; word++) {
        if (word != sh.words + 1) {
            if (e->fields == NULL || (star && q != BARE))
                put(e, ' ', q != BARE);
            else
                end_field(e);
        }
        put_value(e, *word, q);
        e->any = e->any || q != BARE;
    }
}

/* --- what commands put out --- */
/* The text is ours, and in the child nobody needs what follows it. */
static void substitute(struct expansion *e, char *text, size_t n, enum quoting q)
{
    static char some[4096];
    struct buffer all = { 0 };
    pid_t group = 0;
    ssize_t got;
    pipe_open();
    if (job_fork(&group, JOB_OURS) == 0) {
        pipe_use();
        text[n] = 0;
        run_text(text, true);
        job_end(sh.status);
    }
    close(sh.pipe[1]);
    sh.pipe[1] = 0;
    while ((got = read(sh.pipe[0], some, sizeof some)) > 0 || (got < 0 && errno == EINTR))
        for (ssize_t i = 0; i < got; i++)
            if (some[i] != 0)
                buffer_add(&all, some + i, 1);
    pipe_close();
    sh.substituted = job_wait(group, false);
    while (all.n != 0 && all.p[all.n - 1] == '\n')
        all.p[--all.n] = 0;
    put_value(e, all.p, q);
    buffer_drop(&all);
}

static void backquoted(struct expansion *e, struct source *s, enum quoting q)
{
    struct buffer inner = { 0 };
    size_t from = s->at;
    skip_to(s, '`');
    for (const char *p = s->text.p + from; p < s->text.p + s->at - 1; p++) {
        p += *p == '\\' && strchr("$`\\", p[1]) != NULL;
        buffer_add(&inner, p, 1);
    }
    buffer_add(&inner, "", 0); /* there may have been nothing */
    substitute(e, inner.p, inner.n, q);
    buffer_drop(&inner);
}

/* --- parameters --- */
static const char *parameter(const char *name, size_t n)
{
    static char digits[TEXT_DECIMAL];
    uint64_t number;
    if (text_number(span_of(name, n), INT32_MAX, &number))
        return number <= (uint64_t)words_count() ? sh.words[number] : NULL;
    switch (*name) {
    case '?':
        number = (uint64_t)sh.status;
        break;
    case '$':
        number = (uint64_t)sh.pid;
        break;
    case '!':
        number = (uint64_t)sh.background;
        break;
    case '#':
        number = (uint64_t)words_count();
        break;
    default:
        return variable_find(name, n);
    }
    return text_decimal(digits, number);
}

/* Without what matches at its beginning (#) or end. */
static char *cut(char *text, const char *pattern, bool beginning, bool longest)
{
    size_t n = strlen(text);
    for (size_t k = 0; k <= n; k++) {
        size_t i = beginning != longest ? k : n - k;
        char c = text[i];
        if (beginning)
            text[i] = 0;
        bool found = match_glob(pattern, beginning ? text : text + i, false);
        text[i] = c;
        if (found && beginning)
            return text + i;
        if (found) {
            text[i] = 0;
            break;
        }
    }
    return text;
}

/* Behind "${NAME": what is to be done with it. */
static void put_changed(struct expansion *e, struct source *s, struct span name, enum quoting q)
{
    struct expansion word = { 0 };
    const char *text = (const char *)name.p, *value = parameter(text, name.n);
    bool colon = peek(s) == ':';
    s->at += colon;
    char how = next(s);
    bool doubled = peek(s) == how;
    bool absent = value == NULL || (colon && *value == 0);
    if (how == '-' || how == '+') {
        if (absent == (how == '-'))
            expand(e, s, '}', q);
        else if (how == '-')
            put_value(e, value, q);
        return;
    }
    s->at += doubled;
    expand(&word, s, '}', BARE);
    buffer_add(&word.text, "", 1);
    if (how == '=' && absent) {
        variable_set(text, name.n, unescape(word.text.p), false);
        value = parameter(text, name.n);
    } else if (how == '?' && absent) {
        give_up(word.text.n > 1 ? unescape(word.text.p) : "a parameter is not set");
    } else if ((how == '#' || how == '%') && value != NULL) {
        size_t n = word.text.n;
        buffer_add(&word.text, value, strlen(value));
        value = cut(word.text.p + n, word.text.p, how == '#', doubled);
    } else if (strchr("=?#%", how) == NULL) {
        give_up("bad substitution");
    }
    put_value(e, value, q);
    buffer_drop(&word.text);
}

static struct span take_name(struct source *s, bool braced)
{
    size_t from = s->at;
    char c = next(s);
    while ((braced || is_name(c, true)) && is_name(peek(s), false))
        s->at++;
    return span_of(s->text.p + from, s->at - from);
}

static void put_parameter(struct expansion *e, struct source *s, enum quoting q)
{
    bool braced = peek(s) == '{';
    s->at += braced;
    bool length = braced && peek(s) == '#' && s->text.p[s->at + 1] != '}';
    s->at += length;
    struct span name = take_name(s, braced);
    const char *text = (const char *)name.p;
    if (length) {
        char digits[TEXT_DECIMAL];
        const char *value = parameter(text, name.n);
        put_value(e, text_decimal(digits, value != NULL ? strlen(value) : 0), q);
    } else if (*text == '@' || *text == '*') {
        put_words(e, *text == '*', q);
    } else if (braced && peek(s) != '}') {
        put_changed(e, s, name, q);
    } else {
        put_value(e, parameter(text, name.n), q);
    }
    if (braced)
        skip_to(s, '}');
}

static void put_number(struct expansion *e, char *text, size_t n, enum quoting q)
{
    static char digits[TEXT_DECIMAL + 1];
    text[n] = 0; /* the closing brackets: nobody needs them … */
    long long value = number_evaluate(expand_text(text, AS_DOCUMENT));
    text[n] = ')'; /* … but the next time */
    text_format(digits, sizeof digits, "%lld", value);
    put_value(e, digits, q);
}

static void dollar(struct expansion *e, struct source *s, enum quoting q)
{
    size_t from = s->at;
    char c = peek(s);
    if (c == '(') {
        skip_dollar(s);
        char *text = s->text.p + from + 1;
        size_t n = s->at - from - 2;
        if (*text == '(')
            put_number(e, text + 1, n - 2, q);
        else
            substitute(e, text, n, q);
    } else if (c != 0 && (c == '{' || is_name(c, false) || strchr("?$!#@*", c) != NULL)) {
        put_parameter(e, s, q);
    } else {
        put(e, '$', q != BARE);
    }
}

static void expand(struct expansion *e, struct source *s, char end, enum quoting q)
{
    for (char c; (c = peek(s)) != end && c != 0;) {
        s->at++;
        if (c == '\\') {
            c = next(s);
            if (q != BARE && strchr(&"\"$`\\\n"[q == DOCUMENT], c) == NULL)
                put(e, '\\', true);
            if (c != '\n' && c != 0)
                put(e, c, true);
        } else if (c == '\'' && q == BARE) {
            for (e->any = true; (c = next(s)) != '\'' && c != 0;)
                put(e, c, true);
        } else if (c == '"' && q == BARE) {
            e->none = false;
            expand(e, s, '"', QUOTED);
            s->at++;
            e->any = e->any || !e->none;
        } else if (c == '"' && q == QUOTED) {
            continue; /* within "${ }" */
        } else if (c == '`') {
            backquoted(e, s, q);
        } else if (c == '$') {
            dollar(e, s, q);
        } else if (end == '}') {
            put_value(e, (char[]){ c, 0 }, q);
        } else {
            put(e, c, q != BARE);
        }
    }
}

/* --- whole words --- */
/* ~ and ~name; how much that was. */
static size_t put_home(struct expansion *e, const char *word)
{
    static char name[LIMIT_USER + 1], home[256];
    size_t n = strcspn(word, "/");
    const char *value = home;
    if (*word != '~' || !span_copy_text(span_of(word + 1, n - 1), name, sizeof name))
        return 0;
    if (n == 1)
        value = variable_get("HOME");
    else if (!user_home(name, home, sizeof home))
        return 0;
    put_value(e, value, QUOTED);
    return n;
}

/* What comes out stays there until the next one: a mapping for each word would take longer than the rest. */
static struct buffer result;

static void expand_all(struct names *fields, const char *word, enum quoting q)
{
    struct source s = { .text = { (char *)(uintptr_t)word, strlen(word), 0 }, .fd = -1 };
    struct expansion e = { .text = result, .fields = fields };
    result = (struct buffer){ 0 }; /* within this one there may be others */
    e.text.n = 0;
    if (q == BARE)
        s.at = put_home(&e, word);
    expand(&e, &s, 0, q);
    if (fields != NULL)
        end_field(&e);
    buffer_add(&e.text, "", 0);
    arena_drop(&s.arena);
    buffer_drop(&result);
    result = e.text;
}

void expand_word(const char *word, struct names *to)
{
    expand_all(to, word, BARE);
}

char *expand_text(const char *word, enum expand_as as)
{
    expand_all(NULL, word, as == AS_DOCUMENT ? DOCUMENT : BARE);
    return as == AS_PATTERN ? result.p : unescape(result.p);
}
