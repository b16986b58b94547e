/* Signals, which are read like bytes: none ever interrupts anything. */
#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/features.h"
#include "process/child.h"
#include "server/internal.h"

static void reap_job(struct conn *c, pid_t pid, int status)
{
    for (unsigned i = 0; i < c->jobs_used; i++) {
        struct job *j = conn_job(c, i);
        if (j->pid != pid)
            continue;
        if (j->dialing)
            j->pid = 0; /* what it had to say, it has said */
        else
            job_exited(c, i, status);
        server_queue(c->server, c);
    }
}

static void reap(struct server *s)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        if (features.upgrade && pid == s->heir)
            upgrade_ended(s, status);
        if (features.upgrade && pid == s->elder) {
            s->elder = 0;
            s->alone_ms = s->now_ms;
        }
        for (unsigned i = 0; features.hung_homes && i < LOST; i++)
            if (s->lost[i].pid == pid)
                s->lost[i].pid = 0;
        for (unsigned i = 0; i < s->conns_used; i++)
            if (s->conns[i].login.pid == pid)
                s->conns[i].login.pid = 0; /* the number may be another process's soon */
        for (unsigned i = 0; i < s->conns_used; i++)
            if (s->conns[i].state == CONN_LIVE)
                reap_job(&s->conns[i], pid, status);
    }
}

/* The log was for a terminal, which is gone: there SIGHUP is what it always was, the end. */
static bool has_hung_up(void)
{
    return write(2, "", 0) < 0 && errno == EIO;
}

static void handle(struct server *s, unsigned number)
{
    if (features.upgrade && s->heir > 0 && number != SIGCHLD && number != SIGUSR1 &&
        number != SIGUSR2)
        kill(s->heir,
             (int)number); /* its server as well, whichever of the two has the connections */
    if (number == SIGCHLD)
        reap(s);
    else if (features.reload && number == SIGHUP && !has_hung_up())
        identity_reload(s);
    else if (features.upgrade && number == SIGUSR1)
        upgrade_drain(s);
    else if (features.upgrade && number == SIGUSR2)
        upgrade_start(s);
    else {
        if (!s->stopping)
            log_line(&s->log, LOG_INFO, "Received signal %u; terminating.", number);
        s->stopping = true;
    }
}

void signals_read(struct server *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info)
        handle(s, info.ssi_signo);
}

/* From the first moment, so that one that comes early is heard of later. */
void signals_hold(struct server *s)
{
    sigset_t *set = &s->heard;
    sigemptyset(set);
    sigaddset(set, SIGCHLD);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    if (features.upgrade) {
        sigaddset(set, SIGUSR1);
        sigaddset(set, SIGUSR2);
    }
    if (!child_ignores(SIGHUP))
        sigaddset(set, SIGHUP);   /* else nohup's: blocked, it would come out all the same */
    child_ignore(SIGCHLD, false); /* may be inherited, too */
    sigprocmask(SIG_BLOCK, set, NULL);
}

bool signals_start(struct server *s)
{
    child_ignore(SIGPIPE, true);
    s->signals = signalfd(-1, &s->heard, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signals < 0)
        return false;
    server_watch(s, s->signals, WATCH_SIGNAL, 0, 0, false);
    return true;
}
