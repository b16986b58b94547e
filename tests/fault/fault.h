/* Library calls that fail on demand. In the provider's objects, and only there, the linker leads each
 * call of a function in the provider's list (--wrap) to a wrapper that wrap.awk made from it. */
#ifndef TESTS_FAULT_FAULT_H
#define TESTS_FAULT_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* ECDH_compute_key()'s last argument: a comma within one is more than wrap.awk reads. */
typedef void *(*fault_kdf)(const void *in, size_t in_n, void *out, size_t *out_n);

struct fault {
    const char *name;
    bool at_start;      /* only crypto_start() calls it */
    unsigned calls;     /* of the scenario that runs, while it was watched */
    unsigned long ever; /* of all scenarios */
};

extern struct fault faults[];              /* the last one has no name */
extern const char *const fault_unlisted[]; /* what the provider calls and the list has not … */
extern const char *const fault_uncalled[]; /* … and the other way round; both end in NULL */

/* Asked by the wrapper of faults[which], once a call. */
bool fault_due(size_t which);

#endif
