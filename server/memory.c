/* One region for host keys, connections, the provider and blocks. Children get none of it: they see zeros
 * (MADV_WIPEONFORK, Linux 4.14), or nothing at all (MADV_DONTFORK). It is reserved as a whole and
 * costs only the pages that were touched. */
#include <stddef.h>
#include <sys/mman.h>

#include "server/internal.h"

enum { PAGE = 4096, BLOCKS_MIN = 64, BLOCKS_MAX_32BIT = 512 };

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static size_t pages(size_t n)
{
    return (n + PAGE - 1) & ~(size_t)(PAGE - 1);
}

static void *reserve(size_t n)
{
    void *p =
        mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (madvise(p, n, MADV_WIPEONFORK) != 0 && madvise(p, n, MADV_DONTFORK) != 0) {
        munmap(p, n);
        return NULL;
    }
    madvise(p, n, MADV_DONTDUMP);
    return p;
}

bool memory_start(struct server *s)
{
    size_t n = (size_t)s->config->max_connections;
    size_t keys = pages(HOST_KEYS * sizeof(struct host_key)),
           conns = pages(n * sizeof(struct conn));
    size_t deadlines = pages(n * sizeof *s->deadlines);
    size_t jobs = pages(n * JOBS_MORE * sizeof *s->jobs);
    s->provider_n = pages(crypto_memory(n));
    uint8_t *p = reserve(keys + conns + deadlines + jobs + s->provider_n);
    if (p == NULL)
        return false;
    s->host_keys = (void *)p;
    s->conns = (void *)(p + keys);
    s->deadlines = (void *)(p + keys + conns);
    s->jobs = (void *)(p + keys + conns + deadlines);
    s->provider = p + keys + conns + deadlines + jobs;

    /* Enough for every promise to every connection; less where the address space is short: then a
     * connection that finds no block waits. */
    s->blocks_n = n * LIMIT_BLOCKS;
    if (sizeof(void *) == 4 && s->blocks_n > BLOCKS_MAX_32BIT)
        s->blocks_n = BLOCKS_MAX_32BIT;
    while ((s->blocks = reserve(s->blocks_n * sizeof(struct block))) == NULL) {
        if (s->blocks_n <= BLOCKS_MIN)
            return false;
        s->blocks_n /= 2;
    }
    pool_start(&s->pool, s->blocks, s->blocks_n);
    return true;
}

_Static_assert(sizeof(struct block) % PAGE == 0, "blocks are whole pages");

void memory_trim(struct server *s)
{
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
