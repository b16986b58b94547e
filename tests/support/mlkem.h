/* ML-KEM-768 (FIPS 203), the client's half: a key and what was encapsulated to it. Plain and slow, and
 * nothing of it is any provider's, so that a mistake there cannot cancel itself. */
#ifndef TESTS_SUPPORT_MLKEM_H
#define TESTS_SUPPORT_MLKEM_H

#include <stdint.h>

enum { MLKEM_KEY = 1184, MLKEM_SECRET = 2400, MLKEM_CIPHERTEXT = 1088 };

/* `seed` is d and z (FIPS 203 section 7.1). */
void mlkem_keys(uint8_t key[MLKEM_KEY], uint8_t secret[MLKEM_SECRET], const uint8_t seed[64]);
/* Never fails: a ciphertext that was tampered with gives a secret that nobody else has. */
void mlkem_decapsulate(uint8_t shared[32], const uint8_t ciphertext[MLKEM_CIPHERTEXT],
                       const uint8_t secret[MLKEM_SECRET]);

#endif
