/* Every address is 16 bytes, IPv4 as RFC 4291 section 2.5.5.2 maps it, so that there is one way to
 * compare. */
#include "auth/match.h"

#include <string.h>

#include "base/ip.h"
#include "base/text.h"

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* On a mismatch the last star takes one character more; the ones before it never need to. */
bool match_pattern(struct span text, struct span pattern)
{
    size_t t = 0, p = 0, behind_star = 0, mark = 0;
    while (t < text.n) {
        uint8_t c = p < pattern.n ? pattern.p[p] : 0;
        if (c == '*') {
            behind_star = ++p;
            mark = t;
        } else if (p < pattern.n && (c == '?' || lower(c) == lower(text.p[t]))) {
            p++;
            t++;
        } else if (behind_star == 0) {
            return false;
        } else {
            p = behind_star;
            t = ++mark;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

bool match_name(struct span text, const char *name)
{
    return match_pattern(text, span_text(name));
}

static bool parse_address(struct span s, uint8_t to[16])
{
    size_t n = ip_parse(to, s);
    if (n == IP_V4) {
        memcpy(to + sizeof mapped, to, IP_V4);
        memcpy(to, mapped, sizeof mapped);
    }
    return n != 0;
}

static unsigned bit(const uint8_t *p, unsigned i)
{
    return p[i / 8] >> (7 - i % 8) & 1;
}

static bool parse_network(struct span s, uint8_t to[16], unsigned *prefix)
{
    struct span address;
    uint64_t bits = 128;
    bool has_bits = span_cut(&s, '/', &address);
    if (!parse_address(address, to))
        return false;
    if (has_bits) {
        unsigned skip = memchr(address.p, ':', address.n) ? 0 : 96;
        if (!text_number(s, 128 - skip, &bits))
            return false;
        bits += skip;
    }
    *prefix = (unsigned)bits;
    for (unsigned i = *prefix; i < 128; i++)
        if (bit(to, i))
            return false;
    return true;
}

static bool in_network(const uint8_t address[16], const uint8_t network[16], unsigned prefix)
{
    if (prefix < 96 && memcmp(address, mapped, sizeof mapped) == 0)
        return false; /* no IPv6 network holds the IPv4 addresses, not even ::/0 */
    unsigned i = 0;
    while (i < prefix && bit(address, i) == bit(network, i))
        i++;
    return i == prefix;
}

enum match match_address(struct span address, struct span list, bool patterns)
{
    enum match found = MATCH_NO;
    uint8_t client[16], network[16];
    unsigned prefix;
    bool numeric = parse_address(address, client);
    for (bool more = true; more;) {
        struct span item;
        more = span_cut(&list, ',', &item);
        bool negated = patterns && span_starts(item, "!"), hit;
        if (negated)
            item = span_of(item.p + 1, item.n - 1);
        if (item.n == 0)
            return MATCH_MALFORMED;
        if (parse_network(item, network, &prefix))
            hit = numeric && in_network(client, network, prefix);
        else if (patterns && memchr(item.p, '/', item.n) == NULL)
            hit = match_pattern(address, item);
        else
            return MATCH_MALFORMED;
        if (hit && negated)
            return MATCH_NO;
        if (hit)
            found = MATCH_YES;
    }
    return found;
}
