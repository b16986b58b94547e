/* Login grace, idle time, keepalives: each strikes at its time and not a millisecond earlier, and the
 * deadline that is handed out is the nearest of them. */
#include "tests/support/pair.h"

static uint64_t left(const struct pair *p)
{
    return p->fake.next_ms == UINT64_MAX ? UINT64_MAX : p->fake.next_ms - p->fake.now_ms;
}

static struct pair_options with_grace(uint64_t ms)
{
    struct pair_options o = pair_defaults();
    o.fake.login_grace_ms = ms;
    return o;
}

static void expect_grace(struct pair *p)
{
    pair_wait(p, 119999);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    assert_int_equal(left(p), 1);
    pair_wait(p, 1);
    pair_ended(p, REASON_LOGIN_GRACE);
    pair_stop(p);
}

static void test_login_grace(void **state)
{
    (void)state;
    struct pair_options o = with_grace(120000);
    struct pair *p = pair_start(&o);
    p->client.automatic = false; /* nothing comes at all */
    expect_grace(p);
    expect_grace(pair_keyed(&o));
    expect_grace(pair_auth(&o));
    p = pair_auth(&o);
    p->fake.auth_later = true; /* a look-up that hangs */
    client_publickey(&p->client, "tester", &p->fake.user_key, true, FORGE_NOTHING);
    pair_nothing(p);
    expect_grace(p);
}

/* Activity does not prolong it. */
static void test_grace_is_absolute(void **state)
{
    (void)state;
    struct pair_options o = with_grace(120000);
    struct pair *p = pair_auth(&o);
    for (int i = 0; i < 11; i++) {
        pair_wait(p, 10000);
        client_auth(&p->client, "tester", "none");
        pair_next(p, MSG_USERAUTH_FAILURE);
        client_send(&p->client, span_of("\2\0\0\0\0", 5));
        pair_rekey(p);
    }
    assert_int_equal(left(p), 10000);
    pair_wait(p, 10000);
    pair_ended(p, REASON_LOGIN_GRACE);
    pair_stop(p);
}

static void test_no_grace_after_login(void **state)
{
    (void)state;
    struct pair_options o = with_grace(120000);
    struct pair *p = pair_open(&o);
    pair_wait(p, 1000000000);
    pair_alive(p);
    pair_stop(p);
}

static void test_all_switched_off(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_start(&o);
    p->client.automatic = false;
    pair_wait(p, (uint64_t)1 << 40);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    assert_int_equal(left(p), UINT64_MAX);
    pair_stop(p);
    p = pair_open(&o);
    pair_wait(p, (uint64_t)1 << 40);
    pair_alive(p);
    pair_stop(p);
}

static void test_idle(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.idle_ms = 60000;
    struct pair *p = pair_auth(&o);
    pair_wait(p, 1000000); /* before login another limit counts */
    pair_login(p);
    uint32_t channel = pair_channel(p, 1, 10000, 1000);
    pair_exec(p, channel, "echo");
    pair_wait(p, 50000);
    client_data(&p->client, channel, span_text("x")); /* input … */
    pair_next(p, MSG_CHANNEL_DATA);
    assert_int_equal(left(p), 60000);
    pair_wait(p, 50000);
    pair_alive(p); /* … counts, but no other message */
    client_adjust(&p->client, channel, 1);
    client_send(&p->client, span_of("\2\0\0\0\0", 5));
    pair_nothing(p);
    assert_int_equal(left(p), 10000);
    pair_wait(p, 9999);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    pair_wait(p, 1);
    pair_ended(p, REASON_IDLE);
    pair_stop(p);
}

static void test_output_is_not_idle(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.idle_ms = 60000;
    struct pair *p = pair_open(&o);
    uint32_t channel = pair_channel(p, 1, 0, 1000);
    pair_exec(p, channel, "source 10");
    for (int i = 0; i < 9; i++) {
        pair_wait(p, 59000);
        client_adjust(&p->client, channel, 1); /* lets one byte out */
        pair_next(p, MSG_CHANNEL_DATA);
    }
    assert_int_equal(left(p), 60000);
    pair_stop(p);
}

static struct pair_options with_keepalive(void)
{
    struct pair_options o = pair_defaults();
    o.fake.keepalive_ms = 15000;
    o.fake.keepalive_misses = 3;
    return o;
}

static void expect_keepalive(struct pair *p)
{
    struct reader r = pair_next(p, MSG_GLOBAL_REQUEST);
    assert_true(span_is(get_string(&r), "keepalive@openssh.com"));
    assert_true(get_boolean(&r));
    assert_true(get_done(&r));
}

static void test_keepalive_is_answered(void **state)
{
    (void)state;
    struct pair_options o = with_keepalive();
    struct pair *p = pair_open(&o);
    for (uint8_t i = 0; i < 20; i++) {
        assert_int_equal(left(p), 15000);
        pair_wait(p, 14999);
        pair_nothing(p);
        pair_wait(p, 1);
        expect_keepalive(p);
        const uint8_t answer[] = { i % 2 ? MSG_REQUEST_FAILURE : MSG_REQUEST_SUCCESS };
        client_send(&p->client, span_of(answer, 1));
        pair_nothing(p);
    }
    assert_int_equal(p->fake.session.misses, 0);
    pair_stop(p);
}

static void test_keepalive_misses(void **state)
{
    (void)state;
    struct pair_options o = with_keepalive();
    struct pair *p = pair_open(&o);
    for (int i = 0; i < 3; i++) {
        pair_wait(p, 15000);
        expect_keepalive(p);
        pair_nothing(p);
    }
    pair_wait(p, 14999);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    pair_wait(p, 1);
    pair_ended(p, REASON_KEEPALIVE);
    pair_stop(p);
}

/* Anything that is heard begins the count anew. */
static void test_keepalive_late_answer(void **state)
{
    (void)state;
    struct pair_options o = with_keepalive();
    struct pair *p = pair_open(&o);
    for (int i = 0; i < 10; i++) {
        for (int k = 0; k < 3; k++) {
            pair_wait(p, 15000);
            expect_keepalive(p);
        }
        pair_wait(p, 14000);
        pair_alive(p);
    }
    pair_stop(p);
}

static void test_no_keepalive_before_login(void **state)
{
    (void)state;
    struct pair_options o = with_keepalive();
    struct pair *p = pair_auth(&o);
    pair_wait(p, 1000000);
    pair_nothing(p);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    pair_stop(p);
}

/* A peer that does not read is missed as well: the keepalives queue up behind what it left unread. */
static void test_keepalive_to_a_stuck_peer(void **state)
{
    (void)state;
    struct pair_options o = with_keepalive();
    struct pair *p = pair_open(&o);
    uint32_t channel = pair_channel(p, 1, 0, 32768);
    pair_exec(p, channel, "source 1000000");
    p->to_client = FLOW_STOP;
    client_adjust(&p->client, channel, 1000000);
    pair_run(p);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
        pair_wait(p, 15000);
    }
    assert_int_equal(session_reason(&p->fake.session), REASON_KEEPALIVE);
    pair_stop(p);
}

/* Of several limits the nearest is the deadline. */
static void test_nearest_deadline(void **state)
{
    (void)state;
    struct pair_options o = with_keepalive();
    o.fake.idle_ms = 40000;
    o.fake.rekey_ms = 35000;
    struct pair *p = pair_open(&o);
    assert_int_equal(left(p), 15000);
    pair_wait(p, 15000);
    expect_keepalive(p);
    assert_int_equal(left(p), 15000);
    pair_wait(p, 15000);
    expect_keepalive(p);
    assert_int_equal(left(p), 5000);
    pair_wait(p, 5000);
    assert_int_equal(p->client.exchanges, 2);
    assert_int_equal(left(p), 5000);
    pair_wait(p, 5000);
    pair_ended(p, REASON_IDLE);
    pair_stop(p);
}

static void test_first_reason_stays(void **state)
{
    (void)state;
    struct pair_options o = with_grace(1000);
    struct pair *p = pair_keyed(&o);
    session_fail(&p->fake.session, REASON_SHUTDOWN);
    session_fail(&p->fake.session, REASON_EXPIRED);
    pair_wait(p, 5000);
    pair_ended(p, REASON_SHUTDOWN);
    pair_stop(p);
}

/* Time passes unseen while nothing happens: what comes then is judged by the time it comes. */
static void test_after_long_silence(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    p->fake.now_ms += 2 * LIMIT_KEX_MS;
    client_send_kexinit(&p->client);
    pair_run(p);
    pair_next(p, MSG_KEXINIT);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    assert_int_equal(p->client.exchanges, 2);
    pair_alive(p);
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_login_grace),
        cmocka_unit_test(test_grace_is_absolute),
        cmocka_unit_test(test_no_grace_after_login),
        cmocka_unit_test(test_all_switched_off),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_output_is_not_idle),
        cmocka_unit_test(test_keepalive_is_answered),
        cmocka_unit_test(test_keepalive_misses),
        cmocka_unit_test(test_keepalive_late_answer),
        cmocka_unit_test(test_no_keepalive_before_login),
        cmocka_unit_test(test_keepalive_to_a_stuck_peer),
        cmocka_unit_test(test_nearest_deadline),
        cmocka_unit_test(test_first_reason_stays),
        cmocka_unit_test(test_after_long_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
