/* RFC 4254 sections 5.2 and 5.3: data, windows, end and close.
 *
 * Invariants: recv_window + credit + (bytes handed out and not yet credited) == window while the channel
 * is open; nothing but CLOSE leaves after close_out; the number is free once CLOSE went both ways. */
#include <assert.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/features.h"
#include "connection/internal.h"

enum { DATA_HEADER = 9, EXTENDED_HEADER = 13, EXTENDED_STDERR = 1 };
enum { CREDIT_MOST = 4 * LIMIT_CHANNEL_DATA }; /* kept back at most: less window is used else */

void send_channel_number(struct transport *t, uint8_t type, uint32_t peer)
{
    struct writer w = message_start(t, type);
    put_u32(&w, peer); /* recipient channel */
    message_stop(t, &w);
}

/* Our half is over: the program ended and all of its output has left, or the peer closed and no
 * program runs (any more). A peer that closed while one runs still learns its exit status: clients that
 * share a connection close as soon as both directions ended. */
static bool may_close(const struct channel *ch)
{
    bool running = ch->started && !ch->exited;
    return !ch->close_out && !running && (ch->close_in || (ch->exited && ch->eof_out));
}

static void release_when_closed(struct connection *c, struct channel *ch)
{
    if (ch->close_in && ch->close_out)
        channel_release(c, ch);
}

static bool on_data(struct channel *ch, struct transport *t, struct span data,
                    struct channel_event *e)
{
    if (data.n > ch->recv_window) {
        transport_fail(t, REASON_WINDOW);
        return false;
    }
    if (ch->eof_in) {
        transport_fail(t, REASON_PHASE);
        return false;
    }
    ch->recv_window -= (uint32_t)data.n;
    e->kind = CHANNEL_DATA;
    e->value = data;
    return data.n != 0 && !ch->close_out;
}

static bool on_extended(struct channel *ch, struct transport *t, struct span data)
{
    struct channel_event ignored;
    if (on_data(ch, t, data, &ignored))
        ch->credit += (uint32_t)data.n; /* no program reads a second input: taken and dropped */
    return false;
}

static bool on_adjust(struct channel *ch, struct transport *t, uint32_t n)
{
    if (n > UINT32_MAX - ch->send_window)
        transport_fail(t, REASON_WINDOW); /* RFC 4254 section 5.2: at most 2^32 - 1 */
    else
        ch->send_window += n;
    return false;
}

static bool on_close(struct connection *c, struct channel *ch, struct channel_event *e)
{
    ch->close_in = true; /* ours follows from connection_flush() */
    e->kind = CHANNEL_CLOSED;
    release_when_closed(c, ch);
    return true;
}

/* The channel that this message may be about; NULL: none. */
static struct channel *addressed(const struct connection *c, unsigned number, uint8_t type)
{
    bool opening = type == MSG_CHANNEL_OPEN_CONFIRMATION || type == MSG_CHANNEL_OPEN_FAILURE;
    struct channel *ch = connection_channel(c, number);
    if (ch == NULL || ch->state != (opening ? CHANNEL_OFFERED : CHANNEL_OPEN) || ch->close_in)
        return NULL;
    return ch;
}

bool channel_message(struct connection *c, struct transport *t, struct span payload,
                     struct channel_event *e)
{
    struct reader r = reader_of(payload);
    uint8_t type = get_byte(&r);
    uint32_t number = get_u32(&r);
    struct channel *ch = addressed(c, number, type);
    if (r.bad || ch == NULL) {
        transport_fail(t, r.bad ? REASON_FORMAT : REASON_CHANNEL);
        return false;
    }
    *e = (struct channel_event){ .channel = number };
    if (type == MSG_CHANNEL_REQUEST)
        return channel_request(ch, t, &r, e);
    if (FEATURES_FORWARD && ch->state == CHANNEL_OFFERED)
        return channel_opening(c, ch, t, &r, type, e);
    uint32_t value = 0;
    struct span data = { 0 };
    if (type == MSG_CHANNEL_WINDOW_ADJUST || type == MSG_CHANNEL_EXTENDED_DATA)
        value = get_u32(&r);
    if (type == MSG_CHANNEL_DATA || type == MSG_CHANNEL_EXTENDED_DATA)
        data = get_string(&r);
    if (!get_done(&r) || data.n > LIMIT_CHANNEL_DATA) {
        transport_fail(t, get_done(&r) ? REASON_PACKET_SIZE : REASON_FORMAT);
        return false;
    }
    switch (type) {
    case MSG_CHANNEL_WINDOW_ADJUST:
        return on_adjust(ch, t, value);
    case MSG_CHANNEL_DATA:
        return on_data(ch, t, data, e);
    case MSG_CHANNEL_EXTENDED_DATA:
        return on_extended(ch, t, data);
    case MSG_CHANNEL_EOF:
        e->kind = CHANNEL_EOF;
        ch->eof_in = true;
        return !ch->close_out;
    case MSG_CHANNEL_CLOSE:
        return on_close(c, ch, e);
    default: /* SUCCESS and FAILURE: we ask for nothing */
        return false;
    }
}

/* NULL: its number went back when CLOSE had gone both ways, whatever its consumer still has to say. */
static struct channel *lasting(const struct connection *c, unsigned number)
{
    struct channel *ch = connection_channel(c, number);
    return ch != NULL && ch->state != CHANNEL_FREE ? ch : NULL;
}

void connection_credit(struct connection *c, unsigned channel, size_t n)
{
    struct channel *ch = lasting(c, channel);
    if (ch == NULL)
        return;
    ch->credit += (uint32_t)n;
    assert(ch->recv_window + ch->credit <= ch->window);
}

void connection_drained(struct connection *c, unsigned channel)
{
    struct channel *ch = lasting(c, channel);
    if (ch != NULL)
        ch->drained = true;
}

void connection_finish(struct connection *c, unsigned channel, int wait_status)
{
    struct channel *ch = lasting(c, channel);
    if (ch == NULL)
        return;
    ch->exited = true;
    ch->wait_status = wait_status;
}

/* Whoever takes all that comes gets more at a time: over a long way only a large window fills the pipe. */
static void send_adjust(struct connection *c, struct channel *ch, struct transport *t)
{
    if (ch->recv_window + ch->credit == ch->window)
        channel_widen(c, ch, ch->credit);
    struct writer w = message_start(t, MSG_CHANNEL_WINDOW_ADJUST);
    put_u32(&w, ch->peer);   /* recipient channel */
    put_u32(&w, ch->credit); /* bytes to add */
    message_stop(t, &w);
    ch->recv_window += ch->credit;
    ch->credit = 0;
}

/* RFC 4254 section 6.10 */
static void send_status(const struct channel *ch, struct transport *t)
{
    int status = ch->wait_status;
    struct writer w = message_start(t, MSG_CHANNEL_REQUEST);
    put_u32(&w, ch->peer); /* recipient channel */
    if (WIFSIGNALED(status)) {
        const char *name = signal_name(WTERMSIG(status));
        put_text(&w, "exit-signal");
        put_boolean(&w, false);                        /* want reply */
        put_text(&w, name ? name : "SIG@openssh.com"); /* signal name */
        put_boolean(&w, WCOREDUMP(status) != 0);       /* core dumped */
        put_text(&w, "");                              /* error message */
        put_text(&w, "");                              /* language tag */
    } else {
        put_text(&w, "exit-status");
        put_boolean(&w, false);                     /* want reply */
        put_u32(&w, (uint32_t)WEXITSTATUS(status)); /* exit_status */
    }
    message_stop(t, &w);
}

static bool credit_is_due(const struct channel *ch)
{
    return !ch->eof_in && (ch->credit >= ch->window / 4 || ch->credit >= CREDIT_MOST);
}

static void channel_flush(struct connection *c, struct channel *ch, struct transport *t)
{
    bool sending = !ch->close_out && !ch->close_in;
    if (sending && credit_is_due(ch) && transport_ready(t))
        send_adjust(c, ch, t);
    if (sending && ch->drained && !ch->eof_out && transport_ready(t)) {
        send_channel_number(t, MSG_CHANNEL_EOF, ch->peer);
        ch->eof_out = true;
    }
    /* As soon as it is known, as sshd does: somebody in the background may hold the output open. */
    if (!ch->close_out && ch->exited && !ch->status_out && transport_ready(t)) {
        send_status(ch, t);
        ch->status_out = true;
    }
    if (may_close(ch) && (ch->status_out || !ch->exited) && transport_ready(t)) {
        send_channel_number(t, MSG_CHANNEL_CLOSE, ch->peer);
        ch->close_out = true;
        release_when_closed(c, ch);
    }
}

void connection_flush(struct connection *c, struct transport *t)
{
    for (unsigned i = 0; i < c->used; i++) {
        struct channel *ch = connection_channel(c, i);
        if (ch->state == CHANNEL_OPEN)
            channel_flush(c, ch, t);
        else if (FEATURES_DIAL && ch->state == CHANNEL_ASKED)
            open_flush(c, t, i);
    }
}

size_t connection_write_room(struct connection *c, struct transport *t, unsigned channel, bool err,
                             uint8_t **at)
{
    struct channel *ch = connection_channel(c, channel);
    size_t header = err ? EXTENDED_HEADER : DATA_HEADER;
    if (ch == NULL || ch->state != CHANNEL_OPEN || ch->eof_out || ch->close_in || ch->close_out)
        return 0;
    size_t want = ch->send_window < ch->send_packet ? ch->send_window : ch->send_packet;
    if (want == 0)
        return 0;
    size_t room = transport_bulk_room(t, header, want, at);
    if (room != 0)
        *at += header;
    return room;
}

void connection_write_done(struct connection *c, struct transport *t, unsigned channel, bool err,
                           size_t n)
{
    struct channel *ch = connection_channel(c, channel);
    size_t header = err ? EXTENDED_HEADER : DATA_HEADER;
    uint8_t *at = NULL;
    size_t room = transport_bulk_room(t, header, n, &at);
    assert(room >= n);
    struct writer w = writer_of(at, header);
    put_byte(&w, err ? MSG_CHANNEL_EXTENDED_DATA : MSG_CHANNEL_DATA);
    put_u32(&w, ch->peer); /* recipient channel */
    if (err)
        put_u32(&w, EXTENDED_STDERR); /* data_type_code */
    put_u32(&w, (uint32_t)n);         /* data: its length; the bytes are there already */
    ch->send_window -= (uint32_t)n;
    transport_bulk_done(t, header + n);
}
