/* Init mode: a program as the container's main process, with the server beside it. */
#ifndef SERVER_INIT_H
#define SERVER_INIT_H

#include "server/config.h"

/* Runs c->program, and server_run() in a child, until the program has ended; returns its status (128 + the signal), or
 * 1 where the server failed and c->strict is set. */
int init_run(const struct config *c);

#endif
