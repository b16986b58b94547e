/* libcrypto's memory: the region it gets is all it uses, is wiped, and suffices; a full one is an
 * error and nothing worse. And: nothing is allocated for a packet. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "tests/openssl/keys.h"
#include "tests/support/test.h"

enum { CONNECTIONS = 16, ALIGN = 16 };

static uint8_t *region;
static size_t region_n;

static int start(void **state)
{
    (void)state;
    region_n = crypto_memory(CONNECTIONS);
    region = mmap(NULL, region_n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return region != MAP_FAILED && crypto_start(region, region_n) ? 0 : -1;
}

static bool inside(const void *p)
{
    return (const uint8_t *)p >= region && (const uint8_t *)p < region + region_n;
}

static bool all_zero(const uint8_t *p, size_t n)
{
    while (n > 0 && p[n - 1] == 0)
        n--;
    return n == 0;
}

/* What was ever used of the region. */
static size_t used(void)
{
    size_t n = region_n;
    while (n > 0 && region[n - 1] == 0)
        n--;
    return n;
}

static void test_starts_once(void **state)
{
    (void)state;
    assert_true(crypto_start(region, region_n));
    assert_true(crypto_start(NULL, 0));
}

static void test_sizes(void **state)
{
    (void)state;
    for (size_t n = 1; n < 20000; n += n / 7 + 1) {
        uint8_t *p = OPENSSL_malloc(n), *q = OPENSSL_malloc(n);
        assert_true(inside(p) && inside(q + n - 1) && (uintptr_t)p % ALIGN == 0);
        assert_true(p + n <= q || q + n <= p);
        memset(p, 0xaa, n);
        memset(q, 0xbb, n);
        assert_int_equal(p[n - 1], 0xaa);
        OPENSSL_free(p);
        assert_int_equal(q[0], 0xbb);
        OPENSSL_free(q);
    }
}

static void test_free_wipes_and_reuses(void **state)
{
    (void)state;
    uint8_t *p = OPENSSL_malloc(300);
    memset(p, 0xaa, 300);
    OPENSSL_free(p);
    assert_true(all_zero(p, 300));
    assert_ptr_equal(OPENSSL_malloc(290), p);
    OPENSSL_free(p);
    OPENSSL_free(NULL);
}

static void test_grows(void **state)
{
    (void)state;
    uint8_t *p = OPENSSL_realloc(NULL, 40), *old = p;
    memset(p, 0xaa, 40);
    assert_ptr_equal(p = OPENSSL_realloc(p, 48), old); /* fits where it is */
    p = OPENSSL_realloc(p, 5000);
    assert_ptr_not_equal(p, old);
    assert_true(all_zero(old, 48));
    for (size_t i = 0; i < 40; i++)
        assert_int_equal(p[i], 0xaa);
    assert_null(OPENSSL_realloc(p, region_n + 1)); /* and stays */
    assert_int_equal(p[39], 0xaa);
    assert_null(OPENSSL_realloc(p, 0));
}

static void test_too_much(void **state)
{
    (void)state;
    assert_null(OPENSSL_malloc(SIZE_MAX));
    assert_null(OPENSSL_malloc(SIZE_MAX - 8));
    assert_null(OPENSSL_malloc(SIZE_MAX / 2 + 1));
    assert_null(OPENSSL_malloc(region_n));
    assert_null(OPENSSL_malloc(region_n + 1));
}

/* Every kind of state of every cipher. */
static const struct cipher *const ciphers[] = {
    &cipher_chachapoly,       &cipher_aes256gcm,        &cipher_aes128gcm,
    &cipher_aes256ctr_etm256, &cipher_aes256ctr_etm512, &cipher_aes256ctr_mac256,
    &cipher_aes128ctr_etm256, &cipher_aes128ctr_etm512, &cipher_aes128ctr_mac256,
};

/* In a process of its own, which may use up what is there. */
static bool good_in_child(bool (*call)(void))
{
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(call() ? 0 : 1);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Every block of every size there is. */
static void *held[100000];
static size_t held_n;

static void hold_all(void)
{
    static const size_t sizes[] = { 1 << 18, 1 << 16, 1 << 14, 4096, 1024, 512, 256, 128, 64, 1 };
    for (size_t i = 0; i < COUNT(sizes); i++)
        while (held_n < COUNT(held) && (held[held_n] = OPENSSL_malloc(sizes[i])) != NULL)
            held_n++;
}

static const uint8_t key[3][CIPHER_KEY_MAX];
static uint8_t p[4 + 32768 + 64];

static bool packets_pass(const struct cipher *c)
{
    struct cipher_state tx, rx;
    size_t n = sizeof p - 64 - 4 - (c->length_n ? 0 : 4);
    if (!c->start(&tx, key[0], key[1], key[2]) || !c->start(&rx, key[0], key[1], key[2]))
        return false;
    hold_all();
    for (uint32_t seq = 0; seq < 3; seq++) {
        store_u32(p, (uint32_t)n);
        if (OPENSSL_malloc(1) != NULL || !c->seal(&tx, seq, p, n) || c->length(&rx, seq, p) != n ||
            !c->open(&rx, seq, p, n))
            return false;
    }
    return true;
}

static const struct cipher *cipher_tried;

static bool packets_pass_now(void)
{
    return packets_pass(cipher_tried);
}

/* There is none. */
static void test_no_memory_for_a_packet(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ciphers); i++) {
        cipher_tried = ciphers[i];
        assert_true(good_in_child(packets_pass_now));
    }
}

/* All operations with keys, at their largest; false when one says no. */
static bool keys_use(void)
{
    static const uint8_t secret[32] = { 1 }, mlkem[MLKEM768_KEY];
    static uint8_t n[1024], big[MLKEM768_CIPHERTEXT], small[64], other[64], point[P256_POINT];
    struct span m = { secret, sizeof secret }, e = { rsa_e, sizeof rsa_e };
    struct private_key rsa, p256;
    memset(n, 0xff, sizeof n);
    bool good = x25519_base(small, secret) && x25519(other, secret, small) &&
                mlkem768_encapsulate(big, small, mlkem, secret) &&
                ed25519_key(small, big, secret) && ed25519_sign(big + 64, m, big) &&
                ed25519_verify(big + 64, m, small) &&
                p256_exchange(point, small, span_of(p256_point, P256_POINT));
    rsa_verify(HASH_SHA512, span_of(big, sizeof n), m, span_of(n, sizeof n), e);
    if (rsa_load(&rsa, span_of(rsa4096_n, 512), e, span_of(rsa4096_d, 512), span_of(rsa4096_p, 256),
                 span_of(rsa4096_q, 256)))
        good = rsa_sign(&rsa, HASH_SHA512, big, 512, m) == 512 &&
               rsa_verify(HASH_SHA512, span_of(big, 512), m, span_of(rsa4096_n, 512), e) && good;
    else
        good = false;
    if (p256_load(&p256, span_of(p256_point, P256_POINT), span_of(p256_scalar, 32)))
        good = p256_sign(&p256, small, other, m) &&
               p256_verify(span_of(small, 32), span_of(other, 32), m,
                           span_of(p256_point, P256_POINT)) &&
               good;
    else
        good = false;
    private_key_stop(&rsa);
    private_key_stop(&p256);
    return good;
}

/* All states that so many connections can have at a time, that of the next key included, and beside
 * them each operation with keys. */
static void test_suffices(void **state)
{
    (void)state;
    enum { STATES = CONNECTIONS * 4 };
    static struct cipher_state states[STATES];
    for (size_t i = 0; i < COUNT(ciphers); i++) {
        const struct cipher *c = ciphers[i];
        for (size_t k = 0; k < STATES; k++)
            assert_true(c->start(&states[k], key[0], key[1], key[2]));
        assert_true(keys_use());
        for (size_t k = 0; k < STATES; k++)
            if (c->stop != NULL)
                c->stop(&states[k]);
    }
    print_message("# used at most: %zu of %zu bytes\n", used(), region_n);
    assert_true(used() < region_n * 3 / 4);
}

/* With no memory and then a little more each time, whatever fails says so. In the end blocks of
 * other sizes than before are there, and have to do. */
static bool full_and_back(void)
{
    bool good = false;
    hold_all();
    while (held_n > 0) {
        struct cipher_state s;
        for (size_t k = 0; k < COUNT(ciphers); k++)
            if (ciphers[k]->start(&s, key[0], key[1], key[2]) && ciphers[k]->stop != NULL)
                ciphers[k]->stop(&s);
        good = keys_use();
        for (size_t n = held_n / 40 + 1; n > 0; n--)
            OPENSSL_free(held[--held_n]);
    }
    return good;
}

static void test_full(void **state)
{
    (void)state;
    assert_true(good_in_child(full_and_back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_starts_once),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_free_wipes_and_reuses),
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_no_memory_for_a_packet),
        cmocka_unit_test(test_suffices),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
