/* CRYPTO=both: libsodium answers the first half of crypto.h (keys, key exchange, hashes), libcrypto
 * the second (ciphers and what only it has). What there is to start, and which hashes are libcrypto's. */
#include "crypto/openssl.h"

#include <stdlib.h>

#include <openssl/opensslv.h>
#include <sodium.h>

#include "crypto/openssl_digest.h"
#include "crypto/sodium.h"

const char crypto_provider[] =
    "libsodium " SODIUM_VERSION_STRING SODIUM_DERIVED ", OpenSSL " OPENSSL_VERSION_STR;

size_t crypto_memory(size_t connections)
{
    return openssl_memory(connections);
}

/* Of libsodium's ciphers none is used: see sodium_trim.c. Its random numbers refer to one of them in a
 * function that is not linked. */
int _crypto_stream_chacha20_pick_best_implementation(void);
int _crypto_onetimeauth_poly1305_pick_best_implementation(void);

int _crypto_stream_chacha20_pick_best_implementation(void)
{
    return 0;
}

int _crypto_onetimeauth_poly1305_pick_best_implementation(void)
{
    return 0;
}

int crypto_stream_chacha20_ietf(unsigned char *c, unsigned long long clen, const unsigned char *n,
                                const unsigned char *k)
{
    (void)c, (void)clen, (void)n, (void)k;
    abort();
}

bool crypto_start(void *memory, size_t n)
{
    return sodium_init() >= 0 && openssl_start(memory, n);
}

const struct evp_md_st *const openssl_digests[] = { &openssl_sha256, &openssl_sha512, NULL };
