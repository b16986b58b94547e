/* RFC 4254 section 7.2 and OpenSSH's direct-streamlocal@openssh.com: channels that the peer opens to a
 * socket of the server's, answered at once, later or in another order. */
#include <string.h>

#include "tests/support/pair.h"

static const struct channel_event *only_event(const struct pair *p, struct span *name)
{
    assert_int_equal(p->fake.n_events, 1);
    const struct fake_event *e = &p->fake.events[0];
    *name = span_of(e->name, e->name_n);
    assert_int_equal(e->event.kind, EVENT_CHANNEL);
    assert_false(e->event.channel.asks);
    return &e->event.channel;
}

static void expect_refusal(struct pair *p, uint32_t sender, uint32_t code, const char *text)
{
    struct reader r = pair_next(p, MSG_CHANNEL_OPEN_FAILURE);
    assert_int_equal(get_u32(&r), sender);
    assert_int_equal(get_u32(&r), code);
    struct span why = get_string(&r);
    assert_true(text == NULL ? why.n != 0 : span_is(why, text));
    assert_int_equal(get_string(&r).n, 0);
    assert_true(get_done(&r));
}

static void put_direct(struct writer *w, bool tcp, struct span name, uint32_t port)
{
    put_string(w, name);
    if (tcp)
        put_u32(w, port);
    put_text(w, tcp ? "192.0.2.7" : "");
    put_u32(w, tcp ? 50123 : 0);
}

static void ask(struct pair *p, bool tcp, struct span name, uint32_t port)
{
    put_direct(client_opening(&p->client, tcp ? "direct-tcpip" : "direct-streamlocal@openssh.com",
                              0x80000005, 70000, 5000),
               tcp, name, port);
    client_send_built(&p->client);
}

/* --- opening --- */
static void test_good(void **state)
{
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++) {
        struct pair_options o = pair_defaults();
        struct pair *p = pair_open(&o);
        struct span name;
        ask(p, tcp, span_text(tcp ? "db.example.com" : "/run/db.sock"), 5432);
        assert_int_equal(pair_opened(p, 0x80000005, LIMIT_WINDOW_LEAST), 0);
        const struct channel_event *e = only_event(p, &name);
        assert_int_equal(e->kind, tcp ? CHANNEL_DIRECT_TCP : CHANNEL_DIRECT_UNIX);
        assert_int_equal(e->channel, 0);
        assert_int_equal(e->port, tcp ? 5432 : 0);
        assert_true(span_is(name, tcp ? "db.example.com" : "/run/db.sock"));
        const struct channel *ch = connection_channel(&p->fake.session.connection, 0);
        assert_int_equal(ch->send_window, 70000);
        assert_int_equal(ch->send_packet, 5000);
        assert_false(ch->session);
        client_data(&p->client, 0, span_text("select 1"));
        struct reader r = pair_next(p, MSG_CHANNEL_DATA);
        assert_int_equal(get_u32(&r), 0x80000005);
        assert_true(span_is(get_string(&r), "select 1"));
        pair_alive(p);
        pair_stop(p);
    }
}

static void test_refused_with_each_code(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    p->fake.answer_later = true;
    for (uint8_t code = OPEN_PROHIBITED; code <= OPEN_SHORTAGE; code++) {
        client_direct(&p->client, 40u + code, 100, 100);
        pair_nothing(p);
        session_refused(&p->fake.session, 0, code, "Connection refused");
        expect_refusal(p, 40u + code, code, "Connection refused");
        assert_int_equal(p->fake.session.connection.used, 0);
        assert_int_equal(p->fake.session.connection.share, 0);
    }
    p->fake.answer_later = false;
    assert_int_equal(pair_forward(p, 1, 10, 10), 0);
    pair_stop(p);
}

static void test_ports(void **state)
{
    (void)state;
    static const uint32_t good[] = { 1, 80, 65535 }, bad[] = { 0, 65536, 70000, 0xffffffff };
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    for (uint32_t i = 0; i < COUNT(good); i++) {
        ask(p, true, span_text("localhost"), good[i]);
        assert_int_equal(pair_opened(p, 0x80000005, LIMIT_WINDOW_LEAST), i);
        assert_int_equal(p->fake.events[i].event.channel.port, good[i]);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        ask(p, true, span_text("localhost"), bad[i]);
        expect_refusal(p, 0x80000005, OPEN_CONNECT_FAILED, NULL);
    }
    assert_int_equal(p->fake.n_events, COUNT(good));
    pair_alive(p);
    pair_stop(p);
}

static void test_names(void **state)
{
    (void)state;
    char name[LIMIT_HOST + 2];
    memset(name, 'n', sizeof name);
    const struct {
        struct span name;
        bool good;
    } names[] = {
        { span_of(name, 1), true },
        { span_of(name, LIMIT_HOST), true },
        { span_of(name, LIMIT_HOST + 1), false },
        { span_of(name, 0), false },
        { span_of("a\0b", 3), false },
        { span_of("\0", 1), false },
        { span_of("ab\0", 3), false },
    };
    for (int tcp = 0; tcp < 2; tcp++)
        for (size_t i = 0; i < COUNT(names); i++) {
            struct pair_options o = pair_defaults();
            struct pair *p = pair_open(&o);
            ask(p, tcp, names[i].name, 80);
            if (names[i].good)
                pair_opened(p, 0x80000005, LIMIT_WINDOW_LEAST);
            else
                expect_refusal(p, 0x80000005, OPEN_CONNECT_FAILED, NULL);
            assert_int_equal(p->fake.n_events, names[i].good);
            pair_alive(p);
            pair_stop(p);
        }
}

static void test_no_room_for_a_byte(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    client_direct(&p->client, 4, 1000, 0);
    expect_refusal(p, 4, OPEN_SHORTAGE, NULL);
    assert_int_equal(p->fake.n_events, 0);
    pair_forward(p, 4, 0, 1);
    pair_stop(p);
}

/* Cut anywhere, or with a byte too many: the whole message is malformed. */
static void test_malformed(void **state)
{
    (void)state;
    for (int tcp = 0; tcp < 2; tcp++)
        for (size_t n = 1, whole = n; n <= whole + 1; n++) {
            struct pair_options o = pair_defaults();
            struct pair *p = pair_open(&o);
            const char *type = tcp ? "direct-tcpip" : "direct-streamlocal@openssh.com";
            struct writer *w = client_opening(&p->client, type, 1, 100, 100);
            put_direct(w, tcp, span_text("localhost"), 80);
            whole = writer_used(w);
            put_byte(w, 0);
            w->p = w->start + n;
            client_send_built(&p->client);
            if (n == whole)
                assert_int_equal(pair_opened(p, 1, LIMIT_WINDOW_LEAST), 0);
            else
                pair_ended(p, REASON_FORMAT);
            assert_int_equal(p->fake.n_events, n == whole);
            pair_stop(p);
        }
}

/* Sessions have a limit of their own, and no-more-sessions is about them alone. */
static void test_beside_sessions(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    for (uint32_t i = 0; i < LIMIT_SESSIONS; i++)
        assert_int_equal(pair_channel(p, i, 10, 10), i);
    client_open(&p->client, 50, 10, 10);
    expect_refusal(p, 50, OPEN_SHORTAGE, NULL);
    assert_int_equal(pair_forward(p, 51, 10, 10), LIMIT_SESSIONS);
    client_channel(&p->client, MSG_CHANNEL_CLOSE, 2);
    pair_next(p, MSG_CHANNEL_CLOSE);
    assert_int_equal(pair_forward(p, 52, 10, 10),
                     2); /* of which the sessions' limit knows nothing */
    assert_int_equal(pair_channel(p, 53, 10, 10), LIMIT_SESSIONS + 1);
    client_global(&p->client, "no-more-sessions@openssh.com", false);
    pair_forward(p, 54, 10, 10);
    pair_alive(p);
    pair_stop(p);
}

/* --- the answer --- */
static void test_nothing_before_the_answer(void **state)
{
    (void)state;
    for (uint8_t type = MSG_CHANNEL_OPEN_CONFIRMATION; type <= MSG_CHANNEL_FAILURE; type++) {
        struct pair_options o = pair_defaults();
        struct pair *p = pair_open(&o);
        uint8_t *at = NULL;
        p->fake.answer_later = true;
        client_direct(&p->client, 3, 1000, 1000);
        pair_nothing(p);
        assert_int_equal(session_write_room(&p->fake.session, 0, false, &at), 0);
        struct writer *w = client_build(&p->client, type);
        for (int i = 0; i < 4; i++)
            put_u32(w, 0);
        client_send_built(&p->client);
        pair_ended(p, REASON_CHANNEL);
        session_opened(&p->fake.session, 0); /* too late, and no harm */
        pair_nothing(p);
        pair_stop(p);
    }
}

/* An opening is beside everything else: what comes behind it is answered before it. */
static void test_others_go_on_meanwhile(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    assert_int_equal(pair_channel(p, 1, 1000, 1000), 0);
    pair_exec(p, 0, "echo");
    p->fake.answer_later = true;
    client_direct(&p->client, 2, 1000, 1000);
    pair_alive(p);
    client_data(&p->client, 0, span_text("still here"));
    pair_next(p, MSG_CHANNEL_DATA);
    pair_rekey(p);
    session_opened(&p->fake.session, 1);
    assert_int_equal(pair_opened(p, 2, LIMIT_WINDOW_LEAST), 1);
    pair_stop(p);
}

static void test_answers_wait_for_room(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    struct reader r;
    p->fake.answer_later = true;
    client_direct(&p->client, 20, 1000, 1000);
    client_direct(&p->client, 21, 1000, 1000);
    pair_nothing(p);
    pair_fill(p);
    session_opened(&p->fake.session, 0);
    session_refused(&p->fake.session, 1, OPEN_PROHIBITED, "later");
    pair_run(p);
    assert_int_equal(connection_channel(&p->fake.session.connection, 0)->state, CHANNEL_ASKED);
    assert_int_equal(connection_channel(&p->fake.session.connection, 1)->state, CHANNEL_ASKED);
    p->to_client = FLOW_WHOLE;
    assert_true(pair_skip_to(p, MSG_CHANNEL_OPEN_CONFIRMATION, &r));
    assert_int_equal(get_u32(&r), 20);
    assert_int_equal(get_u32(&r), 0);
    expect_refusal(p, 21, OPEN_PROHIBITED, "later");
    assert_true(fake_is_open(&p->fake, 0));
    assert_int_equal(p->fake.session.connection.used, 1);
    pair_stop(p);
}

/* While our key exchange is open an answer waits for its end. */
static void test_answers_wait_for_our_rekey(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.rekey_ms = 1000;
    struct pair *p = pair_open(&o);
    p->fake.answer_later = true;
    client_direct(&p->client, 20, 1000, 1000);
    pair_nothing(p);
    p->client.automatic = false;
    pair_wait(p, 1000);
    pair_next(p, MSG_KEXINIT);
    session_opened(&p->fake.session, 0);
    pair_nothing(p);
    client_send_kexinit(&p->client);
    client_send_share(&p->client);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    pair_opened(p, 20, LIMIT_WINDOW_LEAST);
    pair_stop(p);
}

/* All at once, answered in any order, and one more than there are numbers. */
static void test_many_in_any_order(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    struct random random = random_of(6);
    unsigned order[LIMIT_CHANNELS], answers[LIMIT_CHANNELS] = { 0 };
    p->fake.answer_later = true;
    for (uint32_t i = 0; i < LIMIT_CHANNELS; i++)
        client_direct(&p->client, 7000 + i, 1000, 1000);
    pair_nothing(p);
    assert_int_equal(p->fake.session.connection.used, LIMIT_CHANNELS);
    client_direct(&p->client, 1, 1000, 1000);
    expect_refusal(p, 1, OPEN_SHORTAGE, NULL);
    client_open(&p->client, 2, 1000, 1000);
    expect_refusal(p, 2, OPEN_SHORTAGE, NULL);
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
        unsigned k = (unsigned)random_below(&random, i + 1);
        order[i] = order[k];
        order[k] = i;
    }
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
        if (order[i] % 3 == 0)
            session_refused(&p->fake.session, order[i], OPEN_CONNECT_FAILED, "no");
        else
            session_opened(&p->fake.session, order[i]);
        if (i % 7 == 0)
            pair_run(p);
    }
    pair_run(p);
    while (pair_waiting(p) != 0) {
        struct reader r = pair_pop(p);
        uint32_t i = get_u32(&r) - 7000;
        assert_in_range(i, 0, LIMIT_CHANNELS - 1);
        answers[i]++;
        assert_int_equal(p->current.p[0],
                         i % 3 ? MSG_CHANNEL_OPEN_CONFIRMATION : MSG_CHANNEL_OPEN_FAILURE);
        if (i % 3)
            assert_int_equal(get_u32(&r), i);
    }
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
        assert_int_equal(answers[i], 1);
        assert_int_equal(fake_is_open(&p->fake, i), i % 3 != 0);
    }
    pair_stop(p);
}

/* --- open: requests, ends --- */
static void test_requests_fail(void **state)
{
    (void)state;
    static const char *const names[] = { "shell",  "auth-agent-req@openssh.com",
                                         "exec",   "subsystem",
                                         "env",    "signal",
                                         "x11",    "window-change",
                                         "pty-req" };
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    assert_int_equal(pair_forward(p, 5, 1000, 1000), 0);
    for (size_t i = 0; i < COUNT(names); i++)
        for (int reply = 0; reply < 2; reply++) {
            struct writer *w = client_request(&p->client, 0, names[i], reply);
            if (i >= 2 && i != 7)
                put_text(w, i == 5 ? "TERM" : "LANG");
            if (i == 4)
                put_text(w, "C");
            for (uint32_t k = 0; k < 4 && i >= 7; k++)
                put_u32(w, k);
            if (i == 8)
                put_text(w, "");
            client_send_built(&p->client);
            if (!reply) {
                pair_nothing(p);
                continue;
            }
            struct reader r = pair_next(p, MSG_CHANNEL_FAILURE);
            assert_int_equal(get_u32(&r), 5);
            assert_true(get_done(&r));
        }
    assert_int_equal(p->fake.n_events, 1);
    client_data(&p->client, 0, span_text("data"));
    pair_next(p, MSG_CHANNEL_DATA);
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_refused_with_each_code),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_room_for_a_byte),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_beside_sessions),
        cmocka_unit_test(test_nothing_before_the_answer),
        cmocka_unit_test(test_others_go_on_meanwhile),
        cmocka_unit_test(test_answers_wait_for_room),
        cmocka_unit_test(test_answers_wait_for_our_rekey),
        cmocka_unit_test(test_many_in_any_order),
        cmocka_unit_test(test_requests_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
