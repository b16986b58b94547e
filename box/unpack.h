/* A program as deps/pack.sh packed it. */
#ifndef BOX_UNPACK_H
#define BOX_UNPACK_H

#include "base/wire.h"

struct packed {
    uint32_t bytes, packed; /* of the program, before and after */
    uint8_t start[];
};

/* All of its bytes, in memory of their own that stays; nothing, with errno, where that cannot be. What is packed had those of the
 * dictionary before it. */
struct span unpack(const struct packed *program, struct span dictionary);

#endif
