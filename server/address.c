#include "network/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/text.h"

#define VSOCK_ANY_CID 0xffffffffu

/* --- to text; inet_ntop() would bring all of printf along --- */
static void v4_text(const uint8_t p[4], char text[ADDRESS_MAX])
{
    text_format(text, ADDRESS_MAX, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
}

/* The longest run of two or more zero groups, which "::" stands for (RFC 5952 section 4.2). */
static int longest_zeros(const uint16_t group[8], int *length)
{
    int start = -1;
    *length = 1;
    for (int i = 0; i < 8; i++) {
        int n = 0;
        while (i + n < 8 && group[i + n] == 0)
            n++;
        if (n > *length) {
            start = i;
            *length = n;
        }
        i += n;
    }
    return start;
}

static void v6_text(const uint8_t p[16], char text[ADDRESS_MAX])
{
    uint16_t group[8];
    char *to = text;
    int length;
    for (size_t i = 0; i < 8; i++)
        group[i] = (uint16_t)(p[2 * i] << 8 | p[2 * i + 1]);
    int zeros = longest_zeros(group, &length);
    for (int i = 0; i < 8; i++) {
        if (i == zeros) {
            to += text_format(to, 3, i == 0 ? "::" : ":");
            i += length - 1;
            continue;
        }
        int shift = 12;
        while (shift > 0 && group[i] >> shift == 0)
            shift -= 4;
        for (; shift >= 0; shift -= 4)
            *to++ = "0123456789abcdef"[group[i] >> shift & 15];
        if (i < 7)
            *to++ = ':';
    }
    *to = 0;
}

void address_text(const union address *a, char text[ADDRESS_MAX], unsigned *port)
{
    *port = 0;
    if (a->any.sa_family == AF_INET) {
        v4_text((const uint8_t *)&a->v4.sin_addr, text);
        *port = ntohs(a->v4.sin_port);
    } else if (a->any.sa_family == AF_INET6) {
        const uint8_t *p = a->v6.sin6_addr.s6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
            v4_text(p + 12, text);
        else
            v6_text(p, text);
        *port = ntohs(a->v6.sin6_port);
    } else if (a->any.sa_family == AF_VSOCK) {
        text_format(text, ADDRESS_MAX, "vsock:%u", a->vsock.cid);
        *port = a->vsock.port;
    } else {
        text_format(text, ADDRESS_MAX, "%s", a->any.sa_family == AF_UNIX ? "unix" : "UNKNOWN");
    }
}

/* --- from text --- */
static bool parse_port(struct span s, uint16_t *port)
{
    uint64_t n;
    if (!text_number(s, 65535, &n))
        return false;
    *port = htons((uint16_t)n);
    return true;
}

static bool parse_tcp(const char *text, union address *a, socklen_t *n)
{
    char host[ADDRESS_MAX] = "";
    const char *colon = strrchr(text, ':');
    struct span h = span_of(text, colon ? (size_t)(colon - text) : 0);
    uint16_t port;
    if (h.n >= 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
        h = span_of(h.p + 1, h.n - 2);
    if (!parse_port(span_text(colon ? colon + 1 : text), &port) ||
        !span_copy_text(h, host, sizeof host))
        return false;
    memset(a, 0, sizeof *a);
    if (colon != NULL && inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_port = port;
        *n = sizeof a->v4;
        return true;
    }
    a->v6.sin6_family = AF_INET6;
    a->v6.sin6_port = port;
    *n = sizeof a->v6;
    return colon == NULL || inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1;
}

bool address_parse(const char *text, union address *a, socklen_t *n)
{
    struct span s = span_text(text);
    uint64_t port;
    if (span_starts(s, "unix:")) {
        a->un.sun_family = AF_UNIX;
        *n = sizeof a->un;
        return span_copy_text(span_text(text + 5), a->un.sun_path, sizeof a->un.sun_path) &&
               a->un.sun_path[0] != 0;
    }
    if (span_starts(s, "vsock:")) {
        if (!text_number(span_text(text + 6), UINT32_MAX - 1, &port))
            return false;
        a->vsock = (struct sockaddr_vsock){ .family = AF_VSOCK,
                                            .port = (uint32_t)port,
                                            .cid = VSOCK_ANY_CID };
        *n = sizeof a->vsock;
        return true;
    }
    return parse_tcp(text, a, n);
}
