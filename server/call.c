/* Calling home (the idea of RFC 8071): this server makes the TCP connection and is the SSH server on it, as if it had been
 * accepted. One at a time to each place. Names are looked up and connections made by a child that is nobody. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/features.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "network/dial.h"
#include "process/child.h"
#include "process/pass.h"
#include "server/internal.h"

enum { NOBODY = 65534, DIAL_MS = 30000, FIRST_MS = 1000, LONGEST_MS = 240000, SILENT_MS = 40000 };

/* --- when --- */
uint32_t call_longer(uint32_t wait_ms)
{
    return wait_ms < LONGEST_MS / 2 ? 2 * wait_ms : LONGEST_MS;
}

/* A quarter more or less, so that those who lost their home together do not come back together; at most five minutes. */
uint32_t call_about(uint32_t wait_ms, uint32_t random)
{
    return wait_ms - wait_ms / 4 + random % (wait_ms / 2 + 1);
}

void call_over(struct server *s, enum wrong wrong)
{
    struct call *k = &s->call;
    k->wrong = wrong;
    k->wait_ms = wrong == WRONG_NOTHING ? FIRST_MS : call_longer(k->wait_ms);
    crypto_random(&k->random, sizeof k->random);
    k->at_ms = s->now_ms + call_about(k->wait_ms, k->random);
}

/* --- where --- */
static bool parse(struct call *k, const char *text)
{
    const char *colon = strrchr(text, ':');
    uint64_t port;
    if (colon == NULL || !text_number(span_text(colon + 1), 65535, &port) || port == 0)
        return false;
    struct span host = span_of(text, (size_t)(colon - text));
    if (host.n >= 2 && host.p[0] == '[' && colon[-1] == ']')
        host = span_of(text + 1, host.n - 2);
    k->port = (unsigned)port;
    k->wait_ms = FIRST_MS;
    k->at_ms = 0;
    return host.n != 0 && span_copy_text(host, k->name, sizeof k->name);
}

bool call_begin(struct server *s)
{
    const char *text = s->config->call_home;
    s->call.at_ms = UINT64_MAX;
    if (text == NULL)
        return true;
    if (!parse(&s->call, text)) {
        log_line(&s->log, LOG_ERROR, "--call-home %s: not HOST:PORT", text);
        return false;
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, s->call.ends) != 0)
        return false;
    server_watch(s, s->call.ends[0], WATCH_CALL, 0, 0, false);
    return true;
}

/* --- the child --- */
struct answer {
    int failure, error; /* for dial_text() */
};

/* Ends with the server. Root becomes nobody, if it can: in a container there may be no such user. */
_Noreturn static void run(struct server *s)
{
    const struct call *k = &s->call;
    s->self.uid = s->self.gid = NOBODY;
    s->self.name[0] = ':'; /* who is in no group */
    user_become(&s->self);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int fd = dial_tcp(&resolver_default, k->name, k->port, DIAL_MS);
    struct answer a = { fd, errno };
    _exit(!pass_send(1, &a, sizeof a, &fd, fd >= 0));
}

uint64_t call_due(struct server *s)
{
    struct call *k = &s->call;
    if (s->stopping || ((features.timers || features.upgrade) && s->draining))
        return UINT64_MAX;
    if (k->at_ms <= s->now_ms) {
        struct child child = { NULL, -1, k->ends[1], -1, false, s->child_files };
        k->at_ms = s->now_ms + SILENT_MS;
        if (child_fork(&child) == 0)
            run(s);
    }
    return k->at_ms;
}

static void went(struct server *s, int fd, const char *why)
{
    struct call *k = &s->call;
    bool good = fd >= 0;
    enum wrong wrong = good ? WRONG_NOBODY : WRONG_DOWN; /* if it comes to that */
    log_line(&s->log, k->wrong == wrong ? LOG_VERBOSE : LOG_INFO,
             good ? "Connected to %s port %u (call home)"
                  : "Cannot connect to %s port %u (call home): %s",
             k->name, k->port, why);
    struct conn *c = good ? listen_admit(s, fd) : NULL;
    k->at_ms = UINT64_MAX;
    if (c != NULL)
        c->called = true;
    else
        call_over(s, wrong);
}

void call_turn(struct server *s)
{
    struct answer a;
    int fds[PASS_MAX];
    while (pass_receive(s->call.ends[0], &a, sizeof a, fds) == (ssize_t)sizeof a) {
        if (s->stopping || ((features.timers || features.upgrade) && s->draining)) {
            close(fds[0]);
            continue;
        }
        errno = a.error;
        went(s, fds[0], dial_text(a.failure));
    }
}
