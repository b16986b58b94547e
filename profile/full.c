/* Everything there is. */
#include <stddef.h>

#include "profile/profile.h"

static const struct kex *const kex[] = {
    &kex_mlkem768x25519,
    &kex_curve25519,
    &kex_curve25519_libssh,
    NULL,
};
static const struct host_key_type *const host_keys[] = {
    &host_key_ed25519_cert,
    &host_key_ed25519,
    NULL,
};
static const struct cipher *const ciphers[] = { &cipher_chachapoly, &cipher_aes256gcm, NULL };
static const struct user_key_type *const user_keys[] = {
    &user_key_ed25519,
    &user_key_ed25519_cert,
    &user_key_sk_ed25519,
    &user_key_sk_ed25519_cert,
    NULL,
};

const struct algorithms profile_algorithms = { kex, host_keys, ciphers, user_keys };
