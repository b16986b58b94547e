/* Blocks and queues. Invariant: head <= tail <= high <= LIMIT_BLOCK_BYTES. */
#include "base/block.h"

#include <string.h>

void pool_start(struct pool *p, void *region, size_t n)
{
    *p = (struct pool){ .fresh = region, .n_fresh = n };
}

struct block *pool_take(struct pool *p)
{
    struct block *b = p->free;
    if (b != NULL) {
        p->free = b->next;
    } else {
        if (p->n_fresh == 0)
            return NULL;
        b = p->fresh++;
        p->n_fresh--;
    }
    b->next = NULL;
    b->head = b->tail = b->high = 0;
    p->n_lent++;
    return b;
}

void pool_give(struct pool *p, struct block *b)
{
    explicit_bzero(b->bytes, b->high);
    b->next = p->free;
    p->free = b;
    p->n_lent--;
}

size_t pool_left(const struct pool *p, size_t enough)
{
    size_t n = p->n_fresh;
    for (const struct block *b = p->free; b != NULL && n < enough; b = b->next)
        n++;
    return n;
}

void block_add(struct block *b, size_t n)
{
    b->tail += (uint32_t)n;
    if (b->high < b->tail)
        b->high = b->tail;
}

void block_drop(struct block *b, size_t n)
{
    b->head += (uint32_t)n;
    if (b->head == b->tail)
        b->head = b->tail = 0;
}

void block_compact(struct block *b)
{
    if (b->head == 0)
        return;
    memmove(b->bytes, b->bytes + b->head, block_used(b));
    b->tail -= b->head;
    b->head = 0;
}

static size_t queue_room(const struct queue *q)
{
    return q->last == NULL ? 0 : block_room(q->last);
}

bool queue_push(struct queue *q, struct pool *p, struct span s)
{
    size_t more = s.n > queue_room(q) ? s.n - queue_room(q) : 0;
    size_t blocks = (more + LIMIT_BLOCK_BYTES - 1) / LIMIT_BLOCK_BYTES;
    if (pool_left(p, blocks) < blocks)
        return false;
    while (s.n != 0) {
        if (queue_room(q) == 0) {
            struct block *b = pool_take(p);
            if (q->last != NULL)
                q->last->next = b;
            else
                q->first = b;
            q->last = b;
        }
        size_t n = queue_room(q) < s.n ? queue_room(q) : s.n;
        memcpy(q->last->bytes + q->last->tail, s.p, n);
        block_add(q->last, n);
        q->n += n;
        s.p += n;
        s.n -= n;
    }
    return true;
}

struct span queue_front(const struct queue *q)
{
    if (q->first == NULL)
        return (struct span){ NULL, 0 };
    return span_of(q->first->bytes + q->first->head, block_used(q->first));
}

void queue_drop(struct queue *q, struct pool *p, size_t n)
{
    q->n -= n;
    while (q->first != NULL) {
        size_t used = block_used(q->first);
        size_t step = n < used ? n : used;
        block_drop(q->first, step);
        n -= step;
        if (block_used(q->first) != 0)
            return;
        struct block *done = q->first;
        q->first = done->next;
        if (q->first == NULL)
            q->last = NULL;
        pool_give(p, done);
    }
}

void queue_stop(struct queue *q, struct pool *p)
{
    queue_drop(q, p, q->n);
}
