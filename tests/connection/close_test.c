/* RFC 4254 section 5.3: EOF and CLOSE of both sides in every order, exit-status and exit-signal. */
#include <signal.h>
#include <string.h>

#include "connection/internal.h"
#include "tests/support/pair.h"

enum action { PEER_DATA, PEER_EOF, PEER_CLOSE, PEER_REQUEST, DRAINED, FINISHED, ACTIONS };

/* What must have come from the server after a run of actions. */
struct model {
    bool peer_eof, peer_close, drained, finished;
    bool eof, status, close; /* ours */
};

/* A program runs all the time until FINISHED; a peer that closed before learns its status too. */
static void model_settle(struct model *m)
{
    if (m->drained && !m->close && !m->peer_close)
        m->eof = true;
    if (m->finished)
        m->status = true; /* at once: something in the background may hold the output open */
    if (m->finished && (m->eof || m->peer_close))
        m->close = true;
}

/* false: makes no sense here, or is an error that has its own test */
static bool act(struct pair *p, struct model *m, enum action a)
{
    if (m->peer_close && a != DRAINED && a != FINISHED)
        return false;
    switch (a) {
    case PEER_DATA:
        if (m->peer_eof)
            return false;
        client_data(&p->client, 0, span_text("data"));
        break;
    case PEER_EOF:
        client_channel(&p->client, MSG_CHANNEL_EOF, 0);
        m->peer_eof = true;
        break;
    case PEER_CLOSE:
        client_channel(&p->client, MSG_CHANNEL_CLOSE, 0);
        m->peer_close = true;
        break;
    case PEER_REQUEST:
        put_text(client_request(&p->client, 0, "signal", false), "TERM");
        client_send_built(&p->client);
        break;
    case DRAINED:
        session_drained(&p->fake.session, 0);
        m->drained = true;
        break;
    case FINISHED:
        session_finish(&p->fake.session, 0, 7 << 8);
        m->finished = true;
        break;
    case ACTIONS:
        break;
    }
    model_settle(m);
    return true;
}

struct seen {
    unsigned eofs, statuses, closes;
};

static void look(struct pair *p, struct seen *s)
{
    pair_run(p);
    while (pair_waiting(p) != 0) {
        struct reader r = pair_pop(p);
        assert_int_equal(get_u32(&r), 11);
        assert_int_equal(s->closes, 0); /* nothing follows CLOSE */
        switch (p->current.p[0]) {
        case MSG_CHANNEL_EOF:
            s->eofs++;
            break;
        case MSG_CHANNEL_CLOSE:
            s->closes++;
            break;
        case MSG_CHANNEL_REQUEST:
            assert_true(span_is(get_string(&r), "exit-status"));
            assert_false(get_boolean(&r));
            assert_int_equal(get_u32(&r), 7);
            s->statuses++;
            break;
        default:
            fail_msg("message %u", p->current.p[0]);
        }
        if (p->current.p[0] != MSG_CHANNEL_REQUEST)
            assert_true(get_done(&r));
    }
}

static void begin(struct pair *p, bool forward)
{
    if (forward) {
        assert_int_equal(pair_forward(p, 11, 1000, 1000), 0);
        p->fake.channels[0].program = PROGRAM_SINK;
    } else {
        assert_int_equal(pair_channel(p, 11, 1000, 1000), 0);
        pair_exec(p, 0, "sink");
    }
    p->fake.channels[0].stay = true;
}

/* A forward differs in nothing but that it has no status. */
static void try_order(const enum action *order, bool step_by_step, bool forward)
{
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    struct model m = { 0 };
    struct seen s = { 0 };
    begin(p, forward);
    for (int i = 0; i < ACTIONS; i++) {
        if (!act(p, &m, order[i]))
            continue;
        /* the peer's messages reach the session before its own program's end does, or at once */
        if (step_by_step || order[i] == DRAINED || order[i] == FINISHED || order[i] == PEER_CLOSE) {
            look(p, &s);
            assert_int_equal(s.eofs, m.eof);
            assert_int_equal(s.statuses, m.status && !forward);
            assert_int_equal(s.closes, m.close);
        }
    }
    look(p, &s);
    assert_int_equal(s.closes, 1);
    assert_int_equal(s.statuses, !forward);
    assert_false(fake_is_open(&p->fake, 0));
    pair_alive(p);
    assert_int_equal(p->fake.pool.n_lent, 0);
    pair_stop(p);
}

static void permute(enum action *order, int fixed, bool step_by_step, bool forward)
{
    if (fixed == ACTIONS) {
        try_order(order, step_by_step, forward);
        return;
    }
    for (int i = fixed; i < ACTIONS; i++) {
        enum action a = order[fixed];
        order[fixed] = order[i];
        order[i] = a;
        permute(order, fixed + 1, step_by_step, forward);
        order[i] = order[fixed];
        order[fixed] = a;
    }
}

static void every_order(bool step_by_step, bool forward)
{
    enum action order[ACTIONS];
    for (int i = 0; i < ACTIONS; i++)
        order[i] = (enum action)i;
    permute(order, 0, step_by_step, forward);
}

static void test_every_order(void **state)
{
    (void)state;
    every_order(false, false);
    every_order(true, false);
}

static void test_every_order_of_a_forward(void **state)
{
    (void)state;
    every_order(true, true);
}

static struct pair *running(void)
{
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    assert_int_equal(pair_channel(p, 11, 1000, 1000), 0);
    pair_exec(p, 0, "sink");
    p->fake.channels[0].stay = true;
    return p;
}

static void test_data_after_eof(void **state)
{
    (void)state;
    struct pair *p = running();
    client_channel(&p->client, MSG_CHANNEL_EOF, 0);
    client_data(&p->client, 0, span_text("more"));
    pair_ended(p, REASON_PHASE);
    pair_stop(p);
}

static void test_eof_twice(void **state)
{
    (void)state;
    struct pair *p = running();
    client_channel(&p->client, MSG_CHANNEL_EOF, 0);
    client_channel(&p->client, MSG_CHANNEL_EOF, 0);
    pair_alive(p);
    pair_stop(p);
}

static void test_anything_after_close(void **state)
{
    (void)state;
    for (uint8_t type = MSG_CHANNEL_WINDOW_ADJUST; type <= MSG_CHANNEL_FAILURE; type++) {
        struct pair *p = running();
        client_channel(&p->client, MSG_CHANNEL_CLOSE, 0);
        struct writer *w = client_build(&p->client, type);
        put_u32(w, 0);
        put_u32(w, 0);
        client_send_built(&p->client);
        pair_ended(p, REASON_CHANNEL);
        pair_stop(p);
    }
}

/* What the peer sent before it saw our CLOSE is legal and has no effect, not even an answer. */
static void test_what_crosses_our_close(void **state)
{
    (void)state;
    struct pair *p = running();
    struct reader r;
    fake_finish(&p->fake, 0, 0);
    assert_true(pair_skip_to(p, MSG_CHANNEL_CLOSE, &r));
    size_t events = p->fake.n_events;
    client_data(&p->client, 0, span_text("too late"));
    client_adjust(&p->client, 0, 1000);
    client_request(&p->client, 0, "shell", true);
    client_send_built(&p->client);
    client_request(&p->client, 0, "unknown@example.com", true);
    client_send_built(&p->client);
    put_text(client_request(&p->client, 0, "signal", true), "KILL");
    client_send_built(&p->client);
    client_channel(&p->client, MSG_CHANNEL_EOF, 0);
    pair_nothing(p);
    assert_int_equal(p->fake.n_events, events);
    assert_int_equal(p->fake.channels[0].queue.n, 0);
    client_channel(&p->client, MSG_CHANNEL_CLOSE, 0);
    pair_nothing(p);
    assert_int_equal(p->fake.n_events, events + 1);
    assert_int_equal(p->fake.events[events].event.channel.kind, CHANNEL_CLOSED);
    pair_stop(p);
}

/* On a forward: the peer has said all it has to say; the socket has not, and the other way round. */
static void test_half_closed(void **state)
{
    (void)state;
    for (int peer_first = 0; peer_first < 2; peer_first++) {
        struct pair_options o = pair_defaults();
        struct pair *p = pair_open(&o);
        uint8_t *at = NULL;
        assert_int_equal(pair_forward(p, 5, 1000, 1000), 0);
        p->fake.channels[0].stay = true;
        if (peer_first) {
            client_channel(&p->client, MSG_CHANNEL_EOF, 0);
            pair_nothing(p);
            assert_int_equal(session_write_room(&p->fake.session, 0, false, &at), 1000);
            memcpy(at, "more", 4);
            session_write_done(&p->fake.session, 0, false, 4);
            pair_next(p, MSG_CHANNEL_DATA);
            session_drained(&p->fake.session, 0);
            pair_next(p, MSG_CHANNEL_EOF);
        } else {
            p->fake.channels[0].program = PROGRAM_SINK;
            session_drained(&p->fake.session, 0);
            pair_next(p, MSG_CHANNEL_EOF);
            assert_int_equal(session_write_room(&p->fake.session, 0, false, &at), 0);
            client_data(&p->client, 0, span_text("to the socket"));
            pair_nothing(p);
            assert_int_equal(bytes_used(&p->fake.channels[0].taken), 13);
            client_channel(&p->client, MSG_CHANNEL_EOF, 0);
        }
        pair_nothing(p);
        session_finish(&p->fake.session, 0, 0);
        pair_next(p, MSG_CHANNEL_CLOSE);
        pair_nothing(p);
        client_channel(&p->client, MSG_CHANNEL_CLOSE, 0);
        pair_nothing(p);
        assert_int_equal(p->fake.session.connection.used, 0);
        pair_stop(p);
    }
}

/* What the peer sent before it closed is still for the socket, and only then comes our CLOSE. */
static void test_closed_with_bytes_on_the_way(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    assert_int_equal(pair_forward(p, 5, 1000, 1000), 0);
    p->fake.channels[0].program = PROGRAM_HOLD;
    p->fake.channels[0].stay = true;
    client_data(&p->client, 0, span_text("the last words"));
    pair_nothing(p);
    client_channel(&p->client, MSG_CHANNEL_CLOSE, 0);
    pair_nothing(p);
    assert_true(fake_is_open(&p->fake, 0));
    session_credit(&p->fake.session, 0, 14);
    session_drained(&p->fake.session, 0);
    session_finish(&p->fake.session, 0, 0);
    pair_next(p, MSG_CHANNEL_CLOSE);
    pair_nothing(p);
    assert_int_equal(p->fake.session.connection.used, 0);
    pair_stop(p);
}

/* Its consumer need not know that the number went back already, whether others are open behind it or not. */
static void test_said_too_late(void **state)
{
    (void)state;
    for (unsigned others = 0; others < 2; others++) {
        struct pair_options o = pair_defaults();
        struct pair *p = pair_open(&o);
        for (uint32_t i = 0; i <= others; i++)
            assert_int_equal(pair_forward(p, 5 + i, 1000, 1000), i);
        client_channel(&p->client, MSG_CHANNEL_CLOSE, 0);
        pair_next(p, MSG_CHANNEL_CLOSE);
        pair_nothing(p);
        session_credit(&p->fake.session, 0, 1);
        session_drained(&p->fake.session, 0);
        session_finish(&p->fake.session, 0, 0);
        pair_nothing(p);
        assert_int_equal(pair_forward(p, 9, 1000, 1000),
                         0); /* nothing of it sticks to the number */
        pair_nothing(p);
        pair_stop(p);
    }
}

/* Output that the peer's window has no room for yet comes before EOF, and EOF before the rest. */
static void test_end_waits_for_output(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    struct bytes got = { 0 };
    assert_int_equal(pair_channel(p, 11, 10, 1000), 0);
    pair_exec(p, 0, "source 25");
    for (int i = 0; i < 2; i++) {
        pair_data(p, 11, &got);
        assert_int_equal(bytes_used(&got), 10 * (i + 1));
        pair_nothing(p);
        client_adjust(&p->client, 0, 10);
    }
    pair_data(p, 11, &got);
    assert_int_equal(bytes_used(&got), 25);
    pair_next(p, MSG_CHANNEL_EOF);
    pair_next(p, MSG_CHANNEL_REQUEST);
    pair_next(p, MSG_CHANNEL_CLOSE);
    bytes_stop(&got);
    pair_stop(p);
}

static void test_exit_status(void **state)
{
    (void)state;
    static const int codes[] = { 0, 1, 2, 126, 127, 128, 255 };
    for (size_t i = 0; i < COUNT(codes); i++) {
        struct pair *p = running();
        fake_finish(&p->fake, 0, codes[i] << 8);
        pair_next(p, MSG_CHANNEL_EOF);
        struct reader r = pair_next(p, MSG_CHANNEL_REQUEST);
        assert_int_equal(get_u32(&r), 11);
        assert_true(span_is(get_string(&r), "exit-status"));
        assert_false(get_boolean(&r));
        assert_int_equal(get_u32(&r), codes[i]);
        assert_true(get_done(&r));
        pair_next(p, MSG_CHANNEL_CLOSE);
        pair_stop(p);
    }
}

static void test_exit_signal(void **state)
{
    (void)state;
    static const struct {
        int number;
        const char *name;
    } signals[] = {
        { SIGABRT, "ABRT" }, { SIGALRM, "ALRM" }, { SIGFPE, "FPE" },   { SIGHUP, "HUP" },
        { SIGILL, "ILL" },   { SIGINT, "INT" },   { SIGKILL, "KILL" }, { SIGPIPE, "PIPE" },
        { SIGQUIT, "QUIT" }, { SIGSEGV, "SEGV" }, { SIGTERM, "TERM" }, { SIGUSR1, "USR1" },
        { SIGUSR2, "USR2" }, { SIGXCPU, NULL },   { SIGBUS, NULL },
    };
    for (size_t i = 0; i < COUNT(signals); i++)
        for (int core = 0; core < 2; core++) {
            struct pair *p = running();
            fake_finish(&p->fake, 0, signals[i].number | (core ? 0x80 : 0));
            pair_next(p, MSG_CHANNEL_EOF);
            struct reader r = pair_next(p, MSG_CHANNEL_REQUEST);
            assert_int_equal(get_u32(&r), 11);
            assert_true(span_is(get_string(&r), "exit-signal"));
            assert_false(get_boolean(&r));
            struct span name = get_string(&r);
            if (signals[i].name != NULL)
                assert_true(span_is(name, signals[i].name));
            else /* RFC 4254 section 6.10: a name of our own carries an @ */
                assert_non_null(memchr(name.p, '@', name.n));
            assert_int_equal(get_boolean(&r), core);
            get_string(&r);
            get_string(&r);
            assert_true(get_done(&r));
            pair_next(p, MSG_CHANNEL_CLOSE);
            if (signals[i].name != NULL) {
                assert_int_equal(signal_number(span_text(signals[i].name)), signals[i].number);
                assert_string_equal(signal_name(signals[i].number), signals[i].name);
            }
            pair_stop(p);
        }
    assert_int_equal(signal_number(span_text("SIGTERM")), 0);
    assert_int_equal(signal_number(span_text("TER")), 0);
    assert_int_equal(signal_number(span_text("")), 0);
    assert_null(signal_name(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_order),
        cmocka_unit_test(test_every_order_of_a_forward),
        cmocka_unit_test(test_data_after_eof),
        cmocka_unit_test(test_eof_twice),
        cmocka_unit_test(test_anything_after_close),
        cmocka_unit_test(test_what_crosses_our_close),
        cmocka_unit_test(test_half_closed),
        cmocka_unit_test(test_closed_with_bytes_on_the_way),
        cmocka_unit_test(test_said_too_late),
        cmocka_unit_test(test_end_waits_for_output),
        cmocka_unit_test(test_exit_status),
        cmocka_unit_test(test_exit_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
