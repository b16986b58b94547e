/* The façade, and the table of the messages 50-127: which may come in which phase. What is not in
 * the table is unknown (UNIMPLEMENTED); what is, but comes in another phase, ends the session. No
 * handler for a channel can be reached before login, because its row says so. */
#include "session/session.h"

#include <assert.h>
#include <string.h>

#include "base/features.h"

enum { IN_AUTH = 1 << PHASE_AUTH, IN_OPEN = 1 << PHASE_OPEN };

static bool on_userauth(struct session *s, struct span payload, struct event *e)
{
    if (s->phase == PHASE_OPEN)
        return false; /* RFC 4252 section 5.1: silently ignored after success */
    bool response = payload.p[0] == MSG_USERAUTH_INFO_RESPONSE;
    s->auth_pending = (response ? auth_response : auth_request)(&s->auth, &s->transport, payload);
    e->kind = EVENT_AUTH;
    e->auth = s->auth.question;
    return s->auth_pending;
}

/* A question stays open until it is answered. */
static bool asked(struct session *s, struct event *e, bool event)
{
    e->kind = EVENT_CHANNEL;
    s->channel_pending = event && e->channel.asks;
    s->channel_asking = event ? e->channel.channel : 0;
    return event;
}

static bool on_global(struct session *s, struct span payload, struct event *e)
{
    bool event = global_message(&s->connection, &s->transport, payload, &e->channel);
    return asked(s, e, FEATURES_FORWARD && event);
}

static bool on_open(struct session *s, struct span payload, struct event *e)
{
    bool event = channel_open_message(&s->connection, &s->transport, payload, &e->channel);
    return asked(s, e, FEATURES_DIAL && event);
}

static bool on_channel(struct session *s, struct span payload, struct event *e)
{
    bool event = channel_message(&s->connection, &s->transport, payload, &e->channel);
    if (event && e->channel.kind == CHANNEL_DATA)
        s->traffic_ms = s->now_ms;
    return asked(s, e, event);
}

static const struct {
    uint8_t type, phases;
    bool (*handler)(struct session *s, struct span payload, struct event *e);
} messages[] = {
    { MSG_USERAUTH_REQUEST, IN_AUTH | IN_OPEN, on_userauth },
    { MSG_USERAUTH_INFO_RESPONSE, IN_AUTH, on_userauth },
    { MSG_GLOBAL_REQUEST, IN_OPEN, on_global },
    { MSG_REQUEST_SUCCESS, IN_OPEN, on_global },
    { MSG_REQUEST_FAILURE, IN_OPEN, on_global },
    { MSG_CHANNEL_OPEN, IN_OPEN, on_open },
    { MSG_CHANNEL_OPEN_CONFIRMATION, IN_OPEN, on_channel },
    { MSG_CHANNEL_OPEN_FAILURE, IN_OPEN, on_channel },
    { MSG_CHANNEL_WINDOW_ADJUST, IN_OPEN, on_channel },
    { MSG_CHANNEL_DATA, IN_OPEN, on_channel },
    { MSG_CHANNEL_EXTENDED_DATA, IN_OPEN, on_channel },
    { MSG_CHANNEL_EOF, IN_OPEN, on_channel },
    { MSG_CHANNEL_CLOSE, IN_OPEN, on_channel },
    { MSG_CHANNEL_REQUEST, IN_OPEN, on_channel },
    { MSG_CHANNEL_SUCCESS, IN_OPEN, on_channel },
    { MSG_CHANNEL_FAILURE, IN_OPEN, on_channel },
    /* known, but a client never sends them */
    { MSG_USERAUTH_FAILURE, 0, NULL },
    { MSG_USERAUTH_SUCCESS, 0, NULL },
    { MSG_USERAUTH_BANNER, 0, NULL },
    { MSG_USERAUTH_PK_OK, 0, NULL }, /* INFO_REQUEST too */
};

void session_start(struct session *s, const struct session_config *c, struct pool *pool,
                   uint64_t now_ms)
{
    memset(s, 0, sizeof *s);
    s->config = c;
    s->now_ms = s->started_ms = s->heard_ms = s->traffic_ms = now_ms;
    auth_start(&s->auth, c->banner, c->passwords);
    transport_start(&s->transport, &c->transport, pool, now_ms);
}

void session_stop(struct session *s)
{
    connection_stop(&s->connection, &s->transport);
    transport_stop(&s->transport);
    crypto_wipe(s, sizeof *s);
}

void session_fail(struct session *s, enum reason r)
{
    transport_fail(&s->transport, r);
}

enum reason session_reason(const struct session *s)
{
    return s->transport.reason;
}

size_t session_recv_room(struct session *s, uint8_t **at)
{
    if (s->auth_pending || s->channel_pending) /* its spans point into the block */
        return 0;
    return transport_recv_room(&s->transport, at);
}

void session_recv_done(struct session *s, size_t n)
{
    transport_recv_done(&s->transport, n);
}

struct span session_send_data(const struct session *s)
{
    return transport_send_data(&s->transport);
}

void session_send_done(struct session *s, size_t n)
{
    transport_send_done(&s->transport, n);
}

static bool dispatch(struct session *s, struct span payload, struct event *e)
{
    if (s->phase == PHASE_KEX && s->transport.service_asked)
        s->phase = PHASE_AUTH;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        if (messages[i].type != payload.p[0])
            continue;
        if (messages[i].phases & 1 << s->phase)
            return messages[i].handler(s, payload, e);
        session_fail(s, REASON_PHASE);
        return false;
    }
    transport_unimplemented(&s->transport);
    return false;
}

bool session_next(struct session *s, struct event *e)
{
    struct span payload;
    if (s->auth_pending)
        return false;
    connection_flush(&s->connection, &s->transport);
    while (!s->channel_pending && transport_next(&s->transport, &payload) == 1) {
        if (dispatch(s, payload, e))
            return true;
    }
    connection_flush(&s->connection, &s->transport);
    return false;
}

void session_auth(struct session *s, bool yes)
{
    assert(s->auth_pending);
    s->auth_pending = false;
    if (s->transport.reason == REASON_NONE && auth_answer(&s->auth, &s->transport, yes)) {
        s->phase = PHASE_OPEN;
        s->transport.trusted = true;
        s->traffic_ms = s->now_ms;
    }
}

void session_answer(struct session *s, unsigned channel, bool yes, uint32_t port)
{
    assert(s->channel_pending && s->channel_asking == channel);
    s->channel_pending = false;
    connection_answer(&s->connection, &s->transport, channel, yes, port);
}

void session_opened(struct session *s, unsigned channel)
{
    connection_opened(&s->connection, channel);
}

void session_refused(struct session *s, unsigned channel, uint8_t code, const char *why)
{
    connection_refused(&s->connection, channel, code, why);
}

int session_offer(struct session *s, const struct channel_offer *o)
{
    return connection_offer(&s->connection, &s->transport, o);
}

void session_credit(struct session *s, unsigned channel, size_t n)
{
    connection_credit(&s->connection, channel, n);
}

size_t session_write_room(struct session *s, unsigned channel, bool err, uint8_t **at)
{
    return connection_write_room(&s->connection, &s->transport, channel, err, at);
}

void session_write_done(struct session *s, unsigned channel, bool err, size_t n)
{
    if (n == 0)
        return;
    s->traffic_ms = s->now_ms;
    connection_write_done(&s->connection, &s->transport, channel, err, n);
}

void session_drained(struct session *s, unsigned channel)
{
    connection_drained(&s->connection, channel);
}

void session_finish(struct session *s, unsigned channel, int wait_status)
{
    connection_finish(&s->connection, channel, wait_status);
}

void session_rest(struct session *s)
{
    connection_rest(&s->connection, &s->transport);
    if (!s->auth_pending && !s->channel_pending)
        transport_rest(&s->transport);
}
