/* CRYPTO=openssl: libcrypto answers all of crypto.h. What there is to start, and what is asked of
 * libcrypto's provider beside the ciphers (openssl_provider.c). */
#include "crypto/openssl.h"

#include <openssl/opensslv.h>

const char crypto_provider[] = "OpenSSL " OPENSSL_VERSION_STR;

size_t crypto_memory(size_t connections)
{
    return openssl_memory(connections);
}

bool crypto_start(void *memory, size_t n)
{
    return openssl_start(memory, n);
}

extern const OSSL_DISPATCH ossl_sha256_functions[], ossl_sha512_functions[],
    ossl_sha3_256_functions[], ossl_sha3_512_functions[], ossl_shake_128_functions[],
    ossl_shake_256_functions[];

/* SHA-3 and SHAKE are ML-KEM's. */
const OSSL_ALGORITHM openssl_digests[] = {
    { "SHA2-256:SHA256", "", ossl_sha256_functions, NULL },
    { "SHA2-512:SHA512", "", ossl_sha512_functions, NULL },
    { "SHA3-256", "", ossl_sha3_256_functions, NULL },
    { "SHA3-512", "", ossl_sha3_512_functions, NULL },
    { "SHAKE-128:SHAKE128", "", ossl_shake_128_functions, NULL },
    { "SHAKE-256:SHAKE256", "", ossl_shake_256_functions, NULL },
    { NULL, NULL, NULL, NULL },
};

extern const OSSL_DISPATCH ossl_x25519_keymgmt_functions[], ossl_ed25519_keymgmt_functions[],
    ossl_ml_kem_768_keymgmt_functions[], ossl_ec_keymgmt_functions[], ossl_rsa_keymgmt_functions[];

const OSSL_ALGORITHM openssl_key_types[] = {
    { "X25519", "", ossl_x25519_keymgmt_functions, NULL },
    { "ED25519", "", ossl_ed25519_keymgmt_functions, NULL },
    { "ML-KEM-768", "", ossl_ml_kem_768_keymgmt_functions, NULL },
    { "EC", "", ossl_ec_keymgmt_functions, NULL },
    { "RSA", "", ossl_rsa_keymgmt_functions, NULL },
    { NULL, NULL, NULL, NULL },
};

extern const OSSL_DISPATCH ossl_x25519_keyexch_functions[], ossl_ecdh_keyexch_functions[];

const OSSL_ALGORITHM openssl_exchanges[] = {
    { "X25519", "", ossl_x25519_keyexch_functions, NULL },
    { "ECDH", "", ossl_ecdh_keyexch_functions, NULL },
    { NULL, NULL, NULL, NULL },
};

extern const OSSL_DISPATCH ossl_ml_kem_asym_kem_functions[];

const OSSL_ALGORITHM openssl_kems[] = {
    { "ML-KEM-768", "", ossl_ml_kem_asym_kem_functions, NULL },
    { NULL, NULL, NULL, NULL },
};

extern const OSSL_DISPATCH ossl_ed25519_signature_functions[],
    ossl_ecdsa_sha256_signature_functions[], ossl_rsa_sha256_signature_functions[],
    ossl_rsa_sha512_signature_functions[];

const OSSL_ALGORITHM openssl_signatures[] = {
    { "ED25519", "", ossl_ed25519_signature_functions, NULL },
    { "ECDSA-SHA2-256", "", ossl_ecdsa_sha256_signature_functions, NULL },
    { "RSA-SHA2-256", "", ossl_rsa_sha256_signature_functions, NULL },
    { "RSA-SHA2-512", "", ossl_rsa_sha512_signature_functions, NULL },
    { NULL, NULL, NULL, NULL },
};
