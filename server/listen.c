/* Listening sockets: TCP over IPv4 and IPv6, unix sockets, vsock. Addresses are numeric, so nothing
 * is ever looked up. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "server/internal.h"

enum { BACKLOG = 128, ACCEPTS_PER_TURN = 16, PAUSE_MS = 200 };

/* vsock(7); its header would need the kernel's own. */
struct sockaddr_vsock {
    sa_family_t family;
    uint16_t reserved;
    uint32_t port, cid;
    uint8_t zero[4];
};
#define VSOCK_ANY_CID 0xffffffffu

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un un;
    struct sockaddr_vsock vsock;
};

/* --- addresses as text --- */
static void address_text(const union address *a, char text[ADDRESS_MAX], unsigned *port)
{
    *port = 0;
    if (a->any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &a->v4.sin_addr, text, ADDRESS_MAX);
        *port = ntohs(a->v4.sin_port);
    } else if (a->any.sa_family == AF_INET6) {
        if (IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
            inet_ntop(AF_INET, a->v6.sin6_addr.s6_addr + 12, text, ADDRESS_MAX);
        else
            inet_ntop(AF_INET6, &a->v6.sin6_addr, text, ADDRESS_MAX);
        *port = ntohs(a->v6.sin6_port);
    } else if (a->any.sa_family == AF_VSOCK) {
        text_format(text, ADDRESS_MAX, "vsock:%u", a->vsock.cid);
        *port = a->vsock.port;
    } else {
        strcpy(text, a->any.sa_family == AF_UNIX ? "unix" : "UNKNOWN");
    }
}

static bool parse_port(struct span s, uint16_t *port)
{
    uint64_t n;
    if (!text_number(s, 65535, &n))
        return false;
    *port = htons((uint16_t)n);
    return true;
}

/* PORT, ADDR:PORT or [ADDR6]:PORT; a port alone is every address of both families. */
static bool parse_tcp(const char *text, union address *a, socklen_t *n)
{
    char host[ADDRESS_MAX] = "";
    const char *colon = strrchr(text, ':');
    struct span h = span_of(text, colon ? (size_t)(colon - text) : 0);
    uint16_t port;
    if (h.n >= 2 && h.p[0] == '[' && h.p[h.n - 1] == ']')
        h = span_of(h.p + 1, h.n - 2);
    if (!parse_port(span_text(colon ? colon + 1 : text), &port) ||
        !span_copy_text(h, host, sizeof host))
        return false;
    memset(a, 0, sizeof *a);
    if (colon != NULL && inet_pton(AF_INET, host, &a->v4.sin_addr) == 1) {
        a->v4.sin_family = AF_INET;
        a->v4.sin_port = port;
        *n = sizeof a->v4;
        return true;
    }
    a->v6.sin6_family = AF_INET6;
    a->v6.sin6_port = port;
    *n = sizeof a->v6;
    return colon == NULL || inet_pton(AF_INET6, host, &a->v6.sin6_addr) == 1;
}

static bool parse(const char *text, union address *a, socklen_t *n)
{
    struct span s = span_text(text);
    uint64_t port;
    if (span_starts(s, "unix:")) {
        a->un.sun_family = AF_UNIX;
        *n = sizeof a->un;
        return span_copy_text(span_text(text + 5), a->un.sun_path, sizeof a->un.sun_path) &&
               a->un.sun_path[0] != 0;
    }
    if (span_starts(s, "vsock:")) {
        if (!text_number(span_text(text + 6), UINT32_MAX - 1, &port))
            return false;
        a->vsock = (struct sockaddr_vsock){ .family = AF_VSOCK, .port = (uint32_t)port,
                                            .cid = VSOCK_ANY_CID };
        *n = sizeof a->vsock;
        return true;
    }
    return parse_tcp(text, a, n);
}

/* --- listening --- */
/* A unix socket that nobody listens on any more is a left-over and may go. */
static void remove_stale(const union address *a)
{
    struct stat st;
    if (lstat(a->un.sun_path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, &a->any, sizeof a->un) != 0 && errno == ECONNREFUSED)
        unlink(a->un.sun_path);
    if (fd >= 0)
        close(fd);
}

static int open_listener(union address *a, socklen_t n)
{
    int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    if (a->any.sa_family == AF_UNIX)
        remove_stale(a);
    else
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    if (a->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr))
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ 0 }, sizeof(int));
    if (bind(fd, &a->any, n) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int e = errno;
    close(fd);
    errno = e;
    return -1;
}

static bool listen_on(struct server *s, struct listener *l, const char *text)
{
    union address a;
    socklen_t n;
    char name[ADDRESS_MAX];
    unsigned port;
    if (!parse(text, &a, &n)) {
        log_line(&s->log, LOG_ERROR,
                 "cannot listen on \"%s\": use PORT, ADDRESS:PORT, unix:PATH or vsock:PORT", text);
        return false;
    }
    l->fd = open_listener(&a, n);
    if (l->fd < 0 && errno == EAFNOSUPPORT && strchr(text, ':') == NULL) { /* no IPv6 here */
        a.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = a.v6.sin6_port };
        n = sizeof a.v4;
        l->fd = open_listener(&a, n);
    }
    if (l->fd < 0) {
        log_line(&s->log, LOG_ERROR, "cannot listen on %s: %s", text, strerror(errno));
        return false;
    }
    if (a.any.sa_family == AF_UNIX) {
        l->unlink_path = text + 5;
        log_line(&s->log, LOG_INFO, "Server listening on %s.", text);
    } else {
        getsockname(l->fd, &a.any, &n);
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
    const char *limit = NULL;
    if (s->startups > k->max_startups)
        limit = "past --max-startups";
    else if (k->max_per_source != 0 && from_source(s, c->address) > k->max_per_source)
        limit = "past --max-per-source";
    if (limit != NULL) {
        log_line(&s->log, LOG_INFO, "drop connection from %s port %u: %s", c->address, c->port,
                 limit);
        conn_close(c);
        return;
    }
    log_line(&s->log, LOG_VERBOSE, "Connection from %s port %u on %s port %u", c->address, c->port,
             c->local, c->local_port);
    server_queue(s, c);
}

void listen_accept(struct server *s, unsigned listener)
{
    for (int i = 0; s->listeners[listener].fd >= 0; i++) {
        if (i == ACCEPTS_PER_TURN) { /* the others' turn first */
            s->accept_again_ms = s->now_ms;
            return;
        }
        int fd = accept4(s->listeners[listener].fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == ECONNABORTED || errno == EINTR))
            continue;
        if (fd < 0 && errno != EAGAIN) {
            log_line(&s->log, LOG_ERROR, "cannot accept: %s", strerror(errno));
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
