/* One of each: what a client of today logs in with, and no more. The front is hello/. */
#include <stddef.h>

#include "profile/profile.h"

const char profile_name[] = "hello";

static const struct kex *const kex[] = { &kex_curve25519, NULL };
static const struct host_key_type *const host_keys[] = { &host_key_ed25519, NULL };
static const struct cipher *const ciphers[] = { &cipher_chachapoly, NULL };
static const struct user_key_type *const user_keys[] = { &user_key_ed25519, NULL };

const struct algorithms profile_algorithms = { kex, host_keys, ciphers, user_keys };
