/* RFC 4254 sections 5.1 and 7.2, OpenSSH's PROTOCOL 2.4 and its agent forwarding: channels that we open. */
#include <string.h>

#include "tests/support/pair.h"

static const struct channel_offer agent = { .kind = OFFER_AGENT };

static struct pair *logged_in(void)
{
    struct pair_options o = pair_defaults();
    return pair_open(&o);
}

static uint32_t offered(struct pair *p)
{
    int number = session_offer(&p->fake.session, &agent);
    assert_true(number >= 0);
    pair_next(p, MSG_CHANNEL_OPEN);
    return (uint32_t)number;
}

static const struct channel_event *last_event(const struct pair *p)
{
    assert_true(p->fake.n_events != 0);
    return &p->fake.events[p->fake.n_events - 1].event.channel;
}

static enum channel_state state_of(const struct pair *p, unsigned channel)
{
    const struct channel *ch = connection_channel(&p->fake.session.connection, channel);
    return ch != NULL ? ch->state : CHANNEL_FREE;
}

/* --- the message --- */
static void expect_bytes(struct pair *p, const struct channel_offer *o, struct span want)
{
    assert_int_equal(session_offer(&p->fake.session, o), 0);
    pair_next(p, MSG_CHANNEL_OPEN);
    assert_int_equal(p->current.n, want.n);
    assert_memory_equal(p->current.p, want.p, want.n);
    client_refuse(&p->client, 0, OPEN_PROHIBITED);
    pair_nothing(p);
}

/* number, initial window 32768, maximum packet 32768 */
#define SIZES       "\0\0\0\0\0\0\x80\0\0\0\x80\0"
#define BYTES(text) span_of(text, sizeof(text) - 1)

static void test_fields(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    struct channel_offer o = { .kind = OFFER_TCP,
                               .address = span_text("localhost"),
                               .port = 8080,
                               .from = span_text("192.0.2.1"),
                               .from_port = 65535 };
    expect_bytes(p, &o,
                 BYTES("\x5a\0\0\0\x0f"
                       "forwarded-tcpip" SIZES "\0\0\0\x09"
                       "localhost\0\0\x1f\x90\0\0\0\x09"
                       "192.0.2.1\0\0\xff\xff"));
    o = (struct channel_offer){ .kind = OFFER_UNIX, .address = span_text("/tmp/s") };
    expect_bytes(p, &o,
                 BYTES("\x5a\0\0\0\x21"
                       "forwarded-streamlocal@openssh.com" SIZES "\0\0\0\x06"
                       "/tmp/s\0\0\0\0"));
    expect_bytes(p, &agent,
                 BYTES("\x5a\0\0\0\x16"
                       "auth-agent@openssh.com" SIZES));
    pair_stop(p);
}

/* The longest names that come here, behind each other, and more of them than a block holds. */
static void test_long_names(void **state)
{
    (void)state;
    char name[LIMIT_HOST];
    struct pair *p = logged_in();
    struct channel_offer o = { .kind = OFFER_TCP, .port = 65535, .from_port = 65535 };
    memset(name, 'n', sizeof name);
    o.address = o.from = span_of(name, sizeof name);
    p->to_client = FLOW_RANDOM;
    for (unsigned i = 0; i < LIMIT_OFFERED; i++) {
        int number = session_offer(&p->fake.session, &o);
        if (number < 0) {
            pair_run(p);
            number = session_offer(&p->fake.session, &o);
        }
        assert_int_equal(number, i);
    }
    assert_int_equal(session_offer(&p->fake.session, &o), -1);
    pair_run(p);
    assert_int_equal(session_offer(&p->fake.session, &o), -1);
    assert_int_equal(pair_waiting(p), LIMIT_OFFERED);
    pair_stop(p);
}

/* --- the answer --- */
static void test_accepted(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    assert_int_equal(offered(p), 0);
    client_confirm(&p->client, 0, 0xfffffffe, 6, 5);
    client_data(&p->client, 0, span_text("to the agent"));
    struct reader r = pair_next(p, MSG_CHANNEL_DATA); /* it echoes */
    assert_int_equal(p->fake.events[0].event.channel.kind, CHANNEL_ACCEPTED);
    assert_int_equal(p->fake.events[0].event.channel.channel, 0);
    assert_false(p->fake.events[0].event.channel.asks);
    assert_int_equal(get_u32(&r), 0xfffffffe);
    assert_true(span_is(get_string(&r), "to th"));
    r = pair_next(p, MSG_CHANNEL_DATA);
    get_u32(&r);
    assert_true(span_is(get_string(&r), "e"));
    pair_nothing(p);
    client_channel(&p->client, MSG_CHANNEL_CLOSE, 0);
    pair_next(p, MSG_CHANNEL_CLOSE);
    pair_nothing(p);
    assert_int_equal(p->fake.session.connection.used, 0);
    pair_stop(p);
}

static void test_odd_sizes(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 0, 1, 32767, 32768, 32769, 0x80000000, 0xffffffff };
    struct pair *p = logged_in();
    uint8_t *at = NULL;
    for (size_t i = 0; i < COUNT(sizes) * COUNT(sizes); i++) {
        uint32_t window = sizes[i / COUNT(sizes)], packet = sizes[i % COUNT(sizes)];
        uint32_t most = window < packet ? window : packet;
        uint32_t channel = offered(p);
        assert_int_equal(channel, 0);
        client_confirm(&p->client, channel, 77, window, packet);
        pair_nothing(p);
        assert_int_equal(last_event(p)->kind, CHANNEL_ACCEPTED);
        size_t room = session_write_room(&p->fake.session, channel, false, &at);
        assert_int_equal(room, most < LIMIT_CHANNEL_DATA ? most : LIMIT_CHANNEL_DATA);
        if (window == 0xffffffff) {
            client_adjust(&p->client, channel, 0);
            pair_alive(p);
        }
        client_channel(&p->client, MSG_CHANNEL_CLOSE, channel);
        pair_next(p, MSG_CHANNEL_CLOSE);
        p->fake.n_events = 0;
    }
    client_confirm(&p->client, offered(p), 77, 0xffffffff, 1);
    client_adjust(&p->client, 0, 1);
    pair_ended(p, REASON_WINDOW);
    pair_stop(p);
}

static void test_refused(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    for (uint32_t code = 0; code < 6; code++) { /* whatever it says */
        assert_int_equal(offered(p), 0);
        client_refuse(&p->client, 0, code);
        pair_nothing(p);
        assert_int_equal(last_event(p)->kind, CHANNEL_REFUSED);
        assert_int_equal(last_event(p)->channel, 0);
        assert_int_equal(state_of(p, 0), CHANNEL_FREE);
    }
    pair_alive(p);
    pair_stop(p);
}

/* Answered out of order, with numbers of the peer's own mixed in. */
static void test_several(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    for (uint32_t i = 0; i < 6; i++)
        assert_int_equal(i == 3 ? pair_forward(p, 3, 10, 10) : offered(p), i);
    client_refuse(&p->client, 5, 1);
    client_confirm(&p->client, 2, 200, 1, 1);
    client_refuse(&p->client, 0, 1);
    client_confirm(&p->client, 4, 400, 1, 1);
    pair_nothing(p);
    assert_int_equal(p->fake.session.connection.used, 5);
    assert_int_equal(state_of(p, 0), CHANNEL_FREE);
    assert_int_equal(state_of(p, 1), CHANNEL_OFFERED);
    assert_int_equal(connection_channel(&p->fake.session.connection, 2)->peer, 200);
    assert_int_equal(connection_channel(&p->fake.session.connection, 4)->peer, 400);
    assert_int_equal(offered(p), 0);
    pair_stop(p);
}

/* --- answers to nothing --- */
static void test_not_offered(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {
        0, 1, 2, 3, 5, LIMIT_CHANNELS - 1, LIMIT_CHANNELS, 0x7fffffff, 0xffffffff
    };
    for (size_t i = 0; i < COUNT(numbers); i++)
        for (int confirm = 0; confirm < 2; confirm++) {
            struct pair *p = logged_in();
            pair_channel(p, 1, 100, 100); /* 0 is open */
            pair_forward(p, 2, 100, 100); /* 1 was */
            client_channel(&p->client, MSG_CHANNEL_CLOSE, 1);
            pair_next(p, MSG_CHANNEL_CLOSE);
            assert_int_equal(offered(p), 1); /* 1 and 2 were offered and answered */
            assert_int_equal(offered(p), 2);
            client_refuse(&p->client, 1, 1);
            client_confirm(&p->client, 2, 1, 1, 1);
            pair_nothing(p);
            p->fake.answer_later = true;
            client_direct(&p->client, 3, 100, 100); /* 1 waits for our answer */
            pair_nothing(p);
            if (confirm)
                client_confirm(&p->client, numbers[i], 1, 100, 100);
            else
                client_refuse(&p->client, numbers[i], 1);
            pair_ended(p, REASON_CHANNEL);
            pair_stop(p);
        }
}

/* Until it has answered it has no business on a channel that we offered. */
static void test_nothing_before_the_answer(void **state)
{
    (void)state;
    for (uint8_t type = MSG_CHANNEL_WINDOW_ADJUST; type <= MSG_CHANNEL_FAILURE; type++) {
        struct pair *p = logged_in();
        uint8_t *at = NULL;
        offered(p);
        assert_int_equal(session_write_room(&p->fake.session, 0, false, &at), 0);
        struct writer *w = client_build(&p->client, type);
        put_u32(w, 0);
        put_u32(w, 0);
        client_send_built(&p->client);
        pair_ended(p, REASON_CHANNEL);
        pair_stop(p);
    }
}

/* Cut anywhere or with a byte too many. The channel's consumer is not told anything of it, so all it does
 * until it looks at the reason must still be harmless. */
static void test_malformed(void **state)
{
    (void)state;
    for (int confirm = 0; confirm < 2; confirm++)
        for (size_t n = 1, whole = n; n <= whole + 1; n++) {
            struct pair *p = logged_in();
            struct writer *w = client_build(&p->client, confirm ? MSG_CHANNEL_OPEN_CONFIRMATION
                                                                : MSG_CHANNEL_OPEN_FAILURE);
            uint8_t *at = NULL;
            offered(p);
            for (uint32_t i = 0; i < (confirm ? 4 : 2); i++)
                put_u32(w, i * 1000);
            if (!confirm) {
                put_text(w, "because");
                put_text(w, "en");
            }
            whole = writer_used(w);
            put_byte(w, 0);
            w->p = w->start + n;
            client_send_built(&p->client);
            if (n == whole) {
                pair_alive(p);
            } else {
                pair_ended(p, REASON_FORMAT);
                assert_int_equal(state_of(p, 0), CHANNEL_OFFERED);
                assert_int_equal(session_write_room(&p->fake.session, 0, false, &at), 0);
                session_credit(&p->fake.session, 0, 0);
                session_drained(&p->fake.session, 0);
                session_finish(&p->fake.session, 0, 0);
                pair_nothing(p);
            }
            assert_int_equal(p->fake.n_events, n == whole);
            pair_stop(p);
        }
}

/* --- not now --- */
static void test_while_output_is_full(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    struct reader r;
    pair_fill(p);
    for (int i = 0; i < 3; i++)
        assert_int_equal(session_offer(&p->fake.session, &agent), -1);
    assert_int_equal(p->fake.session.connection.used, 0);
    p->to_client = FLOW_WHOLE;
    pair_run(p);
    assert_int_equal(session_offer(&p->fake.session, &agent), 0);
    assert_true(pair_skip_to(p, MSG_CHANNEL_OPEN, &r));
    pair_stop(p);
}

static void test_during_our_rekey(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.rekey_ms = 1000;
    struct pair *p = pair_open(&o);
    p->client.automatic = false;
    pair_wait(p, 1000);
    pair_next(p, MSG_KEXINIT);
    assert_int_equal(session_offer(&p->fake.session, &agent), -1);
    client_send_kexinit(&p->client);
    client_send_share(&p->client);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    assert_int_equal(offered(p), 0);
    client_send_newkeys(&p->client);
    client_confirm(&p->client, 0, 1, 1, 1);
    pair_alive(p);
    assert_int_equal(state_of(p, 0), CHANNEL_OPEN);
    pair_stop(p);
}

/* Behind the channels that a connection has room for itself it takes a block, where there is one. */
static void test_without_a_block(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.blocks = 2;
    struct pair *p = pair_open(&o);
    for (uint32_t i = 0; i < CHANNELS_OWN; i++)
        assert_int_equal(offered(p), i);
    struct block *taken = pool_take(&p->fake.pool);
    p->fake.elsewhere = 1;
    assert_int_equal(session_offer(&p->fake.session, &agent), -1);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    pool_give(&p->fake.pool, taken);
    p->fake.elsewhere = 0;
    assert_int_equal(session_offer(&p->fake.session, &agent), CHANNELS_OWN);
    pair_next(p, MSG_CHANNEL_OPEN);
    pair_stop(p);
}

static void test_after_the_end(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    session_fail(&p->fake.session, REASON_SHUTDOWN);
    assert_int_equal(session_offer(&p->fake.session, &agent), -1);
    pair_ended(p, REASON_SHUTDOWN);
    pair_stop(p);
}

/* --- over before it began --- */
/* What connected here is gone before the peer answers: the channel is opened and closed, or never was. */
static void test_finished_early(void **state)
{
    (void)state;
    for (int confirm = 0; confirm < 2; confirm++) {
        struct pair *p = logged_in();
        offered(p);
        session_drained(&p->fake.session, 0);
        session_finish(&p->fake.session, 0, 0);
        p->fake.channels[0].finished = true;
        pair_nothing(p);
        if (confirm) {
            client_confirm(&p->client, 0, 12, 1000, 1000);
            struct reader r = pair_next(p, MSG_CHANNEL_EOF);
            assert_int_equal(get_u32(&r), 12);
            r = pair_next(p, MSG_CHANNEL_CLOSE);
            assert_int_equal(get_u32(&r), 12);
            pair_nothing(p);
            client_channel(&p->client, MSG_CHANNEL_CLOSE, 0);
        } else {
            client_refuse(&p->client, 0, OPEN_CONNECT_FAILED);
        }
        pair_nothing(p);
        assert_int_equal(p->fake.session.connection.used, 0);
        pair_alive(p);
        pair_stop(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),           cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_accepted),         cmocka_unit_test(test_odd_sizes),
        cmocka_unit_test(test_refused),          cmocka_unit_test(test_several),
        cmocka_unit_test(test_not_offered),      cmocka_unit_test(test_nothing_before_the_answer),
        cmocka_unit_test(test_malformed),        cmocka_unit_test(test_while_output_is_full),
        cmocka_unit_test(test_during_our_rekey), cmocka_unit_test(test_without_a_block),
        cmocka_unit_test(test_after_the_end),    cmocka_unit_test(test_finished_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
