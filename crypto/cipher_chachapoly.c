/* chacha20-poly1305@openssh.com (OpenSSH's PROTOCOL.chacha20poly1305).
 *
 * Two keys: the second one encrypts only the four length bytes; the first one encrypts the rest from
 * block 1 on, and its block 0 is the Poly1305 key. The nonce is the packet's sequence number. */
#include "crypto/algorithm.h"
#include "crypto/crypto.h"

#include <string.h>

enum { TAG = 16, LENGTH = 4 };

struct keys {
    uint8_t main[32], header[32];
};
_Static_assert(sizeof(struct keys) <= CIPHER_STATE_MAX, "cipher state too small");

static const struct keys *keys_of(const struct cipher_state *s)
{
    return (const struct keys *)(const void *)s->opaque;
}

static bool start(struct cipher_state *s, const uint8_t *key, const uint8_t *iv,
                  const uint8_t *mac_key)
{
    (void)iv, (void)mac_key;
    memcpy(s->opaque, key, sizeof(struct keys));
    return true;
}

static void stop(struct cipher_state *s)
{
    (void)s;
    chacha20_poly1305_forget();
}

static uint32_t length(const struct cipher_state *s, uint32_t seq, const uint8_t p[4])
{
    uint8_t nonce[8], plain[LENGTH];
    store_u64(nonce, seq);
    /* A failure here cannot go unseen: the tag is checked over what was really received. */
    if (!chacha20_xor(plain, p, LENGTH, nonce, 0, keys_of(s)->header))
        return 0;
    return load_u32(plain);
}

/* The tag of the packet (length bytes included), under this packet's one-time key. */
static bool tag_of(uint8_t tag[TAG], const struct keys *k, const uint8_t nonce[8], const uint8_t *p,
                   size_t n)
{
    uint8_t one_time[32] = { 0 };
    bool good = chacha20_xor(one_time, one_time, sizeof one_time, nonce, 0, k->main) &&
                poly1305(tag, p, n, one_time);
    crypto_wipe(one_time, sizeof one_time);
    return good;
}

static bool open(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    uint8_t nonce[8], tag[TAG];
    const struct keys *k = keys_of(s);
    store_u64(nonce, seq);
    return tag_of(tag, k, nonce, p, LENGTH + n) && crypto_equal(tag, p + LENGTH + n, TAG) &&
           chacha20_xor(p + LENGTH, p + LENGTH, n, nonce, 1, k->main);
}

static bool seal(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    uint8_t nonce[8];
    const struct keys *k = keys_of(s);
    store_u64(nonce, seq);
    return chacha20_xor(p, p, LENGTH, nonce, 0, k->header) &&
           chacha20_xor(p + LENGTH, p + LENGTH, n, nonce, 1, k->main) &&
           tag_of(p + LENGTH + n, k, nonce, p, LENGTH + n);
}

const struct cipher cipher_chachapoly = {
    .name = "chacha20-poly1305@openssh.com",
    .key_n = sizeof(struct keys),
    .block = 8,
    .tag_n = TAG,
    .length_n = LENGTH,
    .start = start,
    .stop = stop,
    .length = length,
    .open = open,
    .seal = seal,
    .known = { 0x72, 0xdb, 0xaa, 0x65, 0xe6, 0xe3, 0xd1, 0x76 },
};
