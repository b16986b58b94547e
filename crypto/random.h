/* Random bytes of the kernel's, asked for each time: there is no state that a fork() could double. For the providers. */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include <stddef.h>

void random_bytes(void *to,
                  size_t n); /* waits for entropy; where the kernel gives none the process ends */

#endif
