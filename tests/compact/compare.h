/* For compare_test.c: the two libraries with one interface, inputs for both, and the comparison. */
#ifndef TESTS_COMPACT_COMPARE_H
#define TESTS_COMPACT_COMPARE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "tests/support/test.h"

/* Not in the library's headers: scalars modulo the order of Ed25519's group. */
void sc25519_reduce(unsigned char s[64]);
void sc25519_mul(unsigned char s[32], const unsigned char a[32], const unsigned char b[32]);
void sc25519_muladd(unsigned char s[32], const unsigned char a[32], const unsigned char b[32],
                    const unsigned char c[32]);

/* clang-format off */
#define FUNCTIONS(f) \
    f(sodium_init) f(sc25519_reduce) f(sc25519_mul) f(sc25519_muladd) \
    f(crypto_core_keccak1600_permute_12) f(crypto_core_keccak1600_permute_24) \
    f(crypto_core_ed25519_scalar_invert) f(crypto_core_ed25519_from_uniform) \
    f(crypto_hash_sha3256) f(crypto_hash_sha3512) f(crypto_hash_sha256) \
    f(crypto_hash_sha256_init) f(crypto_hash_sha256_update) f(crypto_hash_sha256_final) \
    f(crypto_hash_sha512) f(crypto_hash_sha512_init) f(crypto_hash_sha512_update) \
    f(crypto_hash_sha512_final) f(crypto_kem_mlkem768_seed_keypair) \
    f(crypto_kem_mlkem768_enc_deterministic) f(crypto_kem_mlkem768_dec) \
    f(crypto_onetimeauth_poly1305) f(crypto_scalarmult_curve25519) \
    f(crypto_scalarmult_curve25519_base) f(crypto_scalarmult_ed25519_noclamp) \
    f(crypto_scalarmult_ed25519_base_noclamp) f(crypto_sign_ed25519_seed_keypair) \
    f(crypto_sign_ed25519_detached) f(crypto_sign_ed25519_verify_detached) \
    f(crypto_stream_chacha20_xor_ic) f(crypto_xof_shake128) f(crypto_xof_shake256)
/* clang-format on */

#define MEMBER(name)  __typeof__(name) *name;
#define COMPACT(name) extern __typeof__(name) compact_##name;
#define THEIRS(name)  .name = name,
#define OURS(name)    .name = compact_##name,

struct library {
    FUNCTIONS(MEMBER)
};
FUNCTIONS(COMPACT)

static const struct library untouched = { FUNCTIONS(THEIRS) };
static const struct library compact = { FUNCTIONS(OURS) };

enum { IN_MAX = 4096, OUT_MAX = 8192 };

static unsigned long inputs = 20000, compared;
static uint64_t random_state = 1;

/* --- inputs --- */
static uint64_t random_64(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15; /* splitmix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* One in four consists of long runs of zeros and ones, which is where carries go far. */
static void random_fill(uint8_t *p, size_t n)
{
    bool runs = random_64() % 4 == 0;
    uint8_t run = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t word = random_64();
        if (!runs)
            p[i] = (uint8_t)word;
        else if (word % 4 == 0)
            p[i] = (uint8_t)(word >> 8);
        else
            p[i] = run = word % 16 == 1 ? (uint8_t)~run : run;
    }
}

static size_t random_below(size_t n)
{
    return (size_t)(random_64() % n);
}

/* So many of every thousand inputs. */
static unsigned long share(unsigned thousandth)
{
    return (inputs * thousandth + 999) / 1000;
}

/* --- the comparison --- */

/* Does something with in[n], writes what comes of it to out and says how much that is. */
typedef size_t operation(const struct library *l, uint8_t *out, const uint8_t *in, size_t n);

static void compare(operation *op, const char *name, const uint8_t *in, size_t n)
{
    static uint8_t want[OUT_MAX], got[OUT_MAX];
    size_t want_n = op(&untouched, want, in, n), got_n = op(&compact, got, in, n);
    compared++;
    if (want_n == got_n && memcmp(want, got, want_n) == 0)
        return;
    fprintf(stderr, "%s differs with this input of %zu bytes:\n", name, n);
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "%02x", in[i]);
    fprintf(stderr, "\n");
    fail();
}
#define COMPARE(op, in, n) compare(op, #op, in, n)

static void compare_random(operation *op, const char *name, size_t least, size_t most,
                           unsigned long times)
{
    uint8_t in[IN_MAX];
    for (unsigned long i = 0; i < times; i++) {
        size_t n = least + random_below(most - least + 1);
        random_fill(in, n);
        compare(op, name, in, n);
    }
}
#define COMPARE_RANDOM(op, least, most, times) compare_random(op, #op, least, most, times)

#endif
