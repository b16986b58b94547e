/* The primitives, answered by one provider that is chosen at link time (crypto/sodium.c).
 *
 * Functions that return bool say false when the provider failed or refused its input; their output
 * is then not to be used. Secrets are the caller's to wipe with crypto_wipe(). Nothing allocates. */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

extern const char crypto_provider[]; /* name and version, for --version */

bool crypto_start(void); /* once, before anything else */
void crypto_random(void *p, size_t n);
void crypto_wipe(void *p, size_t n);
bool crypto_equal(const void *a, const void *b, size_t n); /* constant-time */

/* --- hashes --- */
struct sha256 {
    alignas(8) uint8_t opaque[128];
};
void sha256_start(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *p, size_t n);
void sha256_stop(struct sha256 *h, uint8_t digest[32]);

/* --- X25519 (RFC 7748); false when the result is all-zero (RFC 8731 section 3) --- */
bool x25519(uint8_t shared[32], const uint8_t secret[32], const uint8_t point[32]);
bool x25519_base(uint8_t public_key[32], const uint8_t secret[32]);

/* --- Ed25519 (RFC 8032); `secret` is seed and public key, as OpenSSH stores it --- */
bool ed25519_key(uint8_t public_key[32], uint8_t secret[64], const uint8_t seed[32]);
bool ed25519_sign(uint8_t signature[64], struct span message, const uint8_t secret[64]);
bool ed25519_verify(const uint8_t signature[64], struct span message, const uint8_t public_key[32]);

/* --- ChaCha20 in its original form: 64-bit nonce, 64-bit block counter --- */
bool chacha20_xor(uint8_t *to, const uint8_t *from, size_t n, const uint8_t nonce[8],
                  uint64_t counter, const uint8_t key[32]);
bool poly1305(uint8_t tag[16], const uint8_t *p, size_t n, const uint8_t key[32]);

#endif
