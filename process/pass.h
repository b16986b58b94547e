/* File descriptors through a unix socket (unix(7), SCM_RIGHTS). */
#ifndef PROCESS_PASS_H
#define PROCESS_PASS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PASS_MAX = 2 };

/* One message of n bytes, n > 0, with so many descriptors, which stay the sender's own, too. */
bool pass_send(int socket, const void *bytes, size_t n, const int *fds, unsigned count);

/* The next message, cut to `room`: its length, 0 at the end, -1 with errno. fds[] are what came along,
 * close-on-exec, -1 behind the last; more than PASS_MAX never arrive. */
ssize_t pass_receive(int socket, void *bytes, size_t room, int fds[PASS_MAX]);

#endif
