/* Who is let in by a line with a plain key, and what the line permits. */
#include <string.h>

#include "tests/auth/rules.h"

static void test_lines(void **state)
{
    (void)state;
    struct applicant a = alice();
    expect(&a, "", true);
    expect_permits(true, true, true);
    expect_command(NULL);
    expect(&a, "restrict", true);
    expect_permits(false, false, false);
    expect(&a, "restrict,pty,command=\"say \\\"hi\\\"\",environment=\"A=b\"", true);
    expect_permits(true, false, false);
    expect_command("say \"hi\"");
    struct span value;
    assert_true(key_options_next(&permits.options, "environment", &value) && span_is(value, "A=b"));
    expect(&a, "no-agent-forwarding", true);
    expect_permits(true, true, false);
    expect(&a, "command=\"\"", true);
    expect_command("");
}

static void test_from(void **state)
{
    (void)state;
    struct applicant a = alice();
    expect(&a, "from=\"10.0.0.0/8\"", true);
    expect(&a, "from=\"10.0.0.0/8,!10.1.2.3\"", false);
    expect(&a, "from=\"192.168.*\"", false);
    expect(&a, "from=\"\"", false);
    expect(&a, "from=\"10.1.2.3/8\"", false);
    expect(&a, "from=\"*,10.1.2.3/8\"", false);
    a.address = span_text("unix");
    expect(&a, "from=\"10.0.0.0/8\"", false);
    expect(&a, "from=\"10.0.0.0/8,unix\"", true);
}

static void test_expiry(void **state)
{
    (void)state;
    struct applicant a = alice();
    expect(&a, "expiry-time=\"20231114221321Z\"", true);
    expect(&a, "expiry-time=\"20231114221320Z\"", true); /* its last second */
    expect(&a, "expiry-time=\"20231114221319Z\"", false);
    expect(&a, "expiry-time=\"20300101Z\",expiry-time=\"20200101Z\"", false);
    expect(&a, "expiry-time=\"20231114221320\"", true);
    expect(&a, "expiry-time=\"20231114221319\"", false);
    a.zone = 3600; /* here it is 23:13:20 already */
    expect(&a, "expiry-time=\"20231114231320\"", true);
    expect(&a, "expiry-time=\"20231114231319\"", false);
    expect(&a, "expiry-time=\"20231114221320Z\"", true);
    a.zone = -3600;
    expect(&a, "expiry-time=\"20231114211320\"", true);
    expect(&a, "expiry-time=\"20231114211319\"", false);
    expect(&a, "expiry-time=\"20231114211320\",expiry-time=\"20231114221319Z\"", false);
}

static void test_tokens(void **state)
{
    (void)state;
    struct applicant a = alice();
    expect(&a, "verify-required", true);
    a.token.verified = false;
    expect(&a, "", true);
    expect(&a, "verify-required", false);
    expect(&a, "no-touch-required,verify-required", false);
    a.token.touched = false;
    expect(&a, "", false);
    expect(&a, "no-touch-required", true);
    expect(&a, "no-touch-required,touch-required", false);
    a.token.verified = true;
    expect(&a, "verify-required", false);
    expect(&a, "verify-required,no-touch-required", true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_from),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
