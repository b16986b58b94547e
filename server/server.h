/* The server: sockets, children, time. One process, one loop, one root. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "server/config.h"

/* Serves until it is told to stop; returns the process's exit status. */
int server_run(const struct config *c);

#endif
