/* Starts libcrypto, or as much of it as the build has. */
#include "crypto/openssl.h"

size_t openssl_memory(size_t connections)
{
    (void)connections;
    return 1 << 20;
}

/* Once is enough: a second time nothing happens. */
bool openssl_start(void *memory, size_t n)
{
    static bool started;
    if (!started)
        started =
            openssl_memory_start(memory, n) && openssl_provider_start() && openssl_cipher_start();
    return started;
}
