/* Starts libcrypto, or as much of it as the build has. */
#include "crypto/openssl.h"

/* What 64-bit machines were seen to use, twice or thrice: 180 KB for what is there from the start and
 * for one operation of each kind with the largest keys; 1.3 KB for a state of AES-GCM, 2.2 KB for one
 * of AES-CTR with its MAC, of which a connection has up to four while keys change. It is reserved
 * address space, of which only what is touched costs memory. tests/openssl/memory_test.c uses it. */
enum { FIXED = 512 * 1024, EACH_CONNECTION = 16 * 1024 };

size_t openssl_memory(size_t connections)
{
    return FIXED + connections * EACH_CONNECTION;
}

/* Once is enough: a second time nothing happens. */
bool openssl_start(void *memory, size_t n)
{
    static bool started;
    if (!started)
        started = openssl_memory_start(memory, n);
    return started;
}
