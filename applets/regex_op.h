/* The program that a pattern becomes: between regex.c and regex_search.c. */
#ifndef APPLETS_REGEX_OP_H
#define APPLETS_REGEX_OP_H

#include "applets/regex.h"

/* A pattern becomes a program whose jumps are relative, so that its pieces can be moved and repeated. Every set is a table, be it
 * of one byte. Limits are the whole process's. */
enum { OPS = 8192, SETS = 8192, DEEPEST = 200, BYTES = 256, SLOTS = 2 * REGEX_GROUPS };
enum { ENDLESS = OPS + 1, NONE = OPS + 1 };

enum kind { SET, SPLIT, JUMP, ASSERT, SAVE, MATCH };
struct regex_op {
    int kind;
    int x; /* a set's number; how far: SPLIT goes on there too, but rather with what follows */
};

extern struct regex_op regex_ops[OPS];
extern uint8_t regex_sets[SETS][BYTES];

/* An assertion has a bit for each combination of what is known of a place: 1 it is the start, 2 the end, 4 behind a word's
 * character, 8 before one. */
enum { IS_START = 0xaaaa, IS_END = 0xcccc, IS_BOUNDARY = 0x0ff0, IS_NO_BOUNDARY = 0xf00f };
enum { IS_WORD_START = 0x0f00, IS_WORD_END = 0x00f0 };
enum { IS_NOT_BEHIND_WORD = 0x0f0f, IS_NOT_BEFORE_WORD = 0x00ff };

/* What a match can begin with, from the program. */
void regex_find_first(struct regex *r);

#endif
