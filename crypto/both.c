/* CRYPTO=both: libsodium answers the first half of crypto.h (keys, key exchange, hashes), libcrypto
 * the second (ciphers and what only it has). What there is to start, and what is asked of
 * libcrypto's provider beside the ciphers (openssl_provider.c). */
#include "crypto/openssl.h"

#include <openssl/opensslv.h>
#include <sodium.h>

const char crypto_provider[] = "libsodium " SODIUM_VERSION_STRING ", OpenSSL " OPENSSL_VERSION_STR;

size_t crypto_memory(size_t connections)
{
    return openssl_memory(connections);
}

bool crypto_start(void *memory, size_t n)
{
    return sodium_init() >= 0 && openssl_start(memory, n);
}

extern const OSSL_DISPATCH ossl_sha256_functions[], ossl_sha512_functions[],
    ossl_ec_keymgmt_functions[], ossl_rsa_keymgmt_functions[], ossl_ecdh_keyexch_functions[],
    ossl_ecdsa_sha256_signature_functions[], ossl_rsa_sha256_signature_functions[],
    ossl_rsa_sha512_signature_functions[];

const OSSL_ALGORITHM openssl_digests[] = {
    { "SHA2-256:SHA256", "", ossl_sha256_functions, NULL },
    { "SHA2-512:SHA512", "", ossl_sha512_functions, NULL },
    { NULL, NULL, NULL, NULL },
};

const OSSL_ALGORITHM openssl_key_types[] = {
    { "EC", "", ossl_ec_keymgmt_functions, NULL },
    { "RSA", "", ossl_rsa_keymgmt_functions, NULL },
    { NULL, NULL, NULL, NULL },
};

const OSSL_ALGORITHM openssl_exchanges[] = {
    { "ECDH", "", ossl_ecdh_keyexch_functions, NULL },
    { NULL, NULL, NULL, NULL },
};

const OSSL_ALGORITHM openssl_kems[] = {
    { NULL, NULL, NULL, NULL },
};

const OSSL_ALGORITHM openssl_signatures[] = {
    { "ECDSA-SHA2-256", "", ossl_ecdsa_sha256_signature_functions, NULL },
    { "RSA-SHA2-256", "", ossl_rsa_sha256_signature_functions, NULL },
    { "RSA-SHA2-512", "", ossl_rsa_sha512_signature_functions, NULL },
    { NULL, NULL, NULL, NULL },
};
