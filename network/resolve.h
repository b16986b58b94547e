/* A host's addresses: from its name itself, hosts(5), or DNS as resolv.conf(5) has it. getaddrinfo()
 * would cost several times what this room does. */
#ifndef NETWORK_RESOLVE_H
#define NETWORK_RESOLVE_H

#include "network/address.h"

/* Where to look. */
struct resolver {
    const char *hosts, *configuration;
    uint16_t port; /* of the name servers */
    const union address
        *server; /* the one to ask, with its port; NULL: those of the configuration */
};

extern const struct resolver resolver_default;

enum { RESOLVE_MAX = 8, RESOLVE_SILENT = 16 };

struct resolved {
    union address list[RESOLVE_MAX];
    unsigned n;
    /* If DNS was asked: */
    unsigned code;               /* the last RCODE (RFC 1035 section 4.1.1); RESOLVE_SILENT: none */
    const union address *server; /* where from; until the next look-up. NULL: it was not asked */
};

/* The addresses of `host`, with `port`, in the order they should be tried: those with a route to them
 * before others, the families in turn, IPv6 first. 1: there are some; 0: no name server has
 * answered (or not in timeout_ms, or the system has no randomness), which may be different later; -1: there
 * is no such host.
 *
 * In this order: an address (see address_literal()); localhost and what ends in .localhost (RFC 6761);
 * every line of the hosts file that has the name; DNS. A name that cannot be one (RFC 1035 section 2.3.4)
 * does not exist. The search list is gone through as resolv.conf(5) says, up to a name that has an address
 * or is not answered. A trailing dot keeps it out. One host at a time: it works in static memory. */
int resolve_host(const struct resolver *r, const char *host, unsigned port, unsigned timeout_ms,
                 struct resolved *found);

#endif
