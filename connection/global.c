/* RFC 4254 section 4: global requests. None is served yet but the notice that no more sessions will
 * be opened; each that wants a reply gets one, which is all that keepalives ask for. */
#include "connection/connection.h"

bool global_message(struct connection *c, struct transport *t, struct span payload)
{
    struct reader r = reader_of(payload);
    uint8_t type = get_byte(&r);
    if (type != MSG_GLOBAL_REQUEST)
        return false; /* the answer to a keepalive: that it came is enough */
    struct span name = get_string(&r);
    bool wants_reply = get_boolean(&r);
    if (r.bad) {
        transport_fail(t, REASON_FORMAT);
        return false;
    }
    bool known = span_is(name, "no-more-sessions@openssh.com");
    if (known)
        c->no_more_sessions = true;
    if (wants_reply) {
        struct writer w = message_start(t, known ? MSG_REQUEST_SUCCESS : MSG_REQUEST_FAILURE);
        message_stop(t, &w);
    }
    return false;
}

void connection_keepalive(struct transport *t)
{
    struct writer w = message_start(t, MSG_GLOBAL_REQUEST);
    put_text(&w, "keepalive@openssh.com");
    put_boolean(&w, true); /* want reply */
    message_stop(t, &w);
}
