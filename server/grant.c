/* What a login allows, on its way from the child that found out to the connection. */
#include <string.h>

#include "base/features.h"
#include "base/text.h"
#include "server/internal.h"

/* boolean yes; string note; then, after a yes: boolean pty, port-forwarding, agent-forwarding; where this build has what
 * may say so: boolean forced; string command; string environment, permitopen, permitlisten */
bool grant_parse(struct grant *g, struct span said, struct span *note)
{
    struct reader r = reader_of(said);
    bool yes = get_boolean(&r);
    *note = get_string(&r);
    if (r.bad || !yes)
        return false;
    *g = (struct grant){ .pty = get_boolean(&r) };
    g->port_forwarding = get_boolean(&r);
    g->agent_forwarding = get_boolean(&r);
    if (FEATURES_COMMAND) {
        bool forced = get_boolean(&r);
        g->command = get_string(&r);
        if (!forced)
            g->command.p = NULL;
    }
    if (features.key_options) {
        g->environment = get_string(&r);
        g->permit_open = get_string(&r);
        g->permit_listen = get_string(&r);
    }
    return get_done(&r);
}

static void put_environment(struct writer *w, struct span options)
{
    struct span value;
    while (options.n != 0 && key_options_next(&options, "environment", &value)) {
        key_options_text(w, value);
        put_byte(w, 0);
    }
}

/* string host, u32 port, and so on */
static void put_permits(struct writer *w, struct span options, const char *name, bool listen)
{
    uint8_t *start = put_string_start(w);
    struct span value, host;
    uint32_t port;
    while (options.n != 0 && key_options_next(&options, name, &value))
        if (key_options_permit(value, listen, &host, &port)) {
            put_string(w, host);
            put_u32(w, port);
        }
    put_string_stop(w, start);
}

size_t grant_print(uint8_t *to, size_t room, bool yes, const char *note, const struct permits *p)
{
    struct writer w = writer_of(to, room);
    put_boolean(&w, yes);
    put_text(&w, note);
    if (yes) {
        put_boolean(&w, p->pty);
        put_boolean(&w, p->port_forwarding);
        put_boolean(&w, p->agent_forwarding);
    }
    if (FEATURES_COMMAND && yes) {
        put_boolean(&w, p->command.p != NULL);
        put_string(&w, p->command);
    }
    if (features.key_options && yes) {
        uint8_t *environment = put_string_start(&w);
        put_environment(&w, p->options);
        put_string_stop(&w, environment);
        put_permits(&w, p->options, "permitopen", false);
        put_permits(&w, p->options, "permitlisten", true);
    }
    return w.bad ? 0 : writer_used(&w);
}

void grant_stop(struct grant *g, struct pool *pool)
{
    if (g->block != NULL)
        pool_give(pool, g->block);
    *g = (struct grant){ 0 };
}
