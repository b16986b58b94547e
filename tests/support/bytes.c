#include "tests/support/bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bytes_add(struct bytes *b, const void *p, size_t n)
{
    if (b->head == b->tail)
        b->head = b->tail = 0;
    if (b->room - b->tail < n) {
        size_t room = 2 * (b->tail + n) + 256;
        uint8_t *more = realloc(b->p, room);
        if (more == NULL)
            abort();
        b->p = more;
        b->room = room;
    }
    if (n != 0)
        memcpy(b->p + b->tail, p, n);
    b->tail += n;
}

void bytes_drop(struct bytes *b, size_t n)
{
    if (n > bytes_used(b))
        abort();
    b->head += n;
}

void bytes_stop(struct bytes *b)
{
    free(b->p);
    *b = (struct bytes){ 0 };
}

struct random random_of(uint64_t seed)
{
    return (struct random){ (seed + 1) * 0x9e3779b97f4a7c15u };
}

uint64_t random_next(struct random *r)
{
    r->state ^= r->state >> 12;
    r->state ^= r->state << 25;
    r->state ^= r->state >> 27;
    return r->state * 0x2545f4914f6cdd1du;
}

size_t random_below(struct random *r, size_t n)
{
    return (size_t)((random_next(r) >> 16) % n);
}

void random_fill(struct random *r, void *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)p)[i] = (uint8_t)(random_next(r) >> 32);
}

static int digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != 0 ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

size_t hex_bytes(uint8_t *to, size_t room, const char *text)
{
    size_t n = 0;
    for (; *text != 0; text++) {
        if (*text == ' ' || *text == '\n')
            continue;
        int high = digit(text[0]), low = digit(text[1]);
        if (high < 0 || low < 0 || n == room) {
            fprintf(stderr, "not hexadecimal, or too long: %s\n", text);
            abort();
        }
        to[n++] = (uint8_t)(high << 4 | low);
        text++;
    }
    return n;
}
