/* Every address is 16 bytes, IPv4 as RFC 4291 section 2.5.5.2 maps it, so that there is one way to
 * compare. */
#include "auth/match.h"

#include <string.h>

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

/* What stands before the first `at`, which is taken off too; false: there was none. */
static bool split(struct span *rest, char at, struct span *item)
{
    const uint8_t *found = rest->n ? memchr(rest->p, at, rest->n) : NULL;
    *item = span_of(rest->p, found ? (size_t)(found - rest->p) : rest->n);
    size_t step = item->n + (found != NULL);
    *rest = span_of(rest->p + step, rest->n - step);
    return found != NULL;
}

/* Four numbers without leading zeros, which some would read as octal. */
static bool parse_v4(struct span s, uint8_t to[4])
{
    for (int i = 0; i < 4; i++) {
        struct span part;
        uint64_t v;
        if (split(&s, '.', &part) != (i < 3) || !text_number(part, 255, &v) || part.n > 3 ||
            (part.n > 1 && part.p[0] == '0'))
            return false;
        to[i] = (uint8_t)v;
    }
    return true;
}

static bool parse_group(struct span s, uint8_t to[2])
{
    static const char digits[] = "0123456789abcdef";
    uint32_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        const char *at = memchr(digits, lower(s.p[i]), 16);
        if (at == NULL)
            return false;
        v = v << 4 | (uint32_t)(at - digits);
    }
    to[0] = (uint8_t)(v >> 8);
    to[1] = (uint8_t)v;
    return s.n <= 4;
}

/* RFC 4291 section 2.2: eight groups; `::`, an empty one between two colons, once for all the zeros
 * that are missing. */
static bool parse_v6(struct span s, uint8_t to[16])
{
    enum { NO_GAP = 99 };
    size_t n = 0, gap = NO_GAP;
    if (span_starts(s, "::"))
        s = span_of(s.p + 1, s.n - 1);
    else if (span_starts(s, ":"))
        return false;
    for (bool more = true; more;) {
        struct span group;
        more = split(&s, ':', &group);
        if (group.n == 0) {
            if (gap != (more ? NO_GAP : n)) /* the last one is empty only right behind the gap */
                return false;
            gap = n;
        } else if (!more && n <= 12 && parse_v4(group, to + n)) {
            n += 4;
        } else if (n <= 14 && parse_group(group, to + n)) {
            n += 2;
        } else {
            return false;
        }
    }
    if (n == 16 || gap == NO_GAP)
        return n == 16 && gap == NO_GAP;
    memmove(to + 16 - (n - gap), to + gap, n - gap);
    memset(to + gap, 0, 16 - n);
    return true;
}

static bool parse_address(struct span s, uint8_t to[16])
{
    memcpy(to, mapped, sizeof mapped);
    return parse_v4(s, to + sizeof mapped) || parse_v6(s, to);
}

static unsigned bit(const uint8_t *p, unsigned i)
{
    return p[i / 8] >> (7 - i % 8) & 1;
}

static bool parse_network(struct span s, uint8_t to[16], unsigned *prefix)
{
    struct span address;
    uint64_t bits = 128;
    bool has_bits = split(&s, '/', &address);
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
        more = split(&list, ',', &item);
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
