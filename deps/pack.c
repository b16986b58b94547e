/* For the machine that builds: packs a program for box/unpack.c, `pack PROGRAM DICTIONARY`, to standard output. Compiled together with
 * box/places.c, for one CPU (box/packing.h). */
#include <lzma.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "box/packing.h"

enum { ROOM = 1 << 24 };

static uint8_t program[ROOM], dictionary[ROOM], packed[2 * ROOM], again[ROOM];

static size_t load(uint8_t *to, const char *name)
{
    FILE *f = fopen(name, "rb");
    size_t n = f != NULL ? fread(to, 1, ROOM, f) : ROOM;
    if (f != NULL)
        (void)fclose(f);
    if (n == ROOM)
        (void)fprintf(stderr, "pack: cannot read %s, or it is too large\n", name);
    return n;
}

/* Do the distances come back? */
static int places(size_t n)
{
    memcpy(again, program, n);
    PLACES(program, (uint32_t)n, false);
    memcpy(packed, program, n);
    PLACES(packed, (uint32_t)n, true);
    if (memcmp(again, packed, n) == 0)
        return 1;
    (void)fprintf(stderr, "pack: what places.c did cannot be undone\n");
    return 0;
}

int main(int argc, char *argv[])
{
    size_t n = argc > 2 ? load(program, argv[1]) : ROOM,
           m = argc > 2 ? load(dictionary, argv[2]) : ROOM;
    size_t used = 0;
    const struct lzma_kind kind = { KIND };
    lzma_options_lzma o;
    if (n == ROOM || m == ROOM || lzma_lzma_preset(&o, 9 | LZMA_PRESET_EXTREME) || !places(n))
        return 1;
    o.lc = kind.lc;
    o.lp = kind.lp;
    o.pb = kind.pb;
    o.nice_len = 64; /* better than longer ones here, as is BT2 */
    o.mf = LZMA_MF_BT2;
    o.depth = 1000;
    o.dict_size = 2 * ROOM;
    o.preset_dict = dictionary;
    o.preset_dict_size = (uint32_t)m;
    const lzma_filter filters[] = { { LZMA_FILTER_LZMA1, &o }, { LZMA_VLI_UNKNOWN, NULL } };
    if (lzma_raw_buffer_encode(filters, NULL, program, n, packed, &used, sizeof packed) != LZMA_OK)
        return 1;
    return fwrite(packed, 1, used, stdout) != used || fflush(stdout) != 0;
}
