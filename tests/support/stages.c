#include "tests/support/stages.h"

#include <string.h>

/* --- reaching a stage, and going on from it to a login --- */
static void exchange_until(struct pair *p, enum stage stage)
{
    struct client *c = &p->client;
    c->automatic = false;
    if (stage < KEYED) {
        client_send_ident(c);
        pair_next(p, MSG_KEXINIT);
        if (stage == BEFORE_KEXINIT)
            return;
        client_send_kexinit(c);
        if (stage == GUESSED_WRONG) { /* take the guess back */
            bytes_drop(&c->out, bytes_used(&c->out));
            c->tx.seq = 0;
            client_send(c, span_of(bytes_front(&c->i_c), bytes_used(&c->i_c)));
        }
    } else {
        client_send_kexinit(c);
        pair_next(p, MSG_KEXINIT);
    }
    pair_nothing(p);
    if (stage == BEFORE_SHARE || stage == BEFORE_SHARE_STRICT || stage == GUESSED_WRONG ||
        stage == REKEY_SHARE)
        return;
    client_send_share(c);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    if (stage != REKEY_NEWKEYS)
        pair_next(p, MSG_EXT_INFO);
}

struct pair *stage_reach(enum stage stage)
{
    struct pair_options o = pair_defaults();
    if (stage == GUESSED_WRONG)
        o.client.follows = true;
    o.client.strict =
        stage == BEFORE_SHARE_STRICT || stage == BEFORE_NEWKEYS_STRICT || stage >= KEYED;
    if (stage == KEYED)
        return pair_keyed(&o);
    if (stage == AUTH)
        return pair_auth(&o);
    if (stage >= OPEN) {
        struct pair *p = pair_open(&o);
        if (stage == OPEN) {
            assert_int_equal(pair_channel(p, 7, 1000, 1000), 0);
            pair_exec(p, 0, "echo");
        } else {
            exchange_until(p, stage);
        }
        return p;
    }
    struct pair *p = pair_start(&o);
    exchange_until(p, stage);
    return p;
}

/* The connection is as good as new: whatever is missing to a login, and then a request, succeeds. */
void stage_go_on(struct pair *p)
{
    struct client *c = &p->client;
    struct reader r;
    const enum kex_phase *server = &p->fake.session.transport.kex;
    if (!c->keyed && !c->kexinit_sent)
        client_send_kexinit(c);
    pair_run(p);
    if (*server == KEX_SKIP) /* the guess that was announced */
        client_send(c, span_of("\x1e guessed", 9));
    pair_run(p);
    if (*server == KEX_SHARE)
        client_send_share(c);
    pair_run(p);
    if (c->kexinit_sent && !c->newkeys_sent)
        client_send_newkeys(c);
    c->automatic = true;
    pair_skip_to(p, 255, &r); /* which never comes: the inbox is empty now */
    assert_true(c->keyed);
    if (p->fake.session.phase == PHASE_KEX)
        client_service(c, "ssh-userauth");
    if (p->fake.session.phase != PHASE_OPEN) {
        client_publickey(c, "tester", &p->fake.user_key, true, FORGE_NOTHING);
        assert_true(pair_skip_to(p, MSG_USERAUTH_SUCCESS, &r));
    }
    pair_alive(p);
}

/* --- one well-formed message of each kind --- */
static void build_channel(struct client *c, uint8_t type)
{
    struct writer *w = client_build(c, type);
    if (type == MSG_CHANNEL_OPEN)
        put_text(w, "session");
    put_u32(w, 0);
    if (type == MSG_CHANNEL_OPEN || type == MSG_CHANNEL_OPEN_CONFIRMATION) {
        put_u32(w, 100);
        put_u32(w, 100);
    }
    if (type == MSG_CHANNEL_OPEN_FAILURE || type == MSG_CHANNEL_WINDOW_ADJUST ||
        type == MSG_CHANNEL_EXTENDED_DATA)
        put_u32(w, 1);
    if (type == MSG_CHANNEL_OPEN_FAILURE || type == MSG_CHANNEL_DATA ||
        type == MSG_CHANNEL_EXTENDED_DATA)
        put_text(w, "data");
    if (type == MSG_CHANNEL_REQUEST) {
        put_text(w, "window-change");
        put_boolean(w, true);
        for (uint32_t i = 0; i < 4; i++)
            put_u32(w, 10 + i);
    }
}

void stage_build(struct client *c, uint8_t type)
{
    struct writer *w = client_build(c, type);
    if (type == MSG_UNIMPLEMENTED)
        put_u32(w, 0);
    else if (type == MSG_DEBUG)
        put_boolean(w, true);
    else if (type == MSG_EXT_INFO)
        put_u32(w, 0);
    else if (type == MSG_SERVICE_REQUEST || type == MSG_SERVICE_ACCEPT)
        put_text(w, "ssh-userauth");
    else if (type == MSG_IGNORE)
        put_text(w, "");
    else if (type >= MSG_CHANNEL_OPEN && type <= MSG_CHANNEL_FAILURE)
        build_channel(c, type);
    if (type == MSG_USERAUTH_REQUEST) {
        put_text(w, "tester");
        put_text(w, "ssh-connection");
        put_text(w, "none");
    }
    if (type == MSG_GLOBAL_REQUEST) {
        put_text(w, "anything");
        put_boolean(w, true);
    }
}

void stage_message(struct pair *p, uint8_t type)
{
    struct client *c = &p->client;
    if (type == MSG_DISCONNECT) {
        client_disconnect(c);
    } else if (type == MSG_KEXINIT) {
        client_send_kexinit(c);
    } else if (type == MSG_KEX_ECDH_INIT) {
        client_send_share(c);
    } else if (type == MSG_NEWKEYS) {
        client_send_newkeys(c);
    } else {
        stage_build(c, type);
        client_send_built(c);
    }
}
