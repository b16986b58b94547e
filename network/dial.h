/* Connections made for somebody: to a name or address and a port, or to a unix socket. */
#ifndef NETWORK_DIAL_H
#define NETWORK_DIAL_H

#include "network/resolve.h"

/* What is returned instead of a descriptor. */
enum dial {
    DIAL_FAILED = -1,    /* errno says why; ETIMEDOUT is also the deadline's */
    DIAL_NO_HOST = -2,   /* there is no such host */
    DIAL_NO_ANSWER = -3, /* no name server answered */
};

/* Looks `host` up and tries its addresses, the next one 250 ms after the one before or at once when that
 * has failed, four at a time at most; the first that connects is it (in the spirit of RFC 8305). When none
 * does, errno is that of the first that failed. All of it ends after timeout_ms.
 * The descriptor is non-blocking and close-on-exec, has TCP_NODELAY and SO_KEEPALIVE. */
int dial_tcp(const struct resolver *r, const char *host, unsigned port, unsigned timeout_ms);

/* A path in the file system, never an abstract name. As above or DIAL_FAILED, and at once: EAGAIN when too
 * many wait there already, ENAMETOOLONG for a path that does not fit a socket. */
int dial_unix(const char *path);

/* Why not, in words; to be asked before errno changes. */
const char *dial_text(int failure);

#endif
