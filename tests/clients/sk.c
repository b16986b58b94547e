/* FIDO keys without a token, for tests: the middleware that OpenSSH loads (its PROTOCOL.u2f and
 * sk-api.h, version 10 of that interface; the declarations here are our own). It signs in software,
 * and the key handle is the private key, so nothing about it is secret.
 *
 *   ssh-keygen -t ed25519-sk -w ./sk -N '' -f FILE          also ecdsa-sk
 *   ssh -o SecurityKeyProvider=./sk -i FILE …
 *
 * NANO_SK_FLAGS, a number, is put into the signature instead of the flags asked for: 0 nobody touched
 * it, 1 touched, 4 verified without a touch, 5 touched and verified. */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ECDSA = 0, ED25519 = 1, GENERAL = -1, UNSUPPORTED = -2 };
enum { SIGNED = 32 + 1 + 4 + 32 };

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

static uint8_t *copy(const void *p, size_t n, size_t *length)
{
    uint8_t *to = malloc(n);
    if (to == NULL)
        abort();
    *length = n;
    return memcpy(to, p, n);
}

int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
              uint8_t flags, const char *pin, struct sk_option **options,
              struct sk_enroll_response **response)
{
    (void)challenge, (void)challenge_len, (void)application, (void)pin, (void)options;
    uint8_t public[65], *handle = NULL;
    size_t n = sizeof public;
    struct sk_enroll_response *r = calloc(1, sizeof *r);
    EVP_PKEY *key = alg == ECDSA     ? EVP_EC_gen("P-256")
                    : alg == ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                                     : NULL;
    if (r == NULL || key == NULL)
        return UNSUPPORTED;
    int good = alg == ECDSA ? EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, public,
                                                              sizeof public, &n)
                            : EVP_PKEY_get_raw_public_key(key, public, &n);
    int handle_n = i2d_PrivateKey(key, &handle);
    if (!good || handle_n <= 0)
        return GENERAL;
    r->flags = flags;
    r->public_key = copy(public, n, &r->public_key_len);
    r->key_handle = copy(handle, (size_t)handle_n, &r->key_handle_len);
    r->signature = copy("", 1, &r->signature_len); /* of the maker's, which nobody asks for */
    r->authdata = copy("", 1, &r->authdata_len);
    OPENSSL_free(handle);
    EVP_PKEY_free(key);
    *response = r;
    return 0;
}

/* OpenSSH wants the two numbers of an ECDSA signature. */
static int take_numbers(struct sk_sign_response *r, const uint8_t *der, size_t n)
{
    uint8_t number[32];
    ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &der, (long)n);
    if (s == NULL)
        return 0;
    BN_bn2binpad(ECDSA_SIG_get0_r(s), number, sizeof number);
    r->sig_r = copy(number, sizeof number, &r->sig_r_len);
    BN_bn2binpad(ECDSA_SIG_get0_s(s), number, sizeof number);
    r->sig_s = copy(number, sizeof number, &r->sig_s_len);
    ECDSA_SIG_free(s);
    return 1;
}

static int sign(struct sk_sign_response *r, uint32_t alg, EVP_PKEY *key, const uint8_t *message)
{
    uint8_t signature[80];
    size_t n = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const EVP_MD *hash = alg == ECDSA ? EVP_sha256() : NULL;
    int good = EVP_DigestSignInit(context, NULL, hash, NULL, key) == 1 &&
               EVP_DigestSign(context, signature, &n, message, SIGNED) == 1;
    EVP_MD_CTX_free(context);
    if (good && alg == ECDSA)
        return take_numbers(r, signature, n);
    if (good)
        r->sig_r = copy(signature, n, &r->sig_r_len);
    return good;
}

int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
            const uint8_t *key_handle, size_t key_handle_len, uint8_t flags, const char *pin,
            struct sk_option **options, struct sk_sign_response **response)
{
    (void)pin, (void)options;
    const char *forced = getenv("NANO_SK_FLAGS");
    struct sk_sign_response *r = calloc(1, sizeof *r);
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &key_handle, (long)key_handle_len);
    if (r == NULL || key == NULL)
        return GENERAL;
    r->flags = forced ? (uint8_t)atoi(forced) : flags;
    r->counter = 0x12345678;

    /* what a token signs: its application's hash, flags, counter, the hash of what ssh has */
    uint8_t message[SIGNED];
    SHA256((const uint8_t *)application, strlen(application), message);
    message[32] = r->flags;
    for (int i = 0; i < 4; i++)
        message[33 + i] = (uint8_t)(r->counter >> (24 - 8 * i));
    SHA256(data, data_len, message + 37);
    int good = sign(r, alg, key, message);
    EVP_PKEY_free(key);
    *response = r;
    return good ? 0 : GENERAL;
}

int sk_load_resident_keys(const char *pin, struct sk_option **options, void ***keys, size_t *n)
{
    (void)pin, (void)options, (void)keys, (void)n;
    return UNSUPPORTED;
}
