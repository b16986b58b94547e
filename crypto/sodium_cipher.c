/* The ciphers of crypto.h answered by libsodium. */
#include "crypto/crypto.h"
#include "crypto/sodium.h"

#include <sodium.h>

bool chacha20_xor(uint8_t *to, const uint8_t *from, size_t n, const uint8_t nonce[8],
                  uint64_t counter, const uint8_t key[32])
{
    return crypto_stream_chacha20_xor_ic(to, from, n, nonce, counter, key) == 0;
}

bool poly1305(uint8_t tag[16], const uint8_t *p, size_t n, const uint8_t key[32])
{
    return crypto_onetimeauth_poly1305(tag, p, n, key) == 0;
}

/* libsodium keeps nothing. */
void chacha20_poly1305_forget(void)
{
}

_Static_assert(sizeof(struct aes_gcm) >= sizeof(crypto_aead_aes256gcm_state), "state too small");
_Static_assert(alignof(struct aes_gcm) >= alignof(crypto_aead_aes256gcm_state), "state alignment");

static crypto_aead_aes256gcm_state *gcm_of(struct aes_gcm *g)
{
    return (crypto_aead_aes256gcm_state *)(void *)g->opaque;
}

bool aes_gcm_here(void)
{
    sodium_know_cpu();
    return crypto_aead_aes256gcm_is_available() == 1;
}

bool aes_gcm_start(struct aes_gcm *g, const uint8_t *key, size_t key_n)
{
    return key_n == crypto_aead_aes256gcm_KEYBYTES &&
           crypto_aead_aes256gcm_beforenm(gcm_of(g), key) == 0;
}

void aes_gcm_stop(struct aes_gcm *g)
{
    sodium_memzero(g, sizeof *g);
}

bool aes_gcm_seal(struct aes_gcm *g, uint8_t tag[16], uint8_t *p, size_t n, struct span ad,
                  const uint8_t nonce[12])
{
    return crypto_aead_aes256gcm_encrypt_detached_afternm(p, tag, NULL, p, n, ad.p, ad.n, NULL,
                                                          nonce, gcm_of(g)) == 0;
}

bool aes_gcm_open(struct aes_gcm *g, const uint8_t tag[16], uint8_t *p, size_t n, struct span ad,
                  const uint8_t nonce[12])
{
    return crypto_aead_aes256gcm_decrypt_detached_afternm(p, NULL, p, n, tag, ad.p, ad.n, nonce,
                                                          gcm_of(g)) == 0;
}
