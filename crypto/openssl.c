/* The first half of crypto.h answered by libcrypto: keys, key exchange, hashes. */
/* SHA256_Init() and the like are of the older interface, marked as such. It is the one whose state
 * lies where the caller wants it: nothing to allocate, nothing to give back for a hash that is
 * abandoned, nothing that fails. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/openssl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/sha.h>

void crypto_random(void *p, size_t n)
{
    static const char why[] = "nano_ssh_server: the kernel gives no random numbers\n";
    for (uint8_t *at = p; n > 0;) {
        /* Up to 256 bytes come whole, and no signal cuts them off. */
        size_t some = n < 256 ? n : 256;
        if (getrandom(at, some, 0) != (ssize_t)some) {
            ssize_t ignored = write(STDERR_FILENO, why, sizeof why - 1);
            (void)ignored;
            abort();
        }
        at += some;
        n -= some;
    }
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

/* --- keys of 32 bytes --- */

static OSSL_PARAM bytes(const char *name, const uint8_t *p, size_t n)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)p, n);
}

static EVP_PKEY *public_key_of(const char *type, const uint8_t *p, size_t n)
{
    const OSSL_PARAM parts[] = { bytes(OSSL_PKEY_PARAM_PUB_KEY, p, n), OSSL_PARAM_construct_end() };
    return openssl_key(type, EVP_PKEY_PUBLIC_KEY, parts);
}

/* The public half is computed by libcrypto. */
static EVP_PKEY *private_key_of(const char *type, const uint8_t secret[32])
{
    const OSSL_PARAM parts[] = { bytes(OSSL_PKEY_PARAM_PRIV_KEY, secret, 32),
                                 OSSL_PARAM_construct_end() };
    return openssl_key(type, EVP_PKEY_KEYPAIR, parts);
}

static bool public_half(uint8_t public_key[32], const char *type, const uint8_t secret[32])
{
    EVP_PKEY *key = private_key_of(type, secret);
    size_t n = 0;
    bool good =
        key != NULL &&
        EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, public_key, 32, &n) == 1 &&
        n == 32;
    EVP_PKEY_free(key);
    return good;
}

bool x25519_base(uint8_t public_key[32], const uint8_t secret[32])
{
    return public_half(public_key, "X25519", secret);
}

/* The public half of our own key is not needed, so that none is computed: the point will do. */
bool x25519(uint8_t shared[32], const uint8_t secret[32], const uint8_t point[32])
{
    const OSSL_PARAM own[] = {
        bytes(OSSL_PKEY_PARAM_PRIV_KEY, secret, 32),
        bytes(OSSL_PKEY_PARAM_PUB_KEY, point, 32),
        OSSL_PARAM_construct_end(),
    };
    return openssl_derive(shared, 32, openssl_key("X25519", EVP_PKEY_KEYPAIR, own),
                          public_key_of("X25519", point, 32));
}

bool ed25519_key(uint8_t public_key[32], uint8_t secret[64], const uint8_t seed[32])
{
    if (!public_half(public_key, "ED25519", seed))
        return false;
    memcpy(secret, seed, 32);
    memcpy(secret + 32, public_key, 32);
    return true;
}

bool ed25519_sign(uint8_t signature[64], struct span message, const uint8_t secret[64])
{
    const OSSL_PARAM parts[] = {
        bytes(OSSL_PKEY_PARAM_PRIV_KEY, secret, 32),
        bytes(OSSL_PKEY_PARAM_PUB_KEY, secret + 32, 32),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = openssl_key("ED25519", EVP_PKEY_KEYPAIR, parts);
    size_t n = 64;
    bool good = key != NULL && openssl_sign("ED25519", key, signature, &n, message) && n == 64;
    EVP_PKEY_free(key);
    return good;
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
    EVP_PKEY *key = key_weak(public_key) ? NULL : public_key_of("ED25519", public_key, 32);
    bool good = key != NULL && openssl_verify("ED25519", key, span_of(signature, 64), message);
    EVP_PKEY_free(key);
    return good;
}

/* --- ML-KEM: reading the key, libcrypto refuses one that is not in reduced form --- */

bool mlkem768_encapsulate(uint8_t ciphertext[MLKEM768_CIPHERTEXT], uint8_t secret[32],
                          const uint8_t key[MLKEM768_KEY], const uint8_t coins[32])
{
    const OSSL_PARAM chosen[] = { bytes(OSSL_KEM_PARAM_IKME, coins, 32),
                                  OSSL_PARAM_construct_end() };
    EVP_PKEY *peer = public_key_of("ML-KEM-768", key, MLKEM768_KEY);
    EVP_PKEY_CTX *c = peer != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, peer, NULL) : NULL;
    size_t ciphertext_n = MLKEM768_CIPHERTEXT, secret_n = 32;
    bool good = c != NULL && EVP_PKEY_encapsulate_init(c, chosen) == 1 &&
                EVP_PKEY_encapsulate(c, ciphertext, &ciphertext_n, secret, &secret_n) == 1 &&
                ciphertext_n == MLKEM768_CIPHERTEXT && secret_n == 32;
    EVP_PKEY_CTX_free(c);
    EVP_PKEY_free(peer);
    return good;
}
