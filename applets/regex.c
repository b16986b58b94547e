#include "applets/regex.h"

#include <string.h>

#include "applets/applet.h"
#include "applets/regex_op.h"

struct regex_op regex_ops[OPS];
uint8_t regex_sets[SETS][BYTES];
static unsigned ops_used, sets_used;

struct parser {
    struct regex_op *op;
    const uint8_t *at, *end;
    unsigned flags, n, groups, depth, size; /* of the token that look() saw */
    const char *why;                        /* it is no pattern */
    uint8_t *set;                           /* the one that is being made */
};

static void bad(struct parser *p, const char *why)
{
    if (p->why == NULL)
        p->why = why;
    p->at = p->end;
}

static void emit(struct parser *p, int kind, int x)
{
    if (ops_used + p->n == OPS || sets_used == SETS - 1)
        bad(p, "too large");
    else
        p->op[p->n++] = (struct regex_op){ kind, x };
}

/* Tokens: a byte, or … */
enum { END = -1, SPECIAL = 0x100, ESCAPED = 0x200, OR = SPECIAL | '|' };

static int look(struct parser *p)
{
    size_t left = (size_t)(p->end - p->at);
    p->size = 1;
    if (left == 0)
        return END;
    int c = *p->at;
    if (c == '\n' && (p->flags & REGEX_LINES) != 0)
        return OR;
    if ((p->flags & REGEX_FIXED) != 0 || c == 0)
        return c;
    bool escaped = c == '\\';
    if (escaped) {
        if (left == 1) {
            bad(p, "trailing backslash");
            return END;
        }
        c = p->at[1];
        p->size = 2;
    }
    if (c != 0 && strchr("|()+?{", c) != NULL)
        return c | (escaped != ((p->flags & REGEX_EXTENDED) != 0) ? SPECIAL : 0);
    if (escaped)
        return c | ESCAPED;
    return c | (strchr("*.[^$", c) != NULL ? SPECIAL : 0);
}

static void add_range(struct parser *p, unsigned from, unsigned to)
{
    for (; from <= to; from++) {
        p->set[from] = 1;
        if ((p->flags & REGEX_FOLD) != 0 && (from | 32) - 'a' < 26)
            p->set[from ^ 32] = 1;
    }
}

/* By the first five letters of its name. */
static void add_class(struct parser *p, const char *name)
{
    static const char classes[] =
        "alnum09AZaz\0alphaAZaz\0digit09\0lowerazz\0upperAZ\0space\t\r  \0"
        "blank\t\t  \0punct!/:@[`{~\0xdigi09AFaf\0print ~\0graph!~\0"
        "cntrl\1\37\177\177\0";
    for (const char *c = classes; c < classes + sizeof classes - 1; c += strlen(c) + 1)
        if (memcmp(c, name, 5) == 0) {
            for (c += 5; *c != 0; c += 2)
                add_range(p, (unsigned char)c[0], (unsigned char)c[1]);
            return;
        }
    bad(p, "unknown class");
}

static void set_stop(struct parser *p, bool negated)
{
    for (unsigned i = 0; i < BYTES; i++)
        p->set[i] ^= negated;
    if ((p->flags & REGEX_LINES) != 0)
        p->set['\n'] = 0;
}

/* In brackets, a backslash is one; yet not before n and t, which sed's users write. */
static unsigned bracket_byte(struct parser *p)
{
    unsigned c = *p->at++;
    if (c == '\\' && p->at < p->end && (*p->at == 'n' || *p->at == 't'))
        c = *p->at++ == 'n' ? '\n' : '\t';
    return c;
}

static void bracket(struct parser *p)
{
    bool negated = p->at < p->end && *p->at == '^';
    const uint8_t *start = p->at += negated;
    for (;;) {
        if (p->end - p->at < 1) {
            bad(p, "unmatched [");
            return;
        }
        if (*p->at == ']' && p->at != start)
            break;
        if (p->end - p->at > 6 && memcmp(p->at, "[:", 2) == 0) {
            add_class(p, (const char *)p->at + 2);
            const uint8_t *close = memchr(p->at, ']', (size_t)(p->end - p->at));
            p->at = close != NULL ? close + 1 : p->end;
            continue;
        }
        unsigned from = bracket_byte(p), to = from;
        if (p->end - p->at > 1 && p->at[0] == '-' && p->at[1] != ']') {
            p->at++;
            to = bracket_byte(p);
        }
        add_range(p, from, to);
    }
    p->at++;
    set_stop(p, negated);
}

static bool take_byte(struct parser *p, uint8_t c)
{
    bool there = p->at < p->end && *p->at == c;
    p->at += there;
    return there;
}

static unsigned take_number(struct parser *p)
{
    unsigned n = 0;
    for (; p->at < p->end && (uint8_t)(*p->at - '0') < 10; p->at++)
        n = n < OPS ? n * 10 + *p->at - '0' : OPS;
    return n;
}

/* {N} {N,} {,M} {N,M}, and the signs that stand for such; false: it is neither */
static bool take_bounds(struct parser *p, int token, unsigned *least, unsigned *most)
{
    *least = token == (SPECIAL | '+');
    *most = token == (SPECIAL | '?') ? 1 : ENDLESS;
    if (token != (SPECIAL | '{'))
        return token == (SPECIAL | '*') || *least == 1 || *most == 1;
    const uint8_t *start = p->at;
    *least = *most = take_number(p);
    if (take_byte(p, ',')) {
        const uint8_t *second = p->at;
        *most = take_number(p);
        if (second == p->at)
            *most = ENDLESS;
    }
    if ((p->flags & REGEX_EXTENDED) == 0)
        take_byte(p, '\\');
    if (take_byte(p, '}') && *least <= *most)
        return true;
    p->at = start;
    return false;
}

static void repeat(struct parser *p, unsigned start, unsigned least, unsigned most)
{
    static struct regex_op piece[OPS];
    unsigned size = p->n - start, copies = most == ENDLESS ? least + 1 : most;
    memcpy(piece, p->op + start, size * sizeof *piece);
    if (size == 0)
        return;
    p->n = start;
    for (unsigned i = 0; i < copies && p->why == NULL; i++) {
        if (i >= least)
            emit(p, SPLIT, (int)(most == ENDLESS ? size + 2 : (copies - i) * (size + 1)));
        for (unsigned k = 0; k < size; k++)
            emit(p, piece[k].kind, piece[k].x);
    }
    if (most == ENDLESS)
        emit(p, JUMP, -(int)(size + 1));
}

static void alternatives(struct parser *p);

static void group(struct parser *p)
{
    int slot = (int)++p->groups * 2;
    bool save = (p->flags & REGEX_SAVE) != 0 && slot < SLOTS;
    if (save)
        emit(p, SAVE, slot);
    if (p->depth++ == DEEPEST)
        bad(p, "too deep");
    alternatives(p);
    p->depth--;
    if (look(p) == END)
        bad(p, "unmatched (");
    p->at += p->at < p->end ? p->size : 0;
    if (save)
        emit(p, SAVE, slot + 1);
}

static int assertion_of(int token)
{
    static const uint16_t assertions[][2] = {
        { SPECIAL | '^', IS_START },      { SPECIAL | '$', IS_END },
        { ESCAPED | '<', IS_WORD_START }, { ESCAPED | '>', IS_WORD_END },
        { ESCAPED | 'b', IS_BOUNDARY },   { ESCAPED | 'B', IS_NO_BOUNDARY },
    };
    for (unsigned i = 0; i < sizeof assertions / sizeof *assertions; i++)
        if (assertions[i][0] == token)
            return assertions[i][1];
    return 0;
}

static void atom(struct parser *p, int token)
{
    int byte = token & 0xff;
    bool negated = token == (SPECIAL | '.');
    p->set = regex_sets[sets_used];
    memset(p->set, 0, BYTES);
    emit(p, SET, (int)sets_used++);
    if (token == (SPECIAL | '[')) {
        bracket(p);
        return;
    }
    bool word = (byte | 32) == 'w';
    if ((token & ESCAPED) != 0 && (word || (byte | 32) == 's')) {
        negated = byte < 'a';
        add_class(p, word ? "alnum" : "space");
        byte = word ? '_' : ' ';
    } else if ((token & ESCAPED) != 0) {
        byte = byte == 'n' ? '\n' : byte == 't' ? '\t' : byte;
        if ((unsigned)byte - '1' < 9)
            bad(p, "no back references here");
    }
    if (token != (SPECIAL | '.'))
        add_range(p, (unsigned)byte, (unsigned)byte);
    set_stop(p, negated);
}

static bool ends_sequence(int token)
{
    return token == END || token == OR || token == (SPECIAL | ')');
}

/* In basic expressions ^ and $ are special at an end only, and a star is none at the beginning. */
static void sequence(struct parser *p)
{
    unsigned least, most, before = NONE;
    for (int token; !ends_sequence(token = look(p));) {
        p->at += p->size;
        if (before != NONE && take_bounds(p, token, &least, &most)) {
            repeat(p, before, least, most);
            continue;
        }
        bool extended = (p->flags & REGEX_EXTENDED) != 0;
        int assertion = assertion_of(token);
        if (!extended && ((assertion == IS_START && before != NONE) ||
                          (assertion == IS_END && !ends_sequence(look(p)))))
            assertion = 0;
        before = assertion == IS_START && !extended ? NONE : p->n;
        if (assertion != 0)
            emit(p, ASSERT, assertion);
        else if (token == (SPECIAL | '('))
            group(p);
        else
            atom(p, token);
    }
}

static void alternatives(struct parser *p)
{
    unsigned start = p->n, jump = NONE;
    for (;;) {
        sequence(p);
        if (jump != NONE && p->why == NULL)
            p->op[jump].x = (int)(p->n - jump);
        if (look(p) != OR)
            return;
        p->at += p->size;
        emit(p, SPLIT, 0); /* goes before all of it */
        if (p->why != NULL)
            return;
        jump = p->n;
        memmove(p->op + start + 1, p->op + start, (p->n - 1 - start) * sizeof *regex_ops);
        p->op[start] = (struct regex_op){ SPLIT, (int)(p->n + 1 - start) };
        emit(p, JUMP, 0);
    }
}

void regex_forget(void)
{
    ops_used = sets_used = 0;
}

bool regex_compile(struct regex *r, struct span pattern, unsigned flags)
{
    struct parser p = {
        .op = regex_ops + ops_used, .at = pattern.p, .end = pattern.p + pattern.n, .flags = flags
    };
    *r = (struct regex){ .op = regex_ops + ops_used,
                         .slots = (flags & REGEX_SAVE) != 0 ? SLOTS : 2,
                         .lines = (flags & REGEX_LINES) != 0 };
    unsigned before = sets_used;
    bool whole = (flags & REGEX_WHOLE) != 0, bounded = whole || (flags & REGEX_WORD) != 0;
    if (bounded)
        emit(&p, ASSERT, whole ? IS_START : IS_NOT_BEHIND_WORD);
    alternatives(&p);
    if (p.at != p.end)
        bad(&p, "unmatched )");
    if (bounded)
        emit(&p, ASSERT, whole ? IS_END : IS_NOT_BEFORE_WORD);
    emit(&p, MATCH, 0);
    if (p.why != NULL) {
        sets_used = before;
        return applet_wrong("pattern", p.why) == 0;
    }
    ops_used += p.n;
    regex_find_first(r);
    return true;
}
