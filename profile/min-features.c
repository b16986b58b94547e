/* A server one can live with: keys, terminals, commands. */
#include "profile/profile.h"

/* clang-format off */
#define HAS(has) \
    has(pty) \
    has(self_test)
/* clang-format on */

PROFILE("min", HAS, HAS(PROFILE_WORD))
