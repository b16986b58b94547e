/* RFC 4254 section 5.1: opening a channel. */
#include <string.h>

#include "connection/connection.h"

enum { PROHIBITED = 1, UNKNOWN_TYPE = 3, SHORTAGE = 4 };

static void refuse(struct transport *t, uint32_t peer, uint32_t code, const char *text)
{
    struct writer w = message_start(t, MSG_CHANNEL_OPEN_FAILURE);
    put_u32(&w, peer);  /* recipient channel */
    put_u32(&w, code);  /* reason code */
    put_text(&w, text); /* description */
    put_text(&w, "");   /* language tag */
    message_stop(t, &w);
}

static void confirm(struct transport *t, uint32_t peer, unsigned number)
{
    struct writer w = message_start(t, MSG_CHANNEL_OPEN_CONFIRMATION);
    put_u32(&w, peer);               /* recipient channel */
    put_u32(&w, number);             /* sender channel */
    put_u32(&w, LIMIT_WINDOW);       /* initial window size */
    put_u32(&w, LIMIT_CHANNEL_DATA); /* maximum packet size */
    message_stop(t, &w);
}

bool channel_open_message(struct connection *c, struct transport *t, struct span payload)
{
    struct reader r = reader_of(payload);
    get_byte(&r);
    struct span type = get_string(&r);
    uint32_t peer = get_u32(&r), window = get_u32(&r), packet = get_u32(&r);
    if (r.bad) {
        transport_fail(t, REASON_FORMAT);
        return false;
    }
    unsigned number = 0;
    while (number < LIMIT_CHANNELS && c->channels[number].open)
        number++;
    if (!span_is(type, "session")) {
        refuse(t, peer, UNKNOWN_TYPE, "unknown channel type");
    } else if (c->no_more_sessions) {
        refuse(t, peer, PROHIBITED, "no more sessions were announced");
    } else if (number == LIMIT_CHANNELS || packet == 0) {
        refuse(t, peer, SHORTAGE,
               packet == 0 ? "maximum packet size is zero" : "too many channels");
    } else {
        struct channel *ch = &c->channels[number];
        *ch = (struct channel){ .open = true, .peer = peer, .recv_window = LIMIT_WINDOW };
        ch->send_window = window;
        ch->send_packet = packet < LIMIT_CHANNEL_DATA ? packet : LIMIT_CHANNEL_DATA;
        confirm(t, peer, number);
    }
    return false;
}
