/* What /proc says, taken apart: lines of /proc/PID/stat whose command has a name of its own making, and numbers with labels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applets/applet.h"
#include "applets/proc.h"
#include "tests/support/test.h"

#define NUMBERS                                                                                    \
    " 7 42 42 34816 42 4194304 1 2 3 4 123 77 8 9 20 -5 3 0 98765 1000000 250 1844674407\n"

static bool parse(struct process *p, const char *text)
{
    char *exact = test_malloc(strlen(text) + 1);
    strcpy(exact, text);
    bool good = proc_parse(p, exact);
    test_free(exact);
    return good;
}

static void test_stat(void **state)
{
    (void)state;
    struct process p;
    assert_true(parse(&p, "42 (bash) S" NUMBERS));
    assert_int_equal(p.pid, 42);
    assert_string_equal(p.name, "bash");
    assert_int_equal(p.state, 'S');
    assert_int_equal(p.number[PROC_PARENT], 7);
    assert_int_equal(p.ticks, 200);
    assert_int_equal(p.number[PROC_START], 98765);
    assert_int_equal(p.number[PROC_PAGES], 250);
}

/* A process may call itself anything, so that its own line seems to end earlier. */
static void test_names(void **state)
{
    (void)state;
    static const char *const names[] = { "",           ")",        "a) R 1 1", ") Z 0 0 0 (",
                                         "two\nlines", "(((",      " ",        "a)b)c",
                                         "\033[2J",    "x) S 1 (", ")\n1 (" };
    char line[256];
    struct process p;
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(line, sizeof line, "1 (%s) D" NUMBERS, names[i]);
        assert_true(parse(&p, line));
        assert_string_equal(p.name, names[i]);
        assert_int_equal(p.state, 'D');
        assert_int_equal(p.number[PROC_PARENT], 7);
        assert_int_equal(p.number[PROC_PAGES], 250);
    }
}

/* Cut anywhere, or no such line at all: nothing is read that is not there. */
static void test_cut(void **state)
{
    (void)state;
    static const char whole[] = "42 (bash) S" NUMBERS;
    static const char *const others[] = { "",    ")",     "(",      ")(", "1",
                                          "1 )", "1 (a)", "1 (a) ", "a",  "\n" };
    char line[sizeof whole];
    struct process p;
    for (size_t n = 0; n < sizeof whole; n++) {
        memcpy(line, whole, n);
        line[n] = 0;
        assert_int_equal(parse(&p, line), n > strlen("42 (bash) "));
    }
    for (size_t i = 0; i < COUNT(others); i++)
        assert_false(parse(&p, others[i]));
}

static void test_long_name(void **state)
{
    (void)state;
    char line[1024];
    struct process p;
    snprintf(line, sizeof line, "1 (%0500d) S 3", 0);
    assert_true(parse(&p, line));
    assert_int_equal(strlen(p.name), sizeof p.name - 1);
    assert_int_equal(p.number[PROC_PARENT], 3);
    assert_int_equal(p.number[PROC_PAGES], 0);
}

static void test_labels(void **state)
{
    (void)state;
    static const char text[] = "MemTotal:       24684092 kB\nMemFree:\t 5 kB\nBad:\nCached:  7";
    assert_int_equal(proc_number(text, "MemTotal:"), 24684092);
    assert_int_equal(proc_number(text, "MemFree:"), 5);
    assert_int_equal(proc_number(text, "Bad:"), 0);
    assert_int_equal(proc_number(text, "Cached:"), 7);
    assert_int_equal(proc_number(text, "Total:"), 0); /* only at the start of a line */
    assert_int_equal(proc_number("", "Cached:"), 0);
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t ms;
    } good[] = {
        { "0", 0 },      { "1", 1000 },     { "2s", 2000 },    { "1.5", 1500 },    { ".25", 250 },
        { "0.0019", 1 }, { "1.5m", 90000 }, { "2h", 7200000 }, { "1d", 86400000 }, { "3.", 3000 },
    };
    static const char *const endless[] = { "infinity", "99999999999999999999999999",
                                           "184467440737095516d" };
    static const char *const bad[] = { "",   "s",  "x",    "1x",  "1ms", "-1",
                                       "1 ", " 1", "1..2", "1e3", "+1" };
    uint64_t ms;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(applet_duration(good[i].text, UINT64_MAX, &ms));
        assert_int_equal(ms, good[i].ms);
        assert_true(applet_duration(good[i].text, 1200, &ms));
        assert_int_equal(ms, good[i].ms < 1200 ? good[i].ms : 1200);
    }
    for (size_t i = 0; i < COUNT(endless); i++) {
        assert_true(applet_duration(endless[i], INT32_MAX, &ms));
        assert_int_equal(ms, INT32_MAX);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(applet_duration(bad[i], UINT64_MAX, &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stat),   cmocka_unit_test(test_names),
        cmocka_unit_test(test_cut),    cmocka_unit_test(test_long_name),
        cmocka_unit_test(test_labels), cmocka_unit_test(test_durations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
