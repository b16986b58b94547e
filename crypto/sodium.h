/* Between the files that answer crypto.h with libsodium. */
#ifndef CRYPTO_SODIUM_H
#define CRYPTO_SODIUM_H

/* For crypto_provider: which objects are not the library's own, from the Makefile (docs/compact.md). */
#ifndef SODIUM_DERIVED
#define SODIUM_DERIVED ""
#endif

/* Before it is asked what this CPU can do. Where sodium_init() is called, nothing is left to be done. */
void sodium_know_cpu(void);

#endif
