/* Listening sockets, and what is accepted from them. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/features.h"
#include "network/address.h"
#include "network/bind.h"
#include "network/socket.h"
#include "process/error.h"
#include "server/internal.h"

enum { FIRST = 3, ACCEPTS_PER_TURN = 16, PAUSE_MS = 200 };

/* --- listening --- */
static bool bind_text(struct server *s, struct listener *l, const char *text, union address *a)
{
    if (!address_parse(text, a)) {
        log_line(&s->log, LOG_ERROR,
                 features.sockets
                     ? "cannot listen on \"%s\" (--listen, NANO_SSH_LISTEN): use PORT, "
                       "ADDRESS:PORT, unix:PATH or vsock:PORT"
                     : "cannot listen on \"%s\" (--listen): use PORT or ADDRESS:PORT",
                 text);
        return false;
    }
    l->fd = bind_listen(a, BIND_BOTH);
    if (l->fd < 0) {
        log_line(&s->log, LOG_ERROR, "cannot listen on %s: %s", text, error_text(errno));
        return false;
    }
    if (features.sockets && a->any.sa_family == AF_UNIX)
        l->unlink_path = text + 5;
    return true;
}

static bool is_known(sa_family_t family)
{
    return family == AF_INET || family == AF_INET6 ||
           (features.sockets && (family == AF_UNIX || family == AF_VSOCK));
}

/* 0 where there is none. */
static int option(int fd, int name)
{
    int value = 0;
    socklen_t n = sizeof value;
    getsockopt(fd, SOL_SOCKET, name, &value, &n);
    return value;
}

/* A number that systemd hands over, whose file, if it is one, is not ours to remove. */
static bool take(struct server *s, struct listener *l, int fd, union address *a)
{
    socklen_t n = sizeof *a;
    if (option(fd, SO_ACCEPTCONN) == 0 || option(fd, SO_TYPE) != SOCK_STREAM ||
        getsockname(fd, &a->any, &n) != 0 || !is_known(a->any.sa_family)) {
        log_line(&s->log, LOG_ERROR, "LISTEN_FDS: %d is no listening stream socket", fd);
        return false;
    }
    network_adopt(fd);
    l->fd = fd;
    return true;
}

/* fd: that was handed over; -1: none */
static bool listen_on(struct server *s, int i, int fd)
{
    struct listener *l = &s->listeners[i];
    static union address a;
    char name[ADDRESS_MAX];
    unsigned port;
    if (!((features.systemd || features.upgrade) && fd >= 0
              ? take(s, l, fd, &a)
              : bind_text(s, l, s->config->listen[i], &a)))
        return false;
    address_text(&a, name, &port);
    if (features.sockets && a.any.sa_family == AF_UNIX)
        log_line(&s->log, LOG_INFO, "Server listening on unix:%.108s.", a.un.sun_path);
    else
        log_line(&s->log, LOG_INFO, "Server listening on %s port %u.", name, port);
    server_watch(s, l->fd, WATCH_LISTENER, (unsigned)i, 0, false);
    return true;
}

bool listen_start(struct server *s)
{
    const struct config *c = s->config;
    unsigned sockets = features.upgrade ? c->sockets : 0;
    if (features.systemd && c->listen_fds > CONFIG_LISTENERS) {
        log_line(&s->log, LOG_ERROR, "LISTEN_FDS: %d at most", CONFIG_LISTENERS);
        return false;
    }
    if (features.systemd && sockets == 0)
        sockets = ((1u << c->listen_fds) - 1) << FIRST;
    bool taken = sockets != 0;
    for (int i = 0; taken ? sockets != 0 && i < CONFIG_LISTENERS : i < c->listen_n; i++) {
        if (!listen_on(s, i, taken ? __builtin_ctz(sockets) : -1))
            return false;
        sockets &= sockets - 1; /* without the lowest */
    }
    return true;
}

void listen_stop(struct server *s)
{
    for (int i = 0; i < CONFIG_LISTENERS; i++) {
        struct listener *l = &s->listeners[i];
        if (l->fd >= 0)
            close(l->fd);
        if (features.sockets && l->fd >= 0 && l->unlink_path != NULL)
            unlink(l->unlink_path);
        l->fd = -1;
    }
}

/* --- accepting --- */
static void describe(struct conn *c, int fd)
{
    union address a;
    socklen_t n = sizeof a;
    memset(&a, 0, sizeof a);
    if (getpeername(fd, &a.any, &n) != 0)
        a.any.sa_family = AF_UNSPEC;
    address_text(&a, c->address, &c->port);
    n = sizeof a;
    if (getsockname(fd, &a.any, &n) != 0)
        a.any.sa_family = AF_UNSPEC;
    address_text(&a, c->local, &c->local_port);
    if (a.any.sa_family == AF_INET || a.any.sa_family == AF_INET6) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){ 1 }, sizeof(int));
    }
}

static int from_source(const struct server *s, const char *address)
{
    int n = 0;
    for (unsigned i = 0; i < s->conns_used; i++)
        n += s->conns[i].state == CONN_LIVE && strcmp(s->conns[i].address, address) == 0;
    return n;
}

/* Who waits longest without logging in makes room: whoever fills the places with silence must keep
 * refilling them, and others still come through. */
static void make_room(struct server *s, const struct conn *newest)
{
    struct conn *oldest = NULL;
    for (unsigned i = 0; i < s->conns_used; i++) {
        struct conn *c = &s->conns[i];
        if (c != newest && c->state == CONN_LIVE && !c->logged_in &&
            (oldest == NULL || c->session.started_ms < oldest->session.started_ms))
            oldest = c;
    }
    if (oldest == NULL)
        return;
    log_line(&s->log, LOG_INFO, "drop connection from %s port %u: past --max-startups",
             oldest->address, oldest->port);
    conn_close(oldest);
}

struct conn *listen_admit(struct server *s, int fd)
{
    const struct config *k = s->config;
    if (features.timers && k->once) {
        s->draining = true;
        listen_stop(s);
    }
    struct conn *c = conn_start(s, fd);
    if (c == NULL) {
        log_line(&s->log, LOG_INFO, "drop connection: %d connections are open (--max-connections)",
                 s->live);
        close(fd);
        return NULL;
    }
    describe(c, fd);
    if (features.sources && k->max_per_source != 0 &&
        from_source(s, c->address) > k->max_per_source) {
        log_line(&s->log, LOG_INFO, "drop connection from %s port %u: past --max-per-source",
                 c->address, c->port);
        conn_close(c);
        return NULL;
    }
    if (s->startups > k->max_startups)
        make_room(s, c);
    log_line(&s->log, LOG_VERBOSE, "Connection from %s port %u on %s port %u", c->address, c->port,
             c->local, c->local_port);
    server_queue(s, c);
    return c;
}

void listen_accept(struct server *s, unsigned listener)
{
    if (s->accept_again_ms != UINT64_MAX && s->accept_again_ms > s->now_ms)
        return; /* there is a pause */
    for (int i = 0; s->listeners[listener].fd >= 0 && !(features.upgrade && s->draining); i++) {
        if (i == ACCEPTS_PER_TURN) { /* the others' turn first */
            s->accept_again_ms = s->now_ms;
            return;
        }
        int fd = accept4(s->listeners[listener].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == ECONNABORTED || errno == EINTR))
            continue;
        if (fd < 0 && errno != EAGAIN) {
            log_line(&s->log, LOG_ERROR, "cannot accept: %s", error_text(errno));
            s->accept_again_ms = s->now_ms + PAUSE_MS;
        }
        if (fd < 0)
            return;
        listen_admit(s, fd);
    }
}
