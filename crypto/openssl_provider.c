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
#include <openssl/provider.h>
#include <openssl/rand.h>

extern const OSSL_DISPATCH ossl_chacha20_functions[], ossl_aes256gcm_functions[],
    ossl_aes128gcm_functions[], ossl_aes256ctr_functions[], ossl_aes128ctr_functions[],
    ossl_poly1305_functions[], ossl_hmac_functions[], ossl_seed_src_functions[];

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

/* Each request is one to the kernel. */
static const OSSL_ALGORITHM random_numbers[] = {
    { "SEED-SRC", "", ossl_seed_src_functions, NULL },
    { NULL, NULL, NULL, NULL },
};

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

static int start(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *core_functions,
                 const OSSL_DISPATCH **out, void **context)
{
    (void)core, (void)core_functions;
    *out = functions;
    *context = NULL;
    return 1;
}

/* libcrypto's own use of random numbers (nonces of ECDSA, blinding of RSA, keys of ECDH). */
static bool random_start(void)
{
    EVP_RAND *seed = EVP_RAND_fetch(NULL, "SEED-SRC", NULL);
    EVP_RAND_CTX *public = EVP_RAND_CTX_new(seed, NULL), *private = EVP_RAND_CTX_new(seed, NULL);
    EVP_RAND_free(seed);
    return public != NULL && private != NULL &&
           EVP_RAND_instantiate(public, 0, 0, NULL, 0, NULL) == 1 &&
           EVP_RAND_instantiate(private, 0, 0, NULL, 0, NULL) == 1 &&
           RAND_set0_public(NULL, public) == 1 && RAND_set0_private(NULL, private) == 1;
}

bool openssl_provider_start(void)
{
    return OSSL_PROVIDER_add_builtin(NULL, "nano", start) == 1 &&
           OSSL_PROVIDER_load(NULL, "nano") != NULL && random_start();
}
