/* Regular expressions over bytes: POSIX basic and extended ones with what GNU added (\+ \? \| in basic ones; \< \> \b \B \w \W
 * \s \S), but no back references and no collating elements. The time a search takes is the text times the pattern at the
 * worst, its stack the pattern's alone: all ways through the pattern are walked side by side.
 *
 * Of all matches the leftmost is found, of these the longest; inside it groups take as much as they can from left to right. */
#ifndef APPLETS_REGEX_H
#define APPLETS_REGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

enum { REGEX_GROUPS = 10 };

enum regex_flag {
    REGEX_EXTENDED = 1,
    REGEX_FIXED = 2, /* no character is special */
    REGEX_FOLD = 4,  /* a and A are the same */
    REGEX_WORD = 8,  /* only where a word begins before and ends behind, as grep -w */
    REGEX_WHOLE = 16,
    REGEX_LINES =
        32, /* the text has lines, and nothing matches a line end; one in the pattern separates two of them */
    REGEX_SAVE = 64 /* groups are wanted */
};

struct regex {
    const struct regex_op *op; /* all patterns of a process are in one piece of memory */
    unsigned slots;            /* of positions: 2, or every group's */
    bool lines;
    unsigned run_n;             /* so many bytes stand one after the other in every match: … */
    const struct regex_op *run; /* … of these sets */
    uint8_t first[256];         /* what a match can begin with; everything, if it may be empty */
};

/* false: the pattern is none, which was said. */
bool regex_compile(struct regex *r, struct span pattern, unsigned flags);

/* All of them are no more: for who tries many. */
void regex_forget(void);

/* Searches from a place in the text on. `at`: where the match and its groups begin and end (slots); SIZE_MAX for groups that took
 * no part. */
bool regex_find(const struct regex *r, struct span text, size_t from, size_t *at);

#endif
