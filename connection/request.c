/* RFC 4254 section 6: requests on a session channel. */
#include "base/features.h"
#include "connection/internal.h"

static void get_size(struct reader *r, struct channel_event *e)
{
    e->columns = get_u32(r);
    e->rows = get_u32(r);
    e->width = get_u32(r);
    e->height = get_u32(r);
}

static bool on_pty(struct channel *ch, struct reader *r, struct channel_event *e)
{
    e->kind = CHANNEL_PTY;
    e->name = get_string(r); /* TERM */
    get_size(r, e);
    e->value = get_string(r); /* encoded terminal modes */
    return features.pty && !ch->started;
}

static bool on_env(struct channel *ch, struct reader *r, struct channel_event *e)
{
    e->kind = CHANNEL_ENV;
    e->name = get_string(r);
    e->value = get_string(r);
    return features.env && !ch->started;
}

static bool on_shell(struct channel *ch, struct reader *r, struct channel_event *e)
{
    (void)r;
    e->kind = CHANNEL_SHELL;
    return !ch->started;
}

static bool on_exec(struct channel *ch, struct reader *r, struct channel_event *e)
{
    e->kind = CHANNEL_EXEC;
    e->value = get_string(r);
    return e->value.n <= LIMIT_COMMAND && !ch->started;
}

static bool on_subsystem(struct channel *ch, struct reader *r, struct channel_event *e)
{
    e->kind = CHANNEL_SUBSYSTEM;
    e->name = get_string(r);
    return features.sftp && !ch->started;
}

static bool on_resize(struct channel *ch, struct reader *r, struct channel_event *e)
{
    (void)ch;
    e->kind = CHANNEL_RESIZE;
    get_size(r, e);
    return true;
}

static bool on_signal(struct channel *ch, struct reader *r, struct channel_event *e)
{
    e->kind = CHANNEL_SIGNAL;
    e->signal = signal_number(get_string(r));
    return ch->started && e->signal != 0;
}

static bool on_agent(struct channel *ch, struct reader *r, struct channel_event *e)
{
    (void)r;
    e->kind = CHANNEL_AGENT;
    return features.agent && !ch->started;
}

static const struct {
    const char *name;
    bool (*parse)(struct channel *ch, struct reader *r, struct channel_event *e);
} requests[] = {
    { "pty-req", on_pty },         { "env", on_env },
    { "shell", on_shell },         { "exec", on_exec },
    { "subsystem", on_subsystem }, { "window-change", on_resize },
    { "signal", on_signal },       { "auth-agent-req@openssh.com", on_agent },
};

bool channel_request(struct channel *ch, struct transport *t, struct reader *r,
                     struct channel_event *e)
{
    struct span name = get_string(r);
    bool wants_reply = get_boolean(r), known = false, good = false;
    for (size_t i = 0; i < sizeof requests / sizeof *requests && !known && !r->bad; i++) {
        known = span_is(name, requests[i].name);
        if (known)
            good = requests[i].parse(ch, r, e);
    }
    if (r->bad || (known && !get_done(r))) {
        transport_fail(t, REASON_FORMAT);
        return false;
    }
    if (ch->close_out)
        return false; /* a request that crossed our CLOSE */
    if (good && ch->session) {
        ch->starting =
            e->kind == CHANNEL_SHELL || e->kind == CHANNEL_EXEC || e->kind == CHANNEL_SUBSYSTEM;
        e->asks = true;
        ch->wants_reply = wants_reply;
        return true;
    }
    if (wants_reply)
        send_channel_number(t, MSG_CHANNEL_FAILURE, ch->peer);
    return false;
}

void connection_answer(struct connection *c, struct transport *t, unsigned channel, bool yes,
                       uint32_t port)
{
    if (FEATURES_FORWARD && channel == CHANNEL_NONE) {
        global_answer(c, t, yes, port);
        return;
    }
    struct channel *ch = connection_channel(c, channel);
    if (ch->wants_reply && !ch->close_out) /* its program may have ended meanwhile */
        send_channel_number(t, yes ? MSG_CHANNEL_SUCCESS : MSG_CHANNEL_FAILURE, ch->peer);
    ch->started = ch->started || (yes && ch->starting);
    ch->wants_reply = ch->starting = false;
}
