/*
 * The objects that deps/compact/ derives, as the release links them (or, in least/compare_test, as a build with
 * FIRST=size does), against the untouched library in
 * the same program: the same inputs, random ones and those at which a mistake would show, must give
 * the same outputs. The build renames every symbol of the library with the derived objects to
 * compact_NAME.
 *
 * COMPACT_INPUTS: how many inputs in all (20000). COMPACT_SEED: where the random ones begin (1).
 */
#include "tests/compact/compare.h"

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

/* What is no signature, by a key that is none: key, signature, message. */
static size_t verdict(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    out[0] = (uint8_t)l->crypto_sign_ed25519_verify_detached(in + 32, in + 96, n - 96, in);
    return 1;
}

/* Points of small order, their neighbours and other ways to write them: as a key, as the first half of a
 * signature, and as a point of the other curve; each with a good other part. */
enum { SPECIAL = 9 };
static const uint8_t special[SPECIAL][32] = {
    { 0 },
    { 1 },
    { 2 },
    { 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
      0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
      0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
    { 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
      0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
      0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
    { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
      0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
      0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
    { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
      0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
      0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57 },
    { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
    { 0xf2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
};

static void test_special(void **state)
{
    (void)state;
    uint8_t in[160], secret[64], point_in[64];
    for (int i = 0; i < SPECIAL * 16 * 2; i++) {
        uint8_t s[32];
        memcpy(s, special[i / 32], 32);
        add_small(s, i / 2 % 16 -
                         8); /* the list has one or the other end of those beside each other */
        s[31] ^= (uint8_t)(i % 2 << 7);
        random_fill(in, sizeof in);
        untouched.crypto_sign_ed25519_seed_keypair(in, secret, in);
        untouched.crypto_sign_ed25519_detached(in + 32, NULL, in + 96, 64, secret);
        COMPARE(verdict, in, sizeof in);
        memcpy(in + 32, s, 32);
        COMPARE(verdict, in, sizeof in);
        memset(in + 64, 0, 32);
        COMPARE(verdict, in, sizeof in);
        memcpy(in, s, 32);
        COMPARE(verdict, in, sizeof in);
        random_fill(point_in, 32);
        memcpy(point_in + 32, s, 32);
        COMPARE(x25519, point_in, 64);
    }
    COMPARE_RANDOM(verdict, 96, 200, share(5));
}

/* --- ciphers --- */
/* Counters begin where 32 bits of them end. */
static size_t chacha20(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    uint64_t counter = (uint64_t)in[0] << 32 | (uint32_t) - (in[1] % 20);
    l->crypto_stream_chacha20_xor_ic(out, in + 42, n - 42, in + 2, in[1] < 128 ? counter : in[0],
                                     in + 10);
    return n - 42;
}

static size_t poly1305(const struct library *l, uint8_t *out, const uint8_t *in, size_t n)
{
    out[16] = (uint8_t)l->crypto_onetimeauth_poly1305(out, in + 32, n - 32, in);
    return 17;
}

static void test_ciphers(void **state)
{
    (void)state;
    for (size_t n = 42; n <= 600; n++) {
        COMPARE_RANDOM(chacha20, n, n, 1);
        COMPARE_RANDOM(poly1305, n, n, 1);
    }
    COMPARE_RANDOM(chacha20, 42, 600, share(20));
    COMPARE_RANDOM(poly1305, 32, 600, share(50));
    COMPARE_RANDOM(chacha20, 42, IN_MAX, share(1));
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
        cmocka_unit_test(test_special), cmocka_unit_test(test_ciphers),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
