/* One connection: bytes between its socket, its session and its programs. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/features.h"
#include "server/internal.h"

enum { ROUNDS = 8, EVENTS = 32, LINGER_MS = 2000, NO_BLOCK_MS = 50 };

struct conn *conn_start(struct server *s, int fd)
{
    struct conn *c = s->free_conns;
    if (c != NULL)
        s->free_conns = c->next;
    else if (s->conns_used < s->conns_most)
        c = &s->conns[s->conns_used++];
    else
        return NULL;
    memset(c, 0, sizeof *c);
    c->server = s;
    c->index = (unsigned)(c - s->conns);
    c->state = CONN_LIVE;
    c->user_valid = true; /* until it is known better */
    c->in = (struct stream){ fd, true };
    c->out_ready = true;
    c->login.reply.fd = -1;
    session_start(&c->session, &s->identity->config, &s->pool, s->now_ms);
    s->identity->users += features.reload;
    s->deadlines[c->index] = s->now_ms;
    s->live++;
    s->open++;
    s->startups++;
    server_watch(s, fd, WATCH_SOCKET, c->index, 0, true);
    return c;
}

struct job *conn_job(struct conn *c, unsigned channel)
{
    struct job *more = c->server->jobs + (size_t)c->index * JOBS_MORE;
    for (; c->jobs_used <= channel; c->jobs_used++)
        job_reset(c->jobs_used < CHANNELS_OWN ? &c->jobs[c->jobs_used]
                                              : &more[c->jobs_used - CHANNELS_OWN]);
    return channel < CHANNELS_OWN ? &c->jobs[channel] : &more[channel - CHANNELS_OWN];
}

bool conn_peer_left(const struct conn *c)
{
    struct pollfd p = { .fd = c->in.fd, .events = POLLRDHUP };
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

/* Everything but the socket. */
static void let_go(struct conn *c)
{
    login_stop(c);
    if (FEATURES_FORWARD)
        forward_stop(c);
    for (unsigned i = 0; i < c->jobs_used; i++)
        job_stop(c, i);
    struct identity *identity = (void *)(uintptr_t)c->session.config; /* its first field */
    session_stop(&c->session);
    if (features.reload)
        identity_leave(c->server, identity);
    if (--c->server->live == 0)
        c->server->alone_ms = c->server->now_ms;
    c->server->startups -= !c->logged_in;
}

void conn_close(struct conn *c)
{
    struct server *s = c->server;
    if (c->state == CONN_LIVE)
        let_go(c);
    close(c->in.fd);
    c->in.fd = -1;
    c->state = CONN_FREE;
    s->open--;
    if (features.call_home && c->called)
        call_over(s, c->logged_in ? WRONG_NOTHING : WRONG_NOBODY);
    s->deadlines[c->index] = UINT64_MAX;
    if (!c->queued) { /* else server.c frees it when its turn comes */
        c->next = s->free_conns;
        s->free_conns = c;
    }
}

/* --- the socket --- */
static bool receive(struct conn *c)
{
    uint8_t *at;
    if (!c->in.ready)
        return false;
    size_t room = session_recv_room(&c->session, &at);
    if (room == 0)
        return false;
    ssize_t n = recv(c->in.fd, at, room, 0);
    if (n > 0) {
        session_recv_done(&c->session, (size_t)n);
        return true;
    }
    if (n < 0 && errno == EINTR)
        return true;
    c->in.ready = false;
    if (n == 0)
        session_fail(&c->session, REASON_PEER_CLOSED);
    else if (errno != EAGAIN)
        session_fail(&c->session, REASON_RESET);
    return false;
}

static bool transmit(struct conn *c)
{
    bool moved = false;
    while (c->out_ready) {
        struct span data = session_send_data(&c->session);
        if (data.n == 0)
            break;
        ssize_t n = send(c->in.fd, data.p, data.n, MSG_NOSIGNAL);
        if (n > 0) {
            session_send_done(&c->session, (size_t)n);
            moved = true;
        } else if (errno != EINTR) {
            c->out_ready = false;
            if (errno != EAGAIN)
                session_fail(&c->session, REASON_RESET);
        }
    }
    return moved;
}

/* The peer should see our last message: closing at once with bytes unread would throw it away. */
static void linger_turn(struct conn *c)
{
    uint8_t waste[512];
    ssize_t n = 1;
    for (int i = 0; i < ROUNDS && n > 0; i++)
        n = recv(c->in.fd, waste, sizeof waste, 0);
    bool over = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    if (over || c->server->now_ms >= c->server->deadlines[c->index])
        conn_close(c);
    else if (n > 0)
        server_queue(c->server, c);
}

static void end(struct conn *c)
{
    struct server *s = c->server;
    enum reason r = session_reason(&c->session);
    farewell(c);
    transmit(c);
    let_go(c);
    c->state = CONN_LINGER;
    s->deadlines[c->index] = s->now_ms + LINGER_MS;
    bool peer_gone = r == REASON_PEER_CLOSED || r == REASON_RESET;
    if (peer_gone || shutdown(c->in.fd, SHUT_WR) != 0)
        conn_close(c);
    else
        linger_turn(c);
}

/* --- the session --- */
/* A few at a time, since each may start a process; how many there were. */
static int handle_events(struct conn *c)
{
    struct event e;
    int n = 0;
    for (; n < EVENTS && session_next(&c->session, &e); n++) {
        if (e.kind == EVENT_AUTH)
            login_ask(c, &e.auth);
        else
            channel_event(c, &e.channel);
    }
    return n;
}

/* Another one first each time: a busy channel must not use up the room of the others for ever. */
static bool move_jobs(struct conn *c)
{
    bool moved = false;
    unsigned first = c->first_job++;
    for (unsigned i = 0; i < c->jobs_used; i++)
        moved = job_move(c, (first + i) % c->jobs_used) || moved;
    return moved;
}

void conn_turn(struct conn *c)
{
    struct server *s = c->server;
    if (c->state == CONN_LINGER) {
        linger_turn(c);
        return;
    }
    bool moved = true;
    session_now(&c->session, s->now_ms);
    for (int i = 0; i < ROUNDS && moved; i++) {
        int events = handle_events(c);
        moved = events != 0;
        if (events < EVENTS) /* all of what came before: more, or its end, may come */
            moved = receive(c) || moved;
        moved = login_turn(c) || moved;
        moved = (FEATURES_FORWARD && forward_turn(c)) || moved;
        moved = move_jobs(c) || moved;
        moved = transmit(c) || moved;
    }
    uint64_t next = session_tick(&c->session, s->now_ms);
    transmit(c); /* what the time made due */
    if (session_reason(&c->session) != REASON_NONE) {
        end(c);
        return;
    }
    session_rest(&c->session);
    uint64_t login = login_deadline(c);
    if (pool_left(&s->pool, 1) == 0 && next > s->now_ms + NO_BLOCK_MS)
        next = s->now_ms + NO_BLOCK_MS; /* nobody says when a block comes back */
    s->deadlines[c->index] = login < next ? login : next;
    if (moved) /* there is more, after the others' turn */
        server_queue(s, c);
}
