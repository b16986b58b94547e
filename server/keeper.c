/* The child behind a listening socket: it has become the user, binds, passes the socket on, and where that
 * is a file removes it when the server lets go, even if only by dying. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "network/bind.h"
#include "process/child.h"
#include "process/pass.h"
#include "server/internal.h"

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
        size_t n = text_format(path, room, "%s/ssh-XXXXXX", places[i]);
        if (mkdtemp(path) == NULL)
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

/* Until the server closes its end, or is no more. The file may have become somebody else's. */
static void keep(int kind, char *path)
{
    struct stat before, now;
    char c;
    bool known = lstat(path, &before) == 0;
    while (read(1, &c, 1) > 0) {
    }
    if (known && lstat(path, &now) == 0 && now.st_ino == before.st_ino &&
        now.st_dev == before.st_dev)
        unlink(path);
    if (kind == FORWARD_AGENT) {
        *strrchr(path, '/') = 0;
        rmdir(path);
    }
}

_Noreturn void keeper_run(const struct keeper *k)
{
    struct kept_sockets s = { .n = 0 };
    struct kept said = { .port = k->port };
    char path[LIMIT_HOST + 1];
    text_format(path, sizeof path, "%s", k->name);
    if (k->kind == FORWARD_TCP) {
        said.error = bind_tcp(k, &s, &said.port);
    } else if (k->kind == FORWARD_UNIX) {
        child_enter_home(&k->user); /* where a relative path begins */
        said.error = bind_unix(path, &s);
    } else {
        said.error = bind_agent(k, path, sizeof path, &s);
        text_format(said.path, sizeof said.path, "%s", path);
    }
    if (said.error != 0)
        s.n = 0;
    bool good = pass_send(1, &said, sizeof said, s.fds, s.n);
    for (unsigned i = 0; i < s.n; i++)
        close(s.fds[i]); /* or connections would wait here for nobody */
    if (said.error == 0 && k->kind != FORWARD_TCP)
        keep(k->kind, path);
    _exit(!good);
}
