/* The far side of the legacy scp protocol, for machines without an scp program. */
#ifndef SFTP_SCP_H
#define SFTP_SCP_H

#include <stdbool.h>
#include <stddef.h>

#include "sftp/sftp.h"

enum { SCP_WORDS_MAX = 64 };

/* Takes a command line apart as a shell would, in place, when it is `scp -t …` or `scp -f …` in plain words: quotes
 * and backslashes, and ~ for the home directory, where this process has to be. 0: it is something else, or
 * needs a shell (for a pattern, a variable, …); the line may have been changed nevertheless. Ends in a
 * NULL. */
int scp_words(char *command, char *words[SCP_WORDS_MAX + 1]);

/* Serves the client; descriptors, rights and working directory as for sftp_main(). The exit status. */
int scp_main(int in, int out, const struct sftp_config *config, int argc, char *const argv[]);

#endif
