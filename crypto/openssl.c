/* The first half of crypto.h answered by libcrypto: keys, key exchange, hashes. */
/* SHA256_Init() and the like are of the older interface, marked as such. It is the one whose state
 * lies where the caller wants it: nothing to allocate, nothing to give back for a hash that is
 * abandoned, nothing that fails. */
#include "crypto/openssl.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <crypto/ecx.h>
#include <crypto/ml_kem.h>

#include "crypto/random.h"

void crypto_random(void *p, size_t n)
{
    random_bytes(p, n);
}

void crypto_wipe(void *p, size_t n)
{
    OPENSSL_cleanse(p, n);
}

bool crypto_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

_Static_assert(sizeof(struct sha256) >= sizeof(SHA256_CTX), "opaque state too small");
_Static_assert(alignof(struct sha256) >= alignof(SHA256_CTX), "opaque state alignment");

static SHA256_CTX *state_of(struct sha256 *h)
{
    return (SHA256_CTX *)(void *)h->opaque;
}

/* These three return 1 always. */
void sha256_start(struct sha256 *h)
{
    SHA256_Init(state_of(h));
}

void sha256_add(struct sha256 *h, const void *p, size_t n)
{
    SHA256_Update(state_of(h), p, n);
}

void sha256_stop(struct sha256 *h, uint8_t digest[32])
{
    SHA256_Final(digest, state_of(h));
    crypto_wipe(h, sizeof *h);
}

bool x25519_base(uint8_t public_key[32], const uint8_t secret[32])
{
    ossl_x25519_public_from_private(public_key, secret);
    return true;
}

bool x25519(uint8_t shared[32], const uint8_t secret[32], const uint8_t point[32])
{
    return ossl_x25519(shared, secret, point) == 1;
}

bool ed25519_key(uint8_t public_key[32], uint8_t secret[64], const uint8_t seed[32])
{
    if (ossl_ed25519_public_from_private(NULL, public_key, seed, NULL) != 1)
        return false;
    memcpy(secret, seed, 32);
    memcpy(secret + 32, public_key, 32);
    return true;
}

/* Ed25519 itself, none of its variants (RFC 8032 section 5.1); libcrypto's default context. */
#define PLAIN 0, 0, 0, NULL, 0, NULL, NULL

bool ed25519_sign(uint8_t signature[64], struct span message, const uint8_t secret[64])
{
    return ossl_ed25519_sign(signature, message.p, message.n, secret + 32, secret, PLAIN) == 1;
}

/* The y coordinates of the points of order 1, 2, 4 and 8. With such a key one signature is good for
 * many messages; libcrypto takes them, libsodium and we do not. */
static const uint8_t small_orders[][32] = {
    { 1 },
    { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
      0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
    { 0 },
    { 0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
      0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
      0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05 },
    { 0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
      0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
      0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a },
};

/* Of small order, or not in reduced form: y is 2^255 - 19 or more. */
static bool key_weak(const uint8_t public_key[32])
{
    uint8_t y[32];
    memcpy(y, public_key, 32);
    y[31] &= 0x7f;
    for (size_t i = 0; i < sizeof small_orders / sizeof small_orders[0]; i++)
        if (memcmp(y, small_orders[i], 32) == 0)
            return true;
    /* The second of them is 2^255 - 20, and only in the first byte can there be more. */
    return memcmp(y + 1, small_orders[1] + 1, 31) == 0 && y[0] > small_orders[1][0];
}

bool ed25519_verify(const uint8_t signature[64], struct span message, const uint8_t public_key[32])
{
    return !key_weak(public_key) &&
           ossl_ed25519_verify(message.p, message.n, signature, public_key, PLAIN) == 1;
}

/* Reading the key, libcrypto refuses one that is not in reduced form. */
bool mlkem768_encapsulate(uint8_t ciphertext[MLKEM768_CIPHERTEXT], uint8_t secret[32],
                          const uint8_t key[MLKEM768_KEY], const uint8_t coins[32])
{
    ML_KEM_KEY *peer = ossl_ml_kem_key_new(NULL, NULL, EVP_PKEY_ML_KEM_768);
    bool good =
        peer != NULL && ossl_ml_kem_parse_public_key(key, MLKEM768_KEY, peer) == 1 &&
        ossl_ml_kem_encap_seed(ciphertext, MLKEM768_CIPHERTEXT, secret, 32, coins, 32, peer) == 1;
    ossl_ml_kem_key_free(peer);
    return good;
}
