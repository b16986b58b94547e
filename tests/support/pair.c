#include "tests/support/pair.h"

#include <stdlib.h>
#include <string.h>

enum { ROUNDS_MAX = 2000000, RANDOM_MAX = 3000 };

struct pair_options pair_defaults(void)
{
    return (struct pair_options){ .client = client_defaults() };
}

struct pair *pair_start(const struct pair_options *o)
{
    struct pair *p = calloc(1, sizeof *p);
    assert_non_null(p);
    assert_true(crypto_start(NULL, 0));
    p->random = random_of(o->seed + 77);
    p->to_server = o->to_server;
    p->to_client = o->to_client;
    client_start(&p->client, &o->client, o->seed);
    fake_start(&p->fake, &o->fake);
    return p;
}

static void forget(struct packet *p)
{
    free(p->p);
    *p = (struct packet){ 0 };
}

void pair_stop(struct pair *p)
{
    for (size_t i = p->inbox_first; i < p->inbox_n; i++)
        forget(&p->inbox[i]);
    forget(&p->current);
    free(p->inbox);
    client_stop(&p->client);
    fake_stop(&p->fake);
    free(p);
}

static size_t portion(struct pair *p, enum flow flow, size_t n)
{
    size_t most = n;
    if (flow == FLOW_STOP)
        return 0;
    if (flow == FLOW_BYTE)
        most = 1;
    else if (flow == FLOW_RANDOM)
        most = 1 + random_below(&p->random, RANDOM_MAX);
    return n < most ? n : most;
}

static bool to_server(struct pair *p)
{
    struct session *s = &p->fake.session;
    uint8_t *at = NULL;
    size_t n = portion(p, p->to_server, bytes_used(&p->client.out));
    if (n == 0)
        return false;
    size_t room = session_recv_room(s, &at);
    if (room == 0)
        return false;
    n = n < room ? n : room;
    memcpy(at, bytes_front(&p->client.out), n);
    session_recv_done(s, n);
    bytes_drop(&p->client.out, n);
    return true;
}

static void remember(struct pair *p, struct packet message)
{
    if (p->inbox_n == p->inbox_room) {
        p->inbox_room = 2 * p->inbox_room + 16;
        p->inbox = realloc(p->inbox, p->inbox_room * sizeof *p->inbox);
        assert_non_null(p->inbox);
    }
    p->inbox[p->inbox_n++] = message;
}

static bool to_client(struct pair *p)
{
    struct session *s = &p->fake.session;
    struct span data = session_send_data(s);
    size_t n = portion(p, p->to_client, data.n);
    struct packet message;
    if (n == 0)
        return false;
    bytes_add(&p->client.in, data.p, n);
    if (p->tap != NULL)
        bytes_add(p->tap, data.p, n);
    session_send_done(s, n);
    p->bytes_to_client += n;
    fake_turn = false;
    while (client_take(&p->client, &message) == 1)
        remember(p, message);
    fake_turn = true;
    if (p->client.broken != NULL && !p->tolerant)
        fail_msg("the server broke the protocol: %s", p->client.broken);
    return true;
}

bool pair_step(struct pair *p)
{
    fake_turn = true;
    session_now(&p->fake.session, p->fake.now_ms);
    bool moved = to_server(p);
    fake_check(&p->fake);
    moved = fake_work(&p->fake) || moved;
    moved = to_client(p) || moved;
    fake_tick(&p->fake);
    fake_turn = false;
    return moved;
}

void pair_run(struct pair *p)
{
    for (size_t i = 0; pair_step(p); i++)
        if (i == ROUNDS_MAX)
            fail_msg("it never comes to rest");
}

void pair_wait(struct pair *p, uint64_t ms)
{
    p->fake.now_ms += ms;
    fake_tick(&p->fake);
    pair_run(p);
}

/* --- the inbox --- */
size_t pair_waiting(const struct pair *p)
{
    return p->inbox_n - p->inbox_first;
}

struct reader pair_pop(struct pair *p)
{
    forget(&p->current);
    p->current = p->inbox[p->inbox_first++];
    struct reader r = reader_of(span_of(p->current.p, p->current.n));
    get_byte(&r);
    return r;
}

struct reader pair_next(struct pair *p, uint8_t type)
{
    pair_run(p);
    if (pair_waiting(p) == 0)
        fail_msg("message %u did not come; the session's reason: %s", type,
                 reason_text(session_reason(&p->fake.session)));
    struct reader r = pair_pop(p);
    if (p->current.p[0] != type)
        fail_msg("message %u came instead of %u", p->current.p[0], type);
    return r;
}

void pair_nothing(struct pair *p)
{
    pair_run(p);
    if (pair_waiting(p) != 0)
        fail_msg("message %u came unasked", p->inbox[p->inbox_first].p[0]);
}

bool pair_skip_to(struct pair *p, uint8_t type, struct reader *r)
{
    pair_run(p);
    while (pair_waiting(p) != 0) {
        *r = pair_pop(p);
        if (p->current.p[0] == type)
            return true;
    }
    return false;
}

void pair_ended(struct pair *p, enum reason want)
{
    struct reader r = { 0 };
    pair_run(p);
    enum reason got = session_reason(&p->fake.session);
    if (got != want)
        fail_msg("ended with \"%s\", not \"%s\"", reason_text(got), reason_text(want));
    bool told = pair_skip_to(p, MSG_DISCONNECT, &r);
    assert_int_equal(told, reason_code(want) != 0);
    assert_int_equal(pair_waiting(p), 0); /* nothing follows a DISCONNECT */
    if (!told)
        return;
    assert_int_equal(get_u32(&r), reason_code(want));
    assert_true(span_is(get_string(&r), reason_text(want)));
    get_string(&r);
    assert_true(get_done(&r));
}

void pair_alive(struct pair *p)
{
    client_global(&p->client, "keepalive@openssh.com", true);
    struct reader r = pair_next(p, MSG_REQUEST_FAILURE);
    assert_true(get_done(&r));
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
}

void pair_unimplemented(struct pair *p, uint32_t seq)
{
    struct reader r = pair_next(p, MSG_UNIMPLEMENTED);
    assert_int_equal(get_u32(&r), seq);
    assert_true(get_done(&r));
}

/* --- steps --- */
static void first_exchange(struct pair *p)
{
    client_send_ident(&p->client);
    client_send_kexinit(&p->client);
    pair_next(p, MSG_KEXINIT);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    if (p->client.options.ext_info)
        pair_next(p, MSG_EXT_INFO);
    pair_nothing(p);
    assert_true(p->client.keyed);
    const struct host_key *k = p->fake.session.transport.signing_key;
    bool certified = p->fake.session.transport.signing->certified;
    assert_true(span_equal(span_of(p->client.host_blob, p->client.host_blob_n),
                           certified ? span_of(k->certificate, k->certificate_n)
                                     : span_of(k->blob, k->blob_n)));
}

static void service(struct pair *p)
{
    client_service(&p->client, "ssh-userauth");
    struct reader r = pair_next(p, MSG_SERVICE_ACCEPT);
    assert_true(span_is(get_string(&r), "ssh-userauth"));
    assert_true(get_done(&r));
}

void pair_login(struct pair *p)
{
    struct reader r = { 0 };
    client_publickey(&p->client, "tester", &p->fake.user_key, true, FORGE_NOTHING);
    assert_true(pair_skip_to(p, MSG_USERAUTH_SUCCESS, &r)); /* a banner may come before */
    assert_true(get_done(&r));
    pair_nothing(p);
    assert_int_equal(p->fake.session.phase, PHASE_OPEN);
}

struct pair *pair_keyed(const struct pair_options *o)
{
    struct pair *p = pair_start(o);
    first_exchange(p);
    return p;
}

struct pair *pair_auth(const struct pair_options *o)
{
    struct pair *p = pair_keyed(o);
    service(p);
    return p;
}

struct pair *pair_open(const struct pair_options *o)
{
    struct pair *p = pair_auth(o);
    pair_login(p);
    return p;
}

uint32_t pair_opened(struct pair *p, uint32_t sender, uint32_t window)
{
    struct reader r = pair_next(p, MSG_CHANNEL_OPEN_CONFIRMATION);
    assert_int_equal(get_u32(&r), sender);
    uint32_t number = get_u32(&r);
    assert_int_equal(get_u32(&r), window);
    assert_int_equal(get_u32(&r), LIMIT_CHANNEL_DATA);
    assert_true(get_done(&r));
    return number;
}

uint32_t pair_channel(struct pair *p, uint32_t sender, uint32_t window, uint32_t packet)
{
    client_open(&p->client, sender, window, packet);
    return pair_opened(p, sender, LIMIT_WINDOW_FIRST);
}

uint32_t pair_forward(struct pair *p, uint32_t sender, uint32_t window, uint32_t packet)
{
    client_direct(&p->client, sender, window, packet);
    return pair_opened(p, sender, LIMIT_WINDOW_LEAST);
}

void pair_fill(struct pair *p)
{
    static const uint8_t filling[1000];
    struct transport *t = &p->fake.session.transport;
    p->to_client = FLOW_STOP;
    while (transport_ready(t)) {
        struct writer w = message_start(t, MSG_IGNORE);
        put_string(&w, span_of(filling, sizeof filling));
        message_stop(t, &w);
    }
}

void pair_exec(struct pair *p, uint32_t channel, const char *command)
{
    client_exec(&p->client, channel, command);
    struct reader r = pair_next(p, MSG_CHANNEL_SUCCESS);
    get_u32(&r);
    assert_true(get_done(&r));
}

void pair_rekey(struct pair *p)
{
    unsigned before = p->client.exchanges;
    client_send_kexinit(&p->client);
    pair_next(p, MSG_KEXINIT);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    pair_run(p);
    assert_int_equal(p->client.exchanges, before + 1);
}

void pair_data(struct pair *p, uint32_t peer, struct bytes *to)
{
    pair_run(p);
    while (pair_waiting(p) != 0) {
        uint8_t type = p->inbox[p->inbox_first].p[0];
        if (type != MSG_CHANNEL_DATA && type != MSG_CHANNEL_EXTENDED_DATA)
            return;
        struct reader r = pair_pop(p);
        assert_int_equal(get_u32(&r), peer);
        if (type == MSG_CHANNEL_EXTENDED_DATA)
            assert_int_equal(get_u32(&r), 1);
        struct span data = get_string(&r);
        assert_true(get_done(&r));
        bytes_add(to, data.p, data.n);
    }
}
