/* SIGUSR2: the program's file, which may be a newer one by now, takes over the listening sockets; nobody is refused, and no
 * connection ends.
 *
 * A child executes it, the heir. As soon as that listens (SIGUSR1 to us) nothing is accepted here any more. When our last
 * connection has ended, this process executes the file, too, so that it stays the one that a supervisor knows, and lets
 * the heir end with its last connection by SIGUSR1. An heir that fails changes nothing; nor does a file that would not start by
 * then: the heir, which is this process's child and ends with it, goes on. There are never more than these two. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/features.h"
#include "base/text.h"
#include "process/child.h"
#include "server/internal.h"

enum { VARIABLES = 512, SIGNALLED = 128, EXIT_CANNOT_RUN = 127, AGAIN_MS = 10000 };

/* Up to the last place, which stays empty; false: there are more. */
static bool copy(char **to, char *const *from)
{
    for (int i = 2; i < VARIABLES && *from != NULL; i++)
        *to++ = *from++;
    return *from == NULL;
}

/* As it was started, but with the sockets, and for `other` to be told. Comes back where that cannot be done. */
static void become(const struct server *s, pid_t other, char *const *arguments)
{
    static char text[48], *variables[VARIABLES]; /* the code is shorter than for the stack */
    unsigned long long said = 0;
    for (int i = 0; i < CONFIG_LISTENERS; i++) {
        int fd = s->listeners[i].fd;
        if (fd < 0)
            continue;
        if (fd >= 32 || fcntl(fd, F_SETFD, 0) != 0)
            return; /* rather than with one that is missing */
        said |= 1ull << 32 << fd;
    }
    text_format(text, sizeof text, "NANO_SSH_UPGRADE=%llu", said | (unsigned)other);
    variables[0] = text;
    if (!copy(variables + 1, environ + (s->config->predecessor != 0)))
        return; /* as above; the variable of an upgrade came first */
    child_set_files(s->child_files, true);
    execve((const char *)getauxval(AT_EXECFN), arguments, variables);
}

bool upgrade_is_going_on(const struct server *s)
{
    return s->elder != 0 || (s->config->predecessor != 0 && s->config->predecessor == getppid());
}

void upgrade_start(struct server *s)
{
    const struct config *c = s->config;
    pid_t pid = -1;
    if (!s->draining && !s->key_in_memory && s->heir == 0 && !c->inetd && c->program == NULL &&
        !upgrade_is_going_on(s) && getpid() != 1)
        pid = _Fork();
    if (pid == 0) {
        become(s, getppid(), c->arguments);
        _exit(EXIT_CANNOT_RUN);
    }
    if (pid > 0)
        s->heir = pid;
    else
        log_line(&s->log, LOG_ERROR, "Upgrade refused: not now, or not with a key in memory");
}

void upgrade_ended(struct server *s, int wait_status)
{
    log_line(&s->log, LOG_ERROR, "Upgrade failed: status %d",
             WIFSIGNALED(wait_status) ? SIGNALLED + WTERMSIG(wait_status)
                                      : WEXITSTATUS(wait_status));
    s->heir = 0;
    s->finish_ms = 0;
    s->draining = false;
    s->accept_again_ms = s->now_ms; /* for who came meanwhile */
}

void upgrade_drain(struct server *s)
{
    s->draining = true;
    if (s->heir == 0) /* else the sockets are still to be handed over */
        listen_stop(s);
    log_line(&s->log, LOG_INFO, "Accepting no more.");
}

/* Whether the program's file would start. Nobody waits for us meanwhile. */
static bool would_start(const struct server *s)
{
    static char check[] = "--check", *words[VARIABLES];
    int status;
    pid_t pid = _Fork();
    if (pid == 0) {
        copy(words + 1, s->config->arguments);
        words[0] = words[1];
        words[1] = check;
        become(s, getppid(), words);
        _exit(EXIT_CANNOT_RUN);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

bool upgrade_finish(struct server *s)
{
    if (s->heir <= 0 || s->stopping)
        return false;
    if (s->finish_ms <= s->now_ms) {
        if (would_start(s))
            become(s, s->heir, s->config->arguments);
        if (s->finish_ms == 0)
            log_line(&s->log, LOG_ERROR, "Upgrade waits: the program does not start any more");
        s->finish_ms = s->now_ms + AGAIN_MS;
    }
    return true;
}

void upgrade_ready(struct server *s)
{
    pid_t other = s->config->predecessor;
    if (other <= 0)
        return;
    if (other != getppid())
        s->elder = other;
    kill(other, SIGUSR1);
}
