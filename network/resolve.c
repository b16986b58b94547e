#include "network/resolve.h"

#include <string.h>
#include <unistd.h>

#include "base/features.h"
#include "network/internal.h"

const struct resolver resolver_default = { "/etc/hosts", "/etc/resolv.conf", 53, NULL };

static const struct span nothing = { (const uint8_t *)"", 0 };

static struct dns_query q;

static bool is_localhost(struct span name)
{
    static const char localhost[] = ".localhost";
    size_t n = sizeof localhost - 1;
    if (name.n < n)
        return dns_equal(name, span_text(localhost + 1));
    return dns_equal(span_of(name.p + name.n - n, n), span_text(localhost));
}

/* The name as it is comes first when it has dots enough, else last. */
static int ask_dns(const struct resolver *r, struct span name, bool absolute,
                   struct resolved *found, uint64_t until)
{
    static struct configuration c;
    unsigned dots = 0;
    bool asked = false; /* for the name as it is */
    int result = -1;
    configuration_read(&c, r);
    struct span list = absolute ? nothing : span_text(c.search);
    for (size_t i = 0; i < name.n; i++)
        dots += name.p[i] == '.';
    do {
        struct span domain = nothing;
        if (asked || (!absolute && dots < c.options[NDOTS]))
            domain = next_word(&list);
        if (asked && domain.n == 0)
            break;
        asked |= domain.n == 0;
        if (dns_query(&q, name, dns_bare(domain)))
            result = ask_servers(&c, &q, found, until);
    } while (result < 0);
    return result;
}

static int look_up(const struct resolver *r, struct span name, struct resolved *found,
                   uint64_t until)
{
    struct span bare = dns_bare(name);
    if (!dns_query(&q, bare, nothing) || memchr(bare.p, ':', bare.n) != NULL)
        return -1;
    if (is_localhost(bare)) {
        address_literal(span_text("::1"), &found->list[0]);
        address_literal(span_text("127.0.0.1"), &found->list[1]);
        found->n = 2;
    } else {
        hosts_find(r->hosts, bare, found);
    }
    if (found->n != 0)
        return 1;
    return ask_dns(r, bare, bare.n != name.n, found, until);
}

/* A datagram socket that is connected sends nothing, and is only connected where there is a route. */
static bool has_route(const union address *a)
{
    int fd = network_open(a, SOCK_DGRAM);
    close(fd);
    return fd >= 0;
}

/* Insertion by a number that is smaller for what is to be tried earlier. */
static void arrange(struct resolved *found, unsigned port)
{
    static union address a;
    static unsigned keys[RESOLVE_MAX];
    unsigned next[DNS_FAMILIES] = { 0, 1 };
    for (unsigned i = 0, at; i < found->n; i++) {
        a = found->list[i];
        a.v4.sin_port = htons((uint16_t)port);
        unsigned *key = &next[a.any.sa_family == AF_INET];
        unsigned k = *key + (has_route(&a) ? 0 : 2 * RESOLVE_MAX);
        *key += 2;
        for (at = i; at > 0 && keys[at - 1] > k; at--) {
            keys[at] = keys[at - 1];
            found->list[at] = found->list[at - 1];
        }
        keys[at] = k;
        found->list[at] = a;
    }
}

int resolve_host(const struct resolver *r, const char *host, unsigned port, unsigned timeout_ms,
                 struct resolved *found)
{
    int result = 1;
    found->server = NULL;
    found->n = address_literal(span_text(host), &found->list[0]);
    if (found->n == 0 && !features.names)
        result = -1;
    else if (found->n == 0)
        result = look_up(r, span_text(host), found, network_now() + timeout_ms);
    arrange(found, port);
    return result;
}
