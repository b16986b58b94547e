/* One SSH connection, seen from outside: bytes are pushed in, questions are pulled out, answers are
 * pushed in, bytes are pulled out. No sockets, no clock, no callbacks.
 *
 * The caller's loop:
 *   session_now(s, now);
 *   room = session_recv_room(s, &at);  read at most `room` bytes to `at`;  session_recv_done(s, n);
 *   while (session_next(s, &e)) handle e, answering what asks;
 *   offer output with session_write_room() / session_write_done();
 *   span = session_send_data(s);  write it;  session_send_done(s, n);
 *   next = session_tick(s, now);  session_rest(s);
 *
 * The caller owns struct session, its config and the pool; the session owns what it borrowed from
 * the pool. Spans in an event live until the next call of session_next() or session_recv_room(). */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/auth.h"
#include "base/block.h"
#include "connection/connection.h"
#include "transport/transport.h"

/* Shared by all sessions, not owned. A time of 0 switches its limit off. */
struct session_config {
    struct transport_config transport;
    struct span banner;        /* shown before login */
    bool passwords;            /* questions with AUTH_PASSWORD may come */
    uint64_t login_grace_ms;   /* from the start until logged in */
    uint64_t idle_ms;          /* without channel data in either direction */
    uint64_t keepalive_ms;     /* silence after which a keepalive is sent … */
    unsigned keepalive_misses; /* … and how many may go unanswered */
};

enum session_phase {
    PHASE_KEX,  /* until the first keys are in use and ssh-userauth was asked for */
    PHASE_AUTH, /* until logged in */
    PHASE_OPEN,
};

struct session {
    const struct session_config *config;
    enum session_phase phase;
    bool auth_pending;       /* session_auth() is due */
    bool channel_pending;    /* session_answer() is due … */
    unsigned channel_asking; /* … for this channel */
    uint64_t now_ms;
    uint64_t started_ms, heard_ms, traffic_ms, asked_alive_ms;
    unsigned misses;
    uint32_t heard_seq; /* any packet is a sign of life */
    struct transport transport;
    struct auth auth;
    struct connection connection;
};

enum event_kind { EVENT_AUTH, EVENT_CHANNEL };

struct event {
    enum event_kind kind;
    union {
        struct auth_question auth;    /* answer: session_auth() */
        struct channel_event channel; /* answer, where it asks: session_answer() */
    };
};

void session_start(struct session *s, const struct session_config *c, struct pool *pool,
                   uint64_t now_ms);
void session_stop(struct session *s); /* wipes keys, gives blocks back */

/* The first reason is kept. After it nothing more is parsed; what session_send_data() still has
 * (perhaps a DISCONNECT) should be sent before the connection is closed. */
void session_fail(struct session *s, enum reason r);
enum reason session_reason(const struct session *s); /* REASON_NONE while it lives */

size_t session_recv_room(struct session *s, uint8_t **at); /* 0: do not read now */
void session_recv_done(struct session *s, size_t n);
struct span session_send_data(const struct session *s);
void session_send_done(struct session *s, size_t n);

/* false: nothing more until bytes, an answer or room come. */
bool session_next(struct session *s, struct event *e);
void session_auth(struct session *s, bool yes);
void session_answer(struct session *s, unsigned channel, bool yes, uint32_t port);
/* The openings that the peer asked for, and one of our own: see connection.h. */
void session_opened(struct session *s, unsigned channel);
void session_refused(struct session *s, unsigned channel, uint8_t code, const char *why);
int session_offer(struct session *s, const struct channel_offer *o);

/* Input of channel data that the consumer took: its room in the window returns to the peer. */
void session_credit(struct session *s, unsigned channel, size_t n);

/* Output: read at most the returned number of bytes to *at, then say how many came (0 is allowed).
 * `err` selects standard error. 0: nothing can leave now. */
size_t session_write_room(struct session *s, unsigned channel, bool err, uint8_t **at);
void session_write_done(struct session *s, unsigned channel, bool err, size_t n);

/* No more output will come; EOF is sent. */
void session_drained(struct session *s, unsigned channel);
/* The program ended with this status of wait(2), which is sent at once; CLOSE follows behind EOF. */
void session_finish(struct session *s, unsigned channel, int wait_status);

/* The time, before anything else of a turn. Then, behind it, the timers: what is due is done, and when to
 * call again at the latest is returned (UINT64_MAX: no need). */
void session_now(struct session *s, uint64_t now_ms);
uint64_t session_tick(struct session *s, uint64_t now_ms);
void session_rest(struct session *s); /* blocks without bytes go back to the pool */

#endif
