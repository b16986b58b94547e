/* Text to commands, by recursive descent; words stay as they were written.
 *
 * What is wrong is said once; after that the text seems to be at its end, so that everything comes back by itself. Where the
 * end of a line is the middle of a command, the next line is fetched from within: peek() does that. */
#include <string.h>

#include "base/text.h"
#include "shell/internal.h"

static struct node *take_node(struct source *s, enum kind kind)
{
    struct node *n = checked(arena_take(&s->arena, sizeof *n));
    n->kind = kind;
    return n;
}

/* --- redirections --- */
static void take_tabs_off(char *text)
{
    char *to = text;
    while (*text != 0) {
        while (*text == '\t')
            text++;
        while (*text != 0 && (*to++ = *text++) != '\n')
            ;
    }
    *to = 0;
}

/* Their texts begin with the line that follows. */
static void read_documents(struct source *s)
{
    struct redirect *r = s->later;
    for (s->later = NULL; r != NULL; r = r->later) {
        size_t from = s->at, end, start, n = strlen(r->word->text);
        bool found;
        char c;
        do {
            end = s->at;
            while (peek(s) == '\t' && r->tabs)
                s->at++;
            start = s->at;
            while ((c = next(s)) != 0 && c != '\n')
                ;
            found =
                s->at - start - (c != 0) == n && memcmp(s->text.p + start, r->word->text, n) == 0;
        } while (c != 0 && !found);
        start = s->at;
        s->at = found ? end : start;
        r->word = take_word(s, from);
        s->at = start;
        if (r->tabs)
            take_tabs_off(r->word->text);
    }
}

/* The delimiter without its quotes; with such the text is taken as it is. */
static void parse_document(struct source *s, struct redirect *r)
{
    struct redirect **last = &s->later;
    char *to = r->word->text;
    for (const char *p = to; *p != 0; p++) {
        if (strchr("'\"\\", *p) == NULL)
            *to++ = *p;
        else
            r->kind = REDIRECT_PLAIN;
    }
    *to = 0;
    while (*last != NULL)
        last = &(*last)->later;
    *last = r;
}

static bool parse_redirect(struct source *s, struct redirect ***to)
{
    static const char operators[] = "<<-\0<<\0<&\0<>\0<\0>>\0>&\0>|\0>\0";
    static const unsigned char kinds[] = { 0,
                                           REDIRECT_TEXT,
                                           REDIRECT_TEXT,
                                           REDIRECT_COPY,
                                           REDIRECT_BOTH,
                                           REDIRECT_READ,
                                           REDIRECT_APPEND,
                                           REDIRECT_COPY,
                                           REDIRECT_WRITE,
                                           REDIRECT_WRITE };
    enum { TABS = 1, OUTPUT = 6 };
    blanks(s);
    char c = peek(s);
    bool number = c >= '0' && c <= '9' && (s->text.p[s->at + 1] | 2) == '>';
    s->at += number;
    unsigned i = accept_one(s, operators);
    if (i == 0)
        return false;
    struct redirect *r = checked(arena_take(&s->arena, sizeof *r));
    r->fd = number ? c - '0' : i >= OUTPUT;
    r->kind = kinds[i];
    r->tabs = i == TABS;
    r->word = parse_word(s);
    if (r->kind == REDIRECT_TEXT)
        parse_document(s, r);
    **to = r;
    *to = &r->next;
    return true;
}

/* --- commands --- */
static void newline(struct source *s)
{
    s->at++;
    read_documents(s);
}

static void newlines(struct source *s)
{
    for (blanks(s); peek(s) == '\n'; blanks(s))
        newline(s);
}

static struct node *parse_command(struct source *s);

static void parse_function(struct source *s, struct node *n)
{
    expect(s, ")");
    newlines(s);
    size_t from = s->at;
    n->kind = FUNCTION;
    if (parse_command(s) == NULL)
        parse_wrong(s, "{");
    n->words->next = take_word(s, from);
}

static struct node *parse_simple(struct source *s)
{
    struct node *n = take_node(s, SIMPLE);
    struct word **word = &n->words;
    struct redirect **next_redirect = &n->redirects;
    for (;;) {
        if (parse_redirect(s, &next_redirect))
            continue;
        if (ends_word(peek(s)))
            break;
        *word = parse_word(s);
        word = &(*word)->next;
        if (word == &n->words->next && accept_text(s, "(")) {
            parse_function(s, n);
            break;
        }
    }
    return n->words != NULL || n->redirects != NULL ? n : NULL;
}

/* What stands before a list of commands. */
static struct node *parse_body(struct source *s, const char *opening)
{
    expect(s, opening);
    return parse_list(s, false);
}

static void parse_if(struct source *s, struct node *n)
{
    n->a = parse_list(s, false);
    n->b = parse_body(s, "then");
    if (accept_word(s, "elif")) {
        n->c = take_node(s, IF);
        deeper(s);
        parse_if(s, n->c);
        s->depth--;
        return;
    }
    if (accept_word(s, "else"))
        n->c = parse_list(s, false);
    expect(s, "fi");
}

static void parse_for(struct source *s, struct node *n)
{
    struct word **word = &n->words;
    *word = parse_word(s);
    newlines(s);
    n->flag = !accept_word(s, "in");
    for (blanks(s); !n->flag && !ends_word(peek(s)); blanks(s)) {
        word = &(*word)->next;
        *word = parse_word(s);
    }
    accept_text(s, ";");
    newlines(s);
}

static void parse_case(struct source *s, struct node *n)
{
    struct node **branch = &n->a;
    n->words = parse_word(s);
    newlines(s);
    expect(s, "in");
    for (newlines(s); !accept_word(s, "esac"); newlines(s)) {
        struct node *b = *branch = take_node(s, CASE);
        struct word **word = &b->words;
        branch = &b->next;
        accept_text(s, "(");
        do {
            *word = parse_word(s);
            word = &(*word)->next;
        } while (accept_text(s, "|"));
        b->b = parse_body(s, ")");
        if (!accept_text(s, ";;")) {
            expect(s, "esac");
            break;
        }
    }
}

static struct node *parse_compound(struct source *s)
{
    unsigned i = accept_one(s, "(\0{\0if\0while\0until\0for\0case\0"); /* as in enum kind */
    size_t before = s->at;
    if (i == SIMPLE) {
        bool closes = accept_one(s, "}\0then\0do\0done\0fi\0else\0elif\0esac\0") != 0;
        s->at = before;
        return closes ? NULL : parse_simple(s);
    }
    struct node *n = take_node(s, i);
    if (i == IF)
        parse_if(s, n);
    else if (i == CASE)
        parse_case(s, n);
    else if (i == FOR)
        parse_for(s, n);
    else
        n->a = parse_list(s, false);
    if (i <= GROUP)
        expect(s, i == GROUP ? "}" : ")");
    if (i == WHILE || i == UNTIL || i == FOR) {
        n->b = parse_body(s, "do");
        expect(s, "done");
    }
    return n;
}

static struct node *parse_command(struct source *s)
{
    deeper(s);
    struct node *n = parse_compound(s);
    if (n != NULL && n->kind != SIMPLE) {
        struct redirect **next_redirect = &n->redirects;
        while (parse_redirect(s, &next_redirect))
            ;
    }
    s->depth--;
    return n;
}

/* Not the first half of a double one. */
static bool accept_single(struct source *s, char c)
{
    blanks(s);
    if (peek(s) != c || s->text.p[s->at + 1] == c)
        return false;
    s->at++;
    return true;
}

static struct node *parse_pipeline(struct source *s)
{
    bool negated = accept_word(s, "!"), piped;
    struct node *first = parse_command(s), *n = first;
    piped = n != NULL && accept_single(s, '|');
    if (!negated && !piped)
        return n;
    struct node *p = take_node(s, PIPELINE);
    p->flag = negated;
    p->a = first;
    while (n != NULL && piped) {
        newlines(s);
        n = n->next = parse_command(s);
        piped = accept_single(s, '|');
    }
    if (n == NULL)
        parse_wrong(s, "command");
    return p;
}

static struct node *parse_ands(struct source *s)
{
    struct node *first = parse_pipeline(s), *n = first;
    while (n != NULL) {
        unsigned i = accept_one(s, "&&\0||\0");
        if (i == 0)
            break;
        if (n == first) {
            first = take_node(s, ANDS);
            first->a = n;
        }
        newlines(s);
        struct node *other = parse_pipeline(s);
        if (other == NULL)
            parse_wrong(s, "command");
        else
            other->either = i == 2;
        n = n->next = other;
    }
    return first;
}

struct node *parse_list(struct source *s, bool line)
{
    struct node *first = NULL, **to = &first, *n;
    bool goes_on = true;
    while (goes_on) {
        if (!line)
            newlines(s);
        *to = n = parse_ands(s);
        if (n == NULL)
            break;
        to = &n->next;
        n->background = accept_single(s, '&');
        goes_on = n->background || accept_single(s, ';') || (!line && peek(s) == '\n');
    }
    return first;
}

struct node *parse_line(struct source *s)
{
    struct node *n = parse_list(s, true);
    blanks(s);
    if (peek(s) == '\n')
        newline(s);
    else if (peek(s) != 0)
        parse_wrong(s, "");
    return n;
}
