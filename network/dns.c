#include "network/dns.h"

#include <string.h>

#include "base/text.h"

static const uint8_t types[DNS_FAMILIES] = { 28, 1 };

enum { QR_OPCODE = 0xf8, QR = 0x80, TC = 0x02, RCODE = 0x0f, NAME_ERROR = 3 };

/* --- query --- */
struct span dns_bare(struct span name)
{
    return span_of(name.p, name.n - (name.n != 0 && name.p[name.n - 1] == '.'));
}

/* A name is its text with every dot, one in front included, replaced by the length of what follows. */
bool dns_query(struct dns_query *q, struct span name, struct span domain)
{
    static const uint8_t end[5] = { [4] = 1 }; /* the root, QTYPE (later), QCLASS: IN */
    uint8_t *label = q->p + DNS_HEADER, *p = label + 1;
    memset(q, 0, sizeof *q);
    q->p[2] = 1; /* RD */
    q->p[5] = 1; /* QDCOUNT */
    q->open = (1 << DNS_FAMILIES) - 1;
    text_format((char *)p, DNS_NAME + 1, "%.*s.%.*s", (int)name.n, (const char *)name.p,
                (int)domain.n, (const char *)domain.p);
    for (;; p++) {
        size_t length = (size_t)(p - label) - 1;
        if (*p != 0 && *p != '.')
            continue;
        if (length == 0 && *p == 0 && domain.n == 0)
            break;
        if (length == 0 || length > 63)
            return false;
        *label = (uint8_t)length;
        label = p;
        if (*p == 0)
            break;
    }
    memcpy(label, end, sizeof end);
    q->n = (size_t)(label - q->p) + sizeof end;
    return q->n <= DNS_QUERY;
}

void dns_query_for(struct dns_query *q, unsigned family)
{
    q->p[q->n - 3] = types[family];
}

/* --- answer --- */
bool dns_equal(struct span a, struct span b)
{
    bool equal = a.n == b.n;
    for (size_t i = 0; equal && i < a.n; i++) {
        unsigned lower = a.p[i] | 0x20u;
        equal = a.p[i] == b.p[i] || (lower - 'a' < 26 && lower == (b.p[i] | 0x20u));
    }
    return equal;
}

/* Every index moves on only, and is compared with the end before it is used. A name ends with its root,
 * or with a compression pointer, which is never followed. False when a record is malformed. */
static bool take_records(const struct dns_query *q, struct span m, size_t size,
                         struct resolved *found)
{
    size_t i = q->n;
    unsigned room = found->n + RESOLVE_MAX / 2;
    for (unsigned count = (unsigned)m.p[6] << 8 | m.p[7]; count > 0; count--) {
        size_t length = 0;
        do {
            i += length;
            length = i < m.n ? m.p[i++] : 0;
        } while (length - 1 < 63);
        i += length != 0;
        if (i + 10 > m.n)
            return false;
        const uint8_t *fixed = m.p + i; /* TYPE, CLASS, TTL, RDLENGTH */
        length = (size_t)fixed[8] << 8 | fixed[9];
        i += 10 + length;
        if (i > m.n)
            return false;
        if (length == size && memcmp(fixed, q->p + q->n - 4, 4) == 0 && found->n < room)
            address_ip(&found->list[found->n++], span_of(fixed + 10, length));
    }
    return true;
}

enum dns_answer dns_answer(struct dns_query *q, struct span message, struct resolved *found)
{
    const uint8_t *p = message.p;
    if (message.n < q->n)
        return DNS_OTHER;
    unsigned family = p[q->n - 3] == types[DNS_V4] ? DNS_V4 : DNS_V6, before = found->n;
    dns_query_for(q, family);
    /* ID, QR and OPCODE, QDCOUNT, the question */
    if (!(q->open >> family & 1) || p[0] != q->p[0] || p[1] != q->p[1] ||
        (p[2] & QR_OPCODE) != QR || p[4] != 0 || p[5] != 1 ||
        !dns_equal(span_of(p + DNS_HEADER, q->n - DNS_HEADER),
                   span_of(q->p + DNS_HEADER, q->n - DNS_HEADER)))
        return DNS_OTHER;
    found->code = p[3] & RCODE;
    if (found->code == 0) {
        bool whole = take_records(q, message, family == DNS_V4 ? 4 : 16, found);
        if (found->n == before && p[2] & TC)
            return DNS_CUT;
        if (found->n == before && !whole)
            return DNS_FAILED;
    } else if (found->code != NAME_ERROR) {
        return DNS_FAILED;
    }
    q->open &= ~(1u << family);
    return DNS_DONE;
}
