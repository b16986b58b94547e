/* Everything there is, with libcrypto: also what older clients want. */
#include <stddef.h>

#include "profile/profile.h"

static const struct kex *const kex[] = {
    &kex_mlkem768x25519, &kex_curve25519, &kex_curve25519_libssh, &kex_nistp256, NULL,
};
static const struct host_key_type *const host_keys[] = {
    &host_key_ed25519_cert, &host_key_nistp256_cert, &host_key_rsa512_cert,
    &host_key_rsa256_cert,  &host_key_ed25519,       &host_key_nistp256,
    &host_key_rsa512,       &host_key_rsa256,        NULL,
};
static const struct cipher *const ciphers[] = {
    &cipher_chachapoly,       &cipher_aes256gcm,
    &cipher_aes128gcm,        &cipher_aes256ctr_etm256,
    &cipher_aes256ctr_etm512, &cipher_aes256ctr_mac256,
    &cipher_aes128ctr_etm256, &cipher_aes128ctr_etm512,
    &cipher_aes128ctr_mac256, NULL,
};
static const struct user_key_type *const user_keys[] = {
    &user_key_ed25519,
    &user_key_ed25519_cert,
    &user_key_sk_ed25519,
    &user_key_sk_ed25519_cert,
    &user_key_nistp256,
    &user_key_nistp256_cert,
    &user_key_sk_nistp256,
    &user_key_sk_nistp256_cert,
    &user_key_rsa512,
    &user_key_rsa512_cert,
    &user_key_rsa256,
    &user_key_rsa256_cert,
    NULL,
};

const struct algorithms profile_algorithms = { kex, host_keys, ciphers, user_keys };
