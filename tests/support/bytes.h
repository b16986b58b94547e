/* What every test needs: bytes that grow, randomness that repeats, hexadecimal text. Nothing here
 * knows cmocka, so that tests/hostile/ can use it too. */
#ifndef TESTS_SUPPORT_BYTES_H
#define TESTS_SUPPORT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

struct bytes {
    uint8_t *p;
    size_t head, tail, room; /* in use: [head, tail) */
};

void bytes_add(struct bytes *b, const void *p, size_t n);
void bytes_drop(struct bytes *b, size_t n);
void bytes_stop(struct bytes *b);

static inline size_t bytes_used(const struct bytes *b)
{
    return b->tail - b->head;
}

static inline const uint8_t *bytes_front(const struct bytes *b)
{
    return b->p + b->head;
}

/* xorshift64*: the same seed gives the same test on every machine. */
struct random {
    uint64_t state;
};

struct random random_of(uint64_t seed);
uint64_t random_next(struct random *r);
size_t random_below(struct random *r, size_t n); /* 0 … n - 1; n > 0 */
void random_fill(struct random *r, void *p, size_t n);

/* Blanks are skipped; ends the program on anything that is not hexadecimal, or does not fit. */
size_t hex_bytes(uint8_t *to, size_t room, const char *text);

#endif
