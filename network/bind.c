#include "network/bind.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/features.h"
#include "network/dial.h"
#include "network/internal.h"

enum { BACKLOG = 128 };

/* A unix socket that nobody listens on any more. */
static void remove_stale(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode))
        return;
    int fd = dial_unix(path);
    if (fd >= 0)
        close(fd);
    else if (errno == ECONNREFUSED)
        unlink(path);
}

static int bind_private(int fd, const union address *a)
{
    mode_t mask = umask(0177); /* chmod() would come too late for who is quick */
    int result = bind(fd, &a->any, address_size(a));
    umask(mask);
    return result;
}

int bind_listen(union address *a, unsigned flags)
{
    bool datagram = flags & BIND_DATAGRAM;
    int fd = network_socket(a, datagram ? SOCK_DGRAM : SOCK_STREAM);
    bool any6 = a->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&a->v6.sin6_addr);
    if (fd < 0 && errno == EAFNOSUPPORT && any6 && flags & BIND_BOTH) {
        in_port_t port = a->v6.sin6_port;
        address_ip(a, span_of("\0\0\0", 4));
        a->v4.sin_port = port;
        return bind_listen(a, flags);
    }
    if (fd < 0)
        return -1;
    if ((features.sockets || FEATURES_FILE || features.shell) && a->any.sa_family == AF_UNIX)
        remove_stale(a->un.sun_path);
    else
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
    if (a->any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &(int){ !(flags & BIND_BOTH) }, sizeof(int));
    socklen_t n = sizeof *a;
    if ((flags & BIND_PRIVATE ? bind_private(fd, a) : bind(fd, &a->any, address_size(a))) == 0 &&
        (datagram || listen(fd, BACKLOG) == 0) && getsockname(fd, &a->any, &n) == 0)
        return fd;
    int e = errno;
    close(fd);
    errno = e;
    return -1;
}
