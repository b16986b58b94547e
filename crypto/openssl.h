/* What the files that answer crypto.h by means of libcrypto share.
 *
 * libcrypto is asked by its functions for each algorithm, not through EVP, which would link everything
 * that can be asked for by name (docs/openssl.md). Some are public, though upstream calls them old;
 * the others' declarations are upstream's own too, since deps/openssl.sh installs the internal
 * headers of the very version that is linked. Errors are told by return values alone; the library is
 * built without an error queue. */
#ifndef CRYPTO_OPENSSL_H
#define CRYPTO_OPENSSL_H

#include <string.h>

#include "crypto/crypto.h"

/* openssl_start.c: crypto_memory() and crypto_start() of the libcrypto part. */
size_t openssl_memory(size_t connections);
bool openssl_start(void *memory, size_t n);
/* openssl_memory.c: all of libcrypto's memory comes from here from now on. */
bool openssl_memory_start(void *memory, size_t n);

/* A pointer to something of libcrypto's that a state of crypto.h consists of. */
static inline void *openssl_held(const void *opaque)
{
    void *p;
    memcpy(&p, opaque, sizeof p);
    return p;
}

static inline void openssl_hold(void *opaque, void *p)
{
    memcpy(opaque, &p, sizeof p);
}

#endif
