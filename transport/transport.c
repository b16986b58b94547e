/* Life and legality: one const table says which of the messages 1-49 may come while the key exchange
 * stands where, and in the first strict exchange. Everything above 49 waits for the first keys and
 * for an open exchange to end (RFC 4253 section 7.1). */
#include "transport/internal.h"

#include <string.h>

#include "base/features.h"
#include "base/text.h"

enum {
    IDLE = 1 << KEX_IDLE,
    SENT = 1 << KEX_SENT,
    SHARE = 1 << KEX_SHARE,
    NEWKEYS = 1 << KEX_NEWKEYS,
    ALL = IDLE | SENT | 1 << KEX_SKIP | SHARE | NEWKEYS,
    STRICT = 1 << 7, /* also during the first strict exchange */
    FIRST = 1 << 6,  /* also before the first keys */
};

void keep_peer_text(struct transport *t, struct span text)
{
    if (text.n > sizeof t->peer_text - 1)
        text.n = sizeof t->peer_text - 1;
    span_copy_text(text, t->peer_text, sizeof t->peer_text);
}

static void on_disconnect(struct transport *t, struct span payload)
{
    struct reader r = reader_of(payload);
    if (features.farewells) { /* only the log has it */
        get_byte(&r);
        t->peer_code = get_u32(&r);
        keep_peer_text(t, get_string(&r)); /* the language tag behind it is often left out */
    }
    transport_fail(t, REASON_PEER_DISCONNECT);
}

static void on_ignored(struct transport *t, struct span payload)
{
    (void)t, (void)payload;
}

static void on_service_request(struct transport *t, struct span payload)
{
    struct reader r = reader_of(payload);
    get_byte(&r);
    struct span name = get_string(&r);
    if (!get_done(&r)) {
        transport_fail(t, REASON_FORMAT);
    } else if (!span_is(name, "ssh-userauth")) {
        transport_fail(t, REASON_SERVICE); /* ssh-connection starts by logging in */
    } else {
        struct writer w = message_start(t, MSG_SERVICE_ACCEPT);
        put_string(&w, name);
        message_stop(t, &w);
        t->service_asked = true;
    }
}

static const struct {
    uint8_t type, phases;
    void (*handler)(struct transport *t, struct span payload);
} messages[] = {
    { MSG_DISCONNECT, ALL | FIRST | STRICT, on_disconnect },
    { MSG_IGNORE, ALL | FIRST, on_ignored },
    { MSG_UNIMPLEMENTED, ALL | FIRST, on_ignored },
    { MSG_DEBUG, ALL | FIRST, on_ignored },
    { MSG_SERVICE_REQUEST, IDLE | SENT, on_service_request },
    { MSG_EXT_INFO, IDLE | SENT, on_ignored },
    { MSG_KEXINIT, IDLE | SENT | FIRST | STRICT, on_kexinit },
    { MSG_NEWKEYS, NEWKEYS | FIRST | STRICT, on_newkeys },
    { MSG_KEX_ECDH_INIT, SHARE | FIRST | STRICT, on_kex_ecdh_init },
};

void transport_start(struct transport *t, const struct transport_config *c, struct pool *pool,
                     uint64_t now_ms)
{
    memset(t, 0, sizeof *t);
    t->config = c;
    t->pool = pool;
    t->now_ms = now_ms;
    t->rx.cipher = t->tx.cipher = &cipher_none;
    struct block *b = out_with_room(t, LIMIT_REPLY);
    if (b == NULL) {
        transport_fail(t, REASON_MEMORY);
        return;
    }
    size_t n = text_format((char *)b->bytes, LIMIT_IDENT + 1, "%s\r\n", c->ident);
    block_add(b, n);
    kex_begin(t);
}

static void give(struct transport *t, struct block **b)
{
    if (*b != NULL)
        pool_give(t->pool, *b);
    *b = NULL;
}

void transport_stop(struct transport *t)
{
    give(t, &t->in);
    give(t, &t->out);
    give(t, &t->held);
    direction_stop(&t->rx);
    direction_stop(&t->tx);
    direction_stop(&t->rx_next);
    crypto_wipe(t, sizeof *t);
}

void transport_rest(struct transport *t)
{
    if (t->in != NULL && block_used(t->in) == 0)
        give(t, &t->in);
    if (t->out != NULL && block_used(t->out) == 0)
        give(t, &t->out);
}

void transport_fail(struct transport *t, enum reason r)
{
    if (t->reason != REASON_NONE)
        return;
    t->reason = r;
    uint32_t code = reason_code(r);
    if (code == 0 || out_with_room(t, LIMIT_REPLY) == NULL)
        return;
    struct writer w = message_start(t, MSG_DISCONNECT);
    put_u32(&w, code);
    put_text(&w, reason_text(r)); /* description */
    put_text(&w, "");             /* language tag */
    message_stop(t, &w);
}

size_t transport_recv_room(struct transport *t, uint8_t **at)
{
    if (t->reason != REASON_NONE)
        return 0;
    if (t->in == NULL)
        t->in = pool_take(t->pool);
    if (t->in == NULL)
        return 0;
    block_compact(t->in);
    *at = t->in->bytes + t->in->tail;
    return block_room(t->in);
}

void transport_recv_done(struct transport *t, size_t n)
{
    block_add(t->in, n);
}

struct span transport_send_data(const struct transport *t)
{
    if (t->out == NULL)
        return (struct span){ NULL, 0 };
    return span_of(t->out->bytes + t->out->head, block_used(t->out));
}

void transport_send_done(struct transport *t, size_t n)
{
    block_drop(t->out, n);
    held_flush(t);
}

/* true: handled (or failed) here */
static bool dispatch(struct transport *t, struct span payload)
{
    uint8_t type = payload.p[0];
    if (type > MSG_TRANSPORT_LAST) {
        if (t->keyed && (t->kex == KEX_IDLE || t->kex == KEX_SENT))
            return false;
        transport_fail(t, REASON_PHASE);
        return true;
    }
    bool strict_first = t->strict && !t->keyed;
    for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
        if (messages[i].type != type)
            continue;
        uint8_t phases = messages[i].phases;
        if (strict_first && !(phases & STRICT))
            transport_fail(t, REASON_STRICT);
        else if (!(phases & 1 << t->kex) || (!t->keyed && !(phases & FIRST)))
            transport_fail(t, REASON_PHASE);
        else
            messages[i].handler(t, payload);
        return true;
    }
    if (strict_first)
        transport_fail(t, REASON_STRICT);
    else
        transport_unimplemented(t);
    return true;
}

/* Nothing is parsed without room for its answer, so a reply can always be built. Replies that are held
 * leave only after the peer's part of the exchange, which is behind what would wait here: a peer that
 * made so many is not waited for. */
static bool may_parse(struct transport *t)
{
    held_flush(t);
    bool full = t->held != NULL && block_room(t->held) < LIMIT_REPLY;
    if (full && transport_holding(t))
        transport_fail(t, REASON_HELD);
    return t->reason == REASON_NONE && !full && out_with_room(t, LIMIT_REPLY) != NULL;
}

int transport_next(struct transport *t, struct span *payload)
{
    if (!t->ident_done && t->reason == REASON_NONE) {
        int n = ident_receive(t);
        if (n <= 0)
            return n;
    }
    while (may_parse(t)) {
        int n = packet_open(t, payload);
        if (n <= 0)
            return n;
        if (!t->trusted && ++t->early > LIMIT_EARLY)
            transport_fail(t, REASON_FLOOD);
        else if (t->kex == KEX_SKIP && payload->p[0] >= 30 && payload->p[0] <= MSG_TRANSPORT_LAST)
            t->kex = KEX_SHARE; /* RFC 4253 section 7: the wrongly guessed packet */
        else if (!dispatch(t, *payload))
            return 1;
    }
    return t->reason != REASON_NONE ? -1 : 0;
}

uint64_t transport_tick(struct transport *t)
{
    enum { AGAIN_MS = 100 };
    uint64_t limit = t->config->rekey_bytes;
    if (!t->keyed)
        return UINT64_MAX; /* the login grace is for the first exchange too */
    if (t->kex != KEX_IDLE) {
        if (t->now_ms >= t->kex_ends_ms)
            transport_fail(t, REASON_KEX_TIMEOUT);
        return t->kex_ends_ms;
    }
    if (t->now_ms < t->rekey_at_ms && t->tx.bytes < limit && t->rx.bytes < limit)
        return t->rekey_at_ms;
    if (!transport_ready(t))
        return t->now_ms + AGAIN_MS;
    kex_begin(t);
    return t->kex_ends_ms;
}
