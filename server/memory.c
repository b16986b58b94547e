/* Regions for host keys, connections, the provider and blocks. Children get none of it: they see zeros
 * (MADV_WIPEONFORK, Linux 4.14), or nothing at all (MADV_DONTFORK). It is reserved as a whole and
 * costs only the pages that were touched. */
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include "server/internal.h"

enum { PAGE = 4096, BLOCKS_MIN = 16, BLOCKS_MAX_32BIT = 512, STACK_DEEPEST = 1 << 18 };

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

#define IDENTITY pages(sizeof(struct identity))

static size_t pages(size_t n)
{
    return (n + PAGE - 1) & ~(size_t)(PAGE - 1);
}

/* Only where there is room for as much again: for what is reserved next, and for children. */
static void *reserve(size_t n)
{
    uint8_t *p = mmap(NULL, 2 * n, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    munmap(p + n, n);
    if (madvise(p, n, MADV_WIPEONFORK) != 0 && madvise(p, n, MADV_DONTFORK) != 0) {
        munmap(p, n);
        return NULL;
    }
    madvise(p, n, MADV_DONTDUMP);
    return p;
}

struct identity *memory_identity(void)
{
    return reserve(sizeof(struct identity));
}

void memory_identity_stop(struct identity *i)
{
    munmap(i, sizeof *i);
}

/* What n connections need beside blocks; false: it is not to be had. */
static bool reserve_connections(struct server *s, size_t n)
{
    size_t conns = pages(n * sizeof(struct conn));
    size_t deadlines = pages(n * sizeof *s->deadlines);
    size_t jobs = pages(n * JOBS_MORE * sizeof *s->jobs);
    s->provider_n = pages(crypto_memory(n));
    uint8_t *p = reserve(IDENTITY + conns + deadlines + jobs + s->provider_n);
    if (p == NULL)
        return false;
    s->identity = (void *)p; /* with pages of its own, by which it goes one day */
    p += IDENTITY;
    s->conns = (void *)p;
    s->deadlines = (void *)(p + conns);
    s->jobs = (void *)(p + conns + deadlines);
    s->provider = p + conns + deadlines + jobs;
    s->conns_most = (unsigned)n;
    return true;
}

/* Where the address space is short, or the kernel reckons with all that is reserved (vm.overcommit_memory=2), it is half
 * as much, and so on: fewer connections, and such as find no block and wait. */
bool memory_start(struct server *s)
{
    size_t n = (size_t)s->config->max_connections;
    while (!reserve_connections(s, n))
        if ((n /= 2) == 0)
            return false;
    s->blocks_n = n * LIMIT_BLOCKS; /* enough for every promise to every connection */
    if (sizeof(void *) == 4 && s->blocks_n > BLOCKS_MAX_32BIT)
        s->blocks_n = BLOCKS_MAX_32BIT;
    while ((s->blocks = reserve(s->blocks_n * sizeof(struct block))) == NULL)
        if ((s->blocks_n /= 2) < BLOCKS_MIN)
            return false;
    pool_start(&s->pool, s->blocks, s->blocks_n);
    return true;
}

_Static_assert(sizeof(struct block) % PAGE == 0, "blocks are whole pages");

/* What was once used of the stack, a page below the present function: a start leaves 20 KB there and a login 80, with
 * whatever was in them. Where it was never so deep nothing is mapped, which madvise() passes over. Never a part of its
 * caller, whose variables would be below. */
static __attribute__((noinline)) void trim_stack(void)
{
    uintptr_t end = (uintptr_t)__builtin_frame_address(0) / PAGE * PAGE - PAGE;
    madvise((void *)(end - STACK_DEEPEST), STACK_DEEPEST, MADV_DONTNEED);
}

void memory_trim(struct server *s)
{
    trim_stack();
    s->pool_warm = false;
    if (s->pool.n_lent == 0) {
        size_t touched = s->blocks_n - s->pool.n_fresh;
        madvise(s->blocks, touched * sizeof(struct block), MADV_DONTNEED);
        pool_start(&s->pool, s->blocks, s->blocks_n);
    } else { /* all but the page that says which is the next one */
        for (struct block *b = s->pool.free; b != NULL; b = b->next)
            madvise((uint8_t *)b + PAGE, sizeof *b - PAGE, MADV_DONTNEED);
    }
}
