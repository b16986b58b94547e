/* The primitives that only libcrypto has, against vectors that neither we nor OpenSSL made:
 * Wycheproof's (see tests/crypto/thirdparty_test.c) and those of NIST SP 800-38A for AES-CTR. */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "tests/support/bytes.h"
#include "tests/support/test.h"
#include "tests/support/vectors.h"

/* Until the process ends, since libcrypto cleans up after that. volatile: so that it counts as
 * used. */
static void *volatile memory;

static int start(void **state)
{
    (void)state;
    size_t n = crypto_memory(1);
    memory = malloc(n + !n);
    return memory != NULL && crypto_start(memory, n) ? 0 : -1;
}

static bool same(const void *p, size_t n, struct span wanted)
{
    return span_equal(span_of(p, n), wanted);
}

/* On the heap and of exactly that size, so that a sanitizer sees who leaves it. */
static uint8_t *copy_of(struct span s)
{
    uint8_t *p = malloc(s.n + !s.n);
    assert_non_null(p);
    if (s.n != 0)
        memcpy(p, s.p, s.n);
    return p;
}

/* --- AES-CTR --- */
static void test_aes_ctr_sp800_38a(void **state)
{
    (void)state;
    static const char counter_hex[] = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";
    static const char plain_hex[] =
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
    static const struct {
        const char *key, *sealed;
    } cases[] = {
        /* F.5.1 */
        { "2b7e151628aed2a6abf7158809cf4f3c",
          "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
          "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee" },
        /* F.5.5 */
        { "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
          "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5"
          "2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6" },
    };
    uint8_t counter[16], plain[64];
    hex_bytes(counter, sizeof counter, counter_hex);
    hex_bytes(plain, sizeof plain, plain_hex);
    for (size_t i = 0; i < COUNT(cases); i++)
        for (size_t n = 1; n <= sizeof plain; n++) {
            struct aes_ctr c;
            uint8_t key[32], sealed[64], got[64];
            size_t key_n = hex_bytes(key, sizeof key, cases[i].key);
            hex_bytes(sealed, sizeof sealed, cases[i].sealed);
            assert_true(aes_ctr_start(&c, key, key_n));
            assert_true(aes_ctr_xor(&c, got, plain, n, counter));
            assert_memory_equal(got, sealed, n);
            assert_true(
                aes_ctr_xor(&c, got, got, n, counter)); /* in place, and no state left over */
            assert_memory_equal(got, plain, n);
            aes_ctr_stop(&c);
        }
}

/* RFC 4344 section 4: the counter is one number of 128 bits. */
static void test_aes_ctr_carries_through_all_bytes(void **state)
{
    (void)state;
    struct aes_ctr c;
    static const uint8_t key[32] = { 1 }, none[32] = { 0 };
    for (size_t ones = 1; ones <= 16; ones++) {
        uint8_t counter[16] = { 0 }, next[16] = { 0 }, both[32], one[16];
        memset(counter + 16 - ones, 0xff, ones);
        if (ones < 16)
            next[15 - ones] = 1;
        assert_true(aes_ctr_start(&c, key, sizeof key));
        assert_true(aes_ctr_xor(&c, both, none, sizeof both, counter));
        assert_true(aes_ctr_xor(&c, one, none, sizeof one, next));
        assert_memory_equal(both + 16, one, sizeof one);
        assert_memory_not_equal(both, one, sizeof one);
        aes_ctr_stop(&c);
    }
}

/* GCM encrypts as CTR does, from the block behind nonce and number 1. What is invalid there has a
 * wrong tag only, which is none of CTR's business. */
static bool ctr_accepts(const struct vector *v)
{
    struct span key = v->field[0], plain = v->field[3], sealed = v->field[4];
    struct aes_ctr c;
    uint8_t counter[16] = { 0 }, *p = copy_of(plain);
    memcpy(counter, v->field[1].p, 12);
    counter[15] = 2;
    assert_true(aes_ctr_start(&c, key.p, key.n));
    assert_true(aes_ctr_xor(&c, p, p, plain.n, counter));
    aes_ctr_stop(&c);
    bool good = same(p, plain.n, sealed);
    free(p);
    return good && v->valid;
}

static void test_aes_ctr(void **state)
{
    (void)state;
    vectors_check("aes256_gcm", 6, 35, 0, ctr_accepts);
    vectors_check("aes128_gcm", 6, 35, 0, ctr_accepts);
}

/* --- AES-128-GCM --- */
static bool gcm_accepts(const struct vector *v)
{
    struct span key = v->field[0], ad = v->field[2], plain = v->field[3], sealed = v->field[4];
    const uint8_t *nonce = v->field[1].p;
    struct aes_gcm g;
    uint8_t tag[16], *p = copy_of(sealed);
    assert_true(aes_gcm_start(&g, key.p, key.n));
    bool good = aes_gcm_open(&g, v->field[5].p, p, sealed.n, ad, nonce);
    if (good) {
        good = same(p, plain.n, plain) && aes_gcm_seal(&g, tag, p, plain.n, ad, nonce) &&
               same(p, plain.n, sealed) && same(tag, sizeof tag, v->field[5]);
    } else if (plain.n >= 8) {
        assert_memory_not_equal(p, plain.p, plain.n);
    }
    aes_gcm_stop(&g);
    free(p);
    return good;
}

static void test_aes128_gcm(void **state)
{
    (void)state;
    if (!aes_gcm_here())
        skip();
    vectors_check("aes128_gcm", 6, 35, 25, gcm_accepts);
}

/* --- HMAC --- */
static size_t hmac_cases;

/* Ours wants a key as long as the digest. A shorter one is the same key with zeros behind it (RFC
 * 2104 section 2); a longer one is not for us. A shortened tag must begin the whole one. */
static bool hmac_accepts(const struct vector *v, enum hash hash)
{
    struct span key = v->field[0], message = v->field[1], wanted = v->field[2];
    uint8_t padded[64] = { 0 }, tag[64];
    struct hmac h;
    if (key.n > (size_t)hash || wanted.n > (size_t)hash)
        return v->valid;
    memcpy(padded, key.p, key.n);
    assert_true(hmac_start(&h, hash, padded));
    bool good = true;
    for (size_t at = 0; at <= message.n; at += 1 + message.n / 5) { /* divided anywhere */
        assert_true(
            hmac_tag(&h, tag, span_of(message.p, at), span_of(message.p + at, message.n - at)));
        good = good && same(tag, wanted.n, wanted);
    }
    hmac_stop(&h);
    hmac_cases++;
    return good;
}

static bool hmac_sha256_accepts(const struct vector *v)
{
    return hmac_accepts(v, HASH_SHA256);
}

static bool hmac_sha512_accepts(const struct vector *v)
{
    return hmac_accepts(v, HASH_SHA512);
}

static void test_hmac_sha256(void **state)
{
    (void)state;
    hmac_cases = 0;
    vectors_check("hmac_sha256", 3, 60, 100, hmac_sha256_accepts);
    assert_in_range(hmac_cases, 160, SIZE_MAX);
}

static void test_hmac_sha512(void **state)
{
    (void)state;
    hmac_cases = 0;
    vectors_check("hmac_sha512", 3, 60, 100, hmac_sha512_accepts);
    assert_in_range(hmac_cases, 160, SIZE_MAX);
}

/* --- ECDH on P-256: our key is made afresh each time, so no vector can say what comes out --- */
static bool p256_point_accepts(const struct vector *v)
{
    uint8_t share[P256_POINT], shared[32];
    return p256_exchange(share, shared, v->field[0]);
}

static void test_p256_points(void **state)
{
    (void)state;
    vectors_check("p256_points", 1, 300, 24, p256_point_accepts);
}

/* ... but with the generator as the peer's point, whose secret is 1, or its negative, whose secret
 * is -1, the result is our own share's x (SP 800-186 section 3.2.1.3). */
static void test_p256_result(void **state)
{
    (void)state;
    static const char *const generators[] = {
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "b01cbd1c01e58065711814b583f061e9d431cca994cea1313449bf97c840ae0a",
    };
    uint8_t point[P256_POINT], share[P256_POINT], shared[32], before[P256_POINT] = { 0 };
    for (size_t i = 0; i < 32; i++) {
        hex_bytes(point, sizeof point, generators[i % COUNT(generators)]);
        assert_true(p256_exchange(share, shared, span_of(point, sizeof point)));
        assert_int_equal(share[0], 4);
        assert_memory_equal(shared, share + 1, 32);
        assert_memory_not_equal(share, before, sizeof share);
        memcpy(before, share, sizeof share);
    }
}

/* What is no point on the curve, in every spelling SEC 1 has. */
static void test_p256_refuses(void **state)
{
    (void)state;
    static const char good[] = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
                               "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    static const char *const bad[] = {
        "",
        "00", /* infinity */
        "04",
        "026b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296", /* compressed */
        "036b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
        /* hybrid, with the right sign */
        "076b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        /* (0, 0) */
        "040000000000000000000000000000000000000000000000000000000000000000"
        "0000000000000000000000000000000000000000000000000000000000000000",
        /* (p, p) */
        "04ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
        "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        /* another x */
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c297"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        /* no prefix, and one byte more */
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
        "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f500",
    };
    uint8_t point[80], share[P256_POINT], shared[32];
    for (size_t i = 0; i < COUNT(bad); i++) {
        size_t n = hex_bytes(point, sizeof point, bad[i]);
        assert_false(p256_exchange(share, shared, span_of(point, n)));
    }
    hex_bytes(point, sizeof point, good);
    for (size_t n = 0; n < P256_POINT; n++)
        assert_false(p256_exchange(share, shared, span_of(point, n)));
    assert_true(p256_exchange(share, shared, span_of(point, P256_POINT)));
}

/* --- ECDSA on P-256 --- */
static bool p256_accepts(const struct vector *v)
{
    return p256_verify(v->field[2], v->field[3], v->field[1], v->field[0]);
}

static void test_p256_signatures(void **state)
{
    (void)state;
    vectors_check("p256_signatures", 4, 340, 150, p256_accepts);
}

/* --- RSA --- */
static bool rsa256_accepts(const struct vector *v)
{
    return rsa_verify(HASH_SHA256, v->field[3], v->field[2], v->field[0], v->field[1]);
}

static bool rsa512_accepts(const struct vector *v)
{
    return rsa_verify(HASH_SHA512, v->field[3], v->field[2], v->field[0], v->field[1]);
}

static void test_rsa_sha256(void **state)
{
    (void)state;
    vectors_check("rsa_sha256", 4, 20, 740, rsa256_accepts);
}

static void test_rsa_sha512(void **state)
{
    (void)state;
    vectors_check("rsa_sha512", 4, 20, 740, rsa512_accepts);
}

static bool rsa_signs(const struct vector *v, enum hash hash)
{
    const struct span *number = v->field; /* n, e, d, p, q */
    struct span message = v->field[5], wanted = v->field[6];
    uint8_t signature[512];
    struct private_key k;
    if (!rsa_load(&k, number[0], number[1], number[2], number[3], number[4]))
        return false;
    size_t n = rsa_sign(&k, hash, signature, sizeof signature, message);
    assert_int_equal(rsa_sign(&k, hash, signature, n - 1, message), 0);
    bool good = n == rsa_sign(&k, hash, signature, n, message) && same(signature, n, wanted);
    private_key_stop(&k);
    return good && rsa_verify(hash, wanted, message, number[0], number[1]);
}

static bool rsa256_signs(const struct vector *v)
{
    return rsa_signs(v, HASH_SHA256);
}

static bool rsa512_signs(const struct vector *v)
{
    return rsa_signs(v, HASH_SHA512);
}

static void test_rsa_signing(void **state)
{
    (void)state;
    vectors_check("rsa_sign_sha256", 7, 24, 0, rsa256_signs);
    vectors_check("rsa_sign_sha512", 7, 24, 0, rsa512_signs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aes_ctr_sp800_38a),
        cmocka_unit_test(test_aes_ctr_carries_through_all_bytes),
        cmocka_unit_test(test_aes_ctr),
        cmocka_unit_test(test_aes128_gcm),
        cmocka_unit_test(test_hmac_sha256),
        cmocka_unit_test(test_hmac_sha512),
        cmocka_unit_test(test_p256_points),
        cmocka_unit_test(test_p256_result),
        cmocka_unit_test(test_p256_refuses),
        cmocka_unit_test(test_p256_signatures),
        cmocka_unit_test(test_rsa_sha256),
        cmocka_unit_test(test_rsa_sha512),
        cmocka_unit_test(test_rsa_signing),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
