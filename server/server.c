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

#include "base/text.h"
#include "crypto/crypto.h"
#include "process/child.h"
#include "process/harden.h"
#include "process/error.h"
#include "server/internal.h"
#include "server/version.h"

/* Descriptors: a socket and three for each of ten programs, or some forwards; what the server has for itself. */
enum { FILES_EACH = 64, FILES_OWN = 64 };
enum { EVENTS = 64, TRIM_AFTER_MS = 1000, KEEPALIVE_MISSES = 3, FAREWELL_MS = 200, BIG = 1 << 30 };
#define REKEY_BYTES ((uint64_t)1 << 30)
#define REKEY_MS    ((uint64_t)3600 * 1000)

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
    } else if (kind == WATCH_FORWARD || kind == WATCH_BIND) {
        forward_mark(c, kind, channel);
    } else if (channel < c->jobs_used) {
        struct job *j = conn_job(c, channel);
        struct stream *st = kind == WATCH_IN ? &j->in : kind == WATCH_OUT ? &j->out : &j->err;
        st->ready = st->fd >= 0;
    }
    if (c->state != CONN_FREE)
        server_queue(s, c);
}

/* --- signals --- */
static void reap_job(struct conn *c, pid_t pid, int status)
{
    for (unsigned i = 0; i < c->jobs_used; i++) {
        struct job *j = conn_job(c, i);
        if (j->pid != pid)
            continue;
        if (j->dialing)
            j->pid = 0; /* what it had to say, it has said */
        else
            job_exited(c, i, status);
        server_queue(c->server, c);
    }
}

static void reap(struct server *s)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (unsigned i = 0; i < s->conns_used; i++)
            if (s->conns[i].login.pid == pid)
                s->conns[i].login.pid = 0; /* the number may be another process's soon */
        for (unsigned i = 0; i < s->conns_used; i++)
            if (s->conns[i].state == CONN_LIVE)
                reap_job(&s->conns[i], pid, status);
    }
}

static void read_signals(struct server *s)
{
    struct signalfd_siginfo info;
    while (read(s->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reap(s);
        else if (!s->stopping)
            log_line(&s->log, LOG_INFO, "Received signal %u; terminating.", info.ssi_signo);
        s->stopping = s->stopping || info.ssi_signo != SIGCHLD;
    }
}

static bool signals_start(struct server *s)
{
    struct sigaction old;
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigaction(SIGHUP, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
        sigaddset(&set, SIGHUP); /* else nohup's: blocked, it would come out all the same */
    sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = SIG_DFL },
              NULL); /* may be inherited, too */
    sigprocmask(SIG_BLOCK, &set, NULL);
    sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s->signals < 0)
        return false;
    server_watch(s, s->signals, WATCH_SIGNAL, 0, 0, false);
    return true;
}

/* --- the loop --- */
static uint64_t next_deadline(struct server *s)
{
    uint64_t next = s->accept_again_ms;
    for (unsigned i = 0; i < s->conns_used; i++)
        if (s->deadlines[i] < next)
            next = s->deadlines[i];
    if (s->config->ttl != 0 && s->started_ms + (uint64_t)s->config->ttl * 1000 < next)
        next = s->started_ms + (uint64_t)s->config->ttl * 1000;
    if (s->pool_warm && s->busy_ms + TRIM_AFTER_MS < next)
        next = s->busy_ms + TRIM_AFTER_MS;
    return next;
}

static void wait_for_events(struct server *s)
{
    struct epoll_event events[EVENTS];
    uint64_t next = s->work != NULL ? s->now_ms : next_deadline(s);
    uint64_t wait = next > s->now_ms ? next - s->now_ms : 0;
    int timeout = next == UINT64_MAX ? -1 : (int)(wait < BIG ? wait : BIG);
    int n = epoll_wait(s->epoll, events, EVENTS, timeout);
    s->now_ms = clock_ms();
    if (s->pool_warm && s->now_ms >= s->busy_ms + TRIM_AFTER_MS)
        memory_trim(s);
    for (int i = 0; i < n; i++) {
        uint64_t id = events[i].data.u64;
        if ((id & 0xff) == WATCH_SIGNAL)
            read_signals(s);
        else if ((id & 0xff) == WATCH_LISTENER)
            listen_accept(s, (unsigned)(id >> 32));
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
    if (s->config->ttl != 0 && s->now_ms - s->started_ms >= (uint64_t)s->config->ttl * 1000 &&
        !s->stopping) {
        log_line(&s->log, LOG_INFO, "Time to live is over; terminating.");
        s->stopping = s->expired = true;
    }
}

static void run_work(struct server *s)
{
    struct conn *c = s->work;
    if (c != NULL)
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
    s->pool_warm = s->pool_warm || s->pool.free != NULL;
}

static void stop(struct server *s)
{
    listen_stop(s);
    for (int pass = 0; pass < 2; pass++) { /* all are told before any is waited for */
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
    bool single = s->config->inetd || s->served_once;
    return s->stopping || (single && s->live == 0);
}

/* --- the start --- */
/* Descriptors 0-2 must be taken, or a socket would be mistaken for a standard stream. */
static void standard_streams(void)
{
    int fd;
    do
        fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);
}

/* It must be there before descriptors of ours could take its number. */
static bool ready_fd_good(const struct server *s)
{
    int fd = s->config->ready_fd;
    if (fd == CONFIG_UNSET || fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
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
    /* Under inetd standard error may be the peer's own socket. */
    if (c->inetd && fstat(0, &in) == 0 && fstat(2, &err) == 0 && in.st_ino == err.st_ino &&
        in.st_dev == err.st_dev)
        s->log.fd = -1;
}

static bool read_banner(struct server *s)
{
    const char *path = s->config->banner;
    if (path == NULL)
        return true;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, s->banner, sizeof s->banner);
    if (n < 0)
        log_line(&s->log, LOG_ERROR, "cannot read banner %s: %s", path, error_text(errno));
    else if (n == sizeof s->banner)
        log_line(&s->log, LOG_ERROR, "banner %s is too long: %d bytes at most", path,
                 LIMIT_BANNER - 1);
    if (fd >= 0)
        close(fd);
    if (n < 0 || n == sizeof s->banner)
        return false;
    s->session_config.banner = span_of(s->banner, (size_t)n);
    return true;
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

static void session_config_start(struct server *s)
{
    const struct config *c = s->config;
    text_format(s->ident, sizeof s->ident, "SSH-2.0-nano_ssh_server_" NANO_VERSION);
    s->session_config = (struct session_config){
        .transport = { .algorithms = c->algorithms,
                       .host_keys = s->host_keys,
                       .ident = s->ident,
                       .rekey_bytes = REKEY_BYTES,
                       .rekey_ms = REKEY_MS },
        .passwords = c->password_hashes != NULL,
        .login_grace_ms = (uint64_t)c->login_grace * 1000,
        .idle_ms = (uint64_t)c->idle_timeout * 1000,
        .keepalive_ms = (uint64_t)c->keepalive * 1000,
        .keepalive_misses = KEEPALIVE_MISSES,
    };
}

static bool server_start(struct server *s, const struct config *c)
{
    memset(s, 0, sizeof *s);
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
    user_self(&s->self);
    s->child_files = child_raise_files((unsigned long)c->max_connections * FILES_EACH + FILES_OWN);
    s->forward_files = (unsigned)child_raise_files(0) / 4 * 3;
    s->now_ms = s->started_ms = clock_ms();
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll < 0 || !memory_start(s) || !crypto_start(s->provider, s->provider_n)) {
        log_line(&s->log, LOG_ERROR,
                 "cannot start: no memory, no descriptors or no random numbers");
        return false;
    }
    const char *wrong = self_test(c->algorithms);
    if (wrong != NULL) {
        log_line(&s->log, LOG_ERROR,
                 "self-test failed: this build computes %s wrongly here; not serving", wrong);
        return false;
    }
    session_config_start(s);
    return read_banner(s) && keys_place(s) && login_start(s) && host_key_start(s);
}

static void say_ready(const struct server *s)
{
    int fd = s->config->ready_fd;
    if (fd == CONFIG_UNSET)
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
    if (!signals_start(s) || (!c->inetd && !listen_start(s)))
        return 1;
    if (c->inetd) {
        fcntl(0, F_SETFL, O_NONBLOCK);
        listen_admit(s, 0);
    }
    say_ready(s);
    while (!over(s)) {
        run_timers(s);
        run_work(s);
        if (!over(s))
            wait_for_events(s);
    }
    stop(s);
    return 0;
}
