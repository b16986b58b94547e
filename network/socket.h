/* Sockets that never block, and waiting for them. */
#ifndef NETWORK_SOCKET_H
#define NETWORK_SOCKET_H

#include <poll.h>
#include <stdbool.h>

#include "network/address.h"

/* --- wait.c: the clock that never jumps, in milliseconds --- */
uint64_t network_now(void);

/* As poll(2), and false when nothing came until then. */
bool network_wait(struct pollfd *p, unsigned n, uint64_t until);

/* --- dial.c; -1 with errno --- */
/* A non-blocking, close-on-exec socket that (Linux 6.16) nobody can pass descriptors through. Those are
 * closed by whoever reads, or closes the socket, and that can take as long as the sender likes: the
 * descriptor may be a socket with SO_LINGER. */
int network_socket(const union address *a, int type);
void network_adopt(int fd); /* makes one that came from elsewhere like that */

/* A non-blocking socket that is connected, or in the middle of that. */
int network_open(const union address *a, int type);

#endif
