/* Windows as promises of memory: who gets more of what a connection may promise, that it is never more
 * than that, and the block that many channels are kept in. */
#include <string.h>

#include "tests/support/pair.h"

static const uint8_t zeros[LIMIT_CHANNEL_DATA];

static const struct channel *channel(const struct pair *p, unsigned number)
{
    return connection_channel(&p->fake.session.connection, number);
}

static struct pair *logged_in(void)
{
    struct pair_options o = pair_defaults();
    return pair_open(&o);
}

/* The client's number for each is the server's, and what it may send is counted as a client counts. */
static uint64_t allowed[LIMIT_CHANNELS];

static void count_adjusts(struct pair *p)
{
    pair_run(p);
    while (pair_waiting(p) != 0) {
        struct reader r = pair_pop(p);
        assert_int_equal(p->current.p[0], MSG_CHANNEL_WINDOW_ADJUST);
        uint32_t number = get_u32(&r);
        assert_in_range(number, 0, LIMIT_CHANNELS - 1);
        allowed[number] += get_u32(&r);
        assert_true(get_done(&r));
        assert_in_range(allowed[number], 1, LIMIT_WINDOW);
    }
}

static void forward(struct pair *p, unsigned number, enum program program)
{
    client_direct(&p->client, number, 100, 100);
    assert_int_equal(pair_opened(p, number, LIMIT_WINDOW_LEAST), number);
    p->fake.channels[number].program = program;
    p->fake.channels[number].stay = true;
    allowed[number] = LIMIT_WINDOW_LEAST;
}

/* All that is allowed at this moment, in pieces of at most `piece`. */
static void fill(struct pair *p, unsigned number, size_t piece)
{
    while (allowed[number] != 0) {
        size_t n = allowed[number] < piece ? (size_t)allowed[number] : piece;
        client_data(&p->client, number, span_of(zeros, n));
        allowed[number] -= n;
    }
}

/* A consumer that takes all that comes is sent its window full, until that grows no more. */
static uint32_t grow(struct pair *p, unsigned number)
{
    uint32_t before = 0, after = channel(p, number)->window;
    for (int i = 0; i < 4 || after > before; i++) {
        before = after;
        fill(p, number, LIMIT_CHANNEL_DATA);
        count_adjusts(p);
        after = channel(p, number)->window;
    }
    assert_int_equal(allowed[number], channel(p, number)->recv_window);
    return after;
}

/* --- more for whoever keeps up --- */
static void test_growth(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    uint32_t before = LIMIT_WINDOW_LEAST;
    forward(p, 0, PROGRAM_SINK);
    while (before < LIMIT_WINDOW) {
        fill(p, 0, 10000);
        count_adjusts(p);
        uint32_t window = channel(p, 0)->window;
        assert_true(window > before); /* each time, and not from nothing to everything */
        assert_in_range(window, before + 1, 3 * before);
        before = window;
    }
    assert_int_equal(grow(p, 0), LIMIT_WINDOW);
    assert_int_equal(p->fake.session.connection.share, LIMIT_WINDOW - LIMIT_WINDOW_LEAST);
    pair_stop(p);
}

/* A session begins with more and ends with as much. */
static void test_growth_of_a_session(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    assert_int_equal(pair_channel(p, 0, 100, 100), 0);
    assert_int_equal(p->fake.session.connection.share, LIMIT_WINDOW_FIRST - LIMIT_WINDOW_LEAST);
    pair_exec(p, 0, "sink");
    allowed[0] = LIMIT_WINDOW_FIRST;
    assert_int_equal(grow(p, 0), LIMIT_WINDOW);
    pair_stop(p);
}

/* One that never gets its queue empty takes in what it takes, in the window it began with. */
static void test_no_growth_for_the_slow(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    forward(p, 0, PROGRAM_HOLD);
    fill(p, 0, LIMIT_CHANNEL_DATA);
    pair_nothing(p);
    for (int i = 0; i < 200; i++) {
        p->fake.channels[0].appetite = LIMIT_WINDOW_LEAST / 2;
        count_adjusts(p);
        assert_in_range(allowed[0], LIMIT_WINDOW_LEAST / 4, LIMIT_WINDOW_LEAST / 4 * 3);
        fill(p, 0, 5000);
        pair_nothing(p);
        assert_in_range(p->fake.channels[0].queue.n, LIMIT_WINDOW_LEAST / 4 * 3,
                        LIMIT_WINDOW_LEAST);
    }
    assert_int_equal(channel(p, 0)->window, LIMIT_WINDOW_LEAST);
    assert_int_equal(p->fake.session.connection.share, 0);
    pair_stop(p);
}

/* Credit comes back in portions: at most a quarter of the window is kept, and of a large one less. */
static void test_portions(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    forward(p, 0, PROGRAM_HOLD);
    fill(p, 0, LIMIT_CHANNEL_DATA);
    p->fake.channels[0].appetite = LIMIT_WINDOW_LEAST / 4 - 1;
    pair_nothing(p);
    p->fake.channels[0].appetite = 1;
    count_adjusts(p);
    assert_int_equal(allowed[0], LIMIT_WINDOW_LEAST / 4);
    forward(p, 1, PROGRAM_SINK);
    assert_int_equal(grow(p, 1), LIMIT_WINDOW);
    p->fake.channels[1].program = PROGRAM_HOLD;
    uint32_t most = 4 * LIMIT_CHANNEL_DATA - channel(p, 1)->credit;
    fill(p, 1, LIMIT_CHANNEL_DATA);
    p->fake.channels[1].appetite = most - 1;
    pair_nothing(p);
    p->fake.channels[1].appetite = 1;
    count_adjusts(p);
    assert_int_equal(allowed[1], 4 * LIMIT_CHANNEL_DATA);
    pair_stop(p);
}

/* --- never more than was promised --- */
/* Each that stalls with the largest window it could get leaves the next one half of what it found. */
static void test_those_that_stall_leave_enough(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    const uint32_t *share = &p->fake.session.connection.share;
    for (unsigned i = 0; i < 8; i++) {
        uint32_t half = (LIMIT_SHARE - *share) / 2;
        forward(p, i, PROGRAM_SINK);
        uint32_t window = grow(p, i);
        assert_in_range(window, half < LIMIT_WINDOW ? half + LIMIT_WINDOW_LEAST : LIMIT_WINDOW,
                        LIMIT_WINDOW);
        assert_true(LIMIT_SHARE - *share >= half);
        p->fake.channels[i].program = PROGRAM_HOLD;
        fill(p, i, LIMIT_CHANNEL_DATA);
        pair_nothing(p);
        if (i > 2)
            continue;
        client_open(&p->client, 50, 100, 100);
        pair_opened(p, 50, LIMIT_WINDOW_FIRST); /* as if it were alone */
        client_channel(&p->client, MSG_CHANNEL_CLOSE, i + 1);
        pair_next(p, MSG_CHANNEL_CLOSE);
    }
    pair_stop(p);
}

static void test_share_returns(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    for (int round = 0; round < 3; round++) {
        for (unsigned i = 0; i < 3; i++) {
            forward(p, i, PROGRAM_SINK);
            grow(p, i);
        }
        assert_true(p->fake.session.connection.share > LIMIT_SHARE / 4 * 3);
        for (unsigned i = 0; i < 3; i++) {
            uint32_t before = p->fake.session.connection.share;
            uint32_t window = channel(p, i)->window;
            client_channel(&p->client, MSG_CHANNEL_CLOSE, i);
            fake_finish(&p->fake, i, 0);
            struct reader r;
            assert_true(pair_skip_to(p, MSG_CHANNEL_CLOSE, &r));
            pair_nothing(p);
            assert_int_equal(p->fake.session.connection.share,
                             before - (window - LIMIT_WINDOW_LEAST));
        }
        assert_int_equal(p->fake.session.connection.share, 0);
        assert_int_equal(p->fake.session.connection.used, 0);
    }
    pair_stop(p);
}

/* All there can be, the share used up by the first, every window full, nothing read, and every queue with
 * part-used blocks at both ends. */
static void test_all_windows_full(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    size_t held = 0, promised = 0;
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
        forward(p, i, PROGRAM_SINK);
        if (i < 20)
            grow(p, i);
    }
    client_direct(&p->client, 999, 100, 100);
    struct reader r = pair_next(p, MSG_CHANNEL_OPEN_FAILURE);
    get_u32(&r);
    assert_int_equal(get_u32(&r), OPEN_SHORTAGE);
    assert_int_equal(session_offer(&p->fake.session, &(struct channel_offer){ .port = 1 }), -1);
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
        p->fake.channels[i].program = PROGRAM_HOLD;
        client_data(&p->client, i, span_of(zeros, 9));
        allowed[i] -= 9;
        pair_run(p);
        p->fake.channels[i].appetite = 9;
    }
    count_adjusts(p);
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++)
        fill(p, i, 9999);
    pair_nothing(p);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
        assert_int_equal(channel(p, i)->recv_window, 0);
        held += p->fake.channels[i].queue.n;
        promised += channel(p, i)->window;
    }
    assert_in_range(promised, LIMIT_PROMISE - 1000, LIMIT_PROMISE);
    assert_in_range(held, promised - 20 * LIMIT_WINDOW / 4, promised);
    assert_in_range(p->fake.pool.n_lent, held / LIMIT_BLOCK_BYTES, LIMIT_BLOCKS - 3);
    client_data(&p->client, 200, span_of(zeros, 1));
    pair_ended(p, REASON_WINDOW);
    pair_stop(p);
}

/* --- a peer that does not read --- */
/* Credit that becomes due does not use up the room without which nothing is parsed: what was promised is
 * taken, however little of our output leaves. */
static void test_credit_does_not_stop_input(void **state)
{
    (void)state;
    struct pair *p = logged_in();
    size_t sent = 0, taken = 0;
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++)
        forward(p, i, PROGRAM_SINK);
    pair_fill(p);
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
        sent += allowed[i];
        fill(p, i, LIMIT_CHANNEL_DATA);
    }
    pair_run(p);
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++)
        taken += bytes_used(&p->fake.channels[i].taken);
    assert_int_equal(taken, sent);
    pair_stop(p);
}

/* --- the block of many channels --- */
static void expect_clean(const struct pair *p)
{
    assert_int_equal(p->fake.pool.n_lent, 0);
    for (const struct block *b = p->fake.pool.free; b != NULL; b = b->next)
        for (size_t i = 0; i < LIMIT_BLOCK_BYTES; i++)
            assert_int_equal(b->bytes[i], 0);
}

static struct pair *clean(void)
{
    struct pair *p = logged_in();
    struct block *b = p->fake.pool.fresh; /* malloc()'s, with whatever was there before */
    memset(b, 0, 8 * sizeof *b);
    return p;
}

static void test_block_comes_back(void **state)
{
    (void)state;
    struct pair *p = clean();
    for (int round = 0; round < 2; round++) {
        for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
            forward(p, i, PROGRAM_SINK);
            assert_int_equal(p->fake.session.connection.more != NULL, i >= CHANNELS_OWN);
        }
        for (unsigned i = LIMIT_CHANNELS; i-- > CHANNELS_OWN;) {
            assert_non_null(p->fake.session.connection.more);
            fake_finish(&p->fake, i, 0);
            client_channel(&p->client, MSG_CHANNEL_CLOSE, i);
            struct reader r;
            assert_true(pair_skip_to(p, MSG_CHANNEL_CLOSE, &r));
        }
        pair_nothing(p);
        assert_null(p->fake.session.connection.more);
        expect_clean(p);
        for (unsigned i = 0; i < CHANNELS_OWN; i++) {
            assert_true(fake_is_open(&p->fake, i));
            fake_finish(&p->fake, i, 0);
            client_channel(&p->client, MSG_CHANNEL_CLOSE, i);
        }
        pair_run(p);
        while (pair_waiting(p) != 0)
            pair_pop(p);
    }
    pair_stop(p);
}

/* Many, then few, then the end: all of them are wiped, not only the last few. */
static void test_block_is_clean_at_the_end(void **state)
{
    (void)state;
    for (unsigned left = CHANNELS_OWN + 2; left <= LIMIT_CHANNELS; left += 83) {
        struct pair *p = clean();
        struct reader r;
        for (unsigned i = 0; i < LIMIT_CHANNELS; i++)
            forward(p, i, PROGRAM_SINK);
        for (unsigned i = left - 1; i < LIMIT_CHANNELS; i++) {
            fake_finish(&p->fake, i, 0);
            client_channel(&p->client, MSG_CHANNEL_CLOSE, i);
        }
        assert_true(pair_skip_to(p, MSG_CHANNEL_CLOSE, &r));
        while (pair_waiting(p) != 0)
            pair_pop(p);
        forward(p, left - 1, PROGRAM_SINK);
        const struct block *more = p->fake.session.connection.more;
        assert_int_equal(more->high,
                         (LIMIT_CHANNELS - CHANNELS_OWN) * sizeof(struct channel)); /* not less */
        session_stop(&p->fake.session);
        expect_clean(p);
        session_start(&p->fake.session, &p->fake.config, &p->fake.pool, p->fake.now_ms);
        pair_stop(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_growth_of_a_session),
        cmocka_unit_test(test_no_growth_for_the_slow),
        cmocka_unit_test(test_portions),
        cmocka_unit_test(test_those_that_stall_leave_enough),
        cmocka_unit_test(test_share_returns),
        cmocka_unit_test(test_all_windows_full),
        cmocka_unit_test(test_credit_does_not_stop_input),
        cmocka_unit_test(test_block_comes_back),
        cmocka_unit_test(test_block_is_clean_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
