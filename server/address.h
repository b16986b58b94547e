/* Socket addresses and their text: IPv4, IPv6, unix, vsock. Addresses are numeric, so nothing is ever
 * looked up. */
#ifndef SERVER_ADDRESS_H
#define SERVER_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

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

/* PORT, ADDR:PORT, [ADDR6]:PORT, unix:PATH or vsock:PORT; a port alone is every address of both
 * families. */
bool address_parse(const char *text, union address *a, socklen_t *n);

/* The address without its port, which comes apart (0 where there is none). */
void address_text(const union address *a, char text[ADDRESS_MAX], unsigned *port);

#endif
