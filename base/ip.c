#include "base/ip.h"

#include <string.h>

#include "base/text.h"

/* Four numbers without leading zeros, which some would read as octal. */
static bool parse_v4(struct span s, uint8_t to[IP_V4])
{
    for (int i = 0; i < 4; i++) {
        struct span part;
        uint64_t v;
        if (span_cut(&s, '.', &part) != (i < 3) || !text_number(part, 255, &v) || part.n > 3 ||
            (part.n > 1 && part.p[0] == '0'))
            return false;
        to[i] = (uint8_t)v;
    }
    return true;
}

static bool parse_group(struct span s, uint8_t to[2])
{
    uint64_t v;
    if (s.n > 4 || !text_digits(s, 16, UINT16_MAX, &v))
        return false;
    to[0] = (uint8_t)(v >> 8);
    to[1] = (uint8_t)v;
    return true;
}

/* Eight groups; `::`, an empty one between two colons, once for all the zeros that are missing. */
static bool parse_v6(struct span s, uint8_t to[IP_V6])
{
    enum { NO_GAP = 99 };
    size_t n = 0, gap = NO_GAP;
    if (span_starts(s, "::"))
        s = span_of(s.p + 1, s.n - 1);
    else if (span_starts(s, ":"))
        return false;
    for (bool more = true; more;) {
        struct span group;
        more = span_cut(&s, ':', &group);
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
    if (n == IP_V6 || gap == NO_GAP)
        return n == IP_V6 && gap == NO_GAP;
    memmove(to + IP_V6 - (n - gap), to + gap, n - gap);
    memset(to + gap, 0, IP_V6 - n);
    return true;
}

size_t ip_parse(uint8_t to[IP_V6], struct span text)
{
    return parse_v4(text, to) ? IP_V4 : parse_v6(text, to) ? IP_V6 : 0;
}
