/* Calling home: when the next call is made, whatever the random numbers are, and what a place is. */
#include <string.h>
#include <unistd.h>

#include "server/internal.h"
#include "tests/support/test.h"

/* --- when --- */
static const uint32_t wanted[] = { 1000,  2000,   4000,   8000,   16000, 32000,
                                   64000, 128000, 240000, 240000, 240000 };

static void test_longer(void **state)
{
    (void)state;
    for (size_t i = 1; i < COUNT(wanted); i++)
        assert_int_equal(call_longer(wanted[i - 1]), wanted[i]);
    assert_int_equal(call_longer(UINT32_MAX), 240000);
}

static void test_about(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wanted); i++) {
        uint32_t least = wanted[i] / 4 * 3, most = wanted[i] / 4 * 5;
        assert_int_equal(call_about(wanted[i], 0), least);
        assert_int_equal(call_about(wanted[i], wanted[i] / 2), most);
        assert_int_equal(call_about(wanted[i], wanted[i] / 2 + 1), least);
        for (uint64_t r = 0; r <= UINT32_MAX; r += 9999991)
            assert_in_range(call_about(wanted[i], (uint32_t)r), least, most);
        assert_true(most <= 300000); /* five minutes */
    }
}

/* A fleet that failed together: of 1000 that call again, no twentieth of the time gets more than twice its share. */
static void test_spread(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wanted); i++) {
        unsigned count[20] = { 0 };
        uint32_t r = 12345;
        for (int n = 0; n < 1000; n++) {
            r = r * 1664525 + 1013904223;
            uint32_t ms = call_about(wanted[i], r ^ r >> 16) - wanted[i] / 4 * 3;
            count[(uint64_t)ms * COUNT(count) / (wanted[i] / 2 + 1)]++;
        }
        for (size_t n = 0; n < COUNT(count); n++)
            assert_in_range(count[n], 15, 100);
    }
}

/* --- what becomes of a call --- */
static struct server server;

static void expect_wait(uint32_t about)
{
    assert_in_range(server.call.at_ms - server.now_ms, about / 4 * 3, about / 4 * 5);
}

static bool begins(const char *place);

static void test_over(void **state)
{
    (void)state;
    struct server *s = &server;
    struct call *k = &s->call;
    assert_true(begins("home:1"));
    assert_int_equal(k->at_ms, 0); /* at once */
    s->now_ms = 1000000;
    for (size_t i = 1; i < COUNT(wanted); i++) {
        enum wrong wrong = i % 2 != 0 ? WRONG_DOWN : WRONG_NOBODY;
        k->at_ms = UINT64_MAX;
        call_over(s, wrong);
        assert_int_equal(k->wrong, wrong);
        expect_wait(wanted[i]);
    }
    for (int i = 0; i < 2; i++) {
        call_over(s, WRONG_NOTHING);
        assert_int_equal(k->wrong, WRONG_NOTHING);
        expect_wait(1000);
    }
    call_over(s, WRONG_NOBODY);
    expect_wait(2000);
}

/* --- where --- */
static bool begins(const char *place)
{
    static struct config c;
    config_defaults(&c);
    memset(&server, 0, sizeof server);
    server.config = &c;
    server.log.fd = -1;
    server.epoll = -1;
    c.call_home = place;
    bool good = call_begin(&server);
    if (server.call.ends[0] != 0) {
        close(server.call.ends[0]);
        close(server.call.ends[1]);
    }
    return good;
}

static void expect_place(const char *text, const char *name, unsigned port)
{
    const struct call *k = &server.call;
    assert_true(begins(text));
    assert_string_equal(k->name, name);
    assert_int_equal(k->port, port);
}

static void test_places(void **state)
{
    (void)state;
    char longest[LIMIT_HOST + 8];
    expect_place("home.example.org:4334", "home.example.org", 4334);
    expect_place("192.0.2.1:1", "192.0.2.1", 1);
    expect_place("[2001:db8::1]:65535", "2001:db8::1", 65535);
    expect_place("[fe80::1%eth0]:22", "fe80::1%eth0", 22);
    expect_place("2001:db8::1:22", "2001:db8::1", 22);
    memset(longest, 'x', sizeof longest);
    memcpy(longest + LIMIT_HOST, ":22", 4);
    assert_true(begins(longest));
}

static void test_no_places(void **state)
{
    (void)state;
    char longer[LIMIT_HOST + 8];
    static const char *const none[] = {
        "",           ":",       "host",       "host:",
        "host:0",     ":4334",   "4334",       "host:x",
        "host:-1",    "host:+1", "host:65536", "host: 1",
        "host:1 ",    "[]:1",    "[::1]",      "host:99999999999999999999",
        "unix:/run/x"
    };
    for (size_t i = 0; i < COUNT(none); i++)
        if (begins(none[i]))
            fail_msg("\"%s\"", none[i]);
    memset(longer, 'x', sizeof longer);
    memcpy(longer + LIMIT_HOST + 1, ":22", 4);
    assert_false(begins(longer));
    assert_true(begins(NULL)); /* nowhere */
    assert_int_equal(server.call.at_ms, UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_longer), cmocka_unit_test(test_about),
        cmocka_unit_test(test_spread), cmocka_unit_test(test_over),
        cmocka_unit_test(test_places), cmocka_unit_test(test_no_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
