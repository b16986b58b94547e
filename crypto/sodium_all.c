/* CRYPTO=sodium: libsodium answers crypto.h, but for what only libcrypto has. */
#include "crypto/crypto.h"
#include "crypto/sodium.h"

#include <sodium.h>

const char crypto_provider[] = "libsodium " SODIUM_VERSION_STRING SODIUM_DERIVED;

/* libsodium allocates nothing. */
size_t crypto_memory(size_t connections)
{
    (void)connections;
    return 0;
}

bool crypto_start(void *memory, size_t n)
{
    (void)memory, (void)n;
    return sodium_init() >= 0;
}

void sodium_know_cpu(void)
{
}
