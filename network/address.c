#include "network/address.h"

#include <errno.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/features.h"
#include "base/ip.h"
#include "base/text.h"

#define VSOCK_ANY_CID 0xffffffffu

_Static_assert(offsetof(struct sockaddr_in, sin_port) == offsetof(struct sockaddr_in6, sin6_port),
               "a port is put in without asking for the family");
_Static_assert(sizeof(struct sockaddr_in) == sizeof(struct sockaddr_vsock), "see address_size()");

/* --- to text --- */
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
    for (int i = 0; i < 8; i++)
        if (i == zeros) {
            to += text_format(to, 3, i == 0 ? "::" : ":");
            i += length - 1;
        } else {
            to += text_format(to, 6, i < 7 ? "%x:" : "%x", group[i]);
        }
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
    } else if (features.sockets && a->any.sa_family == AF_VSOCK) {
        text_format(text, ADDRESS_MAX, "vsock:%u", a->vsock.cid);
        *port = a->vsock.port;
    } else {
        text_format(text, ADDRESS_MAX, "%s", a->any.sa_family == AF_UNIX ? "unix" : "UNKNOWN");
    }
}

/* --- from text --- */
socklen_t address_size(const union address *a)
{
    switch (a->any.sa_family) {
    case AF_INET:
    case AF_VSOCK:
        return sizeof a->v4; /* one as long as the other */
    case AF_INET6:
        return sizeof a->v6;
    default:
        return sizeof a->un;
    }
}

void address_ip(union address *a, struct span bytes)
{
    memset(a, 0, sizeof *a);
    a->any.sa_family = bytes.n == 4 ? AF_INET : AF_INET6;
    memcpy(bytes.n == 4 ? (uint8_t *)&a->v4.sin_addr : a->v6.sin6_addr.s6_addr, bytes.p, bytes.n);
}

/* An interface's number, 0 when there is none of that name. */
static uint32_t scope_of(const char *text)
{
    struct ifreq r = { .ifr_ifindex = 0 };
    uint64_t number;
    if (text_number(span_text(text), UINT32_MAX, &number))
        return (uint32_t)number;
    if (span_copy_text(span_text(text), r.ifr_name, sizeof r.ifr_name)) {
        int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        ioctl(fd, SIOCGIFINDEX, &r);
        close(fd);
    }
    return (uint32_t)r.ifr_ifindex;
}

bool address_literal(struct span s, union address *a)
{
    char text[ADDRESS_MAX];
    uint8_t bytes[IP_V6]; /* what begins like an IPv4 address must leave nothing behind */
    if (!span_copy_text(s, text, sizeof text))
        return false;
    char *scope = strchr(text, '%');
    if (scope != NULL)
        *scope++ = 0;
    size_t n = ip_parse(bytes, span_text(text));
    if (n == 0 || (n == IP_V4 && scope != NULL))
        return false;
    address_ip(a, span_of(bytes, n));
    return scope == NULL || (a->v6.sin6_scope_id = scope_of(scope)) != 0;
}

bool address_unix(union address *a, const char *path)
{
    a->un.sun_family = AF_UNIX;
    errno = ENAMETOOLONG;
    return span_copy_text(span_text(path), a->un.sun_path, sizeof a->un.sun_path) && path[0] != 0;
}

static bool parse_tcp(const char *text, union address *a)
{
    const char *colon = strrchr(text, ':');
    struct span h = span_of(text, colon ? (size_t)(colon - text) : 0);
    uint64_t port;
    if (h.n >= 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
        h = span_of(h.p + 1, h.n - 2);
    if (!text_number(span_text(colon ? colon + 1 : text), 65535, &port) ||
        !address_literal(colon ? h : span_text("::"), a))
        return false;
    a->v4.sin_port = htons((uint16_t)port); /* where IPv6 has it too */
    return true;
}

bool address_parse(const char *text, union address *a)
{
    struct span s = span_text(text);
    uint64_t port;
    if (features.sockets && span_starts(s, "unix:"))
        return address_unix(a, text + 5);
    if (!features.sockets || !span_starts(s, "vsock:"))
        return parse_tcp(text, a);
    if (!text_number(span_text(text + 6), UINT32_MAX - 1, &port))
        return false;
    a->vsock =
        (struct sockaddr_vsock){ .family = AF_VSOCK, .port = (uint32_t)port, .cid = VSOCK_ANY_CID };
    return true;
}
