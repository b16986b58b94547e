/* tcpip-forward (RFC 4254 section 7.1), streamlocal-forward@openssh.com and auth-agent-req@openssh.com: what
 * connects to a socket here becomes a channel to the peer. A child that has become the user binds it and
 * passes it on, or, of a unix socket, the connections (keeper.c). Until it has answered, nothing more of
 * the peer is parsed. */
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "network/address.h"
#include "process/child.h"
#include "process/error.h"
#include "process/pass.h"
#include "server/internal.h"

_Static_assert(sizeof(struct forwards) <= LIMIT_BLOCK_BYTES, "all listeners fit their block");

static struct forwards *all(const struct conn *c)
{
    return c->forwards != NULL ? (struct forwards *)(void *)c->forwards->bytes : NULL;
}

/* --- one of them --- */
static void reset(struct forward *f)
{
    memset(f, 0, sizeof *f);
    f->child.fd = f->sockets[0].fd = f->sockets[1].fd = f->waiting = -1;
}

static void stop(struct forward *f)
{
    if (f->waiting >= 0)
        close(f->waiting);
    for (unsigned i = 0; i < PASS_MAX; i++)
        stream_stop(&f->sockets[i]);
    stream_stop(&f->child); /* which removes the socket's file then */
    reset(f);
}

static struct forward *find(const struct conn *c, int kind, struct span name, uint32_t port)
{
    struct forwards *all_of_them = all(c);
    for (unsigned i = 0; all_of_them != NULL && i < LIMIT_LISTENERS; i++) {
        struct forward *f = &all_of_them->list[i];
        if ((int)f->kind == kind && f->port == port && (name.p == NULL || span_is(name, f->name)))
            return f;
    }
    return NULL;
}

/* A free place; the first one makes the table. */
static struct forward *take(struct conn *c)
{
    if (c->forwards == NULL && (c->forwards = pool_take(&c->server->pool)) != NULL) {
        c->forwards->high = sizeof(struct forwards);
        all(c)->asking = CHANNEL_NONE;
        for (unsigned i = 0; i < LIMIT_LISTENERS; i++)
            reset(&all(c)->list[i]);
    }
    return find(c, FORWARD_NONE, (struct span){ 0 }, 0);
}

const char *forward_agent(const struct conn *c)
{
    const struct forward *f = find(c, FORWARD_AGENT, (struct span){ 0 }, 0);
    return f != NULL && !f->asked ? f->name : NULL;
}

void forward_stop(struct conn *c)
{
    for (unsigned i = 0; c->forwards != NULL && i < LIMIT_LISTENERS; i++)
        stop(&all(c)->list[i]);
    if (c->forwards != NULL)
        pool_give(&c->server->pool, c->forwards);
    c->forwards = NULL;
}

/* A container may end with the server: files are to be gone before. */
void forward_farewell(const struct conn *c, int *patience_ms)
{
    for (unsigned i = 0; c->forwards != NULL && i < LIMIT_LISTENERS; i++) {
        struct pollfd p = { .fd = all(c)->list[i].child.fd, .events = POLLRDHUP };
        if (p.fd >= 0 && shutdown(p.fd, SHUT_WR) == 0 && poll(&p, 1, *patience_ms) == 0)
            *patience_ms = 0;
    }
}

/* --- asked for --- */
static int kind_of(const struct channel_event *e)
{
    switch (e->kind) {
    case CHANNEL_AGENT:
        return FORWARD_AGENT;
    case CHANNEL_LISTEN_TCP:
    case CHANNEL_CANCEL_TCP:
        return FORWARD_TCP;
    default:
        return FORWARD_UNIX;
    }
}

static bool permitted(const struct conn *c, const struct keeper *k)
{
    const struct grant *g = &c->grant;
    if (c->server->config->no_forwarding)
        return false;
    if (features.agent && k->kind == FORWARD_AGENT)
        return g->agent_forwarding;
    return g->port_forwarding &&
           (IS_TCP(k->kind) ? dial_permitted(g->permit_listen, k->name, k->port)
                            : g->permit_listen.n == 0 && k->name[0] != 0);
}

static void answer(struct conn *c, unsigned channel, bool yes, uint32_t port)
{
    session_answer(&c->session, channel, yes, port);
}

void forward_ask(struct conn *c, const struct channel_event *e)
{
    struct keeper k = { .user = c->user,
                        .kind = kind_of(e),
                        .everywhere = c->server->config->gateway_ports,
                        .port = e->port };
    int ends[2];
    struct span name = e->name.p != NULL ? e->name : span_text("");
    span_copy_text(name, k.name, sizeof k.name);
    if (features.agent && k.kind == FORWARD_AGENT && forward_agent(c) != NULL) {
        answer(c, e->channel, true, 0); /* one is enough for all of a connection's programs */
        return;
    }
    bool may = permitted(c, &k);
    struct forward *f = may ? take(c) : NULL;
    if (!may)
        log_line(&c->server->log, LOG_INFO,
                 "Refused to listen for %s from %s port %u on %s port %u", c->user.name, c->address,
                 c->port, k.name, k.port);
    if (f == NULL || (e->port != 0 && find(c, k.kind, name, e->port) != NULL) ||
        !dial_pair(c, ends)) {
        answer(c, e->channel, false, 0);
        return;
    }
    struct child child = { &k.user, -1, ends[1], -1, false, c->server->child_files };
    if (child_fork(&child) == 0)
        keeper_run(&k);
    close(ends[1]);
    f->kind = k.kind;
    f->asked = true;
    f->port = k.port;
    memcpy(f->name, k.name, sizeof f->name);
    all(c)->asking = e->channel;
    unsigned which = 2 * (unsigned)(f - all(c)->list);
    stream_start(c, which, &f->child, ends[0], WATCH_BIND);
}

/* What the child answered; false: not yet. */
static bool settle(struct conn *c, struct forward *f)
{
    struct kept said = { .error = EIO };
    int fds[PASS_MAX] = { -1, -1 };
    unsigned channel = all(c)->asking, which = 2 * (unsigned)(f - all(c)->list);
    if (!f->child.ready)
        return false;
    ssize_t n = pass_receive(f->child.fd, &said, sizeof said, fds);
    if (n < 0 && errno == EAGAIN) {
        f->child.ready = false;
        return false;
    }
    unsigned came = 0;
    for (; came < PASS_MAX && fds[came] >= 0; came++)
        stream_start(c, which + came, &f->sockets[came], fds[came], WATCH_FORWARD);
    bool good = n == (ssize_t)sizeof said && said.error == 0 && came == said.sockets;
    if (!good) {
        log_line(&c->server->log, LOG_INFO,
                 "Cannot listen for %s from %s port %u on %s port %u: %s", c->user.name, c->address,
                 c->port, f->name, f->port, error_text(said.error));
        stop(f);
    } else {
        f->asked = false;
        f->port = said.port;
        if (IS_TCP(f->kind))
            stream_stop(&f->child);
        if (features.agent && f->kind == FORWARD_AGENT)
            span_copy_text(span_of(said.path, strnlen(said.path, sizeof said.path)), f->name,
                           sizeof f->name);
    }
    all(c)->asking = CHANNEL_NONE;
    answer(c, channel, good, said.port);
    return true;
}

bool forward_cancel(struct conn *c, const struct channel_event *e)
{
    struct forward *f = find(c, kind_of(e), e->name, e->port);
    if (f == NULL)
        return false;
    stop(f);
    return true;
}

/* --- connected to --- */
/* Offers what was accepted to the peer; false: it has to wait. */
static bool offer(struct conn *c, struct forward *f)
{
    union address from = { 0 };
    socklen_t n = sizeof from;
    char address[ADDRESS_MAX] = "";
    struct channel_offer o = { .kind = IS_TCP(f->kind)           ? OFFER_TCP
                                       : f->kind == FORWARD_UNIX ? OFFER_UNIX
                                                                 : OFFER_AGENT,
                               .address = span_text(f->name),
                               .port = f->port };
    if (o.kind == OFFER_TCP && getpeername(f->waiting, &from.any, &n) == 0) {
        address_text(&from, address, &o.from_port);
        setsockopt(f->waiting, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    }
    o.from = span_text(address);
    int channel = session_offer(&c->session, &o);
    if (channel < 0)
        return false;
    int fd = f->waiting;
    f->waiting = -1;
    if (!job_connect(c, (unsigned)channel, fd)) { /* closed as soon as the peer has opened it */
        session_drained(&c->session, (unsigned)channel);
        session_finish(&c->session, (unsigned)channel, 0);
    }
    return true;
}

/* The next connection, of a file's from the child that accepts; -1 with errno. */
static int accept_one(const struct forward *f, int fd)
{
    int fds[PASS_MAX];
    char nothing;
    if (IS_TCP(f->kind))
        return accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    ssize_t n = pass_receive(fd, &nothing, 1, fds);
    if (n >= 0 && fds[0] < 0)
        errno = n == 0 ? EAGAIN
                       : EMFILE; /* nothing will come any more; or there was no descriptor for it */
    return fds[0];
}

static bool accept_all(struct conn *c, struct forward *f, struct stream *st)
{
    bool moved = false;
    while (f->waiting >= 0 || st->ready) {
        if (f->waiting < 0)
            f->waiting = accept_one(f, st->fd);
        if (f->waiting < 0 && errno == ECONNABORTED)
            continue;
        if (f->waiting < 0) {
            st->ready = errno != EAGAIN; /* no descriptors: the next turn may find some */
            break;
        }
        if (!offer(c, f))
            break;
        moved = true;
    }
    return moved;
}

static bool move(struct conn *c, struct forward *f)
{
    if (f->asked)
        return settle(c, f);
    if (!IS_TCP(f->kind))
        return accept_all(c, f, &f->child);
    bool moved = accept_all(c, f, &f->sockets[0]);
    return accept_all(c, f, &f->sockets[1]) || moved;
}

bool forward_turn(struct conn *c)
{
    bool moved = false;
    if (c->forwards == NULL)
        return false;
    if (all(c)->asking != CHANNEL_NONE && c->in.ready && conn_peer_left(c)) {
        session_fail(&c->session, REASON_PEER_CLOSED);
        return false;
    }
    for (unsigned i = 0; i < LIMIT_LISTENERS; i++) {
        struct forward *f = &all(c)->list[i];
        if (f->kind != FORWARD_NONE)
            moved = move(c, f) || moved;
    }
    return moved;
}

void forward_mark(struct conn *c, enum watch_kind kind, unsigned which)
{
    if (c->forwards == NULL || which / 2 >= LIMIT_LISTENERS)
        return;
    struct forward *f = &all(c)->list[which / 2];
    struct stream *st = kind == WATCH_BIND ? &f->child : &f->sockets[which % 2];
    st->ready = st->fd >= 0;
}
