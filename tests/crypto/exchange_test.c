/* Our key exchanges, signatures and ciphers in connections that OpenSSH has really made. */
#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "tests/support/exchange.h"
#include "tests/support/test.h"

static int start(void **state)
{
    (void)state;
    return crypto_start(NULL, 0) ? 0 : -1;
}

static const struct user_key_type *const keys[] = { &user_key_ed25519, NULL };

static void test_chacha20_poly1305(void **state)
{
    (void)state;
    static const struct cipher *const ciphers[] = { &cipher_chachapoly, NULL };
    assert_int_equal(exchanges_check(ciphers, keys), 2);
}

static void test_aes256_gcm(void **state)
{
    (void)state;
    static const struct cipher *const ciphers[] = { &cipher_aes256gcm, NULL };
    if (!cipher_aes256gcm.here())
        skip();
    assert_int_equal(exchanges_check(ciphers, keys), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chacha20_poly1305),
        cmocka_unit_test(test_aes256_gcm),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
