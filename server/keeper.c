/* The child behind a listening socket: it has become the user, binds and passes the socket on; but where that
 * is a file it accepts itself, and removes the file when the server lets go, even if only by dying. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "network/bind.h"
#include "process/child.h"
#include "process/pass.h"
#include "process/relay.h"
#include "server/internal.h"

enum { PAUSE_MS = 100, TRIES = 8 };

struct kept_sockets {
    int fds[PASS_MAX];
    unsigned n;
};

/* --- ports --- */
/* What is asked for is bound, or nothing: a port that somebody else has on one of the addresses would
 * answer in our stead. But a machine need not have both families. */
static int bind_tcp(const struct keeper *k, struct kept_sockets *s, uint32_t *port)
{
    bool local = !k->everywhere || strcmp(k->name, "localhost") == 0;
    bool any = k->name[0] == 0 || strcmp(k->name, "*") == 0;
    const char *names[PASS_MAX] = { local ? "127.0.0.1"
                                    : any ? "0.0.0.0"
                                          : k->name,
                                    local ? "::1"
                                    : any ? "::"
                                          : NULL };
    int error = EADDRNOTAVAIL;
    for (unsigned i = 0; i < PASS_MAX && names[i] != NULL; i++) {
        union address a;
        if (!address_literal(span_text(names[i]), &a))
            return EADDRNOTAVAIL;
        a.v6.sin6_port = htons((uint16_t)*port); /* where IPv4 has it, too */
        int fd = bind_listen(&a, 0);
        if (fd >= 0) {
            s->fds[s->n++] = fd;
            *port = ntohs(a.v6.sin6_port);
        } else if (errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) {
            return errno;
        } else {
            error = errno;
        }
    }
    return s->n != 0 ? 0 : error;
}

/* --- files --- */
static int bind_unix(const char *path, struct kept_sockets *s)
{
    union address a;
    if (!address_unix(&a, path))
        return errno;
    int fd = bind_listen(&a, BIND_PRIVATE);
    if (fd < 0)
        return errno;
    s->fds[s->n++] = fd;
    return 0;
}

/* A directory that nobody else can enter; below the home where there is no /tmp. */
static int bind_agent(const struct keeper *k, char *path, size_t room, struct kept_sockets *s)
{
    const char *const places[] = { "/tmp", k->user.home };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        uint32_t number;
        crypto_random(&number, sizeof number);
        size_t n = text_format(path, room, "%s/ssh-%08x", places[i], number);
        if (mkdir(path, 0700) != 0)
            continue;
        text_format(path + n, room - n, "/agent");
        int error = bind_unix(path, s);
        if (error == 0)
            return 0;
        path[n] = 0;
        rmdir(path);
    }
    return ENOENT;
}

/* Accepts, and has each connection copied by a process of its own, to which the server gets the other end:
 * see dial.c. Until the server closes its end of the pair, or is no more. */
static void serve(int listener)
{
    struct pollfd p[] = { { .fd = 1, .events = POLLIN }, { .fd = listener, .events = POLLIN } };
    child_ignore(SIGCHLD, true); /* nobody waits for them */
    while (poll(p, 2, -1) > 0 && p[0].revents == 0) {
        int ends[2], fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
            close(fd);
            poll(NULL, 0, PAUSE_MS); /* not over and over */
            continue;
        }
        if (_Fork() == 0) {
            close(1);
            close(listener);
            close(ends[0]);
            relay_run(fd, ends[1]);
        }
        pass_send(1, "", 1, ends, 1);
        close(fd);
        close(ends[0]);
        close(ends[1]);
    }
}

/* The file may have become somebody else's meanwhile. */
static void keep(int kind, char *path, int listener)
{
    struct stat before, now;
    bool known = lstat(path, &before) == 0;
    serve(listener);
    if (known && lstat(path, &now) == 0 && now.st_ino == before.st_ino &&
        now.st_dev == before.st_dev)
        unlink(path);
    if (features.agent && kind == FORWARD_AGENT) {
        *strrchr(path, '/') = 0;
        rmdir(path);
    }
}

_Noreturn void keeper_run(const struct keeper *k)
{
    struct kept_sockets s = { .n = 0 };
    struct kept said = { .port = k->port };
    char path[LIMIT_HOST + 1];
    bool tcp = IS_TCP(k->kind);
    text_format(path, sizeof path, "%s", k->name);
    if (tcp) {
        said.error = bind_tcp(k, &s, &said.port);
        for (int i = 0; i < TRIES && said.error == EADDRINUSE && k->port == 0; i++) {
            if (s.n != 0)
                close(s.fds[0]); /* any port, but one that is free in both families */
            s.n = said.port = 0;
            said.error = bind_tcp(k, &s, &said.port);
        }
    } else if (features.remote_unix && (k->kind == FORWARD_UNIX || !features.agent)) {
        child_enter_home(&k->user); /* where a relative path begins */
        said.error = bind_unix(path, &s);
    } else if (features.agent) {
        if (chdir("/") != 0) /* so that nothing is kept busy */
            _exit(1);
        said.error = bind_agent(k, path, sizeof path, &s);
        text_format(said.path, sizeof said.path, "%s", path);
    }
    said.sockets = tcp && said.error == 0 ? s.n : 0;
    bool good = pass_send(1, &said, sizeof said, s.fds, said.sockets);
    if (FEATURES_FILE && good && said.error == 0 && !tcp)
        keep(k->kind, path, s.fds[0]);
    _exit(!good);
}
