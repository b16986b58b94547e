/* A FIDO key without a token, for tests: the middleware that OpenSSH loads (its PROTOCOL.u2f and sk-api.h,
 * version 10 of that interface; the declarations here are our own). It signs in software, and the key handle
 * is the seed, so nothing about it is secret.
 *
 *   ssh-keygen -t ed25519-sk -w ./sk -N '' -f FILE; ssh -o SecurityKeyProvider=./sk -i FILE …
 *
 * NANO_SK_FLAGS, a number, is put into the signature instead of the flags asked for: 0 nobody touched it, 1
 * touched, 4 verified without a touch, 5 touched and verified. */
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ED25519 = 1, UNSUPPORTED = -2, GENERAL = -1 };

struct sk_option;

struct sk_enroll_response {
    uint8_t flags;
    uint8_t *public_key;
    size_t public_key_len;
    uint8_t *key_handle;
    size_t key_handle_len;
    uint8_t *signature;
    size_t signature_len;
    uint8_t *attestation_cert;
    size_t attestation_cert_len;
    uint8_t *authdata;
    size_t authdata_len;
};

struct sk_sign_response {
    uint8_t flags;
    uint32_t counter;
    uint8_t *sig_r;
    size_t sig_r_len;
    uint8_t *sig_s;
    size_t sig_s_len;
};

uint32_t sk_api_version(void);
int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
              uint8_t flags, const char *pin, struct sk_option **options,
              struct sk_enroll_response **response);
int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
            const uint8_t *key_handle, size_t key_handle_len, uint8_t flags, const char *pin,
            struct sk_option **options, struct sk_sign_response **response);
int sk_load_resident_keys(const char *pin, struct sk_option **options, void ***keys, size_t *n);

uint32_t sk_api_version(void)
{
    return 0x000a0000;
}

int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
              uint8_t flags, const char *pin, struct sk_option **options,
              struct sk_enroll_response **response)
{
    (void)challenge, (void)challenge_len, (void)application, (void)pin, (void)options;
    if (alg != ED25519)
        return UNSUPPORTED;
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    struct sk_enroll_response *r = calloc(1, sizeof *r);
    if (sodium_init() < 0 || !r || !(r->public_key = malloc(32)) || !(r->key_handle = malloc(32)) ||
        !(r->signature = calloc(1, 1)) || !(r->authdata = calloc(1, 1)))
        return GENERAL;
    r->flags = flags;
    randombytes_buf(r->key_handle, 32);
    crypto_sign_seed_keypair(r->public_key, secret, r->key_handle);
    r->public_key_len = r->key_handle_len = 32;
    *response = r;
    return 0;
}

int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
            const uint8_t *key_handle, size_t key_handle_len, uint8_t flags, const char *pin,
            struct sk_option **options, struct sk_sign_response **response)
{
    (void)pin, (void)options;
    struct sk_sign_response *r = calloc(1, sizeof *r);
    if (alg != ED25519 || key_handle_len != 32 || sodium_init() < 0 || !r ||
        !(r->sig_r = malloc(64)))
        return GENERAL;
    const char *forced = getenv("NANO_SK_FLAGS");
    r->flags = forced ? (uint8_t)atoi(forced) : flags;
    r->counter = 0x12345678;
    r->sig_r_len = 64;

    /* what a token signs: its application's hash, flags, counter, the hash of what is asked to be signed */
    uint8_t public[32], secret[64], message[32 + 1 + 4 + 32];
    crypto_hash_sha256(message, (const uint8_t *)application, strlen(application));
    message[32] = r->flags;
    for (int i = 0; i < 4; i++)
        message[33 + i] = (uint8_t)(r->counter >> (24 - 8 * i));
    crypto_hash_sha256(message + 37, data, data_len);
    crypto_sign_seed_keypair(public, secret, key_handle);
    crypto_sign_detached(r->sig_r, NULL, message, sizeof message, secret);
    *response = r;
    return 0;
}

int sk_load_resident_keys(const char *pin, struct sk_option **options, void ***keys, size_t *n)
{
    (void)pin, (void)options, (void)keys, (void)n;
    return UNSUPPORTED;
}
