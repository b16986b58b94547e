#include "applets/match.h"

#include <stddef.h>

static unsigned char folded(char c, bool fold)
{
    return (unsigned char)(fold && c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Is `c` in the set behind a '['? Where the set ends; NULL: it is none, the bracket stands for itself. */
static const char *match_set(const char *p, char c, bool fold, bool *in)
{
    bool negated = *p == '!' || *p == '^', found = false;
    p += negated;
    const char *first = p;
    for (; *p != ']' || p == first; p++) {
        if (*p == '\\' && p[1] != 0)
            p++;
        if (*p == 0)
            return NULL;
        unsigned char from = folded(*p, fold), to = from;
        if (p[1] == '-' && p[2] != ']' && p[2] != 0) {
            p += 2;
            p += *p == '\\' && p[1] != 0;
            to = folded(*p, fold);
        }
        found = found || (folded(c, fold) >= from && folded(c, fold) <= to);
    }
    *in = found != negated;
    return p + 1;
}

/* One character of the text; where the pattern goes on, NULL: it does not match. */
static const char *match_one(const char *p, char c, bool fold)
{
    bool in;
    const char *end;
    if (*p == '?')
        return p + 1;
    if (*p == '[' && (end = match_set(p + 1, c, fold, &in)) != NULL)
        return in ? end : NULL;
    if (*p == '\\' && p[1] != 0)
        p++;
    return folded(*p, fold) == folded(c, fold) ? p + 1 : NULL;
}

/* Only the last star ever has to take more: what an earlier one could do, it can. */
bool match_glob(const char *p, const char *text, bool fold)
{
    const char *star = NULL, *taken = NULL;
    while (*text != 0) {
        const char *next;
        if (*p == '*') {
            star = ++p;
            taken = text;
        } else if (*p != 0 && (next = match_one(p, *text, fold)) != NULL) {
            p = next;
            text++;
        } else if (star != NULL) {
            p = star;
            text = ++taken;
        } else {
            return false;
        }
    }
    while (*p == '*')
        p++;
    return *p == 0;
}
