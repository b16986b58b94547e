/* What the files that answer crypto.h by means of libcrypto share.
 *
 * libcrypto is asked through EVP, its public interface. Where EVP finds what it is asked for is
 * openssl_provider.c's business: a provider of our own, with the tables of algorithms that the build
 * names. Errors are told by return values alone; the library is built without an error queue. */
#ifndef CRYPTO_OPENSSL_H
#define CRYPTO_OPENSSL_H

#include <string.h>

#include <openssl/core.h>
#include <openssl/evp.h>

#include "crypto/crypto.h"

/* What one of the two builds that link libcrypto (openssl_all.c, both.c) wants of it, for each kind
 * of operation; each ends in a row of NULL. */
extern const OSSL_ALGORITHM openssl_digests[], openssl_key_types[], openssl_exchanges[],
    openssl_kems[], openssl_signatures[];

/* crypto_memory() and crypto_start() of the libcrypto part. */
size_t openssl_memory(size_t connections);
bool openssl_start(void *memory, size_t n);

/* openssl_memory.c: all of libcrypto's memory comes from here from now on. */
bool openssl_memory_start(void *memory, size_t n);
/* openssl_provider.c */
bool openssl_provider_start(void);
/* openssl_cipher.c */
bool openssl_cipher_start(void);

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

/* openssl_key.c: a key from its parts, NULL where they are not acceptable; and signatures, whose
 * algorithm's name includes the hash. */
EVP_PKEY *openssl_key(const char *type, int selection, const OSSL_PARAM *parts);
bool openssl_sign(const char *algorithm, EVP_PKEY *key, uint8_t *signature, size_t *n,
                  struct span message);
bool openssl_verify(const char *algorithm, EVP_PKEY *key, struct span signature,
                    struct span message);
/* The secret that two keys of a Diffie-Hellman kind share, which is n bytes; frees both. */
bool openssl_derive(uint8_t *shared, size_t n, EVP_PKEY *own, EVP_PKEY *peer);

#endif
