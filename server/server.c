/* The root and the loop: wait, mark what is ready, give every marked connection its turn. */
#include "server/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/features.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "process/child.h"
#include "process/harden.h"
#include "process/error.h"
#include "server/internal.h"
#include "server/version.h"

/* Descriptors: a socket and three for each of ten programs, or some forwards; what the server has for itself. */
enum { FILES_EACH = 64, FILES_OWN = 64 };
enum { EVENTS = 64, TRIM_AFTER_MS = 1000, FAREWELL_MS = 200, BIG = 1 << 30 };

static uint64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- readiness --- */
static uint64_t watch_id(enum watch_kind kind, unsigned index, unsigned channel)
{
    return (uint64_t)index << 32 | (uint64_t)channel << 8 | kind;
}

void server_watch(struct server *s, int fd, enum watch_kind kind, unsigned index, unsigned channel,
                  bool writing)
{
    struct epoll_event e = { .events = EPOLLET };
    if (kind != WATCH_IN)
        e.events |= EPOLLIN | EPOLLRDHUP;
    if (writing)
        e.events |= EPOLLOUT;
    e.data.u64 = watch_id(kind, index, channel);
    epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e);
}

void server_queue(struct server *s, struct conn *c)
{
    if (c->queued)
        return;
    c->queued = true;
    c->next = NULL;
    *s->work_end = c;
    s->work_end = &c->next;
}

/* A slot that was closed and taken again may get an event of its past: harmless, since a flag only
 * means that trying may get further. */
static void mark(struct server *s, const struct epoll_event *e)
{
    unsigned index = (unsigned)(e->data.u64 >> 32),
             channel = (unsigned)(e->data.u64 >> 8) & 0xffffff;
    enum watch_kind kind = (enum watch_kind)(e->data.u64 & 0xff);
    struct conn *c = &s->conns[index];
    if (kind == WATCH_SOCKET) {
        c->in.ready = c->in.ready || (e->events & ~(uint32_t)EPOLLOUT);
        c->out_ready = c->out_ready || (e->events & ~(uint32_t)EPOLLIN);
    } else if (kind == WATCH_LOGIN) {
        c->login.reply.ready = c->login.reply.fd >= 0;
    } else if (FEATURES_FORWARD && (kind == WATCH_FORWARD || kind == WATCH_BIND)) {
        forward_mark(c, kind, channel);
    } else if (channel < c->jobs_used) {
        struct job *j = conn_job(c, channel);
        struct stream *st = kind == WATCH_IN ? &j->in : kind == WATCH_OUT ? &j->out : &j->err;
        st->ready = st->fd >= 0;
    }
    if (c->state != CONN_FREE)
        server_queue(s, c);
}

/* --- the loop --- */
static uint64_t after(uint64_t ms, int seconds)
{
    return features.timers && seconds != 0 ? ms + (uint64_t)seconds * 1000 : UINT64_MAX;
}

/* When it stops of its own accord. */
static uint64_t end_ms(const struct server *s)
{
    if (!features.timers)
        return UINT64_MAX;
    uint64_t ttl = after(s->started_ms, s->config->ttl);
    bool alone = s->live == 0 && !(features.upgrade && upgrade_is_going_on(s));
    uint64_t idle = alone ? after(s->alone_ms, s->config->exit_idle) : UINT64_MAX;
    return ttl < idle ? ttl : idle;
}

static uint64_t next_deadline(struct server *s)
{
    uint64_t next = s->accept_again_ms;
    if (features.upgrade && s->finish_ms > s->now_ms && s->finish_ms < next)
        next = s->finish_ms;
    if (features.systemd && s->watchdog_ms < next)
        next = s->watchdog_ms;
    for (unsigned i = 0; i < s->conns_used; i++)
        if (s->deadlines[i] < next)
            next = s->deadlines[i];
    if (end_ms(s) < next)
        next = end_ms(s);
    if (s->pool_warm && s->busy_ms + TRIM_AFTER_MS < next)
        next = s->busy_ms + TRIM_AFTER_MS;
    return next;
}

static void wait_for_events(struct server *s)
{
    struct epoll_event events[EVENTS];
    uint64_t call = features.call_home ? call_due(s) : UINT64_MAX;
    uint64_t next = s->work != NULL ? s->now_ms : next_deadline(s);
    if (call < next)
        next = call;
    uint64_t wait = next > s->now_ms ? next - s->now_ms : 0;
    int timeout = next == UINT64_MAX ? -1 : (int)(wait < BIG ? wait : BIG);
    int n = epoll_wait(s->epoll, events, EVENTS, timeout);
    s->now_ms = clock_ms();
    if (s->pool_warm && s->now_ms >= s->busy_ms + TRIM_AFTER_MS)
        memory_trim(s);
    for (int i = 0; i < n; i++) {
        uint64_t id = events[i].data.u64;
        if ((id & 0xff) == WATCH_SIGNAL)
            signals_read(s);
        else if ((id & 0xff) == WATCH_LISTENER)
            listen_accept(s, (unsigned)(id >> 32));
        else if (features.call_home && (id & 0xff) == WATCH_CALL)
            call_turn(s);
        else
            mark(s, &events[i]);
    }
}

static void run_timers(struct server *s)
{
    for (unsigned i = 0; i < s->conns_used; i++)
        if (s->deadlines[i] <= s->now_ms && s->conns[i].state != CONN_FREE)
            server_queue(s, &s->conns[i]);
    if (s->accept_again_ms <= s->now_ms) {
        s->accept_again_ms = UINT64_MAX;
        for (unsigned i = 0; i < CONFIG_LISTENERS; i++)
            listen_accept(s, i);
    }
    if (features.systemd)
        notify_turn(s);
    if (features.timers && end_ms(s) <= s->now_ms && !s->stopping) {
        log_line(&s->log, LOG_INFO, "%s; terminating.",
                 s->now_ms >= after(s->started_ms, s->config->ttl)
                     ? "Time to live is over"
                     : "No connection for long enough");
        s->stopping = s->expired = true;
    }
}

static void run_work(struct server *s)
{
    struct conn *c = s->work;
    if (c == NULL)
        return;
    s->busy_ms = s->now_ms;
    s->work = NULL;
    s->work_end = &s->work;
    while (c != NULL) {
        struct conn *next = c->next;
        c->queued = false;
        if (c->state == CONN_FREE) {
            c->next = s->free_conns;
            s->free_conns = c;
        } else {
            conn_turn(c);
        }
        c = next;
    }
    if (s->pool.free != NULL) /* trimmed once, after this work: what is lent may stay so for long */
        s->pool_warm = true;
}

/* As often as one likes: who has been told is not there any more. */
static void stop(struct server *s)
{
    notify(s, "STOPPING=1");
    listen_stop(s);
    for (int pass = 0; FEATURES_FORWARD && pass < 2;
         pass++) { /* all are told before any is waited for */
        int patience_ms = pass * FAREWELL_MS;
        for (unsigned i = 0; i < s->conns_used; i++)
            forward_farewell(&s->conns[i], &patience_ms);
    }
    for (unsigned i = 0; i < s->conns_used; i++) {
        struct conn *c = &s->conns[i];
        if (c->state == CONN_LIVE) {
            session_fail(&c->session, s->expired ? REASON_EXPIRED : REASON_SHUTDOWN);
            conn_turn(c);
        }
    }
}

static bool over(const struct server *s)
{
    bool single = (features.inetd && s->config->inetd) ||
                  ((features.timers || features.upgrade) && s->draining && s->elder == 0);
    return (s->stopping || single) && s->open == 0;
}

/* --- the start --- */
/* Descriptors 0-2 must be taken, or a socket would be mistaken for a standard stream. */
static void standard_streams(void)
{
    int fd;
    do {
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0)
            fd = open("/",
                      O_PATH | O_CLOEXEC); /* holds the number, and fails whoever reads or writes */
    } while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);
}

/* It must be there before descriptors of ours could take its number. */
static bool ready_fd_good(const struct server *s)
{
    int fd = s->config->ready_fd;
    if (!features.ready_fd || fd == CONFIG_UNSET || fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
        return true;
    log_line(&s->log, LOG_ERROR, "--ready-fd %d: no such descriptor is open", fd);
    return false;
}

static void log_start(struct server *s)
{
    struct stat in, err;
    const struct config *c = s->config;
    s->log.level = c->quiet ? LOG_ERROR : c->verbose ? LOG_VERBOSE : LOG_INFO;
    s->log.fd = 2;
    if (features.reload)
        s->log.prefix = "";
    /* Under inetd standard error may be the peer's own socket. */
    if (features.inetd && c->inetd && fstat(0, &in) == 0 && fstat(2, &err) == 0 &&
        in.st_ino == err.st_ino && in.st_dev == err.st_dev)
        s->log.fd = -1;
}

static bool keys_place(struct server *s)
{
    const char *path = s->config->authorized_keys;
    char here[sizeof s->authorized_keys];
    if (path == NULL)
        path = "%h/.ssh/authorized_keys";
    here[0] = 0;
    /* Given on the command line, a relative path means the directory one is in. (The system call,
     * since libc's getcwd() can allocate and so brings malloc along.) */
    if (path[0] != '/' && path[0] != '%' &&
        (syscall(SYS_getcwd, here, sizeof here) < 0 || here[0] != '/'))
        path = NULL;
    size_t n = path == NULL ? sizeof here
                            : text_format(s->authorized_keys, sizeof s->authorized_keys, "%s%s%s",
                                          here, here[0] ? "/" : "", path);
    if (n < sizeof s->authorized_keys - 1)
        return true;
    log_line(&s->log, LOG_ERROR, "the path of --authorized-keys is too long");
    return false;
}

static bool server_start(struct server *s, const struct config *c)
{
    memset(s, 0, sizeof *s);
    signals_hold(s);
    s->config = c;
    s->work_end = &s->work;
    s->accept_again_ms = UINT64_MAX;
    s->is_root = geteuid() == 0;
    umask(umask(077) | 022); /* as sshd: what sessions make is theirs to write */
    for (int i = 0; i < CONFIG_LISTENERS; i++)
        s->listeners[i].fd = -1;
    log_start(s);
    if (!ready_fd_good(s))
        return false;
    standard_streams();
    if (features.syslog && c->syslog)
        s->log.syslog = log_open();
    if (!user_self(&s->self) && c->user != NULL && !user_call(&s->self, c->user)) {
        log_line(&s->log, LOG_ERROR, "--user, NANO_SSH_USER: not a name: %s", c->user);
        return false;
    }
    s->child_files =
        child_set_files((unsigned long)c->max_connections * FILES_EACH + FILES_OWN, false);
    s->forward_files = (unsigned)child_set_files(0, false) / 4 * 3;
    s->now_ms = s->started_ms = s->alone_ms = clock_ms();
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll < 0 || !memory_start(s) || !crypto_start(s->provider, s->provider_n)) {
        log_line(&s->log, LOG_ERROR,
                 "cannot start: no memory, no descriptors or no random numbers");
        return false;
    }
    const char *wrong = features.self_test ? self_test(c->algorithms) : NULL;
    if (wrong != NULL) {
        log_line(&s->log, LOG_ERROR,
                 "self-test failed: this build computes %s wrongly here; not serving", wrong);
        return false;
    }
    text_format(s->ident, sizeof s->ident, "SSH-2.0-nano_ssh_server_" NANO_VERSION);
    s->pool_warm = true; /* the start itself has left something to trim */
    return keys_place(s) && login_start(s) && identity_start(s) &&
           (!features.call_home || call_begin(s));
}

static void say_ready(const struct server *s)
{
    int fd = s->config->ready_fd;
    if (!features.ready_fd || fd == CONFIG_UNSET)
        return;
    if (write(fd, "\n", 1) != 1)
        log_line(&s->log, LOG_ERROR, "cannot write to --ready-fd %d: %s", fd, error_text(errno));
    close(fd);
}

int server_run(const struct config *c)
{
    static struct server root;
    struct server *s = &root;
    harden_start();
    if (!server_start(s, c))
        return 1;
    if (c->check)
        return 0;
    if (features.systemd)
        notify_start(s);
    if (!signals_start(s) || (!(features.inetd && c->inetd) && !listen_start(s)))
        return 1;
    if (features.inetd && c->inetd) {
        fcntl(0, F_SETFL, O_NONBLOCK);
        listen_admit(s, 0);
    }
    say_ready(s);
    notify(s, "READY=1");
    if (features.upgrade)
        upgrade_ready(s);
    for (;;) { /* at the end until everybody has read it, or had the time to */
        run_timers(s);
        run_work(s);
        if (s->stopping)
            stop(s);
        if (over(s) && !(features.upgrade && upgrade_finish(s)))
            return 0;
        wait_for_events(s);
    }
}
