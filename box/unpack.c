/* What deps/pack.c did, the other way round: LZMA, with a dictionary, and before that places instead of distances. */
#include "box/unpack.h"

#include <errno.h>
#include <sys/mman.h>

#include "box/lzma.h"
#include "box/packing.h"

struct span unpack(const struct packed *program, struct span dictionary)
{
    uint32_t n = program->bytes;
    uint8_t *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return (struct span){ 0 };
    if (!lzma_unpack(p, n, span_of(program->start, program->packed), dictionary,
                     (struct lzma_kind){ KIND })) {
        errno = ENOEXEC;
        return (struct span){ 0 };
    }
    PLACES(p, n, true);
    return span_of(p, n);
}
