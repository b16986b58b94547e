#include "network/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "network/internal.h"
#include "process/error.h"

enum { STAGGER_MS = 250 };

#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

static void refuse_descriptors(int fd)
{
    setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &(int){ 0 }, sizeof(int));
}

int network_socket(const union address *a, int type)
{
    int fd = socket(a->any.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        refuse_descriptors(fd);
    return fd;
}

void network_adopt(int fd)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    refuse_descriptors(fd);
}

int network_open(const union address *a, int type)
{
    int fd = network_socket(a, type);
    if (fd < 0 || connect(fd, &a->any, address_size(a)) == 0 || errno == EINPROGRESS)
        return fd;
    int e = errno;
    close(fd);
    errno = e;
    return -1;
}

/* A second connect(2) says what has become of the first. */
static bool is_connected(int fd, const union address *a)
{
    return connect(fd, &a->any, address_size(a)) == 0 || errno == EISCONN;
}

int network_dial(const union address *list, unsigned n, uint64_t until)
{
    static struct pollfd tried[RESOLVE_MAX]; /* of -1 poll() takes no notice */
    unsigned next = 0, open = 0;
    uint64_t next_ms = 0, now;
    int winner = -1, reason = 0;
    while (winner < 0 && (open != 0 || next < n) && (now = network_now()) < until) {
        if (next < n && now >= next_ms) {
            int fd = network_open(&list[next], SOCK_STREAM);
            tried[next++] = (struct pollfd){ .fd = fd, .events = POLLOUT };
            if (fd >= 0) {
                open++;
                next_ms = now + STAGGER_MS;
            } else if (reason == 0) {
                reason = errno;
            }
            continue;
        }
        network_wait(tried, next, next < n && next_ms < until ? next_ms : until);
        for (unsigned i = 0; i < next && winner < 0; i++) {
            if (tried[i].revents == 0)
                continue;
            if (is_connected(tried[i].fd, &list[i])) {
                winner = tried[i].fd;
            } else {
                if (reason == 0)
                    reason = errno;
                close(tried[i].fd);
            }
            tried[i].fd = -1;
            open--;
            next_ms = 0;
        }
    }
    while (next > 0)
        close(tried[--next].fd);
    errno = reason != 0 ? reason : ETIMEDOUT;
    return winner;
}

int dial_tcp(const struct resolver *r, const char *host, unsigned port, unsigned timeout_ms)
{
    static struct resolved found;
    uint64_t until = network_now() + timeout_ms;
    int n = resolve_host(r, host, port, timeout_ms, &found);
    if (n <= 0)
        return n < 0 ? DIAL_NO_HOST : DIAL_NO_ANSWER;
    int fd = network_dial(found.list, found.n, until);
    if (fd >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &(int){ 1 }, sizeof(int));
    }
    return fd;
}

int dial_unix(const char *path)
{
    union address a;
    return address_unix(&a, path) ? network_open(&a, SOCK_STREAM) : DIAL_FAILED;
}

const char *dial_text(int failure)
{
    if (failure == DIAL_NO_HOST)
        return "no such host";
    return failure == DIAL_NO_ANSWER ? "no name server answers" : error_text(errno);
}
