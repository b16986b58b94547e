/* The log lines at a connection's end, in OpenSSH's wording. */
#include "base/features.h"
#include "server/internal.h"

#include "base/text.h"

enum { WHO_MAX = ADDRESS_MAX + LIMIT_USER + 64 };

/* "user U A port P", "authenticating user U …", "invalid user U …", or the address alone. */
static void who(const struct conn *c, char text[WHO_MAX])
{
    const struct auth *a = &c->session.auth;
    const char *role = c->logged_in    ? "user "
                       : c->user_valid ? "authenticating user "
                                       : "invalid user ";
    text_format(text, WHO_MAX, "%s%s%s%s port %u", a->user_known ? role : "",
                a->user_known ? a->user : "", a->user_known ? " " : "", c->address, c->port);
}

void farewell(const struct conn *c)
{
    const struct log *log = &c->server->log;
    const struct transport *t = &c->session.transport;
    const char *stage = c->logged_in ? "" : " [preauth]";
    char name[WHO_MAX];
    /* A place where nobody logs in is worth a line, not one for each call. */
    bool known = features.call_home && c->called && c->server->call.wrong == WRONG_NOBODY;
    if (!features.farewells || (known && !c->logged_in && log->level < LOG_VERBOSE))
        return;
    who(c, name);
    switch (t->reason) {
    case REASON_PEER_DISCONNECT:
        log_line(log, LOG_INFO, "Received disconnect from %s port %u:%u: %s%s", c->address, c->port,
                 t->peer_code, t->peer_text, stage);
        log_line(log, LOG_INFO, "Disconnected from %s%s", name, stage);
        break;
    case REASON_PEER_CLOSED:
    case REASON_RESET:
        log_line(log, LOG_INFO, "Connection %s by %s%s",
                 t->reason == REASON_RESET ? "reset" : "closed", name, stage);
        break;
    case REASON_LOGIN_GRACE:
        log_line(log, LOG_INFO,
                 "Timeout before authentication for connection from %s to %s port %u", name,
                 c->local, c->local_port);
        break;
    case REASON_IDENT:
    case REASON_VERSION:
        log_line(log, LOG_INFO, "banner exchange: Connection from %s: %s", name,
                 reason_text(t->reason));
        break;
    case REASON_NO_KEX:
    case REASON_NO_HOST_KEY:
    case REASON_NO_CIPHER:
    case REASON_NO_MAC:
    case REASON_NO_COMPRESSION:
        log_line(log, LOG_INFO, "Unable to negotiate with %s: %s. Their offer: %s%s", name,
                 reason_text(t->reason), t->peer_text, stage);
        break;
    default:
        log_line(log, LOG_INFO, "Disconnecting %s: %s%s", name, reason_text(t->reason), stage);
    }
}
