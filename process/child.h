/* Children: started with file descriptors 0-2 and nothing else, as a given user. */
#ifndef PROCESS_CHILD_H
#define PROCESS_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "process/user.h"

struct child {
    const struct user *user; /* to become; NULL: stays what the server is */
    int in, out, err;        /* > 2, become 0, 1 and 2; -1: /dev/null where there is one */
    bool terminal;           /* `in` is the pty's slave: make it the controlling terminal */
    unsigned long files;     /* its soft limit of open files */
};

/* Allows this process so many files, as far as it may, and not less than there are unless `less`; returns the soft limit
 * there was, for children. */
unsigned long child_set_files(unsigned long wanted, bool less);

/* None is ignored, caught or held back. */
void child_default_signals(void);
bool child_ignores(int number);
void child_ignore(int number, bool yes); /* no: the default */

/* As fork(2). In the child: a session of its own, default signals, only the three descriptors, no
 * right but the user's. What `c` points to must not lie in memory that fork does not hand on. */
pid_t child_fork(const struct child *c);

/* In the child: "nano_ssh_server: WHAT NAME: why" on descriptor 2; errno is why. */
void child_complain(const char *what, const char *name);

/* In the child: the kernel's keys of a session of its own (keyrings(7)); a supervisor gives the server some, which would
 * be every user's. */
void child_own_keys(void);

/* In the child: go to the user's home directory, or with a complaint on descriptor 2 to the root. */
void child_enter_home(const struct user *u);

/* In the child: become the user's shell, with `command` or (NULL) as a login shell. Comes back where that is
 * not there, or its loader is not, or it is for another CPU; any other failure is said on descriptor 2 and
 * ends the process, as does child_no_shell(). */
void child_exec(const struct user *u, const char *command, char *const environment[]);
_Noreturn void child_no_shell(const struct user *u); /* errno says why */

/* SIGHUP, SIGTERM … to everything in the child's process group: with the rights of the server, or with
 * those of the user, for what a client asks for (programs of other users may be in the group). */
void child_signal(pid_t pid, int number);
void child_signal_as(const struct user *u, unsigned long files, pid_t pid, int number);

#endif
