/* What has to hold for every input; else the program ends, which is a finding. */
#ifndef TESTS_FUZZ_CHECK_H
#define TESTS_FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "base/wire.h"

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #what);              \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* `part` is nowhere, or within `whole`. */
static inline bool is_within(struct span part, struct span whole)
{
    return part.p == NULL || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

/* Takes bytes off the front of the input; 0 at its end. */
static inline uint8_t take_byte(struct span *input)
{
    uint8_t byte = input->n != 0 ? input->p[0] : 0;
    if (input->n != 0)
        *input = span_of(input->p + 1, input->n - 1);
    return byte;
}

static inline struct span take_part(struct span *input, size_t n)
{
    struct span part = span_of(input->p, n < input->n ? n : input->n);
    *input = span_of(input->p + part.n, input->n - part.n);
    return part;
}

#endif
