/* What a process 1 has to do, and little else: start two children, hand signals on, reap. It never gets as far as the
 * server's memory, and has no secret but what came in the environment, which is wiped.
 *
 * Every signal is blocked and asked for by sigwaitinfo(), so none can come at a wrong time; process 1 even loses those
 * that it neither blocks nor catches. They go to the program itself, not to its group, which is the program's to tell. */
#include "server/init.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/features.h"
#include "box/box.h"
#include "process/child.h"
#include "process/path.h"
#include "server/log.h"
#include "server/server.h"

enum {
    PROGRAM_ROOM = 1024,
    GRACE_S = 2,
    STATUS_FAILED = 1,
    STATUS_CANNOT = 126,
    STATUS_NONE,
    SIGNALLED
};

struct init {
    const struct config *config;
    pid_t server, program; /* 0: not there, or no more */
    int status;
    bool failed;
};

/* Wiped, since /proc/PID/environ shows this very memory. */
static void forget_variables(void)
{
    char **to = environ;
    for (char **from = environ; *from != NULL; from++)
        if (strncmp(*from, "NANO_SSH_", 9) == 0)
            memset(*from, 0, strlen(*from));
        else
            *to++ = *from;
    *to = NULL;
}

/* --- the two children --- */
/* In a session of its own, so that no terminal's signal reaches it. Its output is not the program's: it has none. */
static void start_server(struct init *i)
{
    pid_t parent = getpid(), pid = _Fork();
    if (pid == 0) {
        child_default_signals();
        setsid();
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(STATUS_FAILED);
        close(0);
        close(1);
        _exit(server_run(i->config));
    }
    i->server = pid;
}

static int cannot_run(const struct init *i)
{
    int e = errno;
    child_complain("cannot run", i->config->program[0]);
    return e == ENOENT ? STATUS_NONE : STATUS_CANNOT;
}

/* A program of the PATH goes before a command of the same name that is built in. */
_Noreturn static void become(const struct init *i)
{
    char found[PROGRAM_ROOM];
    char **argv = i->config->program;
    const char *file = strchr(argv[0], '/') != NULL ? argv[0] : found;
    setpgid(0, 0);
    tcsetpgrp(0, getpid()); /* where there is a terminal; SIGTTOU is still blocked */
    child_default_signals();
    if (file == argv[0] || path_find(found, sizeof found, argv[0], getenv("PATH")))
        execve(file, argv, environ);
    else if (features.shell)
        box_become(argv, environ);
    else
        errno = ENOENT;
    _exit(cannot_run(i));
}

/* --- their ends --- */
static void program_ended(struct init *i, int status)
{
    i->program = 0;
    i->status = status;
    if (i->server > 0)
        kill(i->server, SIGTERM);
}

/* A server that was told to end, or whose time was over, has not failed. */
static void server_ended(struct init *i, int status)
{
    i->server = 0;
    if (status == 0 || i->program == 0)
        return;
    i->failed = i->config->strict;
    log_line(&(struct log){ LOG_ERROR, 2, 0, "" }, LOG_ERROR, "SSH has ended with status %d%s",
             status, i->failed ? "; terminating." : "");
    if (i->failed)
        kill(i->program, SIGTERM);
}

static void reap(struct init *i)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        status = WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
        if (pid == i->program)
            program_ended(i, status);
        else if (pid == i->server)
            server_ended(i, status);
    }
}

int init_run(const struct config *c)
{
    struct init i = { .config = c };
    sigset_t all;
    child_default_signals(); /* an ignored SIGCHLD would leave nothing to wait for */
    memset(&all, -1, sizeof all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    start_server(&i);
    forget_variables();
    if (c->ready_fd != CONFIG_UNSET)
        close(c->ready_fd);
    i.program = _Fork();
    if (i.program == 0)
        become(&i);
    if (i.program < 0)
        program_ended(&i, cannot_run(&i));
    if (i.server < 0)
        server_ended(&i, STATUS_FAILED);
    while (i.program > 0 || i.server > 0) {
        static const struct timespec grace = { .tv_sec = GRACE_S };
        int number = sigtimedwait(&all, NULL, i.program > 0 ? NULL : &grace);
        if (number == SIGCHLD)
            reap(&i);
        else if (number > 0 && i.program > 0)
            kill(i.program, number);
        else if (number < 0 && errno == EAGAIN)
            kill(i.server, SIGKILL);
    }
    return i.failed ? STATUS_FAILED : i.status;
}
