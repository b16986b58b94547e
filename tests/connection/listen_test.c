/* RFC 4254 section 7.1 and OpenSSH's PROTOCOL 2.4: what the peer asks us to listen on, answered at once or
 * later. */
#include <string.h>

#include "tests/support/pair.h"

static const struct request {
    const char *name;
    enum channel_event_kind kind;
    bool tcp;
} requests[] = {
    { "tcpip-forward", CHANNEL_LISTEN_TCP, true },
    { "cancel-tcpip-forward", CHANNEL_CANCEL_TCP, true },
    { "streamlocal-forward@openssh.com", CHANNEL_LISTEN_UNIX, false },
    { "cancel-streamlocal-forward@openssh.com", CHANNEL_CANCEL_UNIX, false },
};

static struct pair *logged_in(void)
{
    struct pair_options o = pair_defaults();
    return pair_open(&o);
}

static struct writer *build(struct pair *p, const struct request *q, bool reply, struct span name,
                            uint32_t port)
{
    struct writer *w = client_build(&p->client, MSG_GLOBAL_REQUEST);
    put_text(w, q->name);
    put_boolean(w, reply);
    put_string(w, name);
    if (q->tcp)
        put_u32(w, port);
    return w;
}

static void ask(struct pair *p, const struct request *q, bool reply, struct span name,
                uint32_t port)
{
    build(p, q, reply, name, port);
    client_send_built(&p->client);
}

/* A port stands in the answer to nothing but "any port, please". */
static void expect_yes(struct pair *p, bool port)
{
    struct reader r = pair_next(p, MSG_REQUEST_SUCCESS);
    if (port)
        assert_int_equal(get_u32(&r), FAKE_PORT);
    assert_true(get_done(&r));
}

static void expect_no(struct pair *p)
{
    struct reader r = pair_next(p, MSG_REQUEST_FAILURE);
    assert_true(get_done(&r));
}

static void test_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++)
        for (int reply = 0; reply < 2; reply++) {
            const struct request *q = &requests[i];
            struct pair *p = logged_in();
            ask(p, q, reply, span_text("somewhere"), 8022);
            if (reply)
                expect_yes(p, false);
            pair_nothing(p);
            assert_int_equal(p->fake.n_events, 1);
            const struct fake_event *e = &p->fake.events[0];
            assert_int_equal(e->event.channel.kind, q->kind);
            assert_int_equal(e->event.channel.channel, CHANNEL_NONE);
            assert_true(e->event.channel.asks);
            assert_true(span_is(span_of(e->name, e->name_n), "somewhere"));
            assert_int_equal(e->event.channel.port, q->tcp ? 8022 : 0);
            pair_alive(p);
            pair_stop(p);
        }
}

static void test_any_port(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    ask(p, &requests[0], true, span_text(""), 0);
    expect_yes(p, true);
    ask(p, &requests[0], true, span_text(""), 80);
    expect_yes(p, false);
    ask(p, &requests[0], false, span_text(""), 0);
    pair_nothing(p);
    ask(p, &requests[1], true, span_text(""), 0);
    expect_yes(p, false);
    ask(p, &requests[2], true, span_text("path"), 0);
    expect_yes(p, false);
    client_global(&p->client, "no-more-sessions@openssh.com", true); /* nothing is left over */
    expect_yes(p, false);
    pair_stop(p);
}

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++)
        for (uint32_t port = 0; port < 2; port++) {
            struct pair *p = logged_in();
            p->fake.refused = 1u << requests[i].kind;
            ask(p, &requests[i], true, span_text("somewhere"), port);
            expect_no(p);
            ask(p, &requests[i], false, span_text("somewhere"), port);
            pair_alive(p);
            assert_int_equal(p->fake.n_events, 2);
            pair_stop(p);
        }
}

static void test_ports(void **state)
{
    (void)state;
    static const uint32_t ports[] = { 1, 65535, 65536, 70000, 0x80000000, 0xffffffff };
    for (size_t i = 0; i < 2; i++) {
        struct pair *p = logged_in();
        size_t good = 0;
        for (size_t k = 0; k < COUNT(ports); k++) {
            ask(p, &requests[i], true, span_text("localhost"), ports[k]);
            if (ports[k] > 65535) {
                expect_no(p);
            } else {
                expect_yes(p, false);
                good++;
            }
            assert_int_equal(p->fake.n_events, good);
            ask(p, &requests[i], false, span_text("localhost"), 70000); /* not even a no */
            pair_nothing(p);
        }
        pair_alive(p);
        pair_stop(p);
    }
}

static void test_names(void **state)
{
    (void)state;
    char name[LIMIT_HOST + 1];
    memset(name, 'n', sizeof name);
    const struct {
        struct span name;
        bool good;
    } names[] = {
        { span_of(name, LIMIT_HOST), true }, { span_of(name, LIMIT_HOST + 1), false },
        { span_of(name, 0), true }, /* every address; as a path it is refused by whoever binds */
        { span_of("a\0b", 3), false },       { span_of("\0", 1), false },
    };
    struct pair *p = logged_in();
    size_t good = 0;
    for (size_t i = 0; i < COUNT(requests); i++)
        for (size_t k = 0; k < COUNT(names); k++) {
            ask(p, &requests[i], true, names[k].name, 22);
            if (names[k].good)
                expect_yes(p, false);
            else
                expect_no(p);
            good += names[k].good;
            assert_int_equal(p->fake.n_events, good);
        }
    pair_alive(p);
    pair_stop(p);
}

static void test_malformed(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++)
        for (size_t n = 1, whole = n; n <= whole + 1; n++) {
            struct pair *p = logged_in();
            struct writer *w = build(p, &requests[i], true, span_text("localhost"), 22);
            whole = writer_used(w);
            put_byte(w, 0);
            w->p = w->start + n;
            client_send_built(&p->client);
            if (n == whole)
                expect_yes(p, false);
            else
                pair_ended(p, REASON_FORMAT);
            assert_int_equal(p->fake.n_events, n == whole);
            pair_stop(p);
        }
}

/* --- answered later --- */
static void test_later(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(requests); i++)
        for (int yes = 0; yes < 2; yes++) {
            struct pair *p = logged_in();
            uint8_t *at = NULL;
            p->fake.answer_later = true;
            ask(p, &requests[i], true, span_text("somewhere"), 0);
            client_global(&p->client, "keepalive@openssh.com", true);
            pair_nothing(p);
            assert_int_equal(session_recv_room(&p->fake.session, &at), 0);
            session_answer(&p->fake.session, CHANNEL_NONE, yes, FAKE_PORT);
            if (yes)
                expect_yes(p, i == 0);
            else
                expect_no(p);
            expect_no(p); /* to the keepalive */
            pair_nothing(p);
            pair_stop(p);
        }
}

/* Replies have nothing in them that says what they are for, so their order must be that of the requests. */
static void test_order_of_replies(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    p->fake.answer_later = true;
    for (int i = 0; i < 10; i++) {
        client_global(&p->client, "keepalive@openssh.com", true);
        ask(p, &requests[0], true, span_text("any"), 0);
        client_global(&p->client, "keepalive@openssh.com", true);
        ask(p, &requests[2], false, span_text("silent"), 0);
    }
    for (int i = 0; i < 10; i++) {
        expect_no(p);
        pair_nothing(p);
        session_answer(&p->fake.session, CHANNEL_NONE, true, FAKE_PORT);
        expect_yes(p, true);
        expect_no(p);
        pair_nothing(p);
        session_answer(&p->fake.session, CHANNEL_NONE, true, FAKE_PORT);
    }
    pair_nothing(p);
    pair_stop(p);
}

/* While the answer is awaited programs go on, and what they say leaves; a peer that floods is not read. */
static void test_meanwhile(void **state)
{
    (void)state;
    static const uint8_t zeros[LIMIT_CHANNEL_DATA];
    struct pair *p = logged_in();
    struct bytes got = { 0 };
    assert_int_equal(pair_channel(p, 4, 2000000, 32768), 0);
    pair_exec(p, 0, "hold");
    p->fake.answer_later = true;
    ask(p, &requests[0], true, span_text("any"), 0);
    for (int i = 0; i < 100; i++)
        client_data(&p->client, 0, span_of(zeros, i < 8 ? sizeof zeros : 0));
    for (int i = 0; i < 30000; i++)
        client_global(&p->client, "anything", true);
    size_t flood = bytes_used(&p->client.out);
    p->fake.channels[0].program = PROGRAM_SOURCE;
    p->fake.channels[0].wanted = 1000000;
    p->fake.channels[0].stay = true;
    pair_data(p, 4, &got);
    assert_int_equal(bytes_used(&got), 1000000);
    assert_in_range(bytes_used(&p->client.out), flood - LIMIT_BLOCK_BYTES, flood);
    assert_int_equal(p->fake.channels[0].queue.n, 0);
    assert_true(p->fake.pool.n_lent <= 2);
    session_answer(&p->fake.session, CHANNEL_NONE, false, 0);
    for (int i = 0; i < 30001; i++) {
        struct reader r;
        assert_true(pair_skip_to(p, MSG_REQUEST_FAILURE, &r)); /* adjusts are between them */
    }
    bytes_stop(&got);
    pair_stop(p);
}

/* The room for the answer is not used up by what else has become due. */
static void test_room_for_a_late_answer(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    struct reader r;
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(pair_forward(p, i, 0, 100), i);
    p->fake.answer_later = true;
    for (uint32_t i = 100; i < 200; i++)
        client_direct(&p->client, i, 100, 100);
    ask(p, &requests[0], true, span_text("any"), 0);
    pair_nothing(p);
    assert_true(p->fake.session.channel_pending);
    pair_fill(p);
    for (unsigned i = 0; i < 200; i++) {
        if (i >= 150)
            session_opened(&p->fake.session, i);
        else if (i >= 100)
            session_refused(&p->fake.session, i, OPEN_CONNECT_FAILED, "No route to host");
        else
            fake_finish(&p->fake, i, 0);
    }
    assert_int_equal(
        session_offer(&p->fake.session, &(struct channel_offer){ .kind = OFFER_AGENT }), -1);
    pair_run(p);
    session_answer(&p->fake.session, CHANNEL_NONE, true, FAKE_PORT);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    pair_run(p);
    p->to_client = FLOW_RANDOM;
    assert_true(pair_skip_to(p, MSG_REQUEST_SUCCESS, &r));
    assert_int_equal(get_u32(&r), FAKE_PORT);
    unsigned answers[256] = { 0 };
    for (pair_run(p); pair_waiting(p) != 0;) {
        pair_pop(p);
        answers[p->current.p[0]]++;
    }
    assert_int_equal(answers[MSG_CHANNEL_CLOSE], 100);
    assert_int_equal(answers[MSG_CHANNEL_OPEN_FAILURE], 50);
    assert_int_equal(answers[MSG_CHANNEL_OPEN_CONFIRMATION], 50);
    pair_stop(p);
}

/* Our own key exchange begins while the answer is awaited, and cannot go on before it. */
static void test_rekey_meanwhile(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.rekey_ms = 1000;
    struct pair *p = pair_open(&o);
    p->fake.answer_later = true;
    ask(p, &requests[0], true, span_text("any"), 0);
    pair_nothing(p);
    pair_wait(p, 1000);
    pair_next(p, MSG_KEXINIT);
    pair_nothing(p);
    session_answer(&p->fake.session, CHANNEL_NONE, true, FAKE_PORT);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    expect_yes(p, true);
    assert_int_equal(p->client.exchanges, 2);
    pair_alive(p);
    pair_stop(p);
}

/* A question that is open when the session ends may still be answered; nobody hears it. */
static void test_answered_after_the_end(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    struct event e;
    p->fake.answer_later = true;
    ask(p, &requests[0], true, span_text("any"), 0);
    client_global(&p->client, "keepalive@openssh.com", true);
    pair_nothing(p);
    session_fail(&p->fake.session, REASON_SHUTDOWN);
    assert_false(session_next(&p->fake.session, &e));
    session_answer(&p->fake.session, CHANNEL_NONE, true, FAKE_PORT);
    assert_false(session_next(&p->fake.session, &e));
    pair_ended(p, REASON_SHUTDOWN);
    pair_stop(p);
}

/* A question on a channel, whose program ends before the answer is known: nothing follows CLOSE. */
static void test_answered_after_close(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    assert_int_equal(pair_channel(p, 4, 1000, 1000), 0);
    pair_exec(p, 0, "hold");
    p->fake.answer_later = true;
    put_text(client_request(&p->client, 0, "signal", true), "TERM");
    client_send_built(&p->client);
    pair_nothing(p);
    fake_finish(&p->fake, 0, 15);
    pair_next(p, MSG_CHANNEL_EOF);
    pair_next(p, MSG_CHANNEL_REQUEST);
    pair_next(p, MSG_CHANNEL_CLOSE);
    session_answer(&p->fake.session, 0, true, 0);
    pair_nothing(p);
    client_channel(&p->client, MSG_CHANNEL_CLOSE, 0);
    pair_alive(p);
    assert_int_equal(p->fake.session.connection.used, 0);
    pair_stop(p);
}

/* Who is not listened to cannot be missed: keepalives that are not heard meanwhile do not count. */
static void test_keepalives_meanwhile(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.keepalive_ms = 15000;
    o.fake.keepalive_misses = 3;
    struct pair *p = pair_open(&o);
    p->fake.answer_later = true;
    ask(p, &requests[0], true, span_text("any"), 0);
    pair_nothing(p);
    for (int i = 0; i < 20; i++) {
        pair_wait(p, 15000);
        pair_next(p,
                  MSG_GLOBAL_REQUEST); /* for the system below, which notices a peer that is gone */
        client_send(&p->client, span_of("\x52", 1));
    }
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    session_answer(&p->fake.session, CHANNEL_NONE, true, FAKE_PORT);
    expect_yes(p, true);
    pair_nothing(p);
    for (int i = 0; i < 3; i++) {
        pair_wait(p, 15000);
        pair_next(p, MSG_GLOBAL_REQUEST);
    }
    pair_wait(p, 15000);
    pair_ended(p, REASON_KEEPALIVE);
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_any_port),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_later),
        cmocka_unit_test(test_order_of_replies),
        cmocka_unit_test(test_meanwhile),
        cmocka_unit_test(test_room_for_a_late_answer),
        cmocka_unit_test(test_rekey_meanwhile),
        cmocka_unit_test(test_answered_after_the_end),
        cmocka_unit_test(test_answered_after_close),
        cmocka_unit_test(test_keepalives_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
