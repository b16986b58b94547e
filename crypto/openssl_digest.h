/* The hashes that libcrypto's own code asks EVP for by name: HMAC, the nonces of ECDSA, Ed25519 and
 * ML-KEM. openssl_digest.c answers in EVP's place, out of the list that the build has. */
#ifndef CRYPTO_OPENSSL_DIGEST_H
#define CRYPTO_OPENSSL_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/sha.h>

#include <internal/sha3.h>

union openssl_digest_state {
    SHA256_CTX sha256;
    SHA512_CTX sha512;
    KECCAK1600_CTX keccak;
};

/* libcrypto's name for it. All of these functions return 1, or 0: no. */
struct evp_md_st {
    const char *name;
    size_t digest_n, block_n;
    bool stretches; /* its output is as long as one likes: squeeze() instead of stop() */
    int (*start)(union openssl_digest_state *s);
    int (*add)(union openssl_digest_state *s, const void *p, size_t n);
    int (*stop)(union openssl_digest_state *s, uint8_t *digest);
    int (*squeeze)(union openssl_digest_state *s, uint8_t *to, size_t n);
};

extern const struct evp_md_st openssl_sha256, openssl_sha512;
/* Of the build (openssl_sha3.c, both.c); ends in NULL. */
extern const struct evp_md_st *const openssl_digests[];

#endif
