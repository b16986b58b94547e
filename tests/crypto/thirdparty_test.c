/* The primitives against Wycheproof's vectors (C2SP), which neither we nor a provider made. What they
 * look for is what goes wrong at the edges: odd points, carries, counters, tags a bit off, keys that
 * are none. tests/vectors/ gets them; tests/openssl/ has the primitives that only libcrypto has. */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "tests/support/bytes.h"
#include "tests/support/test.h"
#include "tests/support/vectors.h"

static int start(void **state)
{
    (void)state;
    return crypto_start(NULL, 0) ? 0 : -1;
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

/* --- SHA-256, by way of HMAC (RFC 2104) --- */
static void hmac_sha256(uint8_t tag[32], struct span key, struct span message)
{
    struct sha256 h;
    uint8_t block[64] = { 0 };
    if (key.n > sizeof block) {
        sha256_start(&h);
        sha256_add(&h, key.p, key.n);
        sha256_stop(&h, block);
    } else {
        memcpy(block, key.p, key.n);
    }
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36;
    sha256_start(&h);
    sha256_add(&h, block, sizeof block);
    sha256_add(&h, message.p, message.n);
    sha256_stop(&h, tag);
    for (size_t i = 0; i < sizeof block; i++)
        block[i] ^= 0x36 ^ 0x5c;
    sha256_start(&h);
    sha256_add(&h, block, sizeof block);
    sha256_add(&h, tag, 32);
    sha256_stop(&h, tag);
}

static bool sha256_accepts(const struct vector *v)
{
    struct span key = v->field[0], message = v->field[1], wanted = v->field[2];
    uint8_t tag[32];
    hmac_sha256(tag, key, message);
    return wanted.n <= sizeof tag && same(tag, wanted.n, wanted);
}

static void test_sha256(void **state)
{
    (void)state;
    vectors_check("hmac_sha256", 3, 60, 100, sha256_accepts);
}

/* --- X25519 --- */
static bool x25519_accepts(const struct vector *v)
{
    uint8_t shared[32];
    return x25519(shared, v->field[0].p, v->field[1].p) && same(shared, 32, v->field[2]);
}

static void test_x25519(void **state)
{
    (void)state;
    vectors_check("x25519", 3, 450, 30, x25519_accepts);
}

/* --- Ed25519 --- */
static bool ed25519_accepts(const struct vector *v)
{
    return ed25519_verify(v->field[2].p, v->field[1], v->field[0].p);
}

static void test_ed25519(void **state)
{
    (void)state;
    vectors_check("ed25519", 3, 80, 45, ed25519_accepts);
}

/* --- ChaCha20 and Poly1305, put together as RFC 8439 section 2.8 does ---
 *
 * Its 96-bit nonce and 32-bit counter are our 64-bit counter and 64-bit nonce divided otherwise. */
static uint64_t load_little(const uint8_t *p, size_t n)
{
    uint64_t v = 0;
    while (n-- > 0)
        v = v << 8 | p[n];
    return v;
}

static void add_padded(struct bytes *b, struct span s)
{
    static const uint8_t zero[16];
    bytes_add(b, s.p, s.n);
    bytes_add(b, zero, (16 - s.n % 16) % 16);
}

static void aead_tag(uint8_t tag[16], struct span ad, struct span sealed, const uint8_t key[32])
{
    struct bytes b = { 0 };
    uint8_t lengths[16] = { 0 };
    assert_true(ad.n < 65536 && sealed.n < 65536);
    lengths[0] = (uint8_t)ad.n;
    lengths[1] = (uint8_t)(ad.n >> 8);
    lengths[8] = (uint8_t)sealed.n;
    lengths[9] = (uint8_t)(sealed.n >> 8);
    add_padded(&b, ad);
    add_padded(&b, sealed);
    bytes_add(&b, lengths, sizeof lengths);
    assert_true(poly1305(tag, bytes_front(&b), bytes_used(&b), key));
    bytes_stop(&b);
}

static bool chachapoly_accepts(const struct vector *v)
{
    const uint8_t *key = v->field[0].p, *nonce = v->field[1].p + 4;
    struct span ad = v->field[2], plain = v->field[3], sealed = v->field[4], wanted = v->field[5];
    uint64_t counter = load_little(v->field[1].p, 4) << 32;
    uint8_t once[32] = { 0 }, tag[16], *p = copy_of(plain);
    assert_true(chacha20_xor(once, once, sizeof once, nonce, counter, key));
    aead_tag(tag, ad, sealed, once);
    assert_true(chacha20_xor(p, p, plain.n, nonce, counter + 1, key));
    bool good = same(tag, sizeof tag, wanted) && same(p, plain.n, sealed);
    free(p);
    return good;
}

static void test_chacha20_poly1305(void **state)
{
    (void)state;
    vectors_check("chacha20_poly1305", 6, 250, 55, chachapoly_accepts);
}

/* --- AES-256-GCM --- */
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

static void test_aes256_gcm(void **state)
{
    (void)state;
    if (!aes_gcm_here())
        skip();
    vectors_check("aes256_gcm", 6, 35, 25, gcm_accepts);
}

/* --- ML-KEM-768: among the invalid are 112 keys with a number of 3329 or more in them --- */
static bool mlkem768_accepts(const struct vector *v)
{
    uint8_t ciphertext[MLKEM768_CIPHERTEXT], secret[32];
    return mlkem768_encapsulate(ciphertext, secret, v->field[0].p, v->field[1].p) &&
           same(ciphertext, sizeof ciphertext, v->field[2]) &&
           same(secret, sizeof secret, v->field[3]);
}

static void test_mlkem768(void **state)
{
    (void)state;
    vectors_check("mlkem768", 4, 130, 110, mlkem768_accepts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),     cmocka_unit_test(test_x25519),
        cmocka_unit_test(test_ed25519),    cmocka_unit_test(test_chacha20_poly1305),
        cmocka_unit_test(test_aes256_gcm), cmocka_unit_test(test_mlkem768),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
