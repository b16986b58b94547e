/* RFC 4253 section 6: the binary packet, in place in both directions.
 *
 *   uint32 packet_length | byte padding_length | payload | padding | tag
 *
 * A received length is believed only within LIMIT_PACKET and the block size, and nothing of a packet
 * is looked at before its tag was checked. */
#include "transport/internal.h"

#include <string.h>

enum { LENGTH = 4, HEADER = 5, PADDING_MIN = 4, PADDING_MAX = 255 };

/* packet_length counts padding_length, payload and padding; 0 when it cannot be right. */
static uint32_t packet_length(const struct direction *d, const uint8_t *p)
{
    const struct cipher *c = d->cipher;
    uint32_t n = c->length(&d->state, d->seq, p);
    uint32_t counted = n + (c->length_n ? 0 : LENGTH);
    if (n > LIMIT_PACKET - LENGTH || n < 1 + PADDING_MIN + 1 || counted % c->block != 0)
        return 0;
    return n;
}

int packet_open(struct transport *t, struct span *payload)
{
    struct block *b = t->in;
    struct direction *d = &t->rx;
    if (b == NULL || block_used(b) < LENGTH)
        return 0;
    uint8_t *p = b->bytes + b->head;
    uint32_t n = packet_length(d, p);
    if (n == 0) {
        transport_fail(t, REASON_LENGTH);
        return -1;
    }
    size_t whole = LENGTH + n + d->cipher->tag_n;
    if (block_used(b) < whole)
        return 0;
    if (!d->cipher->open(&d->state, d->seq, p, n)) {
        transport_fail(t, REASON_MAC);
        return -1;
    }
    uint8_t padding = p[LENGTH];
    if (padding < PADDING_MIN || padding > n - 2) { /* at least the message number is left */
        transport_fail(t, REASON_PADDING);
        return -1;
    }
    *payload = span_of(p + HEADER, n - 1 - padding);
    d->seq++;
    d->bytes += whole;
    b->head += (uint32_t)whole; /* not block_drop: the payload is still being read */
    return 1;
}

/* The padding is zero: under a stream cipher and a MAC its content tells a peer nothing, and a
 * system call for random bytes would cost more than sealing a small packet. */
void packet_seal(struct transport *t, uint8_t *p, size_t payload)
{
    struct direction *d = &t->tx;
    const struct cipher *c = d->cipher;
    size_t counted = 1 + payload + (c->length_n ? 0 : LENGTH);
    size_t padding = c->block - counted % c->block;
    if (padding < PADDING_MIN)
        padding += c->block;
    size_t n = 1 + payload + padding;
    store_u32(p, (uint32_t)n);
    p[LENGTH] = (uint8_t)padding;
    memset(p + HEADER + payload, 0, padding);
    if (!c->seal(&d->state, d->seq, p, n)) {
        /* Nobody knows how far it came: no DISCONNECT either is sealed by it. */
        if (t->reason == REASON_NONE)
            t->reason = REASON_CRYPTO;
        return;
    }
    d->seq++;
    d->bytes += LENGTH + n + c->tag_n;
    block_add(t->out, LENGTH + n + c->tag_n);
}
