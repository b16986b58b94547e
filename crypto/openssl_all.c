/* CRYPTO=openssl: libcrypto answers all of crypto.h. What there is to start. */
#include "crypto/openssl.h"

#include <openssl/opensslv.h>

const char crypto_provider[] = "OpenSSL " OPENSSL_VERSION_STR;

size_t crypto_memory(size_t connections)
{
    return openssl_memory(connections);
}

bool crypto_start(void *memory, size_t n)
{
    return openssl_start(memory, n);
}
