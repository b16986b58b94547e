/* What only libcrypto has, tried from our side: round trips, wrong sizes, what must be refused. Known
 * answers are in thirdparty_test.c. */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "tests/openssl/keys.h"
#include "tests/support/test.h"

/* Until the process ends. */
static void *volatile memory;

static int start(void **state)
{
    (void)state;
    size_t n = crypto_memory(1);
    memory = malloc(n + !n);
    return memory != NULL && crypto_start(memory, n) ? 0 : -1;
}

#define SPAN(array) span_of(array, sizeof(array))

static const struct span message = { (const uint8_t *)"a message", 9 };

/* --- ciphers --- */

static void test_gcm_round_trips(void **state)
{
    (void)state;
    static const size_t key_sizes[] = { 16, 32 };
    static uint8_t key[32] = { 1 }, nonce[12] = { 2 }, head[] = { 3, 4, 5, 6 };
    static uint8_t p[70000], plain[70000];
    for (size_t k = 0; k < COUNT(key_sizes); k++) {
        struct aes_gcm tx, rx;
        assert_true(aes_gcm_here());
        assert_true(aes_gcm_start(&tx, key, key_sizes[k]));
        assert_true(aes_gcm_start(&rx, key, key_sizes[k]));
        for (size_t n = 0; n <= sizeof p; n += n / 3 + 1) {
            uint8_t tag[16];
            memset(plain, (int)n, n);
            memcpy(p, plain, n);
            nonce[11]++;
            assert_true(aes_gcm_seal(&tx, tag, p, n, SPAN(head), nonce));
            assert_true(n < 16 || memcmp(p, plain, n) != 0);
            assert_true(aes_gcm_open(&rx, tag, p, n, SPAN(head), nonce));
            assert_memory_equal(p, plain, n);
        }
        aes_gcm_stop(&tx);
        aes_gcm_stop(&rx);
    }
}

static void test_gcm_refuses(void **state)
{
    (void)state;
    static const uint8_t key[32] = { 1 }, nonce[12] = { 2 }, other_nonce[12] = { 3 };
    static const uint8_t head[] = { 3, 4, 5, 6 }, other_head[] = { 3, 4, 5, 7 }, zeros[100];
    uint8_t p[100] = { 0 }, sealed[100], tag[16];
    struct aes_gcm g;
    assert_false(aes_gcm_start(&g, key, 24));
    assert_false(aes_gcm_start(&g, key, 0));
    assert_true(aes_gcm_start(&g, key, 32));
    assert_true(aes_gcm_seal(&g, tag, p, sizeof p, SPAN(head), nonce));
    memcpy(sealed, p, sizeof p);
    for (size_t bit = 0; bit < 128; bit += 5) { /* and nothing of the plaintext stays */
        tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
        memcpy(p, sealed, sizeof p);
        assert_false(aes_gcm_open(&g, tag, p, sizeof p, SPAN(head), nonce));
        assert_memory_equal(p, zeros, sizeof p);
        tag[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    memcpy(p, sealed, sizeof p);
    p[99] ^= 0x80;
    assert_false(aes_gcm_open(&g, tag, p, sizeof p, SPAN(head), nonce));
    memcpy(p, sealed, sizeof p);
    assert_false(aes_gcm_open(&g, tag, p, sizeof p, SPAN(other_head), nonce));
    memcpy(p, sealed, sizeof p);
    assert_false(aes_gcm_open(&g, tag, p, sizeof p, SPAN(head), other_nonce));
    memcpy(p, sealed, sizeof p);
    assert_false(aes_gcm_open(&g, tag, p, sizeof p - 1, SPAN(head), nonce));
    memcpy(p, sealed, sizeof p);
    assert_true(aes_gcm_open(&g, tag, p, sizeof p, SPAN(head), nonce)); /* after all that */
    assert_memory_equal(p, zeros, sizeof p);
    aes_gcm_stop(&g);
    aes_gcm_stop(&g); /* nothing more to give back */
}

static void test_ctr(void **state)
{
    (void)state;
    static const uint8_t key[32] = { 7 };
    uint8_t counter[16], whole[1000] = { 0 }, parts[1000] = { 0 };
    struct aes_ctr c;
    assert_false(aes_ctr_start(&c, key, 24));
    assert_true(aes_ctr_start(&c, key, 32));
    memset(counter, 0xff, sizeof counter); /* wraps over all 128 bits */
    assert_true(aes_ctr_xor(&c, whole, whole, sizeof whole, counter));
    for (size_t at = 0; at < sizeof parts; at += 160) {
        size_t n = sizeof parts - at < 160 ? sizeof parts - at : 160;
        assert_true(aes_ctr_xor(&c, parts + at, parts + at, n, counter));
        memset(counter, 0, sizeof counter);
        counter[15] = (uint8_t)((at + 160) / 16 - 1);
    }
    assert_memory_equal(whole, parts, sizeof whole);
    aes_ctr_stop(&c);
    aes_ctr_stop(&c);
}

static void test_hmac(void **state)
{
    (void)state;
    static const enum hash hashes[] = { HASH_SHA256, HASH_SHA512 };
    static uint8_t key[64] = { 9 };
    for (size_t i = 0; i < COUNT(hashes); i++) {
        struct hmac a, b;
        uint8_t tag[64], again[64], other[64];
        assert_true(hmac_start(&a, hashes[i], key));
        key[0]++;
        assert_true(hmac_start(&b, hashes[i], key));
        assert_true(hmac_tag(&a, tag, message, message));
        assert_true(hmac_tag(&b, other, message, message));
        assert_true(hmac_tag(&a, again, span_of(message.p, 0), SPAN("a messagea message")));
        assert_memory_not_equal(tag, other, hashes[i]);
        assert_true(hmac_tag(&a, again, message, message));
        assert_memory_equal(tag, again, hashes[i]);
        assert_true(hmac_tag(&a, again, span_of("a m", 3), span_of("essagea message", 15)));
        assert_memory_equal(tag, again, hashes[i]); /* one piece or two */
        hmac_stop(&a);
        hmac_stop(&b);
        hmac_stop(&b);
    }
}

/* States may be moved by copying their bytes. */
static void test_states_move(void **state)
{
    (void)state;
    static const uint8_t key[64] = { 1 }, nonce[12];
    uint8_t tag[64], p[16] = { 0 };
    struct aes_gcm g, moved_g;
    struct hmac h, moved_h;
    assert_true(aes_gcm_start(&g, key, 32) && hmac_start(&h, HASH_SHA256, key));
    memcpy(&moved_g, &g, sizeof g);
    memcpy(&moved_h, &h, sizeof h);
    memset(&g, 0xff, sizeof g);
    memset(&h, 0xff, sizeof h);
    assert_true(aes_gcm_seal(&moved_g, tag, p, sizeof p, message, nonce));
    assert_true(hmac_tag(&moved_h, tag, message, message));
    aes_gcm_stop(&moved_g);
    hmac_stop(&moved_h);
}

/* --- P-256 --- */

static void test_p256_exchange(void **state)
{
    (void)state;
    uint8_t share[2][P256_POINT], shared[32], point[P256_POINT + 1];
    assert_true(p256_exchange(share[0], shared, SPAN(p256_point)));
    assert_true(p256_exchange(share[1], shared, SPAN(share[0])));
    assert_memory_not_equal(share[0], share[1], P256_POINT); /* a fresh key each time */

    memcpy(point, p256_point, P256_POINT);
    assert_false(p256_exchange(share[0], shared, span_of(point, P256_POINT - 1)));
    assert_false(p256_exchange(share[0], shared, span_of(point, P256_POINT + 1)));
    assert_false(p256_exchange(share[0], shared, span_of(point, 0)));
    for (size_t i = 1; i < P256_POINT; i += 9) { /* not on the curve */
        point[i] ^= 1;
        assert_false(p256_exchange(share[0], shared, span_of(point, P256_POINT)));
        point[i] ^= 1;
    }
    for (uint8_t form = 0; form < 8; form++) { /* infinity, compressed, hybrid … */
        point[0] = form;
        assert_int_equal(p256_exchange(share[0], shared, span_of(point, P256_POINT)), form == 4);
        assert_false(p256_exchange(share[0], shared, span_of(point, 33)));
        assert_false(p256_exchange(share[0], shared, span_of(point, 1)));
    }
    memset(point + 1, 0xff, P256_POINT - 1); /* coordinates over the prime */
    point[0] = 4;
    assert_false(p256_exchange(share[0], shared, span_of(point, P256_POINT)));
    memset(point + 1, 0, P256_POINT - 1);
    assert_false(p256_exchange(share[0], shared, span_of(point, P256_POINT)));
}

static void test_p256_signature(void **state)
{
    (void)state;
    struct private_key k;
    uint8_t r[33] = { 0 }, s[33] = { 0 }, long_r[40] = { 0 };
    struct span point = SPAN(p256_point), short_r = { r + 1, 32 }, short_s = { s + 1, 32 };
    assert_true(p256_load(&k, point, SPAN(p256_scalar)));
    for (int i = 0; i < 20; i++) {
        assert_true(p256_sign(&k, r + 1, s + 1, message));
        assert_true(p256_verify(short_r, short_s, message, point));
        assert_true(p256_verify(SPAN(r), SPAN(s), message, point)); /* as an mpint may come */
        assert_false(p256_verify(short_s, short_r, message, point));
        assert_false(p256_verify(short_r, short_s, span_of("another", 7), point));
        s[5] ^= 1;
        assert_false(p256_verify(short_r, short_s, message, point));
        s[5] ^= 1;
    }
    memcpy(long_r + 7, r, sizeof r);
    long_r[0] = 1;
    assert_false(p256_verify(SPAN(long_r), short_s, message, point));
    r[0] = 1;
    assert_false(p256_verify(SPAN(r), short_s, message, point));
    r[0] = 0;
    assert_false(p256_verify(span_of(r, 0), short_s, message, point));
    assert_false(p256_verify(span_of(r, 1), short_s, message, point)); /* zero */
    assert_false(p256_verify(short_r, span_of(r, 1), message, point));
    assert_false(p256_verify(short_r, short_s, message, span_of(p256_point, 33)));
    private_key_stop(&k);
    private_key_stop(&k);
}

static void test_p256_load_refuses(void **state)
{
    (void)state;
    static const uint8_t order[32] = { 0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
                                       0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51 };
    struct private_key k;
    uint8_t scalar[33] = { 0 }, point[P256_POINT];
    memcpy(scalar + 1, p256_scalar, 32);
    memcpy(point, p256_point, P256_POINT);
    assert_true(p256_load(&k, SPAN(point), SPAN(scalar)));
    private_key_stop(&k);
    scalar[32] ^= 1; /* another key's */
    assert_false(p256_load(&k, SPAN(point), SPAN(scalar)));
    assert_false(p256_load(&k, SPAN(point), span_of(scalar, 1)));
    assert_false(p256_load(&k, SPAN(point), span_of(scalar, 0)));
    assert_false(p256_load(&k, SPAN(point), SPAN(order)));
    scalar[32] ^= 1;
    scalar[0] = 1;
    assert_false(p256_load(&k, SPAN(point), SPAN(scalar)));
    scalar[0] = 0;
    point[64] ^= 1;
    assert_false(p256_load(&k, SPAN(point), SPAN(scalar)));
    assert_false(p256_load(&k, span_of(p256_point, 64), SPAN(scalar)));
    private_key_stop(&k); /* after a failed load, too */
}

/* --- RSA --- */

static void test_rsa_signature(void **state)
{
    (void)state;
    static const struct {
        struct span n, d, p, q;
    } keys[] = {
        { { rsa2048_n, 256 }, { rsa2048_d, 256 }, { rsa2048_p, 128 }, { rsa2048_q, 128 } },
        { { rsa4096_n, 512 }, { rsa4096_d, 512 }, { rsa4096_p, 256 }, { rsa4096_q, 256 } },
    };
    static const enum hash hashes[] = { HASH_SHA256, HASH_SHA512 };
    struct span e = SPAN(rsa_e);
    for (size_t i = 0; i < COUNT(keys) * COUNT(hashes); i++) {
        struct span n = keys[i / 2].n;
        enum hash hash = hashes[i % 2];
        struct private_key k;
        uint8_t signature[513];
        assert_true(rsa_load(&k, n, e, keys[i / 2].d, keys[i / 2].p, keys[i / 2].q));
        assert_int_equal(rsa_sign(&k, hash, signature, n.n - 1, message), 0);
        assert_int_equal(rsa_sign(&k, hash, signature, n.n, message), n.n);
        assert_true(rsa_verify(hash, span_of(signature, n.n), message, n, e));
        assert_false(rsa_verify(hashes[!(i % 2)], span_of(signature, n.n), message, n, e));
        assert_false(rsa_verify(hash, span_of(signature, n.n), span_of("x", 1), n, e));
        assert_false(rsa_verify(hash, span_of(signature, n.n - 1), message, n, e));
        assert_false(rsa_verify(hash, span_of(signature, n.n + 1), message, n, e));
        assert_false(rsa_verify(hash, span_of(signature, 0), message, n, e));
        signature[n.n / 2] ^= 1;
        assert_false(rsa_verify(hash, span_of(signature, n.n), message, n, e));
        private_key_stop(&k);
        private_key_stop(&k);
    }
}

/* A signature whose first byte is zero is taken without it, as in OpenSSH. */
static void test_rsa_short_signature(void **state)
{
    (void)state;
    struct private_key k;
    uint8_t signature[256] = { 1 }, text[4] = { 0 };
    assert_true(rsa_load(&k, SPAN(rsa2048_n), SPAN(rsa_e), SPAN(rsa2048_d), SPAN(rsa2048_p),
                         SPAN(rsa2048_q)));
    for (uint32_t i = 0; signature[0] != 0; i++) {
        memcpy(text, &i, sizeof text);
        assert_int_equal(rsa_sign(&k, HASH_SHA256, signature, 256, SPAN(text)), 256);
    }
    struct span n = SPAN(rsa2048_n), e = SPAN(rsa_e);
    assert_true(rsa_verify(HASH_SHA256, span_of(signature, 256), SPAN(text), n, e));
    assert_true(rsa_verify(HASH_SHA256, span_of(signature + 1, 255), SPAN(text), n, e));
    assert_false(rsa_verify(HASH_SHA256, span_of(signature, 255), SPAN(text), n, e));
    private_key_stop(&k);
}

/* Sizes and exponents: refused before anything is computed with them. */
static void test_rsa_refuses_keys(void **state)
{
    (void)state;
    static uint8_t n[1026], signature[1026] = { 1 };
    static const uint8_t e_bad[][9] = { { 0 }, { 1 }, { 2 }, { 4 }, { 1, 0, 0, 0, 0, 0, 0, 0, 1 } };
    static const size_t e_bad_n[] = { 1, 1, 1, 1, 9 };
    struct private_key k;
    assert_false(rsa_verify(HASH_SHA256, SPAN(rsa1024_p), message, SPAN(rsa1024_n), SPAN(rsa_e)));
    assert_false(rsa_load(&k, SPAN(rsa1024_n), SPAN(rsa_e), SPAN(rsa1024_d), SPAN(rsa1024_p),
                          SPAN(rsa1024_q)));
    for (size_t i = 0; i < COUNT(e_bad); i++) {
        struct span e = { e_bad[i], e_bad_n[i] };
        assert_false(rsa_verify(HASH_SHA256, span_of(signature, 256), message, SPAN(rsa2048_n), e));
        assert_false(
            rsa_load(&k, SPAN(rsa2048_n), e, SPAN(rsa2048_d), SPAN(rsa2048_p), SPAN(rsa2048_q)));
    }
    memset(n, 0xff, sizeof n);
    for (size_t size = 0; size <= sizeof n; size += size < 255 ? 17 : 1)
        assert_false(rsa_verify(HASH_SHA512, span_of(signature, size), message, span_of(n, size),
                                SPAN(rsa_e)));
    memcpy(n, rsa2048_n, 256);
    n[255] ^= 1; /* even */
    assert_false(
        rsa_verify(HASH_SHA256, span_of(signature, 256), message, span_of(n, 256), SPAN(rsa_e)));
}

static void test_rsa_load_refuses(void **state)
{
    (void)state;
    struct private_key k;
    uint8_t d[256], p[128];
    struct span n = SPAN(rsa2048_n), e = SPAN(rsa_e), q = SPAN(rsa2048_q);
    memcpy(d, rsa2048_d, sizeof d);
    memcpy(p, rsa2048_p, sizeof p);
    d[200] ^= 2;
    assert_false(rsa_load(&k, n, e, SPAN(d), SPAN(p), q));
    d[200] ^= 2;
    p[100] ^= 2;
    assert_false(rsa_load(&k, n, e, SPAN(d), SPAN(p), q));
    p[100] ^= 2;
    assert_false(rsa_load(&k, n, e, SPAN(d), q, q));
    assert_false(rsa_load(&k, n, e, span_of(d, 0), SPAN(p), q));
    assert_false(rsa_load(&k, n, e, SPAN(d), span_of(p, 0), q));
    assert_false(rsa_load(&k, n, e, SPAN(d), n, span_of("\1", 1))); /* n = n * 1 */
    assert_false(rsa_load(&k, n, e, SPAN(d), span_of("\1", 1), n));
    private_key_stop(&k);
    assert_true(rsa_load(&k, n, e, SPAN(d), q, SPAN(p))); /* the other way round is as good */
    private_key_stop(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gcm_round_trips),
        cmocka_unit_test(test_gcm_refuses),
        cmocka_unit_test(test_ctr),
        cmocka_unit_test(test_hmac),
        cmocka_unit_test(test_states_move),
        cmocka_unit_test(test_p256_exchange),
        cmocka_unit_test(test_p256_signature),
        cmocka_unit_test(test_p256_load_refuses),
        cmocka_unit_test(test_rsa_signature),
        cmocka_unit_test(test_rsa_short_signature),
        cmocka_unit_test(test_rsa_refuses_keys),
        cmocka_unit_test(test_rsa_load_refuses),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
