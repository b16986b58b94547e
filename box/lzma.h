/* LZMA as liblzma's raw encoder writes it with a preset dictionary: bytes that both sides have, to be copied from as if they stood
 * before the first one. */
#ifndef BOX_LZMA_H
#define BOX_LZMA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/wire.h"

/* By how many bits of the byte before, and of the place, a byte is guessed; and by how many of the place whatever else. */
struct lzma_kind {
    uint8_t lc, lp,
        pb; /* lc + lp: at most LZMA_LITERAL_BITS; pb: LZMA_PLACE_BITS, which make may know better */
};
#ifndef LZMA_PLACE_BITS
#define LZMA_PLACE_BITS 2
#endif
enum { LZMA_LITERAL_BITS = 4 };

/* Exactly n bytes. false: that is not what `packed` holds; then anything may be in the n bytes. */
bool lzma_unpack(uint8_t *to, size_t n, struct span packed, struct span dictionary,
                 struct lzma_kind kind);

#endif
