/* Blocks: the one unit in which connections borrow memory for bytes in flight, and byte queues
 * made of them.
 *
 * A pool lends blocks from one region that its owner reserved; blocks never touched cost nothing.
 * An idle connection holds none. Bytes in use are [head, tail); `high` is the furthest byte written
 * since the block was lent, and everything up to it is wiped when the block goes back, so no block
 * ever hands one peer's bytes to another. */
#ifndef BASE_BLOCK_H
#define BASE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/wire.h"

struct block {
    struct block *next;
    uint32_t head, tail, high;
    uint32_t pad;
    _Alignas(8) uint8_t bytes[LIMIT_BLOCK_BYTES]; /* so that a block has whole pages on every CPU */
};

struct pool {
    struct block *free;  /* given back, most recent first: warm in the cache */
    struct block *fresh; /* the region's part that was never lent */
    size_t n_fresh;
    size_t n_lent;
};

/* The region of `n` blocks stays its owner's and must outlive the pool. */
void pool_start(struct pool *p, void *region, size_t n);
struct block *pool_take(struct pool *p); /* NULL: none left */
void pool_give(struct pool *p, struct block *b);
size_t pool_left(const struct pool *p,
                 size_t enough); /* blocks still to lend, counted to `enough` */

static inline size_t block_used(const struct block *b)
{
    return b->tail - b->head;
}

static inline size_t block_room(const struct block *b)
{
    return LIMIT_BLOCK_BYTES - b->tail;
}

void block_add(struct block *b, size_t n);  /* n bytes were written at tail */
void block_drop(struct block *b, size_t n); /* n bytes at head are done with */
void block_compact(struct block *b);        /* move what is in use to the front */

/* A byte queue over borrowed blocks. */
struct queue {
    struct block *first, *last;
    size_t n; /* bytes held */
};

/* All of the bytes or none: false when the pool has too few blocks. */
bool queue_push(struct queue *q, struct pool *p, struct span s);
struct span queue_front(const struct queue *q);
void queue_drop(struct queue *q, struct pool *p, size_t n);
void queue_stop(struct queue *q, struct pool *p);

#endif
