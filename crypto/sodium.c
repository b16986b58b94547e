/* The first half of crypto.h answered by libsodium: keys, key exchange, hashes. */
#include "crypto/crypto.h"

#include <sodium.h>

#include "crypto/random.h"

_Static_assert(sizeof(struct sha256) >= sizeof(crypto_hash_sha256_state), "opaque state too small");
_Static_assert(alignof(struct sha256) >= alignof(crypto_hash_sha256_state),
               "opaque state alignment");

void crypto_random(void *p, size_t n)
{
    random_bytes(p, n);
}

void crypto_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

static crypto_hash_sha256_state *state_of(struct sha256 *h)
{
    return (crypto_hash_sha256_state *)(void *)h->opaque;
}

void sha256_start(struct sha256 *h)
{
    crypto_hash_sha256_init(state_of(h));
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
    crypto_hash_sha256_update(state_of(h), p, n);
}

void sha256_stop(struct sha256 *h, uint8_t digest[32])
{
    crypto_hash_sha256_final(state_of(h), digest);
    crypto_wipe(h, sizeof *h);
}

bool x25519(uint8_t shared[32], const uint8_t secret[32], const uint8_t point[32])
{
    return crypto_scalarmult_curve25519(shared, secret, point) == 0;
}

bool x25519_base(uint8_t public_key[32], const uint8_t secret[32])
{
    return crypto_scalarmult_curve25519_base(public_key, secret) == 0;
}

_Static_assert(MLKEM768_KEY == crypto_kem_mlkem768_PUBLICKEYBYTES, "ML-KEM key size");
_Static_assert(MLKEM768_CIPHERTEXT == crypto_kem_mlkem768_CIPHERTEXTBYTES,
               "ML-KEM ciphertext size");

bool mlkem768_encapsulate(uint8_t ciphertext[MLKEM768_CIPHERTEXT], uint8_t secret[32],
                          const uint8_t key[MLKEM768_KEY], const uint8_t coins[32])
{
    return crypto_kem_mlkem768_enc_deterministic(ciphertext, secret, key, coins) == 0;
}

bool ed25519_key(uint8_t public_key[32], uint8_t secret[64], const uint8_t seed[32])
{
    return crypto_sign_ed25519_seed_keypair(public_key, secret, seed) == 0;
}

bool ed25519_sign(uint8_t signature[64], struct span message, const uint8_t secret[64])
{
    return crypto_sign_ed25519_detached(signature, NULL, message.p, message.n, secret) == 0;
}

bool ed25519_verify(const uint8_t signature[64], struct span message, const uint8_t public_key[32])
{
    return crypto_sign_ed25519_verify_detached(signature, message.p, message.n, public_key) == 0;
}
