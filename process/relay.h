/* Bytes between two sockets, by processes of their own. */
#ifndef PROCESS_RELAY_H
#define PROCESS_RELAY_H

/* In a child: copies both ways, each end of input carried on as one, until both ways ended or `server`, one
 * end of a socket pair, is closed at the other side; then ends this process and the one it makes. Whatever
 * somebody sends through `user` that is more than bytes (unix(7), SCM_RIGHTS) is closed here, which can take
 * as long as he likes. */
_Noreturn void relay_run(int user, int server);

#endif
