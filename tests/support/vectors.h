/* Test vectors of other parties, as tests/vectors/convert.py writes them. */
#ifndef TESTS_SUPPORT_VECTORS_H
#define TESTS_SUPPORT_VECTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/wire.h"

#define VECTOR_FIELDS 8

struct vector {
    const char *name; /* file and number where it comes from */
    bool valid;
    struct span field[VECTOR_FIELDS]; /* gone when the callback returns */
};

/* Asks `accepts` about every case of build/vectors/FILE.txt: it has to say yes to the valid ones and
 * no to the others. Fails also when there are fewer of either than stated; skips where the file is
 * not there. $VECTORS: another folder. */
void vectors_check(const char *file, size_t fields, size_t least_valid, size_t least_invalid,
                   bool (*accepts)(const struct vector *v));

#endif
