/* What the files of this room share. It keeps what it works on in static memory: one host is looked up
 * at a time. */
#ifndef NETWORK_INTERNAL_H
#define NETWORK_INTERNAL_H

#include "network/dns.h"
#include "network/resolve.h"
#include "network/socket.h"

/* --- dial.c; -1 with errno --- */
/* Connects to one of several, see dial_tcp(). */
int network_dial(const union address *list, unsigned n, uint64_t until);

/* --- files.c: hosts(5) and resolv.conf(5) --- */
/* Every address that has `name` behind it, which comes without its trailing dot. */
void hosts_find(const char *path, struct span name, struct resolved *found);

enum { CONFIGURATION_SERVERS = 3, CONFIGURATION_SEARCH = 2049 };
enum { NDOTS, TIMEOUT, ATTEMPTS, CONFIGURATION_OPTIONS };

struct configuration {
    in_port_t port; /* in network order, as the servers have it */
    union address servers[CONFIGURATION_SERVERS];
    unsigned servers_n, options[CONFIGURATION_OPTIONS];
    char search[CONFIGURATION_SEARCH]; /* domains with blanks between */
};

void configuration_read(struct configuration *c, const struct resolver *r);

/* Takes the next word off a line, whose comment begins with '#' or ';'; an empty one at the end. */
struct span next_word(struct span *line);

/* --- ask.c: puts what the A and AAAA records say into `found` --- */
/* 1: there is something; 0: no server has answered (or there is no randomness to ask with);
 * -1: there is nothing, or there is no such name. */
int ask_servers(const struct configuration *c, struct dns_query *q, struct resolved *found,
                uint64_t until);

#endif
