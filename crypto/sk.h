/* Keys that live in a FIDO token (OpenSSH's PROTOCOL.u2f): what such a token really signs. */
#ifndef CRYPTO_SK_H
#define CRYPTO_SK_H

#include "base/wire.h"
#include "crypto/algorithm.h"

#define SK_SIGNED 69 /* SHA-256 of the application, flags, counter, SHA-256 of the message */

/* Takes flags and counter, the rest of a signature blob, from `r`. */
void sk_signed(uint8_t to[SK_SIGNED], struct reader *r, struct span application,
               struct span message, struct presence *token);

#endif
