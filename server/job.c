/* A channel's program: its descriptors, the input it has not taken, its end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/features.h"
#include "process/child.h"
#include "process/error.h"
#include "server/internal.h"

/* Of standard input and output. With 64 KB (the default) a program and the server wake each other up
 * for every packet or two. */
enum { PIPE_BYTES = 1 << 18 };

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

void stream_stop(struct stream *st)
{
    close_fd(&st->fd);
    st->ready = false;
}

void stream_start(struct conn *c, unsigned channel, struct stream *st, int fd, enum watch_kind kind)
{
    st->fd = fd;
    st->ready = true; /* a try costs less than not knowing */
    fcntl(fd, F_SETFL, O_NONBLOCK);
    server_watch(c->server, fd, kind, c->index, channel, kind == WATCH_IN);
}

void job_reset(struct job *j)
{
    memset(j, 0, sizeof *j);
    j->in.fd = j->out.fd = j->err.fd = -1;
    j->pty.master = j->pty.slave = -1;
}

static bool is_forward(const struct job *j)
{
    return features.forwarding && j->forward;
}

/* --- starting --- */
static void close_pipes(int fds[3][2])
{
    for (int i = 0; i < 3; i++) {
        close_fd(&fds[i][0]);
        close_fd(&fds[i][1]);
    }
}

static pid_t start(const struct server *s, const struct user *u, int in, int out, int err,
                   bool terminal, const struct program *p)
{
    struct child child = { u, in, out, err, terminal, s->child_files };
    pid_t pid = child_fork(&child);
    if (pid == 0)
        program_run(p, u);
    return pid;
}

static bool launch_terminal(struct conn *c, unsigned channel, const struct user *u,
                            const struct program *p)
{
    struct job *j = conn_job(c, channel);
    int slave = j->pty.slave, second = fcntl(j->pty.master, F_DUPFD_CLOEXEC, 0);
    if (second >= 0)
        j->pid = start(c->server, u, slave, slave, slave, true, p);
    close_fd(&j->pty.slave);
    if (second < 0 || j->pid <= 0) {
        close_fd(&second);
        close_fd(&j->pty.master);
        return false;
    }
    stream_start(c, channel, &j->out, j->pty.master, WATCH_OUT);
    stream_start(c, channel, &j->in, second, WATCH_IN);
    j->pty.master = -1;
    j->terminal = true;
    return true;
}

static bool launch_pipes(struct conn *c, unsigned channel, const struct user *u,
                         const struct program *p)
{
    struct job *j = conn_job(c, channel);
    int fds[3][2] = { { -1, -1 }, { -1, -1 }, { -1, -1 } };
    bool good = true;
    for (int i = 0; i < 3; i++)
        good = pipe2(fds[i], O_CLOEXEC) == 0 && good;
    if (good)
        j->pid = start(c->server, u, fds[0][0], fds[1][1], fds[2][1], false, p);
    if (!good || j->pid <= 0) {
        close_pipes(fds);
        return false;
    }
    fcntl(fds[0][1], F_SETPIPE_SZ, PIPE_BYTES); /* smaller is fine where that is not allowed */
    fcntl(fds[1][0], F_SETPIPE_SZ, PIPE_BYTES);
    stream_start(c, channel, &j->in, fds[0][1], WATCH_IN);
    stream_start(c, channel, &j->out, fds[1][0], WATCH_OUT);
    stream_start(c, channel, &j->err, fds[2][0], WATCH_ERR);
    fds[0][1] = fds[1][0] = fds[2][0] = -1;
    close_pipes(fds);
    return true;
}

bool job_launch(struct conn *c, unsigned channel, const struct program *p)
{
    struct job *j = conn_job(c, channel);
    struct user user = c->user; /* a copy on the stack, which fork hands on */
    bool terminal = features.pty && j->pty.master >= 0;
    j->pid = 0;
    j->started =
        terminal ? launch_terminal(c, channel, &user, p) : launch_pipes(c, channel, &user, p);
    if (!j->started) {
        j->pid = 0;
        log_line(&c->server->log, LOG_ERROR, "cannot start a program for %s: %s", c->user.name,
                 error_text(errno));
    }
    return j->started;
}

/* --- input --- */
/* The program no longer reads: what it never took counts as taken. */
static void stop_input(struct conn *c, unsigned channel)
{
    struct job *j = conn_job(c, channel);
    if (j->queue.n != 0)
        session_credit(&c->session, channel, j->queue.n);
    queue_stop(&j->queue, &c->server->pool);
    stream_stop(&j->in);
}

/* Bytes written; 0 when it is full or (then `in` is closed) gone. */
static size_t write_input(struct conn *c, unsigned channel, struct span data)
{
    struct stream *in = &conn_job(c, channel)->in;
    while (in->ready && data.n != 0) {
        ssize_t n = write(in->fd, data.p, data.n);
        if (n >= 0)
            return (size_t)n;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            stop_input(c, channel);
        in->ready = false;
    }
    return 0;
}

size_t job_input(struct conn *c, unsigned channel, struct span data)
{
    struct job *j = conn_job(c, channel);
    size_t taken = 0;
    if (j->queue.n == 0)
        taken = write_input(c, channel, data);
    data.p += taken;
    data.n -= taken;
    if (j->in.fd < 0)
        return taken + data.n;
    if (data.n != 0 && !queue_push(&j->queue, &c->server->pool, data))
        session_fail(&c->session, REASON_MEMORY);
    return taken;
}

static bool move_input(struct conn *c, unsigned channel)
{
    struct job *j = conn_job(c, channel);
    bool moved = false;
    while (j->in.ready && j->queue.n != 0) {
        size_t n = write_input(c, channel, queue_front(&j->queue));
        if (n == 0)
            break;
        queue_drop(&j->queue, &c->server->pool, n);
        session_credit(&c->session, channel, n);
        moved = true;
    }
    /* A terminal has no end of input but the one that is typed; closing it would hang it up. A socket
     * is still open the other way. */
    if (j->eof && j->queue.n == 0 && j->in.fd >= 0 && !j->terminal) {
        if (is_forward(j))
            shutdown(j->in.fd, SHUT_WR);
        stream_stop(&j->in);
    }
    return moved;
}

/* --- output --- */
static bool move_output(struct conn *c, unsigned channel, bool err)
{
    struct job *j = conn_job(c, channel);
    struct stream *st = err ? &j->err : &j->out;
    uint8_t *at;
    if (!st->ready)
        return false;
    size_t room = session_write_room(&c->session, channel, err, &at);
    if (room == 0)
        return false;
    ssize_t n = read(st->fd, at, room);
    if (n > 0) {
        session_write_done(&c->session, channel, err, (size_t)n);
        return true;
    }
    if (n < 0 && errno == EINTR)
        return true;
    if (n < 0 && errno == EAGAIN)
        st->ready = false;
    else /* the end; a terminal says EIO */
        stream_stop(st);
    return false;
}

/* Its output is all sent, and then its end. */
static bool settle(struct conn *c, unsigned channel)
{
    struct job *j = conn_job(c, channel);
    bool moved = !j->drained && j->out.fd < 0 && j->err.fd < 0;
    if (moved) {
        session_drained(&c->session, channel);
        j->drained = true;
    }
    if (is_forward(j) && j->drained && j->in.fd < 0) { /* over: nobody else will say so */
        job_exited(c, channel, 0);
        moved = true;
    }
    return moved;
}

bool job_move(struct conn *c, unsigned channel)
{
    struct job *j = conn_job(c, channel);
    if (FEATURES_DIAL && j->dialing)
        return dial_turn(c, channel);
    if (!j->started)
        return false;
    bool moved = move_input(c, channel);
    /* Until both are empty or a block is full: few, large sends. Errors first, or a busy standard
     * output would never let them through. */
    while (move_output(c, channel, true) | move_output(c, channel, false))
        moved = true;
    return settle(c, channel) || moved;
}

/* --- a forward --- */
bool job_connect(struct conn *c, unsigned channel, int fd)
{
    struct job *j = conn_job(c, channel);
    int second = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if ((unsigned)second >= c->server->forward_files) { /* -1, too */
        close(second);
        close(fd);
        return false;
    }
    stream_start(c, channel, &j->out, fd, WATCH_OUT);
    stream_start(c, channel, &j->in, second, WATCH_IN);
    j->started = j->forward = true;
    return true;
}

/* --- the end --- */
void job_exited(struct conn *c, unsigned channel, int wait_status)
{
    struct job *j = conn_job(c, channel);
    j->pid = 0;
    j->exited = true;
    stop_input(c, channel);
    session_finish(&c->session, channel, wait_status);
    if (j->closed ||
        is_forward(j)) /* a forward's channel is closed by both sides without further ado */
        job_reset(j);
}

/* Its program may go on when it had nothing more to say; else it is told that nobody listens. */
void job_closed(struct conn *c, unsigned channel)
{
    struct job *j = conn_job(c, channel);
    pid_t pid = j->pid;
    if (is_forward(j)) { /* what came before is still for the socket */
        stream_stop(&j->out);
        j->eof = j->closed = true;
        return;
    }
    if (pid > 0 && j->drained)
        j->pid = 0; /* spared by job_stop() */
    job_stop(c, channel);
    j->pid = pid;
    j->closed = pid > 0;
}

void job_stop(struct conn *c, unsigned channel)
{
    struct job *j = conn_job(c, channel);
    if (j->pid > 0)
        child_signal(j->pid, SIGHUP);
    queue_stop(&j->queue, &c->server->pool);
    if (j->setup != NULL)
        pool_give(&c->server->pool, j->setup);
    stream_stop(&j->in);
    stream_stop(&j->out);
    stream_stop(&j->err);
    close_fd(&j->pty.master);
    close_fd(&j->pty.slave);
    job_reset(j);
}
