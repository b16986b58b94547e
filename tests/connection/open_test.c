/* RFC 4254 sections 4 and 5.1: global requests, opening channels, numbers. */
#include <string.h>

#include "tests/support/pair.h"

enum { PROHIBITED = 1, UNKNOWN_TYPE = 3, SHORTAGE = 4 };

static void expect_refusal(struct pair *p, uint32_t sender, uint32_t code)
{
    struct reader r = pair_next(p, MSG_CHANNEL_OPEN_FAILURE);
    assert_int_equal(get_u32(&r), sender);
    assert_int_equal(get_u32(&r), code);
    assert_true(get_string(&r).n != 0);
    get_string(&r);
    assert_true(get_done(&r));
}

static void test_limit_and_reuse(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    for (uint32_t i = 0; i < LIMIT_SESSIONS; i++)
        assert_int_equal(pair_channel(p, 1000 + i, 10, 10), i);
    client_open(&p->client, 77, 10, 10);
    expect_refusal(p, 77, SHORTAGE);
    client_channel(&p->client, MSG_CHANNEL_CLOSE, 3);
    struct reader r = pair_next(p, MSG_CHANNEL_CLOSE);
    assert_int_equal(get_u32(&r), 1003);
    assert_int_equal(pair_channel(p, 78, 10, 10), 3);
    client_open(&p->client, 79, 10, 10);
    expect_refusal(p, 79, SHORTAGE);
    pair_alive(p);
    pair_stop(p);
}

/* The same number on the peer's side twice is the peer's business. */
static void test_any_number_of_the_peers(void **state)
{
    (void)state;
    static const uint32_t senders[] = { 0, 0, 0xffffffff, 0x80000000, 5 };
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    for (uint32_t i = 0; i < COUNT(senders); i++)
        assert_int_equal(pair_channel(p, senders[i], 0xffffffff, 0xffffffff), i);
    pair_stop(p);
}

static void test_unknown_types(void **state)
{
    (void)state;
    static const char *const types[] = { "x11",
                                         "forwarded-tcpip",
                                         "auth-agent@openssh.com",
                                         "",
                                         "SESSION",
                                         "session ",
                                         "tun@openssh.com",
                                         "direct-tcpip@openssh.com",
                                         "direct-streamlocal",
                                         "forwarded-streamlocal@openssh.com" };
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    for (uint32_t i = 0; i < COUNT(types); i++) {
        struct writer *w = client_build(&p->client, MSG_CHANNEL_OPEN);
        put_text(w, types[i]);
        put_u32(w, i);
        put_u32(w, 100);
        put_u32(w, 100);
        put_text(w, "fields of its own");
        client_send_built(&p->client);
        expect_refusal(p, i, UNKNOWN_TYPE);
    }
    assert_int_equal(p->fake.session.connection.used, 0);
    pair_stop(p);
}

static void test_no_room_for_a_byte(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    client_open(&p->client, 4, 1000, 0);
    expect_refusal(p, 4, SHORTAGE);
    pair_channel(p, 4, 0, 1);
    pair_stop(p);
}

static void test_no_more_sessions(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    uint32_t channel = pair_channel(p, 1, 1000, 1000);
    client_global(&p->client, "no-more-sessions@openssh.com", false);
    pair_nothing(p);
    client_open(&p->client, 2, 1000, 1000);
    expect_refusal(p, 2, PROHIBITED);
    pair_exec(p, channel, "echo"); /* what is open stays open */
    client_global(&p->client, "no-more-sessions@openssh.com", true);
    pair_next(p, MSG_REQUEST_SUCCESS);
    pair_stop(p);
}

static void test_global_requests(void **state)
{
    (void)state;
    static const char *const names[] = { "keepalive@openssh.com", "tcpip-forward ", "",
                                         "hostkeys-prove-00@openssh.com", "streamlocal-forward" };
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    for (size_t i = 0; i < COUNT(names); i++)
        for (int reply = 0; reply < 2; reply++) {
            struct writer *w = client_build(&p->client, MSG_GLOBAL_REQUEST);
            put_text(w, names[i]);
            put_boolean(w, reply);
            put_text(w, "0.0.0.0");
            put_u32(w, 8080);
            client_send_built(&p->client);
            if (reply)
                pair_next(p, MSG_REQUEST_FAILURE);
            else
                pair_nothing(p);
        }
    client_send(&p->client, span_of("\x51", 1)); /* replies to nothing we asked */
    client_send(&p->client, span_of("\x52", 1));
    pair_nothing(p);
    pair_alive(p);
    pair_stop(p);
}

/* Every message that names a channel, for numbers that name none. */
static void test_channels_that_are_not_open(void **state)
{
    (void)state;
    static const uint32_t numbers[] = { 0,   2,          LIMIT_CHANNELS - 1, LIMIT_CHANNELS,
                                        255, 0x7fffffff, 0xffffffff };
    for (uint8_t type = MSG_CHANNEL_WINDOW_ADJUST; type <= MSG_CHANNEL_FAILURE; type++)
        for (size_t i = 0; i < COUNT(numbers); i++) {
            struct pair_options o = pair_defaults();
            struct pair *p = pair_open(&o);
            assert_int_equal(pair_channel(p, 9, 10, 10), 0);
            assert_int_equal(pair_channel(p, 9, 10, 10), 1);
            client_channel(&p->client, MSG_CHANNEL_CLOSE, 0); /* was open */
            pair_next(p, MSG_CHANNEL_CLOSE);
            struct writer *w = client_build(&p->client, type);
            put_u32(w, numbers[i]);
            put_u32(w, 0);
            put_u32(w, 0);
            client_send_built(&p->client);
            pair_ended(p, REASON_CHANNEL);
            pair_stop(p);
        }
}

/* A number that is taken again starts afresh: windows, flags and program of its past are gone. */
static void test_reused_number_is_fresh(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    uint8_t data[1000] = { 0 };
    for (int i = 0; i < 50; i++) {
        uint32_t channel = pair_channel(p, (uint32_t)i, 500, 100);
        assert_int_equal(channel, 0);
        const struct channel *ch = connection_channel(&p->fake.session.connection, channel);
        assert_int_equal(ch->recv_window, LIMIT_WINDOW_FIRST);
        assert_int_equal(ch->send_window, 500);
        assert_int_equal(ch->credit, 0);
        assert_false(ch->started || ch->eof_in || ch->eof_out || ch->drained || ch->exited);
        pair_exec(p, channel, i % 2 ? "hold" : "sink");
        client_data(&p->client, channel, span_of(data, sizeof data));
        if (i % 3)
            client_channel(&p->client, MSG_CHANNEL_EOF, channel);
        client_channel(&p->client, MSG_CHANNEL_CLOSE, channel);
        struct reader r;
        assert_true(pair_skip_to(p, MSG_CHANNEL_CLOSE, &r));
        assert_int_equal(p->fake.pool.n_lent, 0);
    }
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit_and_reuse),
        cmocka_unit_test(test_any_number_of_the_peers),
        cmocka_unit_test(test_unknown_types),
        cmocka_unit_test(test_no_room_for_a_byte),
        cmocka_unit_test(test_no_more_sessions),
        cmocka_unit_test(test_global_requests),
        cmocka_unit_test(test_channels_that_are_not_open),
        cmocka_unit_test(test_reused_number_is_fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
