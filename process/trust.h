/* May a file of a user's be believed? sshd's StrictModes: nobody but the user and root can have
 * written it or replaced it on its way. */
#ifndef PROCESS_TRUST_H
#define PROCESS_TRUST_H

#include <stdbool.h>
#include <stddef.h>

#include "process/user.h"

/* Opens a regular file for reading, as whoever the process is now. Every directory up to the user's
 * home (or to / when the file lies elsewhere) is checked too. -1: not there, or not to be believed;
 * then `why` says which, and is empty when the file simply does not exist. */
int trust_open(const char *path, const struct user *u, char *why, size_t room);

#endif
