/* Bytes between standard input and output and a socket, each way by a process of its own. The end of input is passed on
 * as the end of what is sent (-N of others); it is over when the other side ends, too. */
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applets/reach.h"
#include "applets/rows.h"
#include "network/bind.h"
#include "network/socket.h"

enum { ROOM = 64 * 1024, DATAGRAM = 16 * 1024 };

static unsigned ms;

/* Until the end of input, or -1. */
static ssize_t pump(int from, int to, size_t most)
{
    static char bytes[ROOM];
    ssize_t n, done;
    while ((n = read(from, bytes, most)) > 0)
        for (char *p = bytes; n > 0; n -= done, p += done)
            if ((done = write(to, p, (size_t)n)) < 0)
                return -1;
    return n;
}

static int copy(int fd, bool datagrams)
{
    ssize_t n;
    struct timeval silence = { ms / 1000, ms % 1000 * 1000L };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
    pid_t sender = _Fork();
    if (sender == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (pump(STDIN_FILENO, fd, datagrams ? DATAGRAM : ROOM) < 0)
            applet_failed("sending");
        shutdown(fd, SHUT_WR);
        _exit(0);
    }
    do /* silence counts only after the end of input */
        n = pump(fd, STDOUT_FILENO, ROOM);
    while (n < 0 && errno == EAGAIN && waitpid(sender, NULL, WNOHANG) == 0);
    if (n < 0 && errno != EAGAIN)
        return applet_failed("receiving");
    if (n == 0 && !isatty(STDIN_FILENO))
        waitpid(sender, NULL, 0); /* the other side may still take something */
    return 0;
}

static int accept_one(union address *at, bool datagrams, bool verbose)
{
    socklen_t size = sizeof *at;
    int fd = bind_listen(at, datagrams ? BIND_BOTH | BIND_DATAGRAM : BIND_BOTH);
    if (fd < 0)
        return fd;
    if (verbose)
        applet_wrong(NULL, "listening");
    poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1);
    if (!datagrams)
        return accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    return recvfrom(fd, NULL, 0, MSG_PEEK, &at->any, &size) < 0 ? -1
                                                                : connect(fd, &at->any, size) | fd;
}

static int run(struct args *a)
{
    static struct resolved found;
    static char *program[2];
    union address *at = found.list;
    bool listens = a->option['l'] != NULL, datagrams = a->option['u'] != NULL,
         verbose = a->option['v'] != NULL;
    const char *port = a->option['p'], *host = a->option['U'];
    uint64_t number = 0;
    int fd = -1, words = a->words;
    if (!reach_seconds(a, 'w', &ms))
        return 1;
    if (host != NULL) {
        if (!address_unix(at, host))
            return applet_failed(host);
    } else {
        if (port == NULL && words > 0)
            port = a->word[--words];
        host = words > 0 ? a->word[--words] : listens ? "::" : NULL; /* every address */
        if (words != 0 || host == NULL || port == NULL)
            return applet_usage(a);
        if (!applet_number(port, UINT16_MAX, &number))
            return 1;
        if (listens || datagrams
                ? !reach_host(host, (unsigned)number, &found)
                : (fd = reach_tcp(host, (unsigned)number, ms != 0 ? ms : REACH_MS)) < 0)
            return 1;
    }
    if (fd < 0)
        fd = listens ? accept_one(at, datagrams, verbose)
                     : network_open(at, datagrams ? SOCK_DGRAM : SOCK_STREAM);
    if (fd < 0)
        return applet_failed(host);
    if (verbose)
        applet_wrong(host, "connected");
    if (a->option['z'] != NULL)
        return 0;
    fcntl(fd, F_SETFL, 0);
    program[0] = (char *)(uintptr_t)a->option['e'];
    if (program[0] == NULL)
        return copy(fd, datagrams);
    for (int i = 0; i < 3; i++)
        dup2(fd, i);
    applet_become(program);
}

const struct applet applet_nc = { "nc", " e:lnNp:uU:vw:z",
                                  "[-luvz] [-w SECONDS] [-e PROGRAM] {[HOST] PORT | -U PATH}\nCopy "
                                  "to and from a connection (-l: wait for it, -z: only make it)",
                                  run, false };
