/*
 * The objects that deps/compact/ derives, as the release links them, against the untouched library in
 * the same program: the same inputs, random ones and those at which a mistake would show, must give
 * the same outputs. The build renames every symbol of the library with the derived objects to
 * compact_NAME.
 *
 * COMPACT_INPUTS: how many inputs in all (20000). COMPACT_SEED: where the random ones begin (1).
 */
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

#define FUNCTIONS(f)                                                                               \
    f(sodium_init) f(sc25519_reduce) f(sc25519_mul) f(sc25519_muladd)                              \
        f(crypto_core_keccak1600_permute_12) f(crypto_core_keccak1600_permute_24) f(               \
            crypto_core_ed25519_scalar_invert) f(crypto_core_ed25519_from_uniform)                 \
            f(crypto_hash_sha3256) f(crypto_hash_sha3512) f(crypto_hash_sha256) f(                 \
                crypto_hash_sha256_init) f(crypto_hash_sha256_update) f(crypto_hash_sha256_final)  \
                f(crypto_hash_sha512) f(crypto_hash_sha512_init) f(crypto_hash_sha512_update)      \
                    f(crypto_hash_sha512_final) f(crypto_kem_mlkem768_seed_keypair)                \
                        f(crypto_kem_mlkem768_enc_deterministic) f(crypto_kem_mlkem768_dec)        \
                            f(crypto_scalarmult_curve25519) f(crypto_scalarmult_curve25519_base)   \
                                f(crypto_scalarmult_ed25519_noclamp)                               \
                                    f(crypto_scalarmult_ed25519_base_noclamp)                      \
                                        f(crypto_sign_ed25519_seed_keypair)                        \
                                            f(crypto_sign_ed25519_detached)                        \
                                                f(crypto_sign_ed25519_verify_detached)             \
                                                    f(crypto_xof_shake128) f(crypto_xof_shake256)

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

/* --- scalars --- */

/* 252 bits: the order L of the group, least byte first. */
static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                   0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10 };

/* Multiples of L and their neighbours, powers of two and theirs, equal bytes. */
enum { MULTIPLES = 16, EDGES = 3 * MULTIPLES + 3 * 256 + 256 };

static void add_small(uint8_t s[32], int carry)
{
    for (int i = 0; i < 32; i++) {
        carry += s[i];
        s[i] = (uint8_t)carry;
        carry >>= 8;
    }
}

static void edge(uint8_t s[32], int i)
{
    memset(s, 0, 32);
    if (i < 3 * MULTIPLES) {
        int carry = 0;
        for (int k = 0; k < 32; k++) {
            carry += order[k] * (i / 3);
            s[k] = (uint8_t)carry;
            carry >>= 8;
        }
        add_small(s, i % 3 - 1);
    } else if (i < 3 * (MULTIPLES + 256)) {
        i -= 3 * MULTIPLES;
        s[i / 3 / 8] = (uint8_t)(1 << i / 3 % 8);
        add_small(s, i % 3 - 1);
    } else {
        memset(s, i - 3 * (MULTIPLES + 256), 32);
    }
}

static size_t reduce(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    memcpy(out, in, n);
    l->sc25519_reduce(out);
    return n;
}

static size_t mul(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    (void)n;
    l->sc25519_mul(out, in, in + 32);
    return 32;
}

static size_t muladd(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    (void)n;
    l->sc25519_muladd(out, in, in + 32, in + 64);
    return 32;
}

static size_t invert(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    (void)n;
    out[32] = (uint8_t)l->crypto_core_ed25519_scalar_invert(out, in);
    return 33;
}

static void test_scalars(void **state)
{
    (void)state;
    uint8_t in[96];
    for (int i = 0; i < EDGES; i++) {
        for (int k = 0; k < EDGES; k += 1 + (int)random_below(40)) {
            edge(in, i);
            edge(in + 32, k);
            edge(in + 64, (int)random_below(EDGES));
            COMPARE(reduce, in, 64);
            COMPARE(mul, in, 64);
            COMPARE(muladd, in, 96);
        }
    }
    COMPARE_RANDOM(reduce, 64, 64, share(215));
    COMPARE_RANDOM(mul, 64, 64, share(50));
    COMPARE_RANDOM(muladd, 96, 96, share(215));
    COMPARE_RANDOM(invert, 32, 32, share(5));
}

/* --- multiples of the base point and of others --- */
static size_t base(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    (void)n;
    out[32] = (uint8_t)l->crypto_scalarmult_ed25519_base_noclamp(out, in);
    return 33;
}

static size_t x25519_base(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    (void)n;
    out[32] = (uint8_t)l->crypto_scalarmult_curve25519_base(out, in);
    return 33;
}

static size_t x25519(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    (void)n;
    memset(out, 0, 32); /* left alone where the point is refused */
    out[32] = (uint8_t)l->crypto_scalarmult_curve25519(out, in, in + 32);
    return 33;
}

/* A scalar times the point that 32 bytes are mapped to. */
static size_t point(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    (void)n;
    memset(out, 0, 65);
    l->crypto_core_ed25519_from_uniform(out + 32, in + 32);
    out[64] = (uint8_t)l->crypto_scalarmult_ed25519_noclamp(out, in, out + 32);
    return 65;
}

/* Every digit at every place, alone and beside a random number: every entry of the table. */
static void test_base(void **state)
{
    (void)state;
    uint8_t in[32];
    for (int place = 0; place < 64; place++) {
        for (int digit = 0; digit < 16; digit++) {
            int shift = place % 2 * 4;
            memset(in, 0, 32);
            in[place / 2] = (uint8_t)(digit << shift);
            COMPARE(base, in, 32);
            random_fill(in, 32);
            in[place / 2] = (uint8_t)((in[place / 2] & 0xf0 >> shift) | digit << shift);
            COMPARE(base, in, 32);
            COMPARE(x25519_base, in, 32);
        }
    }
    for (int i = 0; i < EDGES; i++) {
        edge(in, i);
        COMPARE(base, in, 32);
    }
    COMPARE_RANDOM(base, 32, 32, share(190));
    COMPARE_RANDOM(x25519_base, 32, 32, share(60));
    COMPARE_RANDOM(x25519, 64, 64, share(10));
    COMPARE_RANDOM(point, 64, 64, share(10));
}

/* --- Ed25519 --- */

/* A key from a seed, a signature, and whether it is taken as good, whole and with one bit wrong. */
static size_t ed25519(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    uint8_t *public_key = out, *secret = out + 32, *signature = out + 96, *said = out + 160;
    const uint8_t *message = in + 34;
    l->crypto_sign_ed25519_seed_keypair(public_key, secret, in);
    l->crypto_sign_ed25519_detached(signature, NULL, message, n - 34, secret);
    said[0] =
        (uint8_t)l->crypto_sign_ed25519_verify_detached(signature, message, n - 34, public_key);
    signature[in[32] % 64] ^= (uint8_t)(1 << in[33] % 8);
    said[1] =
        (uint8_t)l->crypto_sign_ed25519_verify_detached(signature, message, n - 34, public_key);
    return 162;
}

static void test_ed25519(void **state)
{
    (void)state;
    COMPARE_RANDOM(ed25519, 34, 600, share(35));
}

/* --- hashes --- */
static size_t sha256(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    l->crypto_hash_sha256(out, in, n);
    return 32;
}

static size_t sha512(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    l->crypto_hash_sha512(out, in, n);
    return 64;
}

/* In pieces whose lengths the input gives. */
static size_t pieces(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    crypto_hash_sha256_state h;
    crypto_hash_sha512_state g;
    l->crypto_hash_sha256_init(&h);
    l->crypto_hash_sha512_init(&g);
    for (size_t i = 0; i < n;) {
        size_t part = in[i] < n - i ? in[i] : n - i;
        l->crypto_hash_sha256_update(&h, in + i, part);
        l->crypto_hash_sha512_update(&g, in + i, part);
        i += part + !part;
    }
    l->crypto_hash_sha256_final(&h, out);
    l->crypto_hash_sha512_final(&g, out + 32);
    return 96;
}

static void test_sha2(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 600; n++) {
        COMPARE_RANDOM(sha256, n, n, 1);
        COMPARE_RANDOM(sha512, n, n, 1);
    }
    COMPARE_RANDOM(sha256, 0, 600, share(50));
    COMPARE_RANDOM(sha512, 0, 600, share(50));
    COMPARE_RANDOM(pieces, 0, 600, share(10));
    COMPARE_RANDOM(pieces, 0, IN_MAX, share(1));
}

static size_t permutations(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    crypto_core_keccak1600_state state;
    memset(&state, 0, sizeof state);
    memcpy(&state, in, n);
    l->crypto_core_keccak1600_permute_24(&state);
    memcpy(out, &state, n);
    l->crypto_core_keccak1600_permute_12(&state);
    memcpy(out + n, &state, n);
    return 2 * n;
}

static size_t sha3(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    l->crypto_hash_sha3256(out, in, n);
    l->crypto_hash_sha3512(out + 32, in, n);
    l->crypto_xof_shake128(out + 96, 500, in, n);
    l->crypto_xof_shake256(out + 596, 500, in, n);
    return 1096;
}

static void test_keccak(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 300; n++)
        COMPARE_RANDOM(sha3, n, n, 1);
    COMPARE_RANDOM(permutations, 200, 200, share(70));
    COMPARE_RANDOM(sha3, 0, 600, share(13));
}

/* --- ML-KEM --- */

/* A key of the seed; a secret for it, made and opened again. */
static size_t mlkem(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    uint8_t public_key[crypto_kem_mlkem768_PUBLICKEYBYTES];
    uint8_t secret[crypto_kem_mlkem768_SECRETKEYBYTES];
    (void)n;
    uint8_t *secret_sent = out + 1088, *said = out + 1184;
    said[0] = (uint8_t)l->crypto_kem_mlkem768_seed_keypair(public_key, secret, in);
    said[1] =
        (uint8_t)l->crypto_kem_mlkem768_enc_deterministic(out, secret_sent, public_key, in + 64);
    said[2] = (uint8_t)l->crypto_kem_mlkem768_dec(out + 1120, out, secret);
    out[in[96] * 4] ^= in[97];
    said[3] = (uint8_t)l->crypto_kem_mlkem768_dec(out + 1152, out, secret);
    return 1188;
}

/* A public key that is no key, mostly. */
static size_t mlkem_refused(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    memset(out, 0, 1120);
    out[1120] = (uint8_t)l->crypto_kem_mlkem768_enc_deterministic(out, out + 1088, in, in + n - 32);
    return 1121;
}

static void test_mlkem(void **state)
{
    (void)state;
    COMPARE_RANDOM(mlkem, 98, 98, share(15));
    COMPARE_RANDOM(mlkem_refused, 1216, 1216, share(1));
}

static int start(void **state)
{
    (void)state;
    const char *number = getenv("COMPACT_INPUTS"), *seed = getenv("COMPACT_SEED");
    if (number != NULL)
        inputs = strtoul(number, NULL, 10);
    if (seed != NULL)
        random_state = strtoull(seed, NULL, 10);
    fprintf(stderr, "COMPACT_INPUTS=%lu COMPACT_SEED=%llu\n", inputs,
            (unsigned long long)random_state);
    return untouched.sodium_init() < 0 || compact.sodium_init() < 0;
}

static int stop(void **state)
{
    (void)state;
    fprintf(stderr, "%lu comparisons\n", compared);
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scalars), cmocka_unit_test(test_base),
        cmocka_unit_test(test_ed25519), cmocka_unit_test(test_sha2),
        cmocka_unit_test(test_keccak),  cmocka_unit_test(test_mlkem),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
