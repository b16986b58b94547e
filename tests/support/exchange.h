/* Recorded exchanges with OpenSSH (tests/crypto/openssh_exchange.h) gone through again with our own
 * parts: secret, exchange hash, signature, keys, and every packet in both directions. */
#ifndef TESTS_SUPPORT_EXCHANGE_H
#define TESTS_SUPPORT_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto/algorithm.h"

/* Every recorded exchange whose cipher and kind of host key are in these tables, which end in NULL;
 * what comes out wrong fails the test. How many exchanges that were. */
size_t exchanges_check(const struct cipher *const *ciphers,
                       const struct user_key_type *const *keys);

#endif
