/* Listening sockets: the server's own and those of forwards. */
#ifndef NETWORK_BIND_H
#define NETWORK_BIND_H

#include "network/address.h"

enum bind_flags {
    BIND_BOTH = 1, /* "::" is every address of both families, or of IPv4 where there is no IPv6 */
    BIND_PRIVATE = 2, /* a unix socket for its owner alone (0600) */
    BIND_DATAGRAM = 4,
};

/* Close-on-exec and non-blocking; -1 with errno. *a becomes what it is bound to, so that a port that the
 * kernel chose (for 0) is known. A unix socket that refuses connections is a left-over and is replaced;
 * anything else in its place stays: EADDRINUSE. Without BIND_BOTH an IPv6 socket is for IPv6 alone. */
int bind_listen(union address *a, unsigned flags);

#endif
