#include "auth/key_options.h"

#include <string.h>

#include "auth/match.h"
#include "base/features.h"
#include "base/text.h"

/* The first ones in the order of their bits. */
static const char flag_names[] = "pty\0"
                                 "port-forwarding\0"
                                 "agent-forwarding\0"
                                 "X11-forwarding\0"
                                 "user-rc\0"
                                 "touch-required\0"
                                 "verify-required\0"
                                 "cert-authority\0"
                                 "restrict\0";
static const char value_names[] = "command\0"
                                  "from\0"
                                  "principals\0"
                                  "expiry-time\0"
                                  "environment\0"
                                  "permitopen\0"
                                  "permitlisten\0"
                                  "tunnel\0";
enum { RESTRICT = 256 };
enum { COMMAND, FROM, PRINCIPALS, EXPIRY_TIME, ENVIRONMENT, PERMITOPEN, PERMITLISTEN, TUNNEL };

/* Which of the names it is; how many there are when it is none. */
static unsigned find(const char *names, struct span name, bool (*same)(struct span, const char *))
{
    unsigned i = 0;
    for (; *names != 0 && !same(name, names); i++)
        names += strlen(names) + 1;
    return i;
}

unsigned key_options_allow(struct span name)
{
    return 1u << find(flag_names, name, span_is) & ALLOW_ALL;
}

/* Takes NAME or NAME="VALUE" with the comma behind it off the list. */
static const char *take(struct span *list, struct span *name, struct span *value)
{
    const uint8_t *p = list->p, *end = p + list->n;
    while (p < end && *p != ',' && *p != '=')
        p++;
    *name = span_of(list->p, (size_t)(p - list->p));
    *value = (struct span){ 0 };
    if (p < end && *p == '=') {
        const uint8_t *start = p + 2;
        if (end - p < 2 || p[1] != '"')
            return "a key option's value is not in quotes";
        for (p = start; p < end && *p != '"'; p++)
            if (*p == '\\' && end - p > 1 && p[1] == '"')
                p++;
        if (p == end)
            return "a key option's quote is not closed";
        *value = span_of(start, (size_t)(p++ - start));
    }
    if (p < end && (*p != ',' || ++p == end))
        return "the key options are not a list";
    *list = span_of(p, (size_t)(end - p));
    return NULL;
}

/* --- values --- */
/* YYYYMMDD[HHMM[SS]], a day that there is, as if it were UTC; false also for 1970's first second. */
static bool parse_time(struct span s, uint64_t *seconds)
{
    enum { CENTURY, YEAR, MONTH, DAY, HOUR, MINUTE, SECOND, PARTS };
    unsigned part[PARTS] = { 0 };
    if (s.n != 8 && s.n != 12 && s.n != 14)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = s.p[i] - (unsigned)'0';
        if (digit > 9)
            return false;
        part[i / 2] = part[i / 2] * 10 + digit;
    }
    unsigned year = part[CENTURY] * 100 + part[YEAR], month = part[MONTH];
    if (year < 1970 || month - 1 > 11 || part[HOUR] > 23 || part[MINUTE] > 59 || part[SECOND] > 60)
        return false;
    unsigned days = part[DAY] - 1, length;
    for (unsigned y = 1970, m = 1;; m++) {
        if (m > 12) {
            m = 1;
            y++;
        }
        bool leap = (y & (y % 25 ? 3 : 15)) == 0;
        length = m == 2 ? 28u + leap : 30 + ((m ^ m >> 3) & 1);
        if (y == year && m == month)
            break;
        days += length;
    }
    unsigned of_day = (part[HOUR] * 60 + part[MINUTE]) * 60 + part[SECOND];
    *seconds = days * (uint64_t)86400 + of_day;
    return part[DAY] - 1 < length && *seconds != 0;
}

static bool take_time(struct key_options *o, struct span value)
{
    uint64_t *expires = &o->expires_local, seconds;
    if (value.n != 0 && (value.p[value.n - 1] | 0x20) == 'z') {
        expires = &o->expires_utc;
        value.n--;
    }
    if (!parse_time(value, &seconds))
        return false;
    if (seconds < *expires)
        *expires = seconds;
    return true;
}

/* NAME=VALUE, of which the name is checked */
static bool is_variable(struct span value)
{
    size_t n = 0;
    for (; n < value.n; n++) {
        uint8_t c = value.p[n], letter = c | 0x20;
        if ((letter < 'a' || letter > 'z') && (c < '0' || c > '9') && c != '_')
            break;
    }
    return n != 0 && n < value.n && value.p[n] == '=';
}

bool key_options_permit(struct span value, bool listen, struct span *host, uint32_t *port)
{
    const uint8_t *end = value.p + value.n, *p = value.p;
    bool bracket = span_starts(value, "[");
    uint64_t n = 0;
    *host = span_text("*");
    if (!listen || memchr(p, ':', value.n) != NULL) {
        p = memchr(p, bracket ? ']' : ':', value.n);
        if (p == NULL)
            return false;
        *host = span_of(value.p + bracket, (size_t)(p - value.p) - bracket);
        p += bracket;
        if (p == end || *p++ != ':')
            return false;
    }
    struct span rest = span_of(p, (size_t)(end - p));
    if (!span_is(rest, "*") && (!text_number(rest, 65535, &n) || n == 0))
        return false;
    *port = (uint32_t)n;
    return host->n != 0;
}

static bool is_tunnel(struct span value)
{
    uint64_t n;
    return match_name(value, "any") || text_number(value, INT32_MAX - 2, &n);
}

/* --- options --- */
static const char unknown[] = "a key option is unknown";

static const char *take_flag(struct key_options *o, struct span name)
{
    bool no = name.n > 3 && match_name(span_of(name.p, 3), "no-");
    unsigned flag = 1u << find(flag_names, no ? span_of(name.p + 3, name.n - 3) : name, match_name);
    if (flag > (no ? NEED_VERIFIED : RESTRICT))
        return unknown;
    if (flag == RESTRICT) {
        no = true;
        flag = ALLOW_ALL;
    }
    o->flags = no ? o->flags & ~flag : o->flags | flag;
    return NULL;
}

static const char *take_value(struct key_options *o, struct span name, struct span value)
{
    struct span host, *once = &o->principals;
    uint32_t port;
    unsigned which = find(value_names, name, match_name);
    bool good = which == COMMAND || which == ENVIRONMENT ||
                memchr(value.p, '"', value.n) == NULL; /* quotes in others make no sense */
    switch (which) {
    case COMMAND:
    case FROM:
    case PRINCIPALS:
        if (which != PRINCIPALS)
            once = which == COMMAND ? &o->command : &o->from;
        good &= once->p == NULL;
        *once = value;
        break;
    case EXPIRY_TIME:
        good = take_time(o, value);
        break;
    case ENVIRONMENT:
        good = is_variable(value);
        break;
    case PERMITOPEN:
    case PERMITLISTEN:
        good &= key_options_permit(value, which == PERMITLISTEN, &host, &port);
        break;
    case TUNNEL:
        good = is_tunnel(value);
        break;
    default:
        return unknown;
    }
    return good ? NULL : "a key option is malformed";
}

const char *key_options_parse(struct key_options *o, struct span list)
{
    const char *why = NULL;
    *o = (struct key_options){ .list = list,
                               .expires_utc = UINT64_MAX,
                               .expires_local = UINT64_MAX,
                               .flags = ALLOW_ALL | NEED_TOUCH };
    while (features.key_options && list.n != 0 && why == NULL) {
        struct span name, value;
        why = take(&list, &name, &value);
        if (why == NULL)
            why = value.p ? take_value(o, name, value) : take_flag(o, name);
    }
    return why;
}

bool key_options_next(struct span *list, const char *name, struct span *value)
{
    struct span found;
    while (list->n != 0 && take(list, &found, value) == NULL)
        if (value->p != NULL && match_name(found, name))
            return true;
    return false;
}

void key_options_text(struct writer *w, struct span value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] != '\\' || i + 1 == value.n || value.p[i + 1] != '"')
            put_byte(w, value.p[i]);
}
