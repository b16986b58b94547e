/* RFC 4253 section 4.2: the identification line. A client's comes first and alone; CR is optional,
 * as everybody has it. */
#include "transport/internal.h"

#include <string.h>

int ident_receive(struct transport *t)
{
    struct block *b = t->in;
    if (b == NULL)
        return 0;
    const uint8_t *p = b->bytes + b->head;
    size_t used = block_used(b);
    const uint8_t *lf = memchr(p, '\n', used < LIMIT_IDENT ? used : LIMIT_IDENT);
    if (lf == NULL) {
        if (used < LIMIT_IDENT && memcmp(p, "SSH-", used < 4 ? used : 4) == 0)
            return 0;
        transport_fail(t, REASON_IDENT);
        return -1;
    }
    struct span line = span_of(p, (size_t)(lf - p));
    if (line.n != 0 && line.p[line.n - 1] == '\r')
        line.n--;
    if (!span_copy_text(line, t->ident, sizeof t->ident) || !span_starts(line, "SSH-")) {
        transport_fail(t, REASON_IDENT);
        return -1;
    }
    if (!span_starts(line, "SSH-2.0-") && !span_starts(line, "SSH-1.99-")) {
        transport_fail(t, REASON_VERSION);
        return -1;
    }
    block_drop(b, (size_t)(lf - p) + 1);
    t->ident_done = true;
    return 1;
}
