/* The shell, its commands and what serves files, as a program that this one carries with it. It is packed, so that it takes half
 * of its room, and comes to life in memory: no disk, no /proc is needed. Nothing of the server's is in its process. How it is
 * carried is a choice of the link:
 *
 *   packed.c   unpacked into a memfd and executed from there
 *   linked.c   the same code in this program (tests with sanitizers; kernels without memfd_create)
 *   none.c     no shell (make COMMANDS=none), and what serves files is in this program */
#ifndef BOX_BOX_H
#define BOX_BOX_H

#include <stdbool.h>

/* Becomes it, as the command that argv[0] says: nano-sh (with a '-' before it: a login shell) or any other, internal-sftp, scp. Comes back
 * only where that cannot be; errno says why, ENOENT: there is none in this build. */
void box_become(char *const argv[], char *const environment[]);

/* The exit status of who tried in vain. */
enum { BOX_CANNOT_RUN = 127 };

#endif
