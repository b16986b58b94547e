/* Socket addresses and their text: IPv4, IPv6, unix, vsock. Addresses are numeric, so nothing is ever
 * looked up here but the number of an interface. */
#ifndef NETWORK_ADDRESS_H
#define NETWORK_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/wire.h"

enum { ADDRESS_MAX = 64 };

/* vsock(7); its header would need the kernel's own. */
struct sockaddr_vsock {
    sa_family_t family;
    uint16_t reserved;
    uint32_t port, cid;
    uint8_t zero[4];
};

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un un;
    struct sockaddr_vsock vsock;
};

/* As bind(2) and connect(2) want it, by the family. */
socklen_t address_size(const union address *a);

/* PORT, ADDR:PORT, [ADDR6]:PORT, unix:PATH or vsock:PORT; a port alone is every address of both
 * families. */
bool address_parse(const char *text, union address *a);

/* 4 or 16 bytes as they travel, to port 0. */
void address_ip(union address *a, struct span bytes);

/* 127.0.0.1, ::1 or fe80::1%eth0 (or %2), to port 0. IPv4 has four numbers. */
bool address_literal(struct span text, union address *a);

/* False, with ENAMETOOLONG, for a path too long for a socket, and an empty one. */
bool address_unix(union address *a, const char *path);

/* The address without its port, which comes apart (0 where there is none). */
void address_text(const union address *a, char text[ADDRESS_MAX], unsigned *port);

#endif
