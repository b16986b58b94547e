#include "tests/support/rows.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

enum { LENGTH = 4, BLOCK = 16, KEY = 32, IV = 16, MAC_KEY = 64 };

struct rows_count rows_count;

struct owned {
    uint8_t key[KEY], iv[IV], mac_key[MAC_KEY];
    uint32_t blocks; /* of the keystream that were used */
    size_t tag_n;
    bool hidden;
};

static struct owned *owned_by(const struct cipher_state *s)
{
    struct owned *o;
    memcpy(&o, s->opaque, sizeof o);
    return o;
}

static bool start(struct cipher_state *s, const uint8_t *key, const uint8_t *iv,
                  const uint8_t *mac_key, size_t tag_n, bool hidden)
{
    if (rows_count.fail_in != 0 && --rows_count.fail_in == 0)
        return false;
    struct owned *o = calloc(1, sizeof *o);
    if (o == NULL)
        abort();
    memcpy(o->key, key, KEY);
    memcpy(o->iv, iv, IV);
    memcpy(o->mac_key, mac_key, MAC_KEY);
    o->tag_n = tag_n;
    o->hidden = hidden;
    memcpy(s->opaque, &o, sizeof o);
    rows_count.started++;
    return true;
}

static void stop(struct cipher_state *s)
{
    free(owned_by(s));
    rows_count.stopped++;
}

/* --- keystream: SHA-256 of key, IV and a number, 16 bytes a block --- */
static void crypt(struct owned *o, uint8_t *p, size_t n)
{
    if (n % BLOCK != 0)
        abort(); /* framing promised whole blocks */
    for (size_t i = 0; i < n; i += BLOCK) {
        uint8_t stream[32], number[4];
        struct sha256 h;
        store_u32(number, o->blocks++);
        sha256_start(&h);
        sha256_add(&h, o->key, KEY);
        sha256_add(&h, o->iv, IV);
        sha256_add(&h, number, sizeof number);
        sha256_stop(&h, stream);
        for (size_t k = 0; k < BLOCK; k++)
            p[i + k] ^= stream[k];
    }
}

static void tag_of(const struct owned *o, uint8_t tag[64], uint32_t seq, const uint8_t *p, size_t n)
{
    uint8_t number[4];
    store_u32(number, seq);
    for (uint8_t half = 0; half < 2; half++) {
        struct sha256 h;
        sha256_start(&h);
        sha256_add(&h, &half, 1);
        sha256_add(&h, o->mac_key, o->tag_n);
        sha256_add(&h, number, sizeof number);
        sha256_add(&h, p, n);
        sha256_stop(&h, tag + 32 * half);
    }
}

static bool tag_good(const struct owned *o, uint32_t seq, const uint8_t *p, size_t n)
{
    uint8_t tag[64];
    tag_of(o, tag, seq, p, n);
    return memcmp(tag, p + n, o->tag_n) == 0;
}

static void put_tag(const struct owned *o, uint32_t seq, uint8_t *p, size_t n)
{
    uint8_t tag[64];
    tag_of(o, tag, seq, p, n);
    memcpy(p + n, tag, o->tag_n);
}

static uint32_t length(const struct cipher_state *s, uint32_t seq, const uint8_t p[4])
{
    struct owned copy = *owned_by(s);
    uint8_t block[BLOCK] = { p[0], p[1], p[2], p[3] };
    (void)seq;
    if (copy.hidden)
        crypt(&copy, block, BLOCK);
    return load_u32(block);
}

static bool open(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    struct owned *o = owned_by(s);
    if (o->hidden) {
        crypt(o, p, LENGTH + n);
        return tag_good(o, seq, p, LENGTH + n);
    }
    if (!tag_good(o, seq, p, LENGTH + n))
        return false;
    crypt(o, p + LENGTH, n);
    return true;
}

static bool seal(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    struct owned *o = owned_by(s);
    if (o->hidden) {
        put_tag(o, seq, p, LENGTH + n);
        crypt(o, p, LENGTH + n);
    } else {
        crypt(o, p + LENGTH, n);
        put_tag(o, seq, p, LENGTH + n);
    }
    return true;
}

/* --- the rows --- */
static bool nowhere(void)
{
    return false;
}

#define STARTER(NAME, TAG, HIDDEN)                                                                 \
    static bool NAME(struct cipher_state *s, const uint8_t *key, const uint8_t *iv,                \
                     const uint8_t *mac_key)                                                       \
    {                                                                                              \
        return start(s, key, iv, mac_key, TAG, HIDDEN);                                            \
    }
STARTER(start_clear_32, 32, false)
STARTER(start_clear_64, 64, false)
STARTER(start_hidden_32, 32, true)

#define ROW(NAME, CIPHER, MAC, TAG, OUTSIDE, START, HERE)                                          \
    const struct cipher NAME = {                                                                   \
        .name = CIPHER,                                                                            \
        .mac = MAC,                                                                                \
        .key_n = KEY,                                                                              \
        .iv_n = IV,                                                                                \
        .mac_key_n = MAC_KEY,                                                                      \
        .block = BLOCK,                                                                            \
        .tag_n = TAG,                                                                              \
        .length_n = OUTSIDE,                                                                       \
        .here = HERE,                                                                              \
        .start = START,                                                                            \
        .stop = stop,                                                                              \
        .length = length,                                                                          \
        .open = open,                                                                              \
        .seal = seal,                                                                              \
    }
static ROW(a_clear_32, "fake-a", "mac-clear-32", 32, LENGTH, start_clear_32, NULL);
static ROW(a_clear_64, "fake-a", "mac-clear-64", 64, LENGTH, start_clear_64, NULL);
static ROW(a_hidden_32, "fake-a", "mac-hidden-32", 32, 0, start_hidden_32, NULL);
static ROW(b_clear_32, "fake-b", "mac-clear-32", 32, LENGTH, start_clear_32, NULL);
static ROW(b_clear_64, "fake-b", "mac-clear-64", 64, LENGTH, start_clear_64, NULL);
static ROW(b_hidden_32, "fake-b", "mac-hidden-32", 32, 0, start_hidden_32, NULL);
ROW(row_own, "fake-own", NULL, 32, LENGTH, start_clear_32, NULL);
ROW(row_absent, "fake-absent", NULL, 32, LENGTH, start_clear_32, nowhere);

const struct cipher *const rows_all[] = {
    &row_absent, &a_clear_64, &a_hidden_32, &a_clear_32, &row_own,
    &b_clear_32, &b_clear_64, &b_hidden_32, NULL,
};

static const struct kex *const kex[] = { &kex_curve25519, NULL };
static const struct host_key_type *const host_keys[] = { &host_key_ed25519, NULL };
static const struct user_key_type *const user_keys[] = { &user_key_ed25519, NULL };
const struct algorithms rows_algorithms = { kex, host_keys, rows_all, user_keys };
