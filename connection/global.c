/* RFC 4254 sections 4 and 7.1, and OpenSSH's PROTOCOL (2.4): global requests. Each that wants a reply gets
 * one, which is all that keepalives ask for. */
#include <string.h>

#include "base/features.h"
#include "connection/internal.h"

static const struct {
    const char *name;
    uint8_t kind, tcp;
} requests[] = {
    { "tcpip-forward", CHANNEL_LISTEN_TCP, true },
    { "cancel-tcpip-forward", CHANNEL_CANCEL_TCP, true },
    { "streamlocal-forward@openssh.com", CHANNEL_LISTEN_UNIX, false },
    { "cancel-streamlocal-forward@openssh.com", CHANNEL_CANCEL_UNIX, false },
};

enum { REQUESTS = sizeof requests / sizeof *requests };

static bool is_here(unsigned which)
{
    return requests[which].tcp ? features.remote_tcp : features.remote_unix;
}

static bool ask(struct connection *c, struct reader *r, unsigned which, struct channel_event *e)
{
    *e = (struct channel_event){ .kind = requests[which].kind, .channel = CHANNEL_NONE };
    e->name = get_string(r); /* address to bind, or socket path */
    if (requests[which].tcp)
        e->port = get_u32(r); /* port number to bind */
    c->wants_port = e->kind == CHANNEL_LISTEN_TCP && e->port == 0;
    e->asks = get_done(r) && e->name.n <= LIMIT_HOST && e->port <= 65535 &&
              (e->name.n == 0 || memchr(e->name.p, 0, e->name.n) == NULL);
    return get_done(r);
}

bool global_message(struct connection *c, struct transport *t, struct span payload,
                    struct channel_event *e)
{
    struct reader r = reader_of(payload);
    uint8_t type = get_byte(&r);
    if (type != MSG_GLOBAL_REQUEST)
        return false; /* the answer to a keepalive: that it came is enough */
    struct span name = get_string(&r);
    c->wants_reply = get_boolean(&r);
    c->wants_port = e->asks = false;
    unsigned which = FEATURES_FORWARD ? 0 : REQUESTS;
    while (which < REQUESTS && !(is_here(which) && span_is(name, requests[which].name)))
        which++;
    if (which < REQUESTS)
        r.bad = !ask(c, &r, which, e);
    if (r.bad) {
        transport_fail(t, REASON_FORMAT);
        return false;
    }
    if (which < REQUESTS && e->asks)
        return true;
    bool known = span_is(name, "no-more-sessions@openssh.com");
    if (known)
        c->no_more_sessions = true;
    global_answer(c, t, known, 0);
    return false;
}

void global_answer(struct connection *c, struct transport *t, bool yes, uint32_t port)
{
    if (!c->wants_reply)
        return;
    struct writer w = message_start(t, yes ? MSG_REQUEST_SUCCESS : MSG_REQUEST_FAILURE);
    if (yes && c->wants_port)
        put_u32(&w, port); /* port that was bound on the server */
    message_stop(t, &w);
}

void connection_keepalive(struct transport *t)
{
    struct writer w = message_start(t, MSG_GLOBAL_REQUEST);
    put_text(&w, "keepalive@openssh.com");
    put_boolean(&w, true); /* want reply */
    message_stop(t, &w);
}
