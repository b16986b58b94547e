/* The options of an authorized_keys line: what each means, and that nothing which is not understood
 * passes. */
#include "auth/key_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/bytes.h"
#include "tests/support/test.h"

enum { USUAL = ALLOW_ALL | NEED_TOUCH };

static struct key_options parsed(const char *text)
{
    struct key_options o;
    const char *why = key_options_parse(&o, span_text(text));
    if (why != NULL)
        fail_msg("%s: %s", text, why);
    return o;
}

/* In memory of its own, so that the sanitizer sees a step too far. */
static const char *verdict(struct span text)
{
    struct key_options o;
    uint8_t *exact = malloc(text.n + (text.n == 0));
    assert_non_null(exact);
    memcpy(exact, text.p, text.n);
    const char *why = key_options_parse(&o, span_of(exact, text.n));
    free(exact);
    return why;
}

static void test_flags(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned flags;
    } cases[] = {
        { "", USUAL },
        { "no-pty", USUAL & ~ALLOW_PTY },
        { "no-port-forwarding", USUAL & ~ALLOW_PORT_FORWARDING },
        { "no-agent-forwarding", USUAL & ~ALLOW_AGENT_FORWARDING },
        { "no-X11-forwarding", USUAL & ~ALLOW_X11_FORWARDING },
        { "no-user-rc", USUAL & ~ALLOW_USER_RC },
        { "NO-x11-Forwarding", USUAL & ~ALLOW_X11_FORWARDING },
        { "pty", USUAL },
        { "restrict", NEED_TOUCH },
        { "RESTRICT", NEED_TOUCH },
        { "restrict,pty", NEED_TOUCH | ALLOW_PTY },
        { "pty,restrict", NEED_TOUCH },
        { "restrict,pty,agent-forwarding,no-pty", NEED_TOUCH | ALLOW_AGENT_FORWARDING },
        { "restrict,port-forwarding,X11-forwarding,user-rc,pty,agent-forwarding", USUAL },
        { "no-pty,pty", USUAL },
        { "pty,no-pty", USUAL & ~ALLOW_PTY },
        { "cert-authority", USUAL | IS_AUTHORITY },
        { "no-touch-required", ALLOW_ALL },
        { "no-touch-required,touch-required", USUAL },
        { "verify-required", USUAL | NEED_VERIFIED },
        { "restrict,verify-required,cert-authority,no-touch-required",
          NEED_VERIFIED | IS_AUTHORITY },
        { "no-pty,command=\"x\",no-user-rc", USUAL & ~(ALLOW_PTY | ALLOW_USER_RC) },
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (parsed(cases[i].text).flags != cases[i].flags)
            fail_msg("'%s': %#x", cases[i].text, parsed(cases[i].text).flags);
}

static void test_values(void **state)
{
    (void)state;
    struct key_options o = parsed("Command=\"say \\\"hi, there\\\" \\\\ "
                                  "=\",from=\"10.0.0.0/8,!10.1.1.1\",principals=\"a,b\"");
    uint8_t text[100];
    struct writer w = writer_of(text, sizeof text);
    key_options_text(&w, o.command);
    assert_true(span_is(span_of(text, writer_used(&w)), "say \"hi, there\" \\\\ ="));
    assert_true(span_is(o.from, "10.0.0.0/8,!10.1.1.1"));
    assert_true(span_is(o.principals, "a,b"));
    assert_int_equal(o.flags, USUAL);
    o = parsed("no-pty");
    assert_null(o.command.p);
    assert_null(o.from.p);
    assert_null(o.principals.p);
    assert_true(o.expires_utc == UINT64_MAX && o.expires_local == UINT64_MAX);
    o = parsed("command=\"\",principals=\"\",from=\"\""); /* given, though empty */
    assert_true(o.command.p != NULL && o.command.n == 0);
    assert_true(o.from.p != NULL && o.from.n == 0);
    assert_true(o.principals.p != NULL && o.principals.n == 0);
    o = parsed("command=\"\\\\\\\"\""); /* \\\" : only the last one escapes */
    w = writer_of(text, sizeof text);
    key_options_text(&w, o.command);
    assert_true(span_is(span_of(text, writer_used(&w)), "\\\\\""));
}

static void test_text_without_room(void **state)
{
    (void)state;
    uint8_t text[3];
    struct writer w = writer_of(text, sizeof text);
    key_options_text(&w, span_text("\\\"a\\"));
    assert_false(w.bad);
    assert_memory_equal(text, "\"a\\", 3);
    w = writer_of(text, sizeof text);
    key_options_text(&w, span_text("abcd"));
    assert_true(w.bad);
}

static void test_repeated(void **state)
{
    (void)state;
    struct key_options o =
        parsed("environment=\"A=1\",permitopen=\"h:1\",Environment=\"_b2=x=\\\"y\\\"\","
               "no-pty,permitopen=\"[::1]:*\",environment=\"C=\",tunnel=\"0\"");
    struct span it = o.list, value;
    assert_true(key_options_next(&it, "environment", &value) && span_is(value, "A=1"));
    assert_true(key_options_next(&it, "environment", &value) && span_is(value, "_b2=x=\\\"y\\\""));
    assert_true(key_options_next(&it, "environment", &value) && span_is(value, "C="));
    assert_false(key_options_next(&it, "environment", &value));
    it = o.list;
    assert_true(key_options_next(&it, "permitopen", &value) && span_is(value, "h:1"));
    assert_true(key_options_next(&it, "permitopen", &value) && span_is(value, "[::1]:*"));
    assert_false(key_options_next(&it, "permitopen", &value));
    it = o.list;
    assert_false(key_options_next(&it, "permitlisten", &value));
    it = o.list;
    assert_false(key_options_next(&it, "no-pty", &value));
    it = span_text("");
    assert_false(key_options_next(&it, "environment", &value));
}

static void expect_time(const char *text, bool local, uint64_t want)
{
    char option[60];
    snprintf(option, sizeof option, "expiry-time=\"%s\"", text);
    struct key_options o = parsed(option);
    assert_true((local ? o.expires_local : o.expires_utc) == want);
    assert_true((local ? o.expires_utc : o.expires_local) == UINT64_MAX);
}

static void test_expiry(void **state)
{
    (void)state;
    expect_time("19700102Z", false, 86400);
    expect_time("19700102", true, 86400);
    expect_time("197001010001", true, 60);
    expect_time("19700101000001Z", false, 1);
    expect_time("20380119031408z", false, 2147483648);
    expect_time("20000229Z", false, 951782400);
    expect_time("20240229Z", false, 1709164800);
    expect_time("21000301Z", false, 4107542400);
    expect_time("202412312359Z", false, 1735689540);
    expect_time("20241231235960Z", false, 1735689600); /* a leap second */
    expect_time("99991231235959Z", false, 253402300799);
    struct key_options o = parsed("expiry-time=\"20300101Z\",expiry-time=\"20200101Z\",expiry-"
                                  "time=\"20250101Z\",expiry-time=\"20210101\"");
    assert_true(o.expires_utc == 1577836800 && o.expires_local == 1609459200); /* the earliest */
}

/* Every day of 1970–2110 and of 2400, and those that are none. */
static void test_every_day(void **state)
{
    (void)state;
    setenv("TZ", "UTC0", 1);
    for (int year = 1970; year <= 2400; year += year == 2110 ? 290 : 1)
        for (int month = 0; month <= 13; month++)
            for (int day = 0; day <= 32; day++) {
                struct tm tm = { .tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day };
                time_t t = timegm(&tm);
                bool exists = tm.tm_mon == month - 1 && tm.tm_mday == day && t != 0;
                char text[60];
                snprintf(text, sizeof text, "expiry-time=\"%04d%02d%02dZ\"", year, month, day);
                if (exists)
                    assert_true(parsed(text).expires_utc == (uint64_t)t);
                else if (verdict(span_text(text)) == NULL)
                    fail_msg("%s", text);
            }
}

static void expect_permit(const char *value, bool listen, const char *want_host, uint32_t want_port)
{
    struct span host;
    uint32_t port;
    bool good = key_options_permit(span_text(value), listen, &host, &port);
    if (good != (want_host != NULL) || (good && (!span_is(host, want_host) || port != want_port)))
        fail_msg("%s", value);
}

static void test_permits(void **state)
{
    (void)state;
    expect_permit("localhost:80", false, "localhost", 80);
    expect_permit("*:80", false, "*", 80);
    expect_permit("host:*", false, "host", 0);
    expect_permit("*:*", false, "*", 0);
    expect_permit("[::1]:22", false, "::1", 22);
    expect_permit("[10.0.0.1]:65535", false, "10.0.0.1", 65535);
    expect_permit("8080", true, "*", 8080);
    expect_permit("*", true, "*", 0);
    expect_permit("localhost:8080", true, "localhost", 8080);
    expect_permit("[::]:*", true, "::", 0);
    static const char *const bad[] = { "",        ":",          ":80",      "host",     "host:",
                                       "host:0",  "host:65536", "host:ssh", "host:1:2", "::1:22",
                                       "[::1]",   "[::1]22",    "[::1:22",  "[]:22",    "host:-1",
                                       "host:+1", "host: 1",    "[::1]:" };
    for (size_t i = 0; i < COUNT(bad); i++) {
        expect_permit(bad[i], false, NULL, 0);
        expect_permit(bad[i], true, NULL, 0);
    }
    expect_permit("80", false, NULL, 0);
    expect_permit("0", true, NULL, 0);
    expect_permit("ssh", true, NULL, 0);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        ",",
        "pty,",
        ",pty",
        "pty,,pty",
        " pty",
        "pty ",
        "unknown",
        "ptyx",
        "pt",
        "no-",
        "no-no-pty",
        "no-restrict",
        "no-cert-authority",
        "no-command=\"x\"",
        "pty=\"x\"",
        "restrict=\"\"",
        "=",
        "=\"x\"",
        "command",
        "command=",
        "command=x",
        "command=\"",
        "command=\"x",
        "command=\"x\\\"",
        "command=\"x\"y",
        "command=\"x\"\"y\"",
        "command=\"x\" ",
        "command=x\"y\"",
        "command=\"a\",command=\"b\"",
        "command=\"\",command=\"\"",
        "from=\"a\",from=\"a\"",
        "principals=\"a\",principals=\"a\"",
        "from=\"a\\\"b\"",
        "principals=\"a\\\"\"",
        "permitopen=\"a\\\":1\"",
        "permitlisten=\"\\\"1\"",
        "from",
        "principals",
        "environment",
        "expiry-time",
        "tunnel",
        "permitopen",
        "permitlisten",
        "environment=\"\"",
        "environment=\"A\"",
        "environment=\"=x\"",
        "environment=\"A B=x\"",
        "environment=\"A-B=x\"",
        "environment=\"A@=x\"",
        "environment=\"A[=x\"",
        "environment=\"\xc3\xa4=x\"",
        "environment=\"A\\\"=x\"",
        "expiry-time=\"\"",
        "expiry-time=\"Z\"",
        "expiry-time=\"2020010\"",
        "expiry-time=\"202001011\"",
        "expiry-time=\"2020010112\"",
        "expiry-time=\"20200101121\"",
        "expiry-time=\"2020010112301\"",
        "expiry-time=\"20200101ZZ\"",
        "expiry-time=\"20200101 \"",
        "expiry-time=\"2020-1-1\"",
        "expiry-time=\"20200101X\"",
        "expiry-time=\"+2020101\"",
        "expiry-time=\"202001012400\"",
        "expiry-time=\"202001011260\"",
        "expiry-time=\"20200101125961\"",
        "expiry-time=\"19691231Z\"",
        "expiry-time=\"19700101Z\"",
        "expiry-time=\"00000101\"",
        "tunnel=\"\"",
        "tunnel=\"x\"",
        "tunnel=\"-1\"",
        "tunnel=\"2147483646\"",
        "tunnel=\"1:2\"",
        "permitopen=\"80\"",
        "permitopen=\"h:0\"",
        "permitlisten=\"\"",
        "pty,command=\"x\",pt",
        "no-\"pty\"",
        "\"pty\"",
        "pty\tno-pty",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        const char *why = verdict(span_text(texts[i]));
        if (why == NULL || strlen(why) < 10)
            fail_msg("'%s' passes", texts[i]);
    }
    assert_non_null(verdict(span_of("pty\0", 4)));
    assert_null(verdict(span_text("tunnel=\"any\",tunnel=\"7\"")));
}

/* The texts say what kind of mistake it is. */
static void test_kinds(void **state)
{
    (void)state;
    const char *unknown = verdict(span_text("foo")), *open = verdict(span_text("command=\"x"));
    const char *bare = verdict(span_text("command=x")), *bad = verdict(span_text("tunnel=\"x\""));
    assert_string_equal(unknown, verdict(span_text("pty,no-foo")));
    assert_string_equal(unknown, verdict(span_text("foo=\"bar\"")));
    assert_string_not_equal(unknown, open);
    assert_string_not_equal(open, bare);
    assert_string_not_equal(bare, bad);
    assert_string_not_equal(bad, unknown);
}

/* No end of a good list is read beyond, and random ones either fail or can be walked. */
static void test_cut_and_garbage(void **state)
{
    (void)state;
    static const char good[] =
        "command=\"a \\\"b\\\"\",no-pty,environment=\"A=1\",expiry-time=\"20300101Z\","
        "permitopen=\"[::1]:22\",from=\"*\",tunnel=\"any\"";
    static const char *const pieces[] = { "command=", "\"",
                                          "\\",       "\\\"",
                                          ",",        "pty",
                                          "no-",      "restrict",
                                          "=",        "environment=\"",
                                          "A=1",      "from=\"*\"",
                                          "20300101", "expiry-time=\"",
                                          " ",        "permitopen=\"",
                                          ":22\"",    "[",
                                          "]",        "" };
    struct random random = random_of(5);
    char text[400];
    for (size_t n = 0; n < sizeof good; n++)
        verdict(span_of(good, n));
    for (int i = 0; i < 100000; i++) {
        size_t n = 0;
        for (size_t k = random_below(&random, 12); k > 0; k--)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s",
                                  pieces[random_below(&random, COUNT(pieces))]);
        struct key_options o;
        struct span value;
        if (verdict(span_of(text, n)) != NULL || key_options_parse(&o, span_of(text, n)) != NULL)
            continue;
        for (struct span it = o.list; key_options_next(&it, "environment", &value);)
            assert_non_null(memchr(value.p, '=', value.n));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_text_without_room),
        cmocka_unit_test(test_repeated),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_permits),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_cut_and_garbage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
