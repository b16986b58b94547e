/* A password against a file of hashes as shadow(5) has it: name:hash, and perhaps the fields behind it
 * that let accounts and passwords expire. */
#ifndef PROCESS_PASSWORD_H
#define PROCESS_PASSWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/wire.h"

/* Opens the file if it can be believed: trust.h's rules for the server's own user, and not to be read by
 * everybody (/etc/shadow is 0640 on many systems). -1: `why` says what is wrong. */
int password_open(const char *path, char *why, size_t room);

/* Is it the user's? Computes for as long as the hash asks for, so in a child of its own. That time is
 * the same for a user who is not `known`, not in the file, locked or expired, as it is for the first
 * user there who can be let in. On a no `why` says what is wrong with the file or the user's line, and is
 * empty when it is only the password; no hash and no password is ever part of it. */
bool password_check(const char *path, const char *user, bool known, struct span password, char *why,
                    size_t room);

#endif
