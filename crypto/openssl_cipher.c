/* The ciphers and MACs of crypto.h answered by libcrypto.
 *
 * Algorithms are fetched once, at the start; nothing is fetched or allocated for a packet. A state
 * of crypto.h holds pointers to contexts of EVP's. What crypto.h has no state for is done in
 * contexts that all share. */
#include "crypto/openssl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

enum { TAG = 16, NONCE = 12, POLY1305_KEY = 32 };

static struct {
    EVP_CIPHER *aes256gcm, *aes128gcm, *aes256ctr, *aes128ctr;
    EVP_MAC *hmac;
    EVP_CIPHER_CTX *chacha20;
    EVP_MAC_CTX *poly1305;
} shared;

bool openssl_cipher_start(void)
{
    shared.aes256gcm = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    shared.aes128gcm = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
    shared.aes256ctr = EVP_CIPHER_fetch(NULL, "AES-256-CTR", NULL);
    shared.aes128ctr = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
    shared.hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_CIPHER *chacha20 = EVP_CIPHER_fetch(NULL, "ChaCha20", NULL);
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "POLY1305", NULL);
    shared.chacha20 = EVP_CIPHER_CTX_new();
    shared.poly1305 = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    bool good = shared.aes256gcm != NULL && shared.aes128gcm != NULL && shared.aes256ctr != NULL &&
                shared.aes128ctr != NULL && shared.hmac != NULL && chacha20 != NULL &&
                shared.chacha20 != NULL && shared.poly1305 != NULL &&
                EVP_EncryptInit_ex2(shared.chacha20, chacha20, NULL, NULL, NULL) == 1;
    EVP_CIPHER_free(chacha20);
    EVP_MAC_free(mac);
    return good;
}

/* A whole number of bytes through a cipher that neither holds any back nor adds any. */
static bool update(EVP_CIPHER_CTX *c, uint8_t *to, const uint8_t *from, size_t n)
{
    int done;
    return n == 0 ||
           (n <= INT_MAX && EVP_CipherUpdate(c, to, &done, from, (int)n) == 1 && (size_t)done == n);
}

/* libcrypto's nonce is the words 12 to 15 of ChaCha20's state: in the original form, which this is,
 * a counter of 64 bits and a nonce of 64, all little-endian. Its own counter carries over from the
 * first word to the second. */
bool chacha20_xor(uint8_t *to, const uint8_t *from, size_t n, const uint8_t nonce[8],
                  uint64_t counter, const uint8_t key[32])
{
    uint8_t words[16];
    for (int i = 0; i < 8; i++)
        words[i] = (uint8_t)(counter >> (8 * i));
    memcpy(words + 8, nonce, 8);
    return EVP_EncryptInit_ex2(shared.chacha20, NULL, key, words, NULL) == 1 &&
           update(shared.chacha20, to, from, n);
}

bool poly1305(uint8_t tag[TAG], const uint8_t *p, size_t n, const uint8_t key[32])
{
    size_t done = 0;
    return EVP_MAC_init(shared.poly1305, key, POLY1305_KEY, NULL) == 1 &&
           EVP_MAC_update(shared.poly1305, p, n) == 1 &&
           EVP_MAC_final(shared.poly1305, tag, &done, TAG) == 1 && done == TAG;
}

void chacha20_poly1305_forget(void)
{
    static const uint8_t none[32], zeros[64];
    uint8_t nothing[sizeof zeros];
    for (int tries = 0; tries < 2; tries++)
        if (chacha20_xor(nothing, zeros, sizeof nothing, none, 0, none) &&
            poly1305(nothing, zeros, sizeof zeros, none))
            return;
    abort(); /* both have worked before */
}

/* --- states that hold contexts --- */

/* A context with its key; NULL: no such thing. */
static EVP_CIPHER_CTX *keyed(const EVP_CIPHER *with_32, const EVP_CIPHER *with_16,
                             const uint8_t *key, size_t key_n)
{
    const EVP_CIPHER *cipher = key_n == 32 ? with_32 : key_n == 16 ? with_16 : NULL;
    EVP_CIPHER_CTX *c = cipher != NULL ? EVP_CIPHER_CTX_new() : NULL;
    if (c != NULL && EVP_EncryptInit_ex2(c, cipher, key, NULL, NULL) == 1)
        return c;
    EVP_CIPHER_CTX_free(c);
    return NULL;
}

/* Every CPU can: where it has no instructions for it, libcrypto has code. */
bool aes_gcm_here(void)
{
    return true;
}

bool aes_gcm_start(struct aes_gcm *g, const uint8_t *key, size_t key_n)
{
    openssl_hold(g->opaque, keyed(shared.aes256gcm, shared.aes128gcm, key, key_n));
    return openssl_held(g->opaque) != NULL;
}

void aes_gcm_stop(struct aes_gcm *g)
{
    EVP_CIPHER_CTX_free(openssl_held(g->opaque));
    openssl_hold(g->opaque, NULL);
}

/* What is not encrypted. */
static bool update_ad(EVP_CIPHER_CTX *c, struct span ad)
{
    return update(c, NULL, ad.p, ad.n);
}

bool aes_gcm_seal(struct aes_gcm *g, uint8_t tag[TAG], uint8_t *p, size_t n, struct span ad,
                  const uint8_t nonce[NONCE])
{
    EVP_CIPHER_CTX *c = openssl_held(g->opaque);
    int none = 0;
    return EVP_EncryptInit_ex2(c, NULL, NULL, nonce, NULL) == 1 && update_ad(c, ad) &&
           update(c, p, p, n) && EVP_EncryptFinal_ex(c, p, &none) == 1 &&
           EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG, tag) == 1;
}

bool aes_gcm_open(struct aes_gcm *g, const uint8_t tag[TAG], uint8_t *p, size_t n, struct span ad,
                  const uint8_t nonce[NONCE])
{
    EVP_CIPHER_CTX *c = openssl_held(g->opaque);
    int none = 0;
    uint8_t expected[TAG];
    memcpy(expected, tag, TAG);
    bool good = EVP_DecryptInit_ex2(c, NULL, NULL, nonce, NULL) == 1 &&
                EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG, expected) == 1 &&
                update_ad(c, ad) && update(c, p, p, n) && EVP_DecryptFinal_ex(c, p, &none) == 1;
    if (!good)
        memset(p, 0, n); /* libcrypto decrypts before it verifies */
    return good;
}

bool aes_ctr_start(struct aes_ctr *c, const uint8_t *key, size_t key_n)
{
    openssl_hold(c->opaque, keyed(shared.aes256ctr, shared.aes128ctr, key, key_n));
    return openssl_held(c->opaque) != NULL;
}

void aes_ctr_stop(struct aes_ctr *c)
{
    EVP_CIPHER_CTX_free(openssl_held(c->opaque));
    openssl_hold(c->opaque, NULL);
}

bool aes_ctr_xor(struct aes_ctr *c, uint8_t *to, const uint8_t *from, size_t n,
                 const uint8_t counter[16])
{
    EVP_CIPHER_CTX *context = openssl_held(c->opaque);
    return EVP_EncryptInit_ex2(context, NULL, NULL, counter, NULL) == 1 &&
           update(context, to, from, n);
}

bool hmac_start(struct hmac *h, enum hash hash, const uint8_t *key)
{
    char *name = hash == HASH_SHA512 ? "SHA512" : "SHA256";
    const OSSL_PARAM digest[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
        OSSL_PARAM_construct_end(),
    };
    EVP_MAC_CTX *c = EVP_MAC_CTX_new(shared.hmac);
    if (c != NULL && EVP_MAC_init(c, key, hash, digest) != 1) {
        EVP_MAC_CTX_free(c);
        c = NULL;
    }
    openssl_hold(h->opaque, c);
    return c != NULL;
}

void hmac_stop(struct hmac *h)
{
    EVP_MAC_CTX_free(openssl_held(h->opaque));
    openssl_hold(h->opaque, NULL);
}

/* No key: the one it has. */
bool hmac_tag(struct hmac *h, uint8_t *tag, struct span first, struct span second)
{
    EVP_MAC_CTX *c = openssl_held(h->opaque);
    size_t n = 0;
    return EVP_MAC_init(c, NULL, 0, NULL) == 1 && EVP_MAC_update(c, first.p, first.n) == 1 &&
           EVP_MAC_update(c, second.p, second.n) == 1 &&
           EVP_MAC_final(c, tag, &n, HASH_SHA512) == 1;
}
