/* Messages out: built in place behind what is already sealed, or held while our own key exchange is
 * open (RFC 4253 section 7.1 allows only messages 1-19 and 20-49 then). */
#include "transport/internal.h"

#include <string.h>

enum {
    HEADER = 5,
    HELD_LENGTH = 4,
    OVERHEAD = HEADER + 32 + 64
}; /* header, padding, tag at most */

/* From our KEXINIT until our NEWKEYS. */
bool transport_holding(const struct transport *t)
{
    return t->kex == KEX_SENT || t->kex == KEX_SKIP || t->kex == KEX_SHARE;
}

/* Moving what is unsent costs a copy, so it happens only while that is less than half a block. */
static bool make_room(struct block *b, size_t room)
{
    if (block_room(b) < room && block_used(b) <= LIMIT_BLOCK_BYTES / 2)
        block_compact(b);
    return block_room(b) >= room;
}

struct block *out_with_room(struct transport *t, size_t room)
{
    if (t->out == NULL)
        t->out = pool_take(t->pool);
    return t->out != NULL && make_room(t->out, room) ? t->out : NULL;
}

/* Of what nobody asked for just now, no amount takes the room without which nothing is parsed: a peer
 * that writes all that its windows allow before it reads again would wait for ever. */
bool transport_ready(struct transport *t)
{
    return t->reason == REASON_NONE && t->keyed && !transport_holding(t) && t->held == NULL &&
           out_with_room(t, (size_t)2 * LIMIT_REPLY) != NULL;
}

static bool is_held(const struct transport *t, uint8_t type)
{
    bool waits = type > MSG_TRANSPORT_LAST || type == MSG_SERVICE_ACCEPT;
    return waits && (transport_holding(t) || t->held != NULL);
}

struct writer message_start(struct transport *t, uint8_t type)
{
    struct writer w = { .bad = true };
    if (t->reason != REASON_NONE && type != MSG_DISCONNECT)
        return w; /* nothing follows a DISCONNECT */
    if (is_held(t, type)) {
        if (t->held == NULL)
            t->held = pool_take(t->pool);
        if (t->held != NULL && block_room(t->held) > HELD_LENGTH)
            w = writer_of(t->held->bytes + t->held->tail + HELD_LENGTH,
                          block_room(t->held) - HELD_LENGTH);
    } else {
        struct block *b = out_with_room(t, OVERHEAD);
        if (b != NULL)
            w = writer_of(b->bytes + b->tail + HEADER, block_room(b) - OVERHEAD);
    }
    put_byte(&w, type);
    return w;
}

void message_stop(struct transport *t, struct writer *w)
{
    struct block *held = t->held;
    size_t n = writer_used(w);
    if (w->bad) {
        transport_fail(t, REASON_MEMORY);
    } else if (held != NULL && w->start == held->bytes + held->tail + HELD_LENGTH) {
        store_u32(w->start - HELD_LENGTH, (uint32_t)n);
        block_add(held, HELD_LENGTH + n);
    } else {
        packet_seal(t, w->start - HEADER, n);
    }
}

void held_flush(struct transport *t)
{
    struct block *b = t->held;
    while (b != NULL && !transport_holding(t) && t->reason == REASON_NONE) {
        if (block_used(b) == 0) {
            t->held = NULL;
            pool_give(t->pool, b);
            return;
        }
        const uint8_t *p = b->bytes + b->head;
        uint32_t n = load_u32(p);
        struct block *out = out_with_room(t, n + OVERHEAD + LIMIT_REPLY);
        if (out == NULL)
            return;
        memcpy(out->bytes + out->tail + HEADER, p + HELD_LENGTH, n);
        packet_seal(t, out->bytes + out->tail, n);
        block_drop(b, HELD_LENGTH + n);
    }
}

size_t transport_bulk_room(struct transport *t, size_t header, size_t want, uint8_t **at)
{
    if (t->reason != REASON_NONE || transport_holding(t) || t->held != NULL)
        return 0;
    size_t least = want < LIMIT_REPLY ? want : LIMIT_REPLY; /* no tiny packets for want of room */
    size_t other = header + OVERHEAD + LIMIT_REPLY;
    struct block *b = out_with_room(t, other + least);
    if (b == NULL)
        return 0;
    size_t room = block_room(b) - other;
    *at = b->bytes + b->tail + HEADER;
    return room < want ? room : want;
}

void transport_bulk_done(struct transport *t, size_t payload)
{
    packet_seal(t, t->out->bytes + t->out->tail, payload);
}

void transport_unimplemented(struct transport *t)
{
    struct writer w = message_start(t, MSG_UNIMPLEMENTED);
    put_u32(&w, t->rx.seq - 1); /* packet sequence number of rejected message */
    message_stop(t, &w);
}
