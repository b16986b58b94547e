/* As tests/crypto/exchange_test.c, with every algorithm we have. */
#include <stdlib.h>

#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "tests/support/exchange.h"
#include "tests/support/test.h"

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

static void test_every_exchange(void **state)
{
    (void)state;
    static const struct cipher *const ciphers[] = {
        &cipher_chachapoly,       &cipher_aes256gcm,
        &cipher_aes128gcm,        &cipher_aes256ctr_etm256,
        &cipher_aes256ctr_etm512, &cipher_aes256ctr_mac256,
        &cipher_aes128ctr_etm256, &cipher_aes128ctr_etm512,
        &cipher_aes128ctr_mac256, NULL,
    };
    static const struct user_key_type *const keys[] = {
        &user_key_ed25519, &user_key_nistp256, &user_key_rsa512, &user_key_rsa256, NULL,
    };
    if (!aes_gcm_here())
        skip();
    assert_int_equal(exchanges_check(ciphers, keys), 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_exchange),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
