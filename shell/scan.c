/* Characters and words of what is parsed. */
#include <string.h>

#include "base/text.h"
#include "shell/internal.h"

char peek(struct source *s)
{
    while (s->at == s->text.n)
        if (s->over || !source_line(s))
            return 0;
    return s->text.p[s->at];
}

char next(struct source *s)
{
    char c = peek(s);
    s->at += c != 0;
    return c;
}

_Noreturn void parse_wrong(struct source *s, const char *missing)
{
    static char line[48];
    const char *here = s->text.p + s->at, *what = "missing ";
    int n = 16;
    if (peek(s) != 0) {
        what = "syntax error near ";
        missing = here;
        n = (int)strcspn(here, " \n");
    } else if (strchr("'\"`$", *missing) != NULL) {
        what = "unclosed ";
    }
    text_format(line, sizeof line, "%s%.*s", what, n, missing);
    sh.status = STATUS_SYNTAX;
    give_up(line);
}

void deeper(struct source *s)
{
    if (++s->depth > NESTED)
        give_up("nested too deeply");
}

struct word *take_word(struct source *s, size_t from)
{
    size_t n = s->at - from;
    struct word *w = checked(arena_take(&s->arena, sizeof *w + n + 1));
    memcpy(w->text, s->text.p + from, n);
    return w;
}

/* --- characters --- */
bool is_name(char c, bool first)
{
    return c == '_' || ((unsigned char)((c | 32) - 'a') < 26) ||
           (!first && (unsigned char)(c - '0') < 10);
}

size_t name_length(const char *text)
{
    size_t n = 0;
    while (is_name(text[n], n == 0))
        n++;
    return n;
}

bool ends_word(char c)
{
    return strchr(" \t\n;&|<>()", c) != NULL; /* its NUL, too */
}

void blanks(struct source *s)
{
    char c;
    while ((c = peek(s)) == ' ' || c == '\t' ||
           (c == '\\' && s->text.p[s->at + 1] == '\n' && next(s) != 0))
        s->at++;
    if (c == '#')
        while ((c = peek(s)) != 0 && c != '\n')
            s->at++;
}

bool accept_text(struct source *s, const char *text)
{
    size_t n = strlen(text);
    blanks(s);
    if (s->at == s->text.n || strncmp(s->text.p + s->at, text, n) != 0)
        return false;
    s->at += n;
    return true;
}

/* A word as a whole, or what needs nothing behind it. */
bool accept_word(struct source *s, const char *word)
{
    size_t before = s->at;
    if (accept_text(s, word) && (ends_word(*word) || ends_word(peek(s))))
        return true;
    s->at = before;
    return false;
}

/* Which one of a list, from 1; 0: none. */
unsigned accept_one(struct source *s, const char *words)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.*): what strlen() returned, the analyser does not know */
    for (unsigned i = 1; *words != 0; i++, words += strlen(words) + 1)
        if (accept_word(s, words))
            return i;
    return 0;
}

void expect(struct source *s, const char *word)
{
    if (!accept_word(s, word))
        parse_wrong(s, word);
}

/* --- words --- */
static void skip_one(struct source *s);

void skip_to(struct source *s, char end)
{
    char c;
    while ((c = peek(s)) != end && c != 0)
        if (end == '\'' || (end == '"' && c == '\''))
            s->at++;
        else
            skip_one(s);
    if (next(s) == 0)
        parse_wrong(s, &"\'\0\"\0`\0}"[end == '\'' ? 0 : end == '"' ? 2 : end == '`' ? 4 : 6]);
}

void skip_dollar(struct source *s)
{
    char c = peek(s);
    if (c != '{' && c != '(')
        return;
    s->at++;
    if (c == '{') {
        skip_to(s, '}');
    } else if (peek(s) == '(') {
        int open = 0;
        do {
            c = next(s);
            open += (c == '(') - (c == ')');
        } while (open != 0 && c != 0);
        expect(s, ")");
    } else {
        parse_list(s, false);
        expect(s, ")");
    }
}

static void skip_one(struct source *s)
{
    deeper(s);
    char c = next(s);
    if (c == '\\')
        next(s);
    else if (c == '\'' || c == '"' || c == '`')
        skip_to(s, c);
    else if (c == '$')
        skip_dollar(s);
    s->depth--;
}

struct word *parse_word(struct source *s)
{
    size_t from;
    blanks(s);
    from = s->at;
    while (!ends_word(peek(s)))
        skip_one(s);
    if (from == s->at)
        parse_wrong(s, "word");
    return take_word(s, from);
}
