/* RFC 4253 section 9: new keys while data runs in both directions, begun by either side or both. */
#include <string.h>

#include "tests/support/pair.h"

enum { WINDOW = 0x7fffffff };

/* A source that the server runs and an echo of what the client sends. */
struct traffic {
    uint32_t source, echo;
    size_t wanted;
    struct bytes sent, echoed;
    size_t received;
    struct random random;
    size_t window; /* what the server still takes on the echo channel */
};

static void traffic_start(struct pair *p, struct traffic *t, const char *command, size_t wanted)
{
    *t = (struct traffic){ .wanted = wanted, .random = random_of(5), .window = LIMIT_WINDOW_FIRST };
    t->source = pair_channel(p, 100, WINDOW, 32768);
    t->echo = pair_channel(p, 200, WINDOW, 32768);
    pair_exec(p, t->echo, "echo");
    client_exec(&p->client, t->source, command);
}

/* One piece for the echo channel. */
static void traffic_send(struct pair *p, struct traffic *t, size_t most)
{
    uint8_t piece[32768];
    size_t n = 1 + random_below(&t->random, most);
    if (n > t->window)
        return;
    random_fill(&t->random, piece, n);
    bytes_add(&t->sent, piece, n);
    t->window -= n;
    client_data(&p->client, t->echo, span_of(piece, n));
}

/* Everything in the inbox; anything unexpected fails. */
static void traffic_take(struct pair *p, struct traffic *t)
{
    while (pair_waiting(p) != 0) {
        struct reader r = pair_pop(p);
        uint8_t type = p->current.p[0];
        if (type == MSG_CHANNEL_DATA) {
            uint32_t to = get_u32(&r);
            struct span data = get_string(&r);
            assert_true(get_done(&r));
            if (to == 200)
                bytes_add(&t->echoed, data.p, data.n);
            for (size_t i = 0; to == 100 && i < data.n; i++)
                if (data.p[i] != fake_byte(t->received++))
                    fail_msg("byte %zu of the source is wrong", t->received - 1);
        } else if (type == MSG_CHANNEL_WINDOW_ADJUST) {
            assert_int_equal(get_u32(&r), 200);
            t->window += get_u32(&r);
        } else {
            bool kex = type == MSG_KEXINIT || type == MSG_KEX_ECDH_REPLY || type == MSG_NEWKEYS;
            bool end = type == MSG_CHANNEL_EOF || type == MSG_CHANNEL_REQUEST ||
                       type == MSG_CHANNEL_CLOSE || type == MSG_CHANNEL_SUCCESS;
            if (!kex && !end)
                fail_msg("message %u among the traffic", type);
        }
    }
}

static void traffic_stop(struct pair *p, struct traffic *t)
{
    pair_run(p);
    traffic_take(p, t);
    assert_int_equal(t->received, t->wanted);
    assert_int_equal(bytes_used(&t->echoed), bytes_used(&t->sent));
    assert_memory_equal(bytes_front(&t->echoed), bytes_front(&t->sent), bytes_used(&t->sent));
    bytes_stop(&t->sent);
    bytes_stop(&t->echoed);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
}

static void test_server_by_bytes(void **state)
{
    (void)state;
    for (enum flow flow = FLOW_WHOLE; flow <= FLOW_RANDOM; flow += 2)
        for (int strict = 0; strict < 2; strict++) {
            struct pair_options o = pair_defaults();
            struct traffic t;
            o.client.strict = strict;
            o.fake.rekey_bytes = 100000;
            o.to_client = o.to_server = flow;
            struct pair *p = pair_open(&o);
            traffic_start(p, &t, "source 2000000", 2000000);
            for (int i = 0; i < 60; i++) {
                /* a client that answers at once never sends data within an exchange */
                if (!p->client.kexinit_sent)
                    traffic_send(p, &t, 20000);
                for (int k = 0; k < 3; k++)
                    pair_step(p);
                traffic_take(p, &t);
            }
            traffic_stop(p, &t);
            /* what is in one block may leave before the next look at the limit */
            assert_in_range(p->client.exchanges, 2000000 / (100000 + 2 * LIMIT_BLOCK_BYTES), 60);
            pair_stop(p);
        }
}

/* What the client alone sends counts too. */
static void test_server_by_received_bytes(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.rekey_bytes = 300000;
    struct pair *p = pair_open(&o);
    uint8_t piece[30000] = { 0 };
    uint32_t channel = pair_channel(p, 1, 0, 32768);
    pair_exec(p, channel, "sink");
    for (int i = 0; i < 40; i++) {
        client_data(&p->client, channel, span_of(piece, sizeof piece));
        pair_run(p);
    }
    assert_in_range(p->client.exchanges, 1 + 3, 1 + 4);
    assert_int_equal(bytes_used(&p->fake.channels[channel].taken), 40 * sizeof piece);
    pair_stop(p);
}

static void test_server_by_time(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct traffic t;
    o.fake.rekey_ms = 3600000;
    struct pair *p = pair_open(&o);
    traffic_start(p, &t, "source 300000", 300000);
    pair_wait(p, 3599999);
    assert_int_equal(p->client.exchanges, 1);
    assert_int_equal(p->fake.next_ms, p->fake.now_ms + 1);
    pair_wait(p, 1);
    assert_int_equal(p->client.exchanges, 2);
    assert_int_equal(p->fake.next_ms, p->fake.now_ms + 3600000);
    for (int i = 0; i < 5; i++) {
        traffic_send(p, &t, 20000);
        pair_wait(p, 3600000);
    }
    assert_int_equal(p->client.exchanges, 7);
    traffic_stop(p, &t);
    pair_stop(p);
}

/* The client begins, with its own data in front and the server's in flight. */
static void test_client_under_traffic(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct pair_options o = pair_defaults();
        struct traffic t;
        o.seed = seed;
        o.to_client = o.to_server = FLOW_RANDOM;
        struct pair *p = pair_open(&o);
        traffic_start(p, &t, "source 1000000", 1000000);
        for (int i = 0; i < 500; i++) {
            if (!p->client.kexinit_sent && i % 20 == 19)
                client_send_kexinit(&p->client);
            if (!p->client.kexinit_sent)
                traffic_send(p, &t, 5000);
            pair_step(p);
            traffic_take(p, &t);
        }
        traffic_stop(p, &t);
        assert_true(p->client.exchanges > 4);
        pair_stop(p);
    }
}

/* Both KEXINITs cross on the wire: one exchange, not two. */
static void test_both_at_once(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct traffic t;
    o.fake.rekey_ms = 1000;
    struct pair *p = pair_open(&o);
    traffic_start(p, &t, "source 400000", 400000);
    p->to_client = FLOW_STOP;
    traffic_send(p, &t, 30000);
    client_send_kexinit(&p->client);
    p->fake.now_ms += 1000;
    fake_tick(&p->fake);
    assert_int_equal(p->fake.session.transport.kex, KEX_SENT);
    p->to_client = FLOW_WHOLE;
    pair_run(p);
    assert_int_equal(p->client.exchanges, 2);
    traffic_stop(p, &t);
    pair_stop(p);
}

/* From our KEXINIT to NEWKEYS nothing above 49 leaves; then everything does, in order. */
static void test_replies_are_held(void **state)
{
    (void)state;
    enum { REQUESTS = 200 };
    struct pair_options o = pair_defaults();
    o.fake.rekey_ms = 1000;
    struct pair *p = pair_open(&o);
    uint32_t channel = pair_channel(p, 5, 100000, 32768);
    pair_exec(p, channel, "echo");
    p->client.automatic = false;
    pair_wait(p, 1000);
    pair_next(p, MSG_KEXINIT);
    for (int i = 0; i < REQUESTS; i++) {
        if (i % 3 == 0)
            client_global(&p->client, "anything", true);
        else if (i % 3 == 1)
            client_open(&p->client, (uint32_t)i, 0, 0); /* refused */
        else
            client_data(&p->client, channel, span_of("x", 1));
    }
    pair_nothing(p);
    uint8_t *at = NULL;
    assert_int_equal(session_write_room(&p->fake.session, channel, false, &at), 0);
    client_send_kexinit(&p->client);
    client_send_share(&p->client);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    for (int i = 0; i < REQUESTS; i++) { /* ours are in use already; the client's NEWKEYS is due */
        if (i % 3 == 0) {
            pair_next(p, MSG_REQUEST_FAILURE);
        } else if (i % 3 == 1) {
            struct reader r = pair_next(p, MSG_CHANNEL_OPEN_FAILURE);
            assert_int_equal(get_u32(&r), i);
        }
    }
    struct bytes echoed = { 0 };
    pair_data(p, 5, &echoed);
    assert_int_equal(bytes_used(&echoed), (REQUESTS + 0) / 3);
    bytes_stop(&echoed);
    client_send_newkeys(&p->client);
    p->client.automatic = true;
    pair_alive(p);
    assert_int_equal(p->fake.pool.n_lent, 0);
    pair_stop(p);
}

/* Held replies are more than fit into one block of output: they follow as the peer reads,
 * and nothing overtakes them. */
static void test_held_replies_leave_slowly(void **state)
{
    (void)state;
    enum { REQUESTS = 1200 };
    for (enum flow flow = FLOW_WHOLE; flow <= FLOW_RANDOM; flow++) {
        struct pair_options o = pair_defaults();
        o.fake.rekey_ms = 1000;
        struct pair *p = pair_open(&o);
        p->client.automatic = false;
        pair_wait(p, 1000);
        pair_next(p, MSG_KEXINIT);
        for (uint32_t i = 0; i < REQUESTS; i++)
            client_open(&p->client, i, 0, 0); /* refused, with a number to know it by */
        client_send_kexinit(&p->client);
        client_send_share(&p->client);
        p->to_client = FLOW_BYTE;
        while (!p->client.newkeys_got)
            pair_step(p);
        p->to_client = FLOW_STOP;
        client_send_newkeys(&p->client);
        for (uint32_t i = REQUESTS; i < REQUESTS + 20; i++) /* answered at once if room were all */
            client_open(&p->client, i, 0, 0);
        pair_run(p);
        assert_non_null(p->fake.session.transport.held);
        p->to_client = flow;
        pair_next(p, MSG_KEX_ECDH_REPLY);
        pair_next(p, MSG_NEWKEYS);
        for (uint32_t i = 0; i < REQUESTS + 20; i++) {
            struct reader r = pair_next(p, MSG_CHANNEL_OPEN_FAILURE);
            assert_int_equal(get_u32(&r), i);
        }
        p->client.automatic = true;
        pair_alive(p);
        assert_int_equal(p->fake.pool.n_lent, 0);
        pair_stop(p);
    }
}

/* More replies than are held: the rest of the requests waits unparsed, and since the client's KEXINIT
 * is behind them this must end one way or the other, not stand still for ever. */
static void test_more_replies_than_can_be_held(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.rekey_ms = 1000;
    struct pair *p = pair_open(&o);
    p->client.automatic = false;
    pair_wait(p, 1000);
    pair_next(p, MSG_KEXINIT);
    for (int i = 0; i < 20000; i++)
        client_global(&p->client, "anything", true);
    client_send_kexinit(&p->client);
    client_send_share(&p->client);
    pair_run(p);
    assert_in_range(p->fake.pool.n_lent, 0, 3);
    p->client.automatic = true;
    if (p->client.reply_got)
        client_send_newkeys(&p->client);
    for (int i = 0; i < 20; i++)
        pair_wait(p, 60000);
    if (session_reason(&p->fake.session) == REASON_NONE && p->client.exchanges < 2)
        fail_msg("twenty minutes later the exchange neither went on nor failed");
    pair_stop(p);
}

/* A peer that never answers our KEXINIT: whoever sleeps until the next deadline must sleep. */
static void test_unanswered_kexinit_does_not_spin(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.rekey_ms = 1000;
    struct pair *p = pair_open(&o);
    p->client.automatic = false;
    pair_wait(p, 1000);
    pair_next(p, MSG_KEXINIT);
    pair_wait(p, 10);
    pair_nothing(p);
    assert_true(session_reason(&p->fake.session) != REASON_NONE ||
                p->fake.next_ms > p->fake.now_ms);
    pair_wait(p, LIMIT_KEX_MS - 11);
    pair_nothing(p);
    pair_wait(p, 1); /* nor does it wait for ever, with all output held */
    pair_ended(p, REASON_KEX_TIMEOUT);
    pair_stop(p);
}

/* New keys are due but the peer does not read: the same, until it does. */
static void test_due_while_output_is_stuck(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct traffic t;
    o.fake.rekey_ms = 1000;
    struct pair *p = pair_open(&o);
    traffic_start(p, &t, "source 300000", 300000);
    p->to_client = FLOW_STOP;
    pair_run(p);
    pair_wait(p, 1000);
    pair_wait(p, 10);
    bool sleeps = p->fake.next_ms > p->fake.now_ms;
    p->to_client = FLOW_WHOLE;
    pair_run(p);
    assert_int_equal(p->client.exchanges, 2);
    traffic_stop(p, &t);
    assert_true(sleeps);
    pair_stop(p);
}

/* Before login too, and any number of times. */
static void test_client_before_login(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.to_server = FLOW_BYTE;
    struct pair *p = pair_auth(&o);
    for (int i = 0; i < 5; i++) {
        pair_rekey(p);
        client_auth(&p->client, "tester", "none");
        pair_next(p, MSG_USERAUTH_FAILURE);
    }
    pair_login(p);
    pair_stop(p);
}

/* A question stays open over a rekey that the server begins; its answer waits for the new keys. */
static void test_question_over_rekey(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.rekey_ms = 1000;
    struct pair *p = pair_auth(&o);
    p->fake.auth_later = true;
    client_publickey(&p->client, "tester", &p->fake.user_key, true, FORGE_NOTHING);
    pair_nothing(p);
    p->client.automatic = false;
    pair_wait(p, 1000);
    pair_next(p, MSG_KEXINIT);
    fake_auth(&p->fake);
    assert_int_equal(p->fake.session.phase, PHASE_OPEN);
    pair_nothing(p);
    client_send_kexinit(&p->client);
    client_send_share(&p->client);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    pair_next(p, MSG_USERAUTH_SUCCESS);
    client_send_newkeys(&p->client);
    p->client.automatic = true;
    pair_alive(p);
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_by_bytes),
        cmocka_unit_test(test_server_by_received_bytes),
        cmocka_unit_test(test_server_by_time),
        cmocka_unit_test(test_client_under_traffic),
        cmocka_unit_test(test_both_at_once),
        cmocka_unit_test(test_replies_are_held),
        cmocka_unit_test(test_held_replies_leave_slowly),
        cmocka_unit_test(test_more_replies_than_can_be_held),
        cmocka_unit_test(test_unanswered_kexinit_does_not_spin),
        cmocka_unit_test(test_due_while_output_is_stuck),
        cmocka_unit_test(test_client_before_login),
        cmocka_unit_test(test_question_over_rekey),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
