/* aes256-ctr and aes128-ctr (RFC 4344 section 4) with HMAC-SHA-2 (RFC 6668): encrypt-then-MAC as
 * OpenSSH does (its PROTOCOL, section 1.7), where the length is in clear and the tag is over what was
 * sent; and, for clients that know no better, RFC 4253's own MAC over the plaintext. */
#include <string.h>

#include "crypto/algorithm.h"
#include "crypto/crypto.h"

enum { LENGTH = 4, BLOCK = 16 };

struct state {
    struct aes_ctr ctr;
    struct hmac hmac;
    uint8_t counter[BLOCK]; /* of the next block of keystream */
};
_Static_assert(sizeof(struct state) <= CIPHER_STATE_MAX, "cipher state too small");

static struct state *state_of(struct cipher_state *s)
{
    return (struct state *)(void *)s->opaque;
}

static bool start(struct cipher_state *s, size_t key_n, enum hash hash, const uint8_t *key,
                  const uint8_t *iv, const uint8_t *mac_key)
{
    struct state *k = state_of(s);
    memcpy(k->counter, iv, BLOCK);
    if (!aes_ctr_start(&k->ctr, key, key_n))
        return false;
    if (hmac_start(&k->hmac, hash, mac_key))
        return true;
    aes_ctr_stop(&k->ctr);
    return false;
}

static void stop(struct cipher_state *s)
{
    aes_ctr_stop(&state_of(s)->ctr);
    hmac_stop(&state_of(s)->hmac);
}

/* Whole blocks; the counter goes on behind them. */
static bool crypt(struct state *k, uint8_t *p, size_t n)
{
    if (!aes_ctr_xor(&k->ctr, p, p, n, k->counter))
        return false;
    unsigned carry = (unsigned)(n / BLOCK);
    for (int i = BLOCK - 1; i >= 0 && carry != 0; i--) {
        carry += k->counter[i];
        k->counter[i] = (uint8_t)carry;
        carry >>= 8;
    }
    return true;
}

static bool tag_of(struct state *k, uint8_t *tag, uint32_t seq, const uint8_t *p, size_t n)
{
    uint8_t number[4];
    store_u32(number, seq);
    return hmac_tag(&k->hmac, tag, span_of(number, sizeof number), span_of(p, n));
}

static bool tag_good(struct state *k, uint32_t seq, const uint8_t *p, size_t n, size_t tag_n)
{
    uint8_t tag[64];
    return tag_of(k, tag, seq, p, LENGTH + n) && crypto_equal(tag, p + LENGTH + n, tag_n);
}

/* --- encrypt, then MAC --- */
static uint32_t length_clear(const struct cipher_state *s, uint32_t seq, const uint8_t p[4])
{
    (void)s, (void)seq;
    return load_u32(p);
}

static bool open_etm(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n, size_t tag_n)
{
    return tag_good(state_of(s), seq, p, n, tag_n) && crypt(state_of(s), p + LENGTH, n);
}

static bool open_etm256(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    return open_etm(s, seq, p, n, HASH_SHA256);
}

static bool open_etm512(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    return open_etm(s, seq, p, n, HASH_SHA512);
}

static bool seal_etm(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    return crypt(state_of(s), p + LENGTH, n) &&
           tag_of(state_of(s), p + LENGTH + n, seq, p, LENGTH + n);
}

/* --- MAC of the plaintext, and the length encrypted with the rest --- */
static uint32_t length_hidden(const struct cipher_state *s, uint32_t seq, const uint8_t p[4])
{
    uint8_t plain[LENGTH];
    struct aes_ctr ctr = ((const struct state *)(const void *)s->opaque)->ctr;
    (void)seq;
    /* A failure is seen as a length that cannot be. */
    if (!aes_ctr_xor(&ctr, plain, p, LENGTH,
                     ((const struct state *)(const void *)s->opaque)->counter))
        return 0;
    return load_u32(plain);
}

static bool open_mac256(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    return crypt(state_of(s), p, LENGTH + n) && tag_good(state_of(s), seq, p, n, HASH_SHA256);
}

static bool seal_mac256(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    return tag_of(state_of(s), p + LENGTH + n, seq, p, LENGTH + n) &&
           crypt(state_of(s), p, LENGTH + n);
}

/* --- the rows: two key sizes, three MACs --- */
#define ROW(BITS, MAC, MAC_NAME, HASH, LENGTH_N, LENGTH_OF, SEAL, ...)                             \
    static bool start_##BITS##_##MAC(struct cipher_state *s, const uint8_t *key,                   \
                                     const uint8_t *iv, const uint8_t *mac_key)                    \
    {                                                                                              \
        return start(s, (BITS) / 8, HASH, key, iv, mac_key);                                       \
    }                                                                                              \
    const struct cipher cipher_aes##BITS##ctr_##MAC = {                                            \
        .name = "aes" #BITS "-ctr",                                                                \
        .mac = MAC_NAME,                                                                           \
        .key_n = (BITS) / 8,                                                                       \
        .iv_n = BLOCK,                                                                             \
        .mac_key_n = HASH,                                                                         \
        .block = BLOCK,                                                                            \
        .tag_n = HASH,                                                                             \
        .length_n = LENGTH_N,                                                                      \
        .start = start_##BITS##_##MAC,                                                             \
        .stop = stop,                                                                              \
        .length = LENGTH_OF,                                                                       \
        .open = open_##MAC,                                                                        \
        .seal = SEAL,                                                                              \
        .known = { __VA_ARGS__ },                                                                  \
    };

#define ETM256 "hmac-sha2-256-etm@openssh.com"
#define ETM512 "hmac-sha2-512-etm@openssh.com"
#define MAC256 "hmac-sha2-256"

ROW(256, etm256, ETM256, HASH_SHA256, LENGTH, length_clear, seal_etm, 0x4e, 0x2e, 0x06, 0xe9, 0xd3,
    0x14, 0xf5, 0x38)
ROW(256, etm512, ETM512, HASH_SHA512, LENGTH, length_clear, seal_etm, 0xea, 0xd6, 0x91, 0xf6, 0xfb,
    0x3b, 0x58, 0xbb)
ROW(256, mac256, MAC256, HASH_SHA256, 0, length_hidden, seal_mac256, 0x01, 0x9d, 0xb4, 0x0c, 0xb7,
    0x4c, 0x59, 0x43)
ROW(128, etm256, ETM256, HASH_SHA256, LENGTH, length_clear, seal_etm, 0x7d, 0x60, 0x43, 0x16, 0x78,
    0x21, 0xe9, 0xea)
ROW(128, etm512, ETM512, HASH_SHA512, LENGTH, length_clear, seal_etm, 0x83, 0x23, 0xfe, 0xa1, 0xa9,
    0xb4, 0xd8, 0x25)
ROW(128, mac256, MAC256, HASH_SHA256, 0, length_hidden, seal_mac256, 0xe1, 0xa3, 0x4d, 0x13, 0xe8,
    0x2b, 0x4a, 0xe2)
