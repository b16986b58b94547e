/* The session's timers. Each limit is a time at which it would strike; the nearest is returned. */
#include "base/features.h"
#include "session/session.h"

static void sooner(uint64_t *next, uint64_t at)
{
    if (at < *next)
        *next = at;
}

/* Strikes once `span_ms` passed since `since`; a span of 0 is no limit. */
static bool struck(struct session *s, uint64_t since, uint64_t span_ms, uint64_t *next)
{
    if (span_ms == 0)
        return false;
    sooner(next, since + span_ms);
    return s->now_ms >= since + span_ms;
}

static void keepalive(struct session *s, uint64_t *next)
{
    uint64_t since = s->heard_ms > s->asked_alive_ms ? s->heard_ms : s->asked_alive_ms;
    uint64_t ignored = UINT64_MAX;
    if (!struck(s, since, s->config->keepalive_ms, &ignored)) {
        sooner(next, ignored);
        return;
    }
    s->asked_alive_ms = s->now_ms;
    sooner(next, s->now_ms + s->config->keepalive_ms);
    if (s->misses++ >= s->config->keepalive_misses)
        session_fail(s, REASON_KEEPALIVE);
    else if (transport_ready(&s->transport))
        connection_keepalive(&s->transport);
}

void session_now(struct session *s, uint64_t now_ms)
{
    s->now_ms = s->transport.now_ms = now_ms;
}

uint64_t session_tick(struct session *s, uint64_t now_ms)
{
    const struct session_config *c = s->config;
    session_now(s, now_ms);
    if (s->heard_seq != s->transport.rx.seq) {
        s->heard_seq = s->transport.rx.seq;
        s->heard_ms = now_ms;
        s->misses = 0;
    }
    if (s->channel_pending)
        s->misses = 0; /* nothing is heard meanwhile, whatever the peer says */
    uint64_t next = transport_tick(&s->transport);
    if (s->phase != PHASE_OPEN) {
        if (struck(s, s->started_ms, c->login_grace_ms, &next))
            session_fail(s, REASON_LOGIN_GRACE);
    } else if (features.timers) {
        if (struck(s, s->traffic_ms, c->idle_ms, &next))
            session_fail(s, REASON_IDLE);
        keepalive(s, &next);
    }
    return next;
}
