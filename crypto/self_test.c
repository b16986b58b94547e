/* Does this build compute what everybody else does, on this CPU? Asked once, before anything is
 * served. The answers are those of independent implementations (tests/crypto/make_known.py). What must
 * be refused is tried where that is cheap, and with host keys; the rest of it is for tests/, since a
 * start should take no longer than a millisecond. */
#include <string.h>

#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "crypto/known.h"

void known_input(uint8_t *to, size_t n, unsigned salt)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)((i * i + 29 * i + salt) & 0x77);
}

bool known_answer(struct span data, const uint8_t answer[8])
{
    struct sha256 h;
    uint8_t digest[32];
    sha256_start(&h);
    sha256_add(&h, data.p, data.n);
    sha256_stop(&h, digest);
    return memcmp(digest, answer, 8) == 0;
}

/* One packet sealed and opened, and one with a wrong bit refused. */
static bool packet_good(const struct cipher *c, struct cipher_state *tx, struct cipher_state *rx)
{
    enum { LENGTH = 4, DATA = 64, TAG_MAX = 64 };
    uint8_t plain[LENGTH + DATA + TAG_MAX], p[sizeof plain], wrong[sizeof plain];
    size_t n = c->length_n ? DATA : DATA - LENGTH, whole = LENGTH + n + c->tag_n;
    known_input(plain, sizeof plain, 3);
    store_u32(plain, (uint32_t)n);
    memcpy(p, plain, sizeof p);
    if (!c->seal(tx, 5, p, n) || !known_answer(span_of(p, whole), c->known) ||
        c->length(rx, 5, p) != n)
        return false;
    memcpy(wrong, p, sizeof p);
    wrong[LENGTH + n - 1] ^= 1;
    struct cipher_state same = *rx;
    return !c->open(&same, 5, wrong, n) && c->open(rx, 5, p, n) &&
           memcmp(p + LENGTH, plain + LENGTH, n) == 0;
}

static bool cipher_good(const struct cipher *c)
{
    uint8_t keys[3][CIPHER_KEY_MAX];
    struct cipher_state tx, rx;
    for (unsigned i = 0; i < 3; i++)
        known_input(keys[i], CIPHER_KEY_MAX, i);
    if (!c->start(&tx, keys[0], keys[1], keys[2]))
        return false;
    bool started = c->start(&rx, keys[0], keys[1], keys[2]);
    bool good = started && packet_good(c, &tx, &rx);
    if (started && c->stop != NULL)
        c->stop(&rx);
    if (c->stop != NULL)
        c->stop(&tx);
    return good;
}

const char *self_test(const struct algorithms *a)
{
    for (const struct kex *const *k = a->kex; *k != NULL; k++)
        if ((*k)->test != NULL && !(*k)->test())
            return (*k)->name;
    for (const struct cipher *const *c = a->ciphers; *c != NULL; c++)
        if (((*c)->here == NULL || (*c)->here()) && !cipher_good(*c))
            return (*c)->name;
    for (const struct host_key_type *const *h = a->host_keys; *h != NULL; h++)
        if ((*h)->test != NULL && !(*h)->test())
            return (*h)->name;
    for (const struct user_key_type *const *u = a->user_keys; *u != NULL; u++)
        if ((*u)->test != NULL && !(*u)->test())
            return (*u)->name;
    return NULL;
}
