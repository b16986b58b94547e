/* Random bytes are ours (random.h), not those that libsodium has a choice of. sodium_init() asks for the first, and for those
 * that guarded memory, which nobody asks for here, would be recognized by. For the static ELF only, as sodium_trim.c. */
#include <stdint.h>

#include <sodium.h>

#include "crypto/random.h"

void randombytes_stir(void)
{
    uint8_t first;
    random_bytes(&first, sizeof first);
}

void randombytes_buf(void *const to, const size_t n)
{
    random_bytes(to, n);
}
