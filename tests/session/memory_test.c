/* The pool has fewer blocks than are wanted, always or at times: a session then waits or ends for that
 * reason, and everything it borrowed comes back. */
#include <string.h>

#include "tests/support/pair.h"

/* As much of a login, an echo and a rekey as memory allows; true: it all happened. */
static bool converse(struct pair *p, void (*between)(struct pair *p))
{
    struct client *c = &p->client;
    struct reader r;
    uint8_t data[20000] = { 1 };
    client_send_ident(c);
    client_send_kexinit(c);
    for (int step = 0; step < 8; step++) {
        for (int i = 0; i < 40; i++) {
            between(p);
            pair_step(p);
        }
        if (step == 0)
            client_service(c, "ssh-userauth");
        else if (step == 1)
            client_publickey(c, "tester", &p->fake.user_key, true, FORGE_NOTHING);
        else if (step == 2)
            client_open(c, 9, 100000, 32768);
        else if (step == 3)
            client_exec(c, 0, "echo");
        else if (step == 4)
            client_data(c, 0, span_of(data, sizeof data));
        else if (step == 5)
            client_send_kexinit(c);
        else if (step == 6)
            client_channel(c, MSG_CHANNEL_EOF, 0);
        if (session_reason(&p->fake.session) != REASON_NONE)
            return false;
    }
    for (int i = 0; i < 400 && pair_step(p); i++)
        between(p);
    return pair_skip_to(p, MSG_CHANNEL_CLOSE, &r);
}

static void nothing(struct pair *p)
{
    (void)p;
}

static void test_none_at_all(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.blocks = 1;
    struct pair *p = pair_start(&o);
    session_stop(&p->fake.session);
    struct block *taken = pool_take(&p->fake.pool);
    session_start(&p->fake.session, &p->fake.config, &p->fake.pool, 0);
    assert_int_equal(session_reason(&p->fake.session), REASON_MEMORY);
    uint8_t *at = NULL;
    struct event e;
    assert_int_equal(session_recv_room(&p->fake.session, &at), 0);
    assert_int_equal(session_send_data(&p->fake.session).n, 0);
    assert_false(session_next(&p->fake.session, &e));
    assert_int_equal(session_write_room(&p->fake.session, 0, false, &at), 0);
    session_tick(&p->fake.session, 10);
    session_rest(&p->fake.session);
    pool_give(&p->fake.pool, taken);
    pair_stop(p);
}

static void test_few(void **state)
{
    (void)state;
    for (size_t blocks = 1; blocks <= 6; blocks++)
        for (uint64_t seed = 0; seed < 10; seed++) {
            struct pair_options o = pair_defaults();
            o.fake.blocks = blocks;
            o.seed = seed;
            o.to_server = o.to_client = seed % 2 ? FLOW_RANDOM : FLOW_WHOLE;
            struct pair *p = pair_start(&o);
            bool done = converse(p, nothing);
            enum reason r = session_reason(&p->fake.session);
            assert_true(r == REASON_NONE || r == REASON_MEMORY);
            if (blocks >= 4) /* in, out, held and the program's queue */
                assert_true(done);
            pair_stop(p);
        }
}

/* --- others use the same pool --- */
static struct block *taken[LIMIT_BLOCKS];
static size_t n_taken;

static void give_back(struct pair *p)
{
    while (n_taken != 0)
        pool_give(&p->fake.pool, taken[--n_taken]);
    p->fake.elsewhere = 0;
}

static void hog(struct pair *p)
{
    size_t what = random_below(&p->random, 4);
    if (what == 0)
        give_back(p);
    while (what == 1 && pool_left(&p->fake.pool, 1) != 0 && n_taken < LIMIT_BLOCKS)
        taken[n_taken++] = pool_take(&p->fake.pool);
    p->fake.elsewhere = n_taken;
}

/* Blocks come and go: a session that finds none waits and goes on later, or ends; never anything else. */
static void test_at_times(void **state)
{
    (void)state;
    unsigned done = 0, ended = 0;
    for (uint64_t seed = 0; seed < 150; seed++) {
        struct pair_options o = pair_defaults();
        o.fake.blocks = 8;
        o.seed = seed;
        o.to_server = o.to_client = seed % 2 ? FLOW_RANDOM : FLOW_WHOLE;
        struct pair *p = pair_start(&o);
        bool all = converse(p, hog);
        give_back(p);
        if (!all && session_reason(&p->fake.session) == REASON_NONE) {
            pair_run(p); /* with memory again it gets where it was going */
            struct reader r;
            all = pair_skip_to(p, MSG_CHANNEL_CLOSE, &r);
            if (session_reason(&p->fake.session) == REASON_NONE)
                assert_true(all);
        }
        enum reason r = session_reason(&p->fake.session);
        assert_true(r == REASON_NONE || r == REASON_MEMORY);
        done += all;
        ended += r == REASON_MEMORY;
        pair_stop(p);
    }
    assert_in_range(done, 30, 150); /* to wait is the rule, to end the exception */
    assert_true(done + ended >= 150);
}

/* A reply must be held and there is no block for it: the connection ends, saying so. */
static void test_no_block_to_hold_a_reply(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.blocks = 2;
    o.fake.rekey_ms = 1000;
    struct pair *p = pair_open(&o);
    p->client.automatic = false;
    pair_wait(p, 1000);
    pair_next(p, MSG_KEXINIT);
    client_global(&p->client, "anything", true);
    pair_ended(p, REASON_MEMORY);
    pair_stop(p);
}

/* What is borrowed while things rest: nothing in any stage of an idle connection, but for the table of
 * more than a few channels, and that only as long as there are so many. */
static void test_idle_holds_nothing(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_start(&o);
    client_send_ident(&p->client);
    pair_run(p);
    assert_int_equal(p->fake.pool.n_lent, 0);
    client_service(&p->client, "ssh-userauth");
    pair_run(p);
    assert_int_equal(p->fake.pool.n_lent, 0);
    pair_login(p);
    for (uint32_t i = 0; i < LIMIT_SESSIONS; i++) {
        pair_channel(p, i, 10000, 1000);
        pair_exec(p, i, "echo");
        client_data(&p->client, i, span_text("data"));
        pair_next(p, MSG_CHANNEL_DATA);
        assert_int_equal(p->fake.pool.n_lent, i >= CHANNELS_OWN);
    }
    for (uint32_t i = LIMIT_SESSIONS; i-- > 0;) {
        struct reader r;
        client_channel(&p->client, MSG_CHANNEL_CLOSE, i);
        assert_true(pair_skip_to(p, MSG_CHANNEL_CLOSE, &r));
        assert_int_equal(p->fake.pool.n_lent, i > CHANNELS_OWN);
    }
    pair_stop(p);
}

/* A half-received packet keeps one block, an unread answer another; each goes back when it is done. */
static void test_blocks_in_flight(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    client_global(&p->client, "anything", true);
    uint8_t last = bytes_front(&p->client.out)[bytes_used(&p->client.out) - 1];
    p->client.out.tail--;
    pair_run(p);
    assert_int_equal(p->fake.pool.n_lent, 1);
    p->to_client = FLOW_STOP;
    client_send_bytes(&p->client, &last, 1);
    pair_run(p);
    assert_int_equal(p->fake.pool.n_lent, 1);
    assert_null(p->fake.session.transport.in);
    p->to_client = FLOW_WHOLE;
    pair_next(p, MSG_REQUEST_FAILURE);
    assert_int_equal(p->fake.pool.n_lent, 0);
    pair_stop(p);
}

/* After the end keys are gone from the struct: session_stop() wipes it all. */
static void test_stop_wipes(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    struct session *s = &p->fake.session;
    assert_non_null(s->transport.rx.cipher);
    session_stop(s);
    const uint8_t *bytes = (const uint8_t *)s;
    for (size_t i = 0; i < sizeof *s; i++)
        assert_int_equal(bytes[i], 0);
    session_start(s, &p->fake.config, &p->fake.pool, 0);
    pair_stop(p);
}

/* Blocks that come back hold nothing of what they carried. */
static void test_blocks_come_back_clean(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_start(&o);
    struct reader r;
    session_stop(&p->fake.session);
    memset(p->fake.region, 0, p->fake.blocks * sizeof(struct block));
    pool_start(&p->fake.pool, p->fake.region, p->fake.blocks);
    session_start(&p->fake.session, &p->fake.config, &p->fake.pool, p->fake.now_ms);
    client_send_ident(&p->client);
    pair_run(p);
    client_service(&p->client, "ssh-userauth");
    assert_true(pair_skip_to(p, MSG_SERVICE_ACCEPT, &r));
    pair_login(p);
    pair_channel(p, 1, 1000000, 32768);
    pair_exec(p, 0, "echo");
    for (int i = 0; i < 20; i++)
        client_data(&p->client, 0, span_text("something that nobody else may see"));
    struct bytes got = { 0 };
    pair_data(p, 1, &got);
    bytes_stop(&got);
    pair_rekey(p);
    assert_int_equal(p->fake.pool.n_lent, 0);
    assert_non_null(p->fake.pool.free);
    for (const struct block *b = p->fake.pool.free; b != NULL; b = b->next)
        for (size_t i = 0; i < LIMIT_BLOCK_BYTES; i++)
            assert_int_equal(b->bytes[i], 0);
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_at_all),        cmocka_unit_test(test_few),
        cmocka_unit_test(test_at_times),           cmocka_unit_test(test_no_block_to_hold_a_reply),
        cmocka_unit_test(test_idle_holds_nothing), cmocka_unit_test(test_blocks_in_flight),
        cmocka_unit_test(test_stop_wipes),         cmocka_unit_test(test_blocks_come_back_clean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
