/* direct-tcpip (RFC 4254 section 7.2) and direct-streamlocal@openssh.com: a child that has become the user
 * looks the name up, connects and passes the socket back. Neither a slow name server nor the server's own
 * rights come into it. A unix socket stays with the child, which copies (process/relay.h): whoever is at its
 * other end could send descriptors whose closing takes as long as he likes. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network/dial.h"
#include "process/child.h"
#include "process/error.h"
#include "process/pass.h"
#include "process/relay.h"
#include "server/internal.h"

enum { DIAL_MS = 60000 };

/* All that the child gets to know, on its stack, and what it answers. */
struct target {
    struct user user;
    bool tcp;
    uint32_t port;
    char name[LIMIT_HOST + 1];
};

struct outcome {
    int failure, error; /* for dial_text(); 0: the socket comes along */
};

_Noreturn static void run(const struct target *t)
{
    child_enter_home(&t->user); /* where a relative path begins */
    bool tcp = features.local_tcp && (t->tcp || !features.local_unix);
    int fd = tcp ? dial_tcp(&resolver_default, t->name, t->port, DIAL_MS) : dial_unix(t->name);
    struct outcome o = { fd < 0 ? fd : 0, errno };
    int ends[2] = { fd, -1 };
    if (!tcp && fd >= 0 && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        o = (struct outcome){ DIAL_FAILED, errno };
    bool good = pass_send(1, &o, sizeof o, ends, o.failure == 0);
    if (tcp || o.failure != 0 || !good)
        _exit(!good);
    close(1);
    close(ends[0]);
    relay_run(fd, ends[1]);
}

/* Also what is listened on is held against such a list. */
bool dial_permitted(struct span list, const char *name, uint32_t port)
{
    struct reader r = reader_of(list);
    bool found = list.n == 0;
    while (features.key_options && !found && !r.bad && !get_done(&r)) {
        struct span host = get_string(&r);
        uint32_t only = get_u32(&r);
        found =
            !r.bad && (span_is(host, "*") || span_is(host, name)) && (only == 0 || only == port);
    }
    return found;
}

/* A list of hosts and ports does not mean that sockets of the file system are open. */
static bool permitted(const struct conn *c, const struct target *t)
{
    const struct grant *g = &c->grant;
    return g->port_forwarding && !c->server->config->no_forwarding &&
           (t->tcp ? dial_permitted(g->permit_open, t->name, t->port) : g->permit_open.n == 0);
}

/* One user's forwards must not keep all others out, and the lowest free number is what the system gives. */
bool dial_pair(const struct conn *c, int ends[2])
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    if ((unsigned)ends[1] < c->server->forward_files)
        return true;
    close(ends[0]);
    close(ends[1]);
    errno = EMFILE;
    return false;
}

static unsigned dials(struct conn *c)
{
    unsigned n = 0;
    for (unsigned i = 0; i < c->jobs_used; i++)
        n += conn_job(c, i)->dialing;
    return n;
}

void dial_start(struct conn *c, const struct channel_event *e)
{
    struct target t = { .user = c->user, .tcp = e->kind == CHANNEL_DIRECT_TCP, .port = e->port };
    struct job *j = conn_job(c, e->channel);
    int ends[2];
    span_copy_text(e->name, t.name, sizeof t.name);
    if (!permitted(c, &t)) {
        log_line(&c->server->log, LOG_INFO, "Refused to connect %s from %s port %u to %s port %u",
                 c->user.name, c->address, c->port, t.name, t.port);
        session_refused(&c->session, e->channel, OPEN_PROHIBITED, "not permitted");
        return;
    }
    errno = EAGAIN;
    if (dials(c) == LIMIT_DIALS || !dial_pair(c, ends)) {
        session_refused(&c->session, e->channel, OPEN_SHORTAGE, error_text(errno));
        return;
    }
    struct child child = { &t.user, -1, ends[1], -1, false, c->server->child_files };
    pid_t pid = child_fork(&child);
    if (pid == 0)
        run(&t); /* which touches nothing of `j`: the child does not have it */
    j->pid = pid;
    close(ends[1]);
    j->dialing = true; /* a child that could not be made is one that says nothing */
    stream_start(c, e->channel, &j->out, ends[0], WATCH_OUT);
}

bool dial_turn(struct conn *c, unsigned channel)
{
    struct job *j = conn_job(c, channel);
    struct outcome o;
    int fds[PASS_MAX];
    if (!j->out.ready)
        return false;
    ssize_t n = pass_receive(j->out.fd, &o, sizeof o, fds);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        j->out.ready = errno == EINTR;
        return false;
    }
    stream_stop(&j->out);
    job_reset(j);
    if (fds[0] >= 0 && job_connect(c, channel, fds[0])) {
        session_opened(&c->session, channel);
        return true;
    }
    const char *why = "the connecting process failed";
    if (n == (ssize_t)sizeof o && o.failure != 0) {
        errno = o.error;
        why = dial_text(o.failure);
    }
    session_refused(&c->session, channel, OPEN_CONNECT_FAILED, why);
    return true;
}
