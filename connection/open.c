/* RFC 4254 sections 5.1 and 7.2: opening a channel, from either side. */
#include <string.h>

#include "base/features.h"
#include "connection/internal.h"

_Static_assert((LIMIT_CHANNELS - CHANNELS_OWN) * sizeof(struct channel) <= LIMIT_BLOCK_BYTES,
               "all channels fit their block");

/* --- a channel's memory and its promise --- */
static struct channel *place(const struct connection *c, unsigned number)
{
    if (number < CHANNELS_OWN)
        return (struct channel *)(uintptr_t)&c->own[number];
    return (struct channel *)(void *)c->more->bytes + (number - CHANNELS_OWN);
}

struct channel *connection_channel(const struct connection *c, unsigned number)
{
    return number < c->used ? place(c, number) : NULL;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Of what all channels share none has more than it leaves: those that stall with their windows full never
 * leave the next one without. */
void channel_widen(struct connection *c, struct channel *ch, uint32_t wanted)
{
    uint32_t own = ch->window - LIMIT_WINDOW_LEAST;
    uint32_t fair = (LIMIT_SHARE - (c->share - own)) / 2;
    uint32_t most = smaller(fair, LIMIT_WINDOW - LIMIT_WINDOW_LEAST);
    uint32_t n = most > own ? smaller(wanted, most - own) : 0;
    c->share += n;
    ch->window += n;
    ch->credit += n;
}

void channel_release(struct connection *c, struct channel *ch)
{
    c->share -= ch->window - LIMIT_WINDOW_LEAST;
    *ch = (struct channel){ 0 };
    while (c->used > 0 && place(c, c->used - 1)->state == CHANNEL_FREE)
        c->used--;
}

void connection_rest(struct connection *c, struct transport *t)
{
    if (c->more != NULL && c->used <= CHANNELS_OWN) {
        pool_give(t->pool, c->more);
        c->more = NULL;
    }
}

void connection_stop(struct connection *c, struct transport *t)
{
    c->used = 0;
    connection_rest(c, t);
    *c = (struct connection){ 0 };
}

/* So that it is wiped as far as it was ever used. */
static void note_written(struct block *b, const void *end)
{
    uint32_t n = (uint32_t)((const uint8_t *)end - b->bytes);
    b->high = b->high < n ? n : b->high;
}

/* The number of a channel that was free; -1: there is none. */
static int take(struct connection *c, struct transport *t, enum channel_state state, bool session)
{
    unsigned number = 0, most = state == CHANNEL_OFFERED ? LIMIT_OFFERED : LIMIT_CHANNELS;
    while (number < c->used && place(c, number)->state != CHANNEL_FREE)
        number++;
    if (number >= most)
        return -1;
    if (number >= CHANNELS_OWN && c->more == NULL && (c->more = pool_take(t->pool)) == NULL)
        return -1;
    struct channel *ch = place(c, number);
    if (number == c->used)
        c->used++;
    if (number >= CHANNELS_OWN)
        note_written(c->more, ch + 1);
    *ch = (struct channel){ .state = (uint8_t)state, .session = session };
    ch->started = ch->status_out = !session;
    ch->window = ch->credit = LIMIT_WINDOW_LEAST;
    if (session)
        channel_widen(c, ch, LIMIT_WINDOW_FIRST - LIMIT_WINDOW_LEAST);
    ch->recv_window = ch->credit;
    ch->credit = 0;
    return (int)number;
}

/* What the peer says of its side. */
static void hear(struct channel *ch, uint32_t peer, uint32_t window, uint32_t packet)
{
    ch->peer = peer;
    ch->send_window = window;
    ch->send_packet = packet < LIMIT_CHANNEL_DATA ? packet : LIMIT_CHANNEL_DATA;
}

/* --- the peer opens --- */
static void refuse(struct transport *t, uint32_t peer, uint32_t code, const char *text)
{
    struct writer w = message_start(t, MSG_CHANNEL_OPEN_FAILURE);
    put_u32(&w, peer);  /* recipient channel */
    put_u32(&w, code);  /* reason code */
    put_text(&w, text); /* description */
    put_text(&w, "");   /* language tag */
    message_stop(t, &w);
}

static void confirm(struct transport *t, const struct channel *ch, unsigned number)
{
    struct writer w = message_start(t, MSG_CHANNEL_OPEN_CONFIRMATION);
    put_u32(&w, ch->peer);           /* recipient channel */
    put_u32(&w, number);             /* sender channel */
    put_u32(&w, ch->recv_window);    /* initial window size */
    put_u32(&w, LIMIT_CHANNEL_DATA); /* maximum packet size */
    message_stop(t, &w);
}

static const struct {
    const char *name;
    uint8_t kind;
} types[] = {
    { "session", CHANNEL_CLOSED }, /* asks nobody */
    { "direct-tcpip", CHANNEL_DIRECT_TCP },
    { "direct-streamlocal@openssh.com", CHANNEL_DIRECT_UNIX },
};

enum { SESSION, TYPES = sizeof types / sizeof *types };

static bool is_here(unsigned type)
{
    return types[type].kind == CHANNEL_DIRECT_TCP    ? features.local_tcp
           : types[type].kind == CHANNEL_DIRECT_UNIX ? features.local_unix
                                                     : true;
}

/* TYPES: there is no such here. Where only one can be, the table is left out. */
static unsigned find_type(struct span name)
{
    unsigned type = SESSION;
    if (!FEATURES_DIAL)
        return span_is(name, "session") ? SESSION : TYPES;
    while (type < TYPES && !(is_here(type) && span_is(name, types[type].name)))
        type++;
    return type;
}

/* Behind the sizes; false: it is malformed. */
static bool parse_target(struct reader *r, unsigned type, struct channel_event *e)
{
    *e = (struct channel_event){ 0 };
    if (FEATURES_DIAL && type < TYPES && type != SESSION) {
        e->kind = types[type].kind;
        e->name = get_string(r); /* host to connect, or socket path */
        if (e->kind == CHANNEL_DIRECT_TCP)
            e->port = get_u32(r); /* port to connect */
        get_string(r);            /* originator address; reserved */
        get_u32(r);               /* originator port; reserved */
    }
    return type == TYPES ? !r->bad : get_done(r);
}

static unsigned sessions(const struct connection *c)
{
    unsigned n = 0;
    for (unsigned i = 0; i < c->used; i++)
        n += connection_channel(c, i)->session;
    return n;
}

static bool is_name(struct span s, size_t most)
{
    return s.n != 0 && s.n <= most && memchr(s.p, 0, s.n) == NULL;
}

/* 0, or why this cannot be, with a text. */
static uint32_t objection(const struct connection *c, unsigned type, uint32_t packet,
                          const struct channel_event *e, const char **text)
{
    *text = "unknown channel type";
    if (type == TYPES)
        return OPEN_UNKNOWN_TYPE;
    *text = "no more sessions were announced";
    if (type == SESSION && c->no_more_sessions)
        return OPEN_PROHIBITED;
    *text = "maximum packet size is zero";
    if (packet == 0)
        return OPEN_SHORTAGE;
    *text = "too many sessions";
    if (type == SESSION && sessions(c) == LIMIT_SESSIONS)
        return OPEN_SHORTAGE;
    *text = "no such name";
    if (FEATURES_DIAL && type != SESSION && !is_name(e->name, LIMIT_HOST))
        return OPEN_CONNECT_FAILED;
    *text = "no such port";
    if (features.local_tcp && e->kind == CHANNEL_DIRECT_TCP && type != SESSION &&
        (e->port == 0 || e->port > 65535))
        return OPEN_CONNECT_FAILED;
    *text = "too many channels";
    return 0;
}

bool channel_open_message(struct connection *c, struct transport *t, struct span payload,
                          struct channel_event *e)
{
    struct reader r = reader_of(payload);
    get_byte(&r);
    struct span name = get_string(&r);
    uint32_t peer = get_u32(&r), window = get_u32(&r), packet = get_u32(&r);
    unsigned type = find_type(name);
    if (!parse_target(&r, type, e)) {
        transport_fail(t, REASON_FORMAT);
        return false;
    }
    bool asks = FEATURES_DIAL && type != SESSION;
    const char *text;
    uint32_t code = objection(c, type, packet, e, &text);
    int number = code ? -1 : take(c, t, asks ? CHANNEL_ASKED : CHANNEL_OPEN, !asks);
    if (number < 0) {
        refuse(t, peer, code ? code : OPEN_SHORTAGE, text);
        return false;
    }
    struct channel *ch = connection_channel(c, (unsigned)number);
    hear(ch, peer, window, packet);
    e->channel = (unsigned)number;
    if (!asks)
        confirm(t, ch, e->channel);
    return asks;
}

void connection_opened(struct connection *c, unsigned channel)
{
    connection_channel(c, channel)->opened = true;
}

void connection_refused(struct connection *c, unsigned channel, uint8_t code, const char *why)
{
    struct channel *ch = connection_channel(c, channel);
    ch->refusal = code;
    ch->why = why;
}

void open_flush(struct connection *c, struct transport *t, unsigned number)
{
    struct channel *ch = connection_channel(c, number);
    if ((!ch->opened && ch->refusal == 0) || !transport_ready(t))
        return;
    if (ch->opened) {
        ch->state = CHANNEL_OPEN;
        confirm(t, ch, number);
    } else {
        refuse(t, ch->peer, ch->refusal, ch->why);
        channel_release(c, ch);
    }
}

/* --- we open --- */
static void put_offer(struct writer *w, const struct channel_offer *o)
{
    if (o->kind == OFFER_AGENT)
        return;
    put_string(w, o->address); /* address that was connected, or socket path */
    if (o->kind == OFFER_TCP)
        put_u32(w, o->port); /* port that was connected */
    put_string(w, o->from);  /* originator address; reserved */
    if (o->kind == OFFER_TCP)
        put_u32(w, o->from_port); /* originator port */
}

int connection_offer(struct connection *c, struct transport *t, const struct channel_offer *o)
{
    int number = transport_ready(t) ? take(c, t, CHANNEL_OFFERED, false) : -1;
    if (number < 0)
        return -1;
    struct channel *ch = connection_channel(c, (unsigned)number);
    struct writer w = message_start(t, MSG_CHANNEL_OPEN);
    put_text(&w, o->kind == OFFER_TCP    ? "forwarded-tcpip"
                 : o->kind == OFFER_UNIX ? "forwarded-streamlocal@openssh.com"
                                         : "auth-agent@openssh.com"); /* channel type */
    put_u32(&w, (uint32_t)number);                                    /* sender channel */
    put_u32(&w, ch->recv_window);                                     /* initial window size */
    put_u32(&w, LIMIT_CHANNEL_DATA);                                  /* maximum packet size */
    put_offer(&w, o);
    message_stop(t, &w);
    return number;
}

bool channel_opening(struct connection *c, struct channel *ch, struct transport *t,
                     struct reader *r, uint8_t type, struct channel_event *e)
{
    bool accepted = type == MSG_CHANNEL_OPEN_CONFIRMATION;
    uint32_t peer = get_u32(r), window = 0, packet = 0; /* sender channel, or reason code */
    if (accepted) {
        window = get_u32(r); /* initial window size */
        packet = get_u32(r); /* maximum packet size */
    } else {
        get_string(r); /* description */
        get_string(r); /* language tag */
    }
    if (!get_done(r)) {
        transport_fail(t, REASON_FORMAT); /* and the channel stays what its owner takes it for */
        return false;
    }
    if (accepted) {
        ch->state = CHANNEL_OPEN;
        hear(ch, peer, window, packet);
    } else {
        channel_release(c, ch);
    }
    e->kind = accepted ? CHANNEL_ACCEPTED : CHANNEL_REFUSED;
    return true;
}
