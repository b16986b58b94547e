/* All of libcrypto's memory, out of the one region that crypto_start() was given: what is in it are
 * keys, and the region is one that children do not get.
 *
 * Blocks come in sizes of which there are two to each power of two. Those given back are kept in a
 * list for their size and are never joined, which cannot eat the region up: libcrypto asks for the
 * same few sizes over and over, so each list is as long as that size once was in use at a time.
 * Every block is wiped when it is given back. */
#include "crypto/openssl.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

enum { ALIGN = 16, RANKS = 40 }; /* from 32 bytes to more than there is */

/* In front of what the caller sees. */
struct block {
    alignas(ALIGN) size_t rank;
    struct block *next; /* in the list of those not in use; one in use points to itself */
};
_Static_assert(sizeof(struct block) == ALIGN || sizeof(void *) != 8, "a block's head is small");

static struct {
    uint8_t *start, *end;
    uint8_t *fresh; /* behind it nothing was ever used */
    struct block *unused[RANKS];
} memory;

/* Whole sizes, heads included: 32, 48, 64, 96, 128, 192 … */
static size_t rank_size(size_t rank)
{
    return ((size_t)2 + rank % 2) << (4 + rank / 2);
}

static void *get(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    size_t rank = 0;
    if (n == 0 || n > rank_size(RANKS - 1) - sizeof(struct block))
        return NULL;
    while (rank_size(rank) < n + sizeof(struct block))
        rank++;
    struct block *b;
    if (memory.unused[rank] == NULL && rank_size(rank) <= (size_t)(memory.end - memory.fresh)) {
        b = (void *)memory.fresh;
        b->rank = rank;
        memory.fresh += rank_size(rank);
    } else {
        /* Where nothing fresh is left, a larger one will do. */
        while (rank < RANKS - 1 && memory.unused[rank] == NULL)
            rank++;
        if ((b = memory.unused[rank]) == NULL)
            return NULL;
        memory.unused[rank] = b->next;
    }
    b->next = b;
    return b + 1;
}

/* The block of a pointer that get() has returned; a pointer that cannot be one ends the process. */
static struct block *block_of(void *p)
{
    if ((uint8_t *)p < memory.start + sizeof(struct block) || (uint8_t *)p >= memory.fresh ||
        (uintptr_t)p % ALIGN != 0)
        abort();
    struct block *b = (struct block *)p - 1;
    if (b->rank >= RANKS || b->next != b)
        abort();
    return b;
}

static void give_back(void *p, const char *file, int line)
{
    (void)file, (void)line;
    if (p == NULL)
        return;
    struct block *b = block_of(p);
    crypto_wipe(p, rank_size(b->rank) - sizeof *b);
    b->next = memory.unused[b->rank];
    memory.unused[b->rank] = b;
}

static void *resize(void *p, size_t n, const char *file, int line)
{
    if (p == NULL)
        return get(n, file, line);
    if (n == 0) {
        give_back(p, file, line);
        return NULL;
    }
    size_t room = rank_size(block_of(p)->rank) - sizeof(struct block);
    if (n <= room)
        return p;
    void *new = get(n, file, line);
    if (new == NULL)
        return NULL;
    memcpy(new, p, room);
    give_back(p, file, line);
    return new;
}

bool openssl_memory_start(void *p, size_t n)
{
    if (p == NULL) /* the C library's: tests look for leaks there */
        return true;
    memory.start = memory.fresh = p;
    memory.end = memory.start + n;
    return (uintptr_t)p % ALIGN == 0 && CRYPTO_set_mem_functions(get, resize, give_back) == 1;
}
