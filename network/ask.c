/* DNS over UDP, and over TCP for what UDP has no room for (RFC 1035 section 4.2). Sockets are connected,
 * so that the kernel drops what comes from elsewhere; every round of questions has a port and an id of its
 * own. */
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include "network/internal.h"

enum { LENGTH = 2, MESSAGE = 4096, AAAA_MS = 500 };

static uint8_t message[LENGTH + MESSAGE];

/* Without it nothing is asked: whoever knows the id can answer. */
static bool random_id(uint8_t id[2])
{
    if (getrandom(id, 2, 0) == 2)
        return true;
    int fd =
        open("/dev/urandom", O_RDONLY | O_CLOEXEC); /* a kernel or a filter without that call */
    ssize_t n = read(fd, id, 2);
    close(fd);
    return n == 2;
}

/* The message behind its length, as far as it comes and has room. */
static struct span ask_tcp(const struct dns_query *q, const union address *server, uint64_t until)
{
    static const struct span none = { message, 0 };
    uint8_t length[LENGTH] = { (uint8_t)(q->n >> 8), (uint8_t)q->n };
    struct pollfd p = { .fd = network_dial(server, 1, until), .events = POLLIN };
    size_t n = 0;
    ssize_t got = 1;
    if (p.fd < 0)
        return none;
    send(p.fd, length, sizeof length, MSG_NOSIGNAL | MSG_MORE);
    send(p.fd, q->p, q->n, MSG_NOSIGNAL);
    while (got > 0 && (n < LENGTH || n < LENGTH + ((size_t)message[0] << 8 | message[1])) &&
           network_wait(&p, 1, until)) {
        got = recv(p.fd, message + n, sizeof message - n, 0);
        n += got > 0 ? (size_t)got : 0;
    }
    close(p.fd);
    return n < LENGTH ? none : span_of(message + LENGTH, n - LENGTH);
}

/* Some servers never say a word about AAAA. */
static bool is_enough(const struct dns_query *q, const struct resolved *found)
{
    return found->n != 0 && !(q->open >> DNS_V4 & 1);
}

static void ask_server(struct dns_query *q, const union address *server, struct resolved *found,
                       uint64_t until)
{
    struct pollfd p = { .fd = network_open(server, SOCK_DGRAM), .events = POLLIN };
    unsigned waiting = 0;
    found->server = server;
    found->code = RESOLVE_SILENT;
    for (unsigned family = 0; family < DNS_FAMILIES && p.fd >= 0; family++) {
        if (!(q->open >> family & 1))
            continue;
        dns_query_for(q, family);
        if ((waiting == 0 && !random_id(q->p)) || send(p.fd, q->p, q->n, MSG_NOSIGNAL) < 0) {
            waiting = 0; /* the second is told when the first met nobody */
            break;
        }
        waiting++;
    }
    while (waiting > 0 && network_wait(&p, 1, until)) {
        ssize_t n = recv(p.fd, message, sizeof message, 0);
        if (n < 0 && errno != EAGAIN)
            break; /* nobody listens there */
        enum dns_answer answer = dns_answer(q, span_of(message, n < 0 ? 0 : (size_t)n), found);
        if (answer == DNS_OTHER)
            continue;
        if (answer == DNS_CUT)
            dns_answer(q, ask_tcp(q, server, until), found);
        waiting--;
        uint64_t soon = network_now() + AAAA_MS;
        if (is_enough(q, found) && soon < until)
            until = soon;
    }
    close(p.fd);
}

int ask_servers(const struct configuration *c, struct dns_query *q, struct resolved *found,
                uint64_t until)
{
    for (unsigned i = 0; i < c->options[ATTEMPTS] * c->servers_n; i++) {
        uint64_t now = network_now(), turn = now + c->options[TIMEOUT] * UINT64_C(1000);
        if (q->open == 0 || is_enough(q, found) || now >= until)
            break;
        ask_server(q, &c->servers[i % c->servers_n], found, turn < until ? turn : until);
    }
    if (found->n != 0)
        return 1;
    return q->open == 0 ? -1 : 0;
}
