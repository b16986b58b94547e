/* Listening sockets, and what is accepted from them. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "network/address.h"
#include "network/bind.h"
#include "process/error.h"
#include "server/internal.h"

enum { ACCEPTS_PER_TURN = 16, PAUSE_MS = 200 };

/* --- listening --- */
static bool listen_on(struct server *s, struct listener *l, const char *text)
{
    union address a;
    if (!address_parse(text, &a)) {
        log_line(&s->log, LOG_ERROR,
                 "cannot listen on \"%s\": use PORT, ADDRESS:PORT, unix:PATH or vsock:PORT", text);
        return false;
    }
    l->fd = bind_listen(&a, BIND_BOTH);
    if (l->fd < 0) {
        log_line(&s->log, LOG_ERROR, "cannot listen on %s: %s", text, error_text(errno));
        return false;
    }
    if (a.any.sa_family == AF_UNIX) {
        l->unlink_path = text + 5;
        log_line(&s->log, LOG_INFO, "Server listening on %s.", text);
    } else {
        char name[ADDRESS_MAX];
        unsigned port;
        address_text(&a, name, &port);
        log_line(&s->log, LOG_INFO, "Server listening on %s port %u.", name, port);
    }
    return true;
}

bool listen_start(struct server *s)
{
    for (int i = 0; i < s->config->listen_n; i++) {
        if (!listen_on(s, &s->listeners[i], s->config->listen[i]))
            return false;
        server_watch(s, s->listeners[i].fd, WATCH_LISTENER, (unsigned)i, 0, false);
    }
    return true;
}

void listen_stop(struct server *s)
{
    for (int i = 0; i < CONFIG_LISTENERS; i++) {
        struct listener *l = &s->listeners[i];
        if (l->fd >= 0)
            close(l->fd);
        if (l->fd >= 0 && l->unlink_path != NULL)
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

void listen_admit(struct server *s, int fd)
{
    const struct config *k = s->config;
    struct conn *c = conn_start(s, fd);
    if (c == NULL) {
        log_line(&s->log, LOG_INFO, "drop connection: %d connections are open (--max-connections)",
                 s->live);
        close(fd);
        return;
    }
    describe(c, fd);
    if (k->max_per_source != 0 && from_source(s, c->address) > k->max_per_source) {
        log_line(&s->log, LOG_INFO, "drop connection from %s port %u: past --max-per-source",
                 c->address, c->port);
        conn_close(c);
        return;
    }
    if (s->startups > k->max_startups)
        make_room(s, c);
    log_line(&s->log, LOG_VERBOSE, "Connection from %s port %u on %s port %u", c->address, c->port,
             c->local, c->local_port);
    server_queue(s, c);
}

void listen_accept(struct server *s, unsigned listener)
{
    if (s->accept_again_ms != UINT64_MAX && s->accept_again_ms > s->now_ms)
        return; /* there is a pause */
    for (int i = 0; s->listeners[listener].fd >= 0; i++) {
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
        if (s->config->once) {
            s->served_once = true;
            listen_stop(s);
        }
    }
}
