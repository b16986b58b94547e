/* Where libcrypto's EVP finds its algorithms: a provider with those that are used, instead of
 * libcrypto's own "default" one, which has all there are and so would link them all.
 *
 * The interface between EVP and a provider is public (provider(7)). Not public are the names of the
 * tables with the implementations, here and where the build names its own (openssl_all.c, both.c):
 * they are those of providers/implementations/include/prov/implementations.h in the version that
 * deps/pins names. A name that a later version does not have stops the link. These implementations
 * take a context of their provider's, from which they only ask for the library context: NULL is the
 * default one. */
#include "crypto/openssl.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

extern const OSSL_DISPATCH ossl_chacha20_functions[], ossl_aes256gcm_functions[],
    ossl_aes128gcm_functions[], ossl_aes256ctr_functions[], ossl_aes128ctr_functions[],
    ossl_poly1305_functions[], ossl_hmac_functions[];

static const OSSL_ALGORITHM ciphers[] = {
    { "ChaCha20", "", ossl_chacha20_functions, NULL },
    { "AES-256-GCM", "", ossl_aes256gcm_functions, NULL },
    { "AES-128-GCM", "", ossl_aes128gcm_functions, NULL },
    { "AES-256-CTR", "", ossl_aes256ctr_functions, NULL },
    { "AES-128-CTR", "", ossl_aes128ctr_functions, NULL },
    { NULL, NULL, NULL, NULL },
};

static const OSSL_ALGORITHM macs[] = {
    { "POLY1305", "", ossl_poly1305_functions, NULL },
    { "HMAC", "", ossl_hmac_functions, NULL },
    { NULL, NULL, NULL, NULL },
};

/* --- random numbers: the kernel's, asked for each time, with no state that a fork() could double.
 * libcrypto wants them for nonces of ECDSA, blinding in RSA and ECDH, and keys of ECDH; its own
 * source falls back to devices and waits by means of shared memory. --- */

static void *random_new(void *context, void *parent, const OSSL_DISPATCH *parents)
{
    static char one;
    (void)context, (void)parent, (void)parents;
    return &one;
}

static void random_free(void *r)
{
    (void)r;
}

static int random_start(void *r, unsigned strength, int fresh, const unsigned char *name,
                        size_t name_n, const OSSL_PARAM *parameters)
{
    (void)r, (void)strength, (void)fresh, (void)name, (void)name_n, (void)parameters;
    return 1;
}

static int random_stop(void *r)
{
    (void)r;
    return 1;
}

static int random_get(void *r, unsigned char *to, size_t n, unsigned strength, int fresh,
                      const unsigned char *more, size_t more_n)
{
    (void)r, (void)strength, (void)fresh, (void)more, (void)more_n;
    crypto_random(to, n);
    return 1;
}

static int random_about(void *r, OSSL_PARAM *wanted)
{
    OSSL_PARAM *p;
    (void)r;
    if ((p = OSSL_PARAM_locate(wanted, OSSL_RAND_PARAM_STATE)) != NULL &&
        OSSL_PARAM_set_int(p, EVP_RAND_STATE_READY) != 1)
        return 0;
    if ((p = OSSL_PARAM_locate(wanted, OSSL_RAND_PARAM_STRENGTH)) != NULL &&
        OSSL_PARAM_set_uint(p, 256) != 1)
        return 0;
    if ((p = OSSL_PARAM_locate(wanted, OSSL_RAND_PARAM_MAX_REQUEST)) != NULL &&
        OSSL_PARAM_set_size_t(p, SIZE_MAX) != 1)
        return 0;
    return 1;
}

static const OSSL_DISPATCH random_functions[] = {
    { OSSL_FUNC_RAND_NEWCTX, (void (*)(void))random_new },
    { OSSL_FUNC_RAND_FREECTX, (void (*)(void))random_free },
    { OSSL_FUNC_RAND_INSTANTIATE, (void (*)(void))random_start },
    { OSSL_FUNC_RAND_UNINSTANTIATE, (void (*)(void))random_stop },
    { OSSL_FUNC_RAND_GENERATE, (void (*)(void))random_get },
    { OSSL_FUNC_RAND_GET_CTX_PARAMS, (void (*)(void))random_about },
    OSSL_DISPATCH_END,
};

static const OSSL_ALGORITHM random_numbers[] = {
    { "KERNEL", "", random_functions, NULL },
    { NULL, NULL, NULL, NULL },
};

/* Both of libcrypto's generators, for what is public and for what is secret. */
static bool random_install(void)
{
    EVP_RAND *kernel = EVP_RAND_fetch(NULL, "KERNEL", NULL);
    EVP_RAND_CTX *public = EVP_RAND_CTX_new(kernel, NULL);
    EVP_RAND_CTX *private = EVP_RAND_CTX_new(kernel, NULL);
    EVP_RAND_free(kernel);
    return public != NULL && private != NULL &&
           EVP_RAND_instantiate(public, 0, 0, NULL, 0, NULL) == 1 &&
           EVP_RAND_instantiate(private, 0, 0, NULL, 0, NULL) == 1 &&
           RAND_set0_public(NULL, public) == 1 && RAND_set0_private(NULL, private) == 1;
}

/* --- the provider --- */

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_store)
{
    (void)context;
    *no_store = 0;
    switch (operation) {
    case OSSL_OP_DIGEST:
        return openssl_digests;
    case OSSL_OP_CIPHER:
        return ciphers;
    case OSSL_OP_MAC:
        return macs;
    case OSSL_OP_RAND:
        return random_numbers;
    case OSSL_OP_KEYMGMT:
        return openssl_key_types;
    case OSSL_OP_KEYEXCH:
        return openssl_exchanges;
    case OSSL_OP_KEM:
        return openssl_kems;
    case OSSL_OP_SIGNATURE:
        return openssl_signatures;
    default:
        return NULL;
    }
}

static const OSSL_DISPATCH functions[] = {
    { OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query },
    OSSL_DISPATCH_END,
};

static int provider_start(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *core_functions,
                          const OSSL_DISPATCH **out, void **context)
{
    (void)core, (void)core_functions;
    *out = functions;
    *context = NULL;
    return 1;
}

bool openssl_provider_start(void)
{
    return OSSL_PROVIDER_add_builtin(NULL, "nano", provider_start) == 1 &&
           OSSL_PROVIDER_load(NULL, "nano") != NULL && random_install();
}
