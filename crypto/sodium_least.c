/* CRYPTO=sodium FIRST=size: as sodium_all.c, without sodium_init(). That function chooses what is fastest on
 * this CPU; before it every primitive is the library's portable one, and the linker finds that no other
 * is ever called. Nothing else of what it does is wanted: there are no threads and no guarded memory here. */
#include "crypto/crypto.h"
#include "crypto/sodium.h"

#include <sodium.h>

/* The objects are those of lib/least (deps/libsodium.sh). */
const char crypto_provider[] = "libsodium " SODIUM_VERSION_STRING " for size: portable, without "
                               "tables; derived Ed25519, X25519, SHA-2, ChaCha20, Keccak";

/* libsodium allocates nothing. */
size_t crypto_memory(size_t connections)
{
    (void)connections;
    return 0;
}

/* The first random byte is asked for at the start, not at the first login: where there is none, the
 * process waits here. */
bool crypto_start(void *memory, size_t n)
{
    uint8_t first;
    (void)memory, (void)n;
    crypto_random(&first, 1);
    return true;
}

void sodium_know_cpu(void)
{
    _sodium_runtime_get_cpu_features();
}
