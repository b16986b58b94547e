#include "applets/reach.h"

#include <string.h>

#include "base/text.h"
#include "network/dial.h"

enum { SECONDS = 100000 };

bool reach_host(const char *host, unsigned port, struct resolved *found)
{
    int n = resolve_host(&resolver_default, host, port, REACH_MS, found);
    if (n <= 0)
        applet_wrong(host, dial_text(DIAL_NO_ANSWER - n * (DIAL_NO_HOST - DIAL_NO_ANSWER)));
    return n > 0;
}

int reach_tcp(const char *host, unsigned port, unsigned ms)
{
    int fd = dial_tcp(&resolver_default, host, port, ms);
    if (fd < 0)
        fd = -1 - applet_wrong(host, dial_text(fd));
    return fd;
}

bool reach_seconds(const struct args *a, char option, unsigned *ms)
{
    const char *text = a->option[(unsigned char)option];
    unsigned v = 0, unit = 0; /* of a digit behind the point */
    if (text == NULL)
        return true;
    for (const char *p = text; *p != 0; p++) {
        unsigned digit = (unsigned)(*p - '0');
        if (*p == '.' && unit == 0) {
            unit = 100;
        } else if (digit > 9 || v > SECONDS * 1000) {
            return !applet_wrong(text, "not a number of seconds");
        } else if (unit == 0) {
            v = v * 10 + digit * 1000;
        } else {
            v += digit * unit;
            unit /= unit > 1 ? 10 : 1;
        }
    }
    *ms = v;
    return true;
}

const char *reach_named(const char *table, unsigned n, const char *other)
{
    for (; *table != 0; table += strlen(table) + 1)
        if ((uint8_t)*table == (uint8_t)n)
            return table + 1;
    return other;
}
