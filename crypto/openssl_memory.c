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

enum { ALIGN = 16, CLASSES = 40 }; /* from 32 bytes to more than there is */

/* In front of what the caller sees. */
struct block {
    alignas(ALIGN) size_t class;
    struct block *next; /* in the list of those not in use */
};
_Static_assert(sizeof(struct block) == ALIGN || sizeof(void *) != 8, "a block's head is small");

static struct {
    uint8_t *start, *end;
    uint8_t *fresh; /* behind it nothing was ever used */
    struct block *unused[CLASSES];
} memory;

/* Whole sizes, heads included: 32, 48, 64, 96, 128, 192 … */
static size_t class_size(size_t class)
{
    return ((size_t)2 + class % 2) << (4 + class / 2);
}

static void *get(size_t n, const char *file, int line)
{
    (void)file, (void)line;
    size_t class = 0;
    if (n == 0 || n > (size_t)(memory.end - memory.start))
        return NULL;
    while (class_size(class) < n + sizeof(struct block))
        class ++;
    struct block *b = memory.unused[class];
    if (b != NULL) {
        memory.unused[class] = b->next;
    } else {
        if (class_size(class) > (size_t)(memory.end - memory.fresh))
            return NULL;
        b = (void *)memory.fresh;
        memory.fresh += class_size(class);
        b->class = class;
    }
    b->next = NULL;
    return b + 1;
}

/* The block of a pointer that get() has returned; a pointer that cannot be one ends the process. */
static struct block *block_of(void *p)
{
    if ((uint8_t *)p < memory.start + sizeof(struct block) || (uint8_t *)p >= memory.fresh ||
        (uintptr_t)p % ALIGN != 0)
        abort();
    struct block *b = (struct block *)p - 1;
    if (b->class >= CLASSES || b->next != NULL)
        abort();
    return b;
}

static void give_back(void *p, const char *file, int line)
{
    (void)file, (void)line;
    if (p == NULL)
        return;
    struct block *b = block_of(p);
    crypto_wipe(p, class_size(b->class) - sizeof *b);
    b->next = memory.unused[b->class];
    memory.unused[b->class] = b;
}

static void *resize(void *p, size_t n, const char *file, int line)
{
    if (p == NULL)
        return get(n, file, line);
    if (n == 0) {
        give_back(p, file, line);
        return NULL;
    }
    size_t room = class_size(block_of(p)->class) - sizeof(struct block);
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
