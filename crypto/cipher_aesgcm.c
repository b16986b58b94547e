/* aes256-gcm@openssh.com and aes128-gcm@openssh.com: RFC 5647, negotiated as OpenSSH does (its
 * PROTOCOL, section 1.6). The length bytes are authenticated in clear; the nonce is four fixed bytes
 * and a counter of packets. */
#include <string.h>

#include "crypto/algorithm.h"
#include "crypto/crypto.h"

enum { TAG = 16, LENGTH = 4, NONCE = 12, FIXED = 4 };

struct state {
    struct aes_gcm gcm;
    uint8_t nonce[NONCE];
};
_Static_assert(sizeof(struct state) <= CIPHER_STATE_MAX, "cipher state too small");

static struct state *state_of(struct cipher_state *s)
{
    return (struct state *)(void *)s->opaque;
}

static bool start(struct cipher_state *s, const uint8_t *key, const uint8_t *iv, size_t key_n)
{
    memcpy(state_of(s)->nonce, iv, NONCE);
    return aes_gcm_start(&state_of(s)->gcm, key, key_n);
}

static bool start256(struct cipher_state *s, const uint8_t *key, const uint8_t *iv,
                     const uint8_t *mac_key)
{
    (void)mac_key;
    return start(s, key, iv, 32);
}

static bool start128(struct cipher_state *s, const uint8_t *key, const uint8_t *iv,
                     const uint8_t *mac_key)
{
    (void)mac_key;
    return start(s, key, iv, 16);
}

static void stop(struct cipher_state *s)
{
    aes_gcm_stop(&state_of(s)->gcm);
}

static uint32_t length(const struct cipher_state *s, uint32_t seq, const uint8_t p[4])
{
    (void)s, (void)seq;
    return load_u32(p);
}

/* RFC 5647 section 7.1: the invocation counter is big-endian and wraps. Sequence numbers wrap long
 * before it could, and keys are renewed long before those. */
static void count(uint8_t nonce[NONCE])
{
    for (int i = NONCE - 1; i >= FIXED && ++nonce[i] == 0; i--)
        ;
}

static bool open(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    (void)seq;
    struct state *k = state_of(s);
    bool good = aes_gcm_open(&k->gcm, p + LENGTH + n, p + LENGTH, n, span_of(p, LENGTH), k->nonce);
    count(k->nonce);
    return good;
}

static bool seal(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    (void)seq;
    struct state *k = state_of(s);
    bool good = aes_gcm_seal(&k->gcm, p + LENGTH + n, p + LENGTH, n, span_of(p, LENGTH), k->nonce);
    count(k->nonce);
    return good;
}

const struct cipher cipher_aes256gcm = {
    .name = "aes256-gcm@openssh.com",
    .key_n = 32,
    .iv_n = NONCE,
    .block = 16,
    .tag_n = TAG,
    .length_n = LENGTH,
    .here = aes_gcm_here,
    .start = start256,
    .stop = stop,
    .length = length,
    .open = open,
    .seal = seal,
    .known = { 0xe1, 0x53, 0x68, 0xae, 0xe8, 0x32, 0x5f, 0x0a },
};

const struct cipher cipher_aes128gcm = {
    .name = "aes128-gcm@openssh.com",
    .key_n = 16,
    .iv_n = NONCE,
    .block = 16,
    .tag_n = TAG,
    .length_n = LENGTH,
    .here = aes_gcm_here,
    .start = start128,
    .stop = stop,
    .length = length,
    .open = open,
    .seal = seal,
    .known = { 0xd0, 0x88, 0x5b, 0x67, 0x67, 0x25, 0x10, 0xd3 },
};
