/* One of each: what every client of the last ten years has. */
#include <stddef.h>

#include "profile/profile.h"

static const struct kex *const kex[] = { &kex_curve25519, &kex_curve25519_libssh, NULL };
static const struct host_key_type *const host_keys[] = { &host_key_ed25519, NULL };
static const struct cipher *const ciphers[] = { &cipher_chachapoly, NULL };
static const struct user_key_type *const user_keys[] = { &user_key_ed25519, NULL };

const struct algorithms profile_algorithms = { kex, host_keys, ciphers, user_keys };
