/* Known answers of the start-up self-test, shared by the rows' files. */
#ifndef CRYPTO_KNOWN_H
#define CRYPTO_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

/* Bytes without a pattern that an error could keep: none is above 0x77, so that they also make a
 * reduced ML-KEM key. */
void known_input(uint8_t *to, size_t n, unsigned salt);

/* Whether SHA-256 of `data` begins with `answer`. */
bool known_answer(struct span data, const uint8_t answer[8]);

#endif
