/* What the commands that reach out over the network share. */
#ifndef APPLETS_REACH_H
#define APPLETS_REACH_H

#include <stdbool.h>

#include "applets/applet.h"
#include "network/resolve.h"

enum { REACH_MS = 60000 };

/* Each complains when it is false, or below 0. */
bool reach_host(const char *host, unsigned port, struct resolved *found);
int reach_tcp(const char *host, unsigned port, unsigned ms); /* as dial_tcp(); or -2 */
/* The option's value, in seconds with decimals ("0.2"), as milliseconds; those of `ms` stay where it is not given. */
bool reach_seconds(const struct args *a, char option, unsigned *ms);

/* What stands for a byte: in the table it is in front of its text, one after the other. */
const char *reach_named(const char *table, unsigned n, const char *other);

#endif
