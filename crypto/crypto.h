/* The primitives, answered by the provider files that are chosen at link time: libsodium
 * (sodium*.c), libcrypto (openssl*.c), or libsodium for the first half of this header and libcrypto
 * for the second.
 *
 * Functions that return bool say false when the provider failed or refused its input; their output
 * is then not to be used. Secrets are the caller's to wipe with crypto_wipe(). States with a _stop()
 * may own memory of the provider's: each one started is stopped once, and may be moved by copying
 * its bytes in between. */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

extern const char crypto_provider[]; /* names and versions, for --version */

/* What libcrypto allocates comes from memory that the caller provides, since it holds keys:
 * crypto_memory() says how much for so many connections (0: none wanted), and a NULL means the C
 * library's own. Once, before anything else; false: the provider does not start. */
size_t crypto_memory(size_t connections);
bool crypto_start(void *memory, size_t n);

void crypto_random(void *p, size_t n); /* ends the process where the kernel gives none */
void crypto_wipe(void *p, size_t n);
bool crypto_equal(const void *a, const void *b, size_t n); /* constant-time */

/* ===== keys, key exchange, hashes ===== */

struct sha256 {
    alignas(8) uint8_t opaque[128];
};
void sha256_start(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *p, size_t n);
void sha256_stop(struct sha256 *h, uint8_t digest[32]);

/* --- X25519 (RFC 7748); false when the result is all-zero (RFC 8731 section 3) --- */
bool x25519(uint8_t shared[32], const uint8_t secret[32], const uint8_t point[32]);
bool x25519_base(uint8_t public_key[32], const uint8_t secret[32]);

/* --- ML-KEM-768 (FIPS 203): Encaps_internal. `coins` are 32 random bytes; false also when the key
 * is not in reduced form (FIPS 203 section 7.2) --- */
#define MLKEM768_KEY        1184
#define MLKEM768_CIPHERTEXT 1088
bool mlkem768_encapsulate(uint8_t ciphertext[MLKEM768_CIPHERTEXT], uint8_t secret[32],
                          const uint8_t key[MLKEM768_KEY], const uint8_t coins[32]);

/* --- Ed25519 (RFC 8032); `secret` is seed and public key, as OpenSSH stores it --- */
bool ed25519_key(uint8_t public_key[32], uint8_t secret[64], const uint8_t seed[32]);
bool ed25519_sign(uint8_t signature[64], struct span message, const uint8_t secret[64]);
bool ed25519_verify(const uint8_t signature[64], struct span message, const uint8_t public_key[32]);

/* ===== ciphers ===== */

/* --- ChaCha20 in its original form: 64-bit nonce, 64-bit block counter --- */
bool chacha20_xor(uint8_t *to, const uint8_t *from, size_t n, const uint8_t nonce[8],
                  uint64_t counter, const uint8_t key[32]);
bool poly1305(uint8_t tag[16], const uint8_t *p, size_t n, const uint8_t key[32]);
/* These two may leave their last key behind in the provider: forgets it, for who needs it no more. */
void chacha20_poly1305_forget(void);

/* --- AES-GCM (SP 800-38D): 12 bytes of nonce, 16 of tag, in place; keys of 32 bytes, with libcrypto
 * also of 16. open() verifies before it decrypts, or leaves no plaintext behind. --- */
struct aes_gcm {
    alignas(16) uint8_t opaque[512];
};
bool aes_gcm_here(void); /* this CPU can do it */
bool aes_gcm_start(struct aes_gcm *g, const uint8_t *key, size_t key_n);
void aes_gcm_stop(struct aes_gcm *g);
bool aes_gcm_seal(struct aes_gcm *g, uint8_t tag[16], uint8_t *p, size_t n, struct span ad,
                  const uint8_t nonce[12]);
bool aes_gcm_open(struct aes_gcm *g, const uint8_t tag[16], uint8_t *p, size_t n, struct span ad,
                  const uint8_t nonce[12]);

/* ===== libcrypto only ===== */

/* --- AES-CTR (RFC 4344 section 4): keys of 16 or 32 bytes --- */
struct aes_ctr {
    alignas(8) uint8_t opaque[16];
};
bool aes_ctr_start(struct aes_ctr *c, const uint8_t *key, size_t key_n);
void aes_ctr_stop(struct aes_ctr *c);
bool aes_ctr_xor(struct aes_ctr *c, uint8_t *to, const uint8_t *from, size_t n,
                 const uint8_t counter[16]);

enum hash { HASH_SHA256 = 32, HASH_SHA512 = 64 }; /* the value is the digest's size */

/* --- HMAC (RFC 2104) over two pieces, with a key as long as the digest --- */
struct hmac {
    alignas(8) uint8_t opaque[16];
};
bool hmac_start(struct hmac *h, enum hash hash, const uint8_t *key);
void hmac_stop(struct hmac *h);
bool hmac_tag(struct hmac *h, uint8_t *tag, struct span first, struct span second);

/* --- ECDH on P-256 (RFC 5656 section 4): a fresh key of ours against the peer's uncompressed point,
 * which must be on the curve; the shared x coordinate is 32 bytes --- */
#define P256_POINT 65
bool p256_exchange(uint8_t share[P256_POINT], uint8_t shared[32], struct span peer_point);

/* --- ECDSA on P-256 with SHA-256; r and s are big-endian, the point is uncompressed --- */
bool p256_verify(struct span r, struct span s, struct span message, struct span point);

/* --- RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2); numbers are big-endian --- */
bool rsa_verify(enum hash hash, struct span signature, struct span message, struct span n,
                struct span e);

/* --- private keys of the server's; loading checks that the parts fit together --- */
struct private_key {
    alignas(8) uint8_t opaque[16];
};
bool p256_load(struct private_key *k, struct span point, struct span scalar);
bool p256_sign(const struct private_key *k, uint8_t r[32], uint8_t s[32], struct span message);
bool rsa_load(struct private_key *k, struct span n, struct span e, struct span d, struct span p,
              struct span q);
/* The signature is as long as n; 0: failed or no room. */
size_t rsa_sign(const struct private_key *k, enum hash hash, uint8_t *signature, size_t room,
                struct span message);
void private_key_stop(struct private_key *k);

#endif
