/* RFC 4254 section 5.2: windows and packet sizes in both directions, and what happens when a side
 * does not read. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/pair.h"

static const uint8_t zeros[LIMIT_CHANNEL_DATA + 1];

static void fill_window(struct pair *p, uint32_t channel)
{
    for (size_t i = 0; i < LIMIT_WINDOW_FIRST / LIMIT_CHANNEL_DATA; i++)
        client_data(&p->client, channel, span_of(zeros, LIMIT_CHANNEL_DATA));
}

static struct pair *with_program(const char *command, uint32_t window, uint32_t packet)
{
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    assert_int_equal(pair_channel(p, 3, window, packet), 0);
    pair_exec(p, 0, command);
    return p;
}

static void test_exactly_the_window(void **state)
{
    (void)state;
    struct pair *p = with_program("hold", 0, 100);
    fill_window(p, 0);
    pair_nothing(p);
    assert_int_equal(p->fake.channels[0].queue.n, LIMIT_WINDOW_FIRST);
    assert_int_equal(connection_channel(&p->fake.session.connection, 0)->recv_window, 0);
    client_data(&p->client, 0, span_of(zeros, 0)); /* nothing is not too much */
    pair_alive(p);
    client_data(&p->client, 0, span_of(zeros, 1));
    pair_ended(p, REASON_WINDOW);
    pair_stop(p);
}

/* Data of the extended kind is within the same window, taken and dropped. */
static void test_extended_data_counts(void **state)
{
    (void)state;
    struct pair *p = with_program("hold", 0, 100);
    for (int i = 0; i < 3 * LIMIT_WINDOW_FIRST / LIMIT_CHANNEL_DATA; i++) {
        struct writer *w = client_build(&p->client, MSG_CHANNEL_EXTENDED_DATA);
        put_u32(w, 0);
        put_u32(w, 1);
        put_string(w, span_of(zeros, LIMIT_CHANNEL_DATA));
        client_send_built(&p->client);
        pair_run(p);
    }
    assert_int_equal(p->fake.channels[0].queue.n, 0);
    assert_int_equal(bytes_used(&p->fake.channels[0].taken), 0);
    struct reader r;
    uint64_t back = 0;
    while (pair_skip_to(p, MSG_CHANNEL_WINDOW_ADJUST, &r)) {
        get_u32(&r);
        back += get_u32(&r);
    }
    uint64_t left = LIMIT_WINDOW_FIRST + back - 3 * LIMIT_WINDOW_FIRST;
    assert_in_range(left, LIMIT_WINDOW_FIRST - LIMIT_WINDOW_FIRST / 4, LIMIT_WINDOW);
    while (left != 0) {
        size_t n = left < LIMIT_CHANNEL_DATA ? (size_t)left : LIMIT_CHANNEL_DATA;
        client_data(&p->client, 0, span_of(zeros, n));
        left -= n;
    }
    pair_alive(p);
    struct writer *w = client_build(&p->client, MSG_CHANNEL_EXTENDED_DATA);
    put_u32(w, 0);
    put_u32(w, 1);
    put_string(w, span_of(zeros, 1));
    client_send_built(&p->client);
    pair_ended(p, REASON_WINDOW);
    pair_stop(p);
}

static void test_packet_size(void **state)
{
    (void)state;
    struct pair *p = with_program("sink", 0, 100);
    client_data(&p->client, 0, span_of(zeros, LIMIT_CHANNEL_DATA));
    pair_nothing(p);
    client_data(&p->client, 0, span_of(zeros, LIMIT_CHANNEL_DATA + 1));
    pair_ended(p, REASON_PACKET_SIZE);
    pair_stop(p);
}

/* Credit is what was taken, not what came; and it returns in portions of a quarter or more. */
static void test_credit_is_what_was_taken(void **state)
{
    (void)state;
    struct pair *p = with_program("hold", 0, 100);
    fill_window(p, 0);
    pair_nothing(p);
    p->fake.channels[0].appetite = LIMIT_WINDOW_FIRST / 4 - 1;
    pair_nothing(p);
    p->fake.channels[0].appetite = 1;
    struct reader r = pair_next(p, MSG_CHANNEL_WINDOW_ADJUST);
    assert_int_equal(get_u32(&r), 3);
    assert_int_equal(get_u32(&r), LIMIT_WINDOW_FIRST / 4);
    assert_true(get_done(&r));
    pair_nothing(p);
    for (int i = 0; i < LIMIT_WINDOW_FIRST / 4 / LIMIT_CHANNEL_DATA; i++)
        client_data(&p->client, 0, span_of(zeros, LIMIT_CHANNEL_DATA));
    pair_nothing(p);
    client_data(&p->client, 0, span_of(zeros, 1));
    pair_ended(p, REASON_WINDOW);
    pair_stop(p);
}

/* Once the peer said EOF it gets no more room: it could not use it. */
static void test_no_adjust_after_eof(void **state)
{
    (void)state;
    struct pair *p = with_program("hold", 0, 100);
    p->fake.channels[0].stay = true;
    fill_window(p, 0);
    client_channel(&p->client, MSG_CHANNEL_EOF, 0);
    pair_nothing(p);
    p->fake.channels[0].appetite = LIMIT_WINDOW_FIRST;
    pair_nothing(p);
    assert_int_equal(p->fake.pool.n_lent, 0);
    pair_stop(p);
}

/* --- our sending --- */
static size_t collect(struct pair *p, size_t largest)
{
    size_t n = 0;
    pair_run(p);
    while (pair_waiting(p) != 0) {
        struct reader r = pair_pop(p);
        if (p->current.p[0] != MSG_CHANNEL_DATA)
            continue;
        assert_int_equal(get_u32(&r), 3);
        struct span data = get_string(&r);
        assert_true(get_done(&r));
        assert_in_range(data.n, 1, largest);
        n += data.n;
    }
    return n;
}

static void test_we_keep_to_the_peers_window(void **state)
{
    (void)state;
    struct pair *p = with_program("source 1000000", 0, 1000);
    assert_int_equal(collect(p, 1000), 0);
    for (uint32_t more = 1; more < 300000; more *= 7) {
        client_adjust(&p->client, 0, more);
        assert_int_equal(collect(p, 1000), more);
        assert_int_equal(collect(p, 1000), 0);
    }
    pair_stop(p);
}

static void test_we_keep_to_the_peers_packet_size(void **state)
{
    (void)state;
    static const uint32_t sizes[] = { 1,     2,     7,     255,        4096,
                                      32767, 32768, 32769, 0x7fffffff, 0xffffffff };
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct pair *p = with_program("source 3000", 1000000, sizes[i]);
        size_t most = sizes[i] < LIMIT_CHANNEL_DATA ? sizes[i] : LIMIT_CHANNEL_DATA;
        assert_int_equal(collect(p, most), 3000);
        pair_stop(p);
    }
}

/* A program that had nothing to say after all: no packet, and the window stays. */
static void test_nothing_written(void **state)
{
    (void)state;
    struct pair *p = with_program("hold", 100, 1000);
    uint8_t *at = NULL;
    for (int err = 0; err < 2; err++) {
        assert_int_equal(session_write_room(&p->fake.session, 0, err, &at), 100);
        session_write_done(&p->fake.session, 0, err, 0);
        pair_nothing(p);
    }
    assert_int_equal(session_write_room(&p->fake.session, 0, false, &at), 100);
    memcpy(at, "x", 1);
    session_write_done(&p->fake.session, 0, false, 1);
    pair_next(p, MSG_CHANNEL_DATA);
    assert_int_equal(session_write_room(&p->fake.session, 0, false, &at), 99);
    session_write_done(&p->fake.session, 0, false, 0);
    pair_stop(p);
}

static void test_window_overflow(void **state)
{
    (void)state;
    struct pair *p = with_program("echo", 1, 1000);
    client_adjust(&p->client, 0, 0xfffffffe); /* 2^32 - 1 in all: the most there is */
    pair_alive(p);
    client_adjust(&p->client, 0, 0);
    pair_alive(p);
    client_adjust(&p->client, 0, 1);
    pair_ended(p, REASON_WINDOW);
    pair_stop(p);
}

/* --- memory --- */
/* Every window of every session full and nothing read: all of it is held, as was promised. (That of all
 * channels there can be: share_test.c.) */
static void test_all_windows_full(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.to_server = FLOW_RANDOM;
    struct pair *p = pair_open(&o);
    for (uint32_t i = 0; i < LIMIT_SESSIONS; i++) {
        assert_int_equal(pair_channel(p, i, 1000000, 32768), i);
        pair_exec(p, i, "hold");
        client_data(&p->client, i, span_of(zeros, 9)); /* an uneven start for the queues */
        pair_run(p);
        p->fake.channels[i].appetite = 9;
        pair_run(p);
    }
    for (int k = 0; k < LIMIT_WINDOW_FIRST / LIMIT_CHANNEL_DATA - 1; k++)
        for (uint32_t i = 0; i < LIMIT_SESSIONS; i++)
            client_data(&p->client, i, span_of(zeros, LIMIT_CHANNEL_DATA));
    for (uint32_t i = 0; i < LIMIT_SESSIONS; i++)
        client_data(&p->client, i, span_of(zeros, LIMIT_CHANNEL_DATA - 9));
    pair_nothing(p);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    size_t held = 0;
    for (uint32_t i = 0; i < LIMIT_SESSIONS; i++)
        held += p->fake.channels[i].queue.n;
    assert_int_equal(held, LIMIT_SESSIONS * (LIMIT_WINDOW_FIRST - 9));
    assert_true(p->fake.pool.n_lent <= LIMIT_BLOCKS);
    for (uint32_t i = 0; i < LIMIT_SESSIONS; i++)
        p->fake.channels[i].appetite = LIMIT_WINDOW_FIRST;
    pair_run(p);
    assert_int_equal(p->fake.pool.n_lent, 1); /* the table of the channels */
    pair_stop(p);
}

/* --- a peer that reads slowly or not at all --- */
static void test_byte_by_byte_nothing_is_lost(void **state)
{
    (void)state;
    struct pair *p = with_program("source 150000", 0, 32768);
    struct bytes got = { 0 };
    struct reader r;
    p->to_client = FLOW_BYTE;
    client_adjust(&p->client, 0, 1000000);
    pair_data(p, 3, &got);
    assert_int_equal(bytes_used(&got), 150000);
    for (size_t i = 0; i < 150000; i++)
        assert_int_equal(bytes_front(&got)[i], fake_byte(i));
    assert_true(pair_skip_to(p, MSG_CHANNEL_CLOSE, &r));
    bytes_stop(&got);
    pair_stop(p);
}

/* Output that is full does not stop input: data still flows to the program, and is credited. */
static void test_full_output_does_not_stop_input(void **state)
{
    (void)state;
    struct pair *p = with_program("source 10000000", 0, 32768);
    p->to_client = FLOW_STOP;
    client_adjust(&p->client, 0, 0x7fffffff);
    pair_run(p);
    uint8_t *at = NULL;
    assert_int_equal(session_write_room(&p->fake.session, 0, false, &at), 0);
    for (int i = 0; i < LIMIT_WINDOW_FIRST / LIMIT_CHANNEL_DATA; i++)
        client_data(&p->client, 0, span_of(zeros, LIMIT_CHANNEL_DATA));
    pair_run(p);
    assert_int_equal(bytes_used(&p->client.out), 0);
    assert_int_equal(bytes_used(&p->fake.channels[0].taken), LIMIT_WINDOW_FIRST);
    pair_stop(p);
}

/* Requests without end and no reading: parsing stops before memory does, and once the peer reads
 * every single answer is there. */
static void test_flood_without_reading(void **state)
{
    (void)state;
    enum { REQUESTS = 30000 };
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    p->to_client = FLOW_STOP;
    for (int i = 0; i < REQUESTS; i++)
        client_global(&p->client, "anything", true);
    pair_run(p);
    assert_true(bytes_used(&p->client.out) != 0); /* it stopped reading */
    assert_true(p->fake.pool.n_lent <= 2);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    p->to_client = FLOW_RANDOM;
    pair_run(p);
    assert_int_equal(pair_waiting(p), REQUESTS);
    while (pair_waiting(p) != 0)
        pair_next(p, MSG_REQUEST_FAILURE);
    assert_int_equal(p->fake.pool.n_lent, 0);
    pair_stop(p);
}

/* Several channels at once, each with its own echo, over every manner of transport. */
static void test_several_channels(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 6; seed++) {
        struct pair_options o = pair_defaults();
        struct random random = random_of(seed);
        struct bytes sent[LIMIT_SESSIONS] = { 0 }, got[LIMIT_SESSIONS] = { 0 };
        o.to_server = o.to_client = FLOW_RANDOM;
        struct pair *p = pair_open(&o);
        for (uint32_t i = 0; i < LIMIT_SESSIONS; i++) {
            pair_channel(p, 50 + i, 0x7fffffff, 1000 + 100 * i);
            pair_exec(p, i, "echo");
            p->fake.channels[i].to_stderr = i % 2;
        }
        for (int i = 0; i < 100; i++) {
            uint8_t piece[2000];
            uint32_t to = (uint32_t)random_below(&random, LIMIT_SESSIONS);
            size_t n = random_below(&random, sizeof piece);
            random_fill(&random, piece, n);
            bytes_add(&sent[to], piece, n);
            client_data(&p->client, to, span_of(piece, n));
            pair_step(p);
        }
        pair_run(p);
        while (pair_waiting(p) != 0) {
            struct reader r = pair_pop(p);
            uint32_t to = get_u32(&r) - 50;
            assert_in_range(to, 0, LIMIT_SESSIONS - 1);
            assert_int_equal(p->current.p[0],
                             to % 2 ? MSG_CHANNEL_EXTENDED_DATA : MSG_CHANNEL_DATA);
            if (to % 2)
                assert_int_equal(get_u32(&r), 1);
            struct span data = get_string(&r);
            bytes_add(&got[to], data.p, data.n);
        }
        for (uint32_t i = 0; i < LIMIT_SESSIONS; i++) {
            assert_int_equal(bytes_used(&got[i]), bytes_used(&sent[i]));
            if (bytes_used(&got[i]) != 0)
                assert_memory_equal(bytes_front(&got[i]), bytes_front(&sent[i]),
                                    bytes_used(&got[i]));
            bytes_stop(&got[i]);
            bytes_stop(&sent[i]);
        }
        pair_stop(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exactly_the_window),
        cmocka_unit_test(test_extended_data_counts),
        cmocka_unit_test(test_packet_size),
        cmocka_unit_test(test_credit_is_what_was_taken),
        cmocka_unit_test(test_no_adjust_after_eof),
        cmocka_unit_test(test_we_keep_to_the_peers_window),
        cmocka_unit_test(test_we_keep_to_the_peers_packet_size),
        cmocka_unit_test(test_nothing_written),
        cmocka_unit_test(test_window_overflow),
        cmocka_unit_test(test_all_windows_full),
        cmocka_unit_test(test_byte_by_byte_nothing_is_lost),
        cmocka_unit_test(test_full_output_does_not_stop_input),
        cmocka_unit_test(test_flood_without_reading),
        cmocka_unit_test(test_several_channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
