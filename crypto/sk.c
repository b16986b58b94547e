#include "crypto/sk.h"

#include "crypto/crypto.h"

enum { TOUCHED = 1, VERIFIED = 4 };

static void hash(uint8_t digest[32], struct span s)
{
    struct sha256 h;
    sha256_start(&h);
    sha256_add(&h, s.p, s.n);
    sha256_stop(&h, digest);
}

void sk_signed(uint8_t to[SK_SIGNED], struct reader *r, struct span application,
               struct span message, struct presence *token)
{
    uint8_t flags = get_byte(r);
    uint32_t counter = get_u32(r);
    *token = (struct presence){ flags & TOUCHED, flags & VERIFIED };
    hash(to, application);
    to[32] = flags;
    store_u32(to + 33, counter);
    hash(to + 37, message);
}
