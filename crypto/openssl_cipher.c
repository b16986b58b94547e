/* The ciphers and MACs of crypto.h answered by libcrypto.
 *
 * Nothing is allocated for a packet. What has a key of its own holds a pointer to libcrypto's state of
 * it; ChaCha20 and Poly1305 have theirs on the stack. Which of libcrypto's implementations of AES suits
 * the CPU is decided by libcrypto, by the table behind its provider's cipher. */
#include "crypto/openssl.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <cipher_aes.h>
#include <cipher_aes_gcm.h>
#include <crypto/chacha.h>
#include <crypto/poly1305.h>

#include "crypto/openssl_digest.h"

enum { TAG = 16, NONCE = 12, BLOCK = 64 };

/* libcrypto counts in 32 bits and from then on begins anew; the words 12 and 13 of the original form
 * are one counter (of blocks), and 14 and 15 its nonce. */
bool chacha20_xor(uint8_t *to, const uint8_t *from, size_t n, const uint8_t nonce[8],
                  uint64_t counter, const uint8_t key[32])
{
    unsigned key_words[8], words[4];
    for (size_t i = 0; i < 8; i++)
        key_words[i] = CHACHA_U8TOU32(key + 4 * i);
    words[2] = CHACHA_U8TOU32(nonce);
    words[3] = CHACHA_U8TOU32(nonce + 4);
    while (n > 0) {
        uint64_t until_carry = (((uint64_t)1 << 32) - (uint32_t)counter) * BLOCK;
        size_t some = n < until_carry ? n : (size_t)until_carry;
        words[0] = (unsigned)counter;
        words[1] = (unsigned)(counter >> 32);
        ChaCha20_ctr32(to, from, some, key_words, words);
        counter += some / BLOCK;
        to += some;
        from += some;
        n -= some;
    }
    crypto_wipe(key_words, sizeof key_words);
    return true;
}

/* The last of these three wipes the state. */
bool poly1305(uint8_t tag[TAG], const uint8_t *p, size_t n, const uint8_t key[32])
{
    POLY1305 state;
    Poly1305_Init(&state, key);
    Poly1305_Update(&state, p, n);
    Poly1305_Final(&state, tag);
    return true;
}

void chacha20_poly1305_forget(void)
{
}

/* --- AES-GCM. Every CPU can: where it has no instructions for it, libcrypto has code. --- */

bool aes_gcm_here(void)
{
    return true;
}

static bool aes_key_size(size_t key_n)
{
    return key_n == 32 || key_n == 16;
}

bool aes_gcm_start(struct aes_gcm *g, const uint8_t *key, size_t key_n)
{
    PROV_AES_GCM_CTX *c = aes_key_size(key_n) ? OPENSSL_zalloc(sizeof *c) : NULL;
    openssl_hold(g->opaque, c);
    if (c == NULL)
        return false;
    c->base.hw = ossl_prov_aes_hw_gcm(8 * key_n);
    c->base.keylen = key_n;
    c->base.ivlen = NONCE;
    if (c->base.hw->setkey(&c->base, key, key_n) == 1)
        return true;
    aes_gcm_stop(g);
    return false;
}

void aes_gcm_stop(struct aes_gcm *g)
{
    OPENSSL_clear_free(openssl_held(g->opaque), sizeof(PROV_AES_GCM_CTX));
    openssl_hold(g->opaque, NULL);
}

/* `tag` is written, or compared in constant time. */
static bool gcm_packet(struct aes_gcm *g, bool seal, uint8_t tag[TAG], uint8_t *p, size_t n,
                       struct span ad, const uint8_t nonce[NONCE])
{
    PROV_GCM_CTX *c = openssl_held(g->opaque);
    c->enc = seal;
    return c->hw->setiv(c, nonce, NONCE) == 1 &&
           c->hw->oneshot(c, (uint8_t *)(uintptr_t)ad.p, ad.n, p, n, p, tag, TAG) == 1;
}

bool aes_gcm_seal(struct aes_gcm *g, uint8_t tag[TAG], uint8_t *p, size_t n, struct span ad,
                  const uint8_t nonce[NONCE])
{
    return gcm_packet(g, true, tag, p, n, ad, nonce);
}

bool aes_gcm_open(struct aes_gcm *g, const uint8_t tag[TAG], uint8_t *p, size_t n, struct span ad,
                  const uint8_t nonce[NONCE])
{
    uint8_t expected[TAG];
    memcpy(expected, tag, TAG);
    bool good = gcm_packet(g, false, expected, p, n, ad, nonce);
    if (!good)
        memset(p, 0, n); /* libcrypto decrypts before it verifies */
    return good;
}

/* --- AES-CTR --- */

bool aes_ctr_start(struct aes_ctr *c, const uint8_t *key, size_t key_n)
{
    PROV_AES_CTX *a = aes_key_size(key_n) ? OPENSSL_zalloc(sizeof *a) : NULL;
    openssl_hold(c->opaque, a);
    if (a == NULL)
        return false;
    a->base.mode = EVP_CIPH_CTR_MODE;
    a->base.enc = 1;
    a->base.keylen = key_n;
    a->base.ivlen = AES_BLOCK_SIZE;
    a->base.hw = ossl_prov_cipher_hw_aes_ctr(8 * key_n);
    if (a->base.hw->init(&a->base, key, key_n) == 1)
        return true;
    aes_ctr_stop(c);
    return false;
}

void aes_ctr_stop(struct aes_ctr *c)
{
    OPENSSL_clear_free(openssl_held(c->opaque), sizeof(PROV_AES_CTX));
    openssl_hold(c->opaque, NULL);
}

bool aes_ctr_xor(struct aes_ctr *c, uint8_t *to, const uint8_t *from, size_t n,
                 const uint8_t counter[16])
{
    PROV_CIPHER_CTX *a = openssl_held(c->opaque);
    memcpy(a->iv, counter, AES_BLOCK_SIZE);
    a->num = 0; /* nothing is left of a block of before */
    return a->hw->cipher(a, to, from, n) == 1;
}

/* --- HMAC --- */

bool hmac_start(struct hmac *h, enum hash hash, const uint8_t *key)
{
    const EVP_MD *digest = hash == HASH_SHA512 ? &openssl_sha512 : &openssl_sha256;
    HMAC_CTX *c = HMAC_CTX_new();
    if (c != NULL && HMAC_Init_ex(c, key, hash, digest, NULL) != 1) {
        HMAC_CTX_free(c);
        c = NULL;
    }
    openssl_hold(h->opaque, c);
    return c != NULL;
}

void hmac_stop(struct hmac *h)
{
    HMAC_CTX_free(openssl_held(h->opaque));
    openssl_hold(h->opaque, NULL);
}

/* No key: the one it has. */
bool hmac_tag(struct hmac *h, uint8_t *tag, struct span first, struct span second)
{
    HMAC_CTX *c = openssl_held(h->opaque);
    return HMAC_Init_ex(c, NULL, 0, NULL, NULL) == 1 && HMAC_Update(c, first.p, first.n) == 1 &&
           HMAC_Update(c, second.p, second.n) == 1 && HMAC_Final(c, tag, NULL) == 1;
}
