/* Sizes, names of users and times, compared with what libc makes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "applets/show.h"
#include "tests/support/test.h"

/* As ls -h and du -h have it: three digits at most, rounded up. */
static void test_sizes(void **state)
{
    (void)state;
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {
        { 0, "0" },
        { 1, "1" },
        { 812, "812" },
        { 1023, "1023" },
        { 1024, "1.0K" },
        { 1025, "1.1K" },
        { 1126, "1.1K" },
        { 1127, "1.2K" },
        { 10137, "9.9K" },
        { 10138, "10K" },
        { 10240, "10K" },
        { 10241, "11K" },
        { 1023 * 1024, "1023K" },
        { 1023 * 1024 + 1, "1.0M" },
        { 1048575, "1.0M" },
        { 1048576, "1.0M" },
        { 23068672, "22M" },
        { 1ull << 30, "1.0G" },
        { 5ull << 40, "5.0T" },
        { 1023ull << 50, "1023P" },
    };
    char to[8];
    for (size_t i = 0; i < COUNT(cases); i++) {
        show_size(to, cases[i].bytes);
        assert_string_equal(to, cases[i].text);
    }
}

static void test_sizes_never_overflow(void **state)
{
    (void)state;
    char to[9];
    for (unsigned shift = 0; shift < 64; shift++)
        for (int more = -1; more <= 1; more++) {
            memset(to, 'z', sizeof to);
            show_size(to, (1ull << shift) + (uint64_t)more);
            assert_int_equal(to[8], 'z');
            assert_true(strlen(to) <= 5);
        }
    show_size(to, UINT64_MAX);
    assert_int_equal(to[strlen(to) - 1], 'E');
}

/* Against a plain computation: the smallest unit that needs no more than four characters. */
static void test_sizes_random(void **state)
{
    (void)state;
    char mine[8], wanted[32];
    srandom(7);
    for (int i = 0; i < 200000; i++) {
        uint64_t bytes = ((uint64_t)random() << 31 | (uint64_t)random()) >> (random() % 52 + 8);
        unsigned unit = 0;
        unsigned __int128 one = 1;
        while ((bytes + one - 1) / one > 1023) {
            one <<= 10;
            unit++;
        }
        unsigned tenths = (unsigned)(((unsigned __int128)bytes * 10 + one - 1) / one);
        if (unit == 0)
            snprintf(wanted, sizeof wanted, "%llu", (unsigned long long)bytes);
        else if (tenths < 100)
            snprintf(wanted, sizeof wanted, "%u.%u%c", tenths / 10, tenths % 10, "BKMGTPE"[unit]);
        else
            snprintf(wanted, sizeof wanted, "%u%c", (tenths + 9) / 10, "BKMGTPE"[unit]);
        show_size(mine, bytes);
        assert_string_equal(mine, wanted);
    }
}

static void test_users(void **state)
{
    (void)state;
    char wanted[16];
    assert_string_equal(show_user(0), "root");
    assert_string_equal(show_group(0), "root");
    for (uint32_t id = 4000000000u; id < 4000000200u; id++) { /* more than are kept */
        snprintf(wanted, sizeof wanted, "%u", id);
        assert_string_equal(show_user(id), wanted);
        assert_string_equal(show_group(id), wanted);
    }
    assert_string_equal(show_user(0), "root");
}

static void zone(const char *name)
{
    setenv("TZ", name, 1);
    tzset();
}

static void compare(const char *format, int64_t seconds, bool utc)
{
    char mine[256], libc[256];
    struct tm tm;
    time_t t = (time_t)seconds;
    assert_non_null(utc ? gmtime_r(&t, &tm) : localtime_r(&t, &tm));
    size_t n = show_time(mine, sizeof mine, format, seconds, 0, utc);
    assert_int_equal(strftime(libc, sizeof libc, format, &tm), n);
    assert_string_equal(mine, libc);
}

static void test_times(void **state)
{
    (void)state;
    static const char *const zones[] = { "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "NST3:30NDT",
                                         "<+0545>-5:45" };
    static const int64_t fixed[] = { 0,  1,      951782399,   951782400,  951868800,   1700000000,
                                     -1, -86400, -2208988800, 4102444799, 253402300799 };
    /* %s is not what gmtime() was given. */
    const char *format = "%a %b %d %e %F %H %j %m %M %R %S %T %Y %z %Z %%";
    srandom(3);
    for (size_t z = 0; z < COUNT(zones); z++) {
        zone(zones[z]);
        for (size_t i = 0; i < COUNT(fixed); i++) {
            compare(format, fixed[i], true);
            compare(format, fixed[i], false);
            compare("%s", fixed[i], false);
        }
        for (int i = 0; i < 20000; i++)
            compare(format, (random() - (int64_t)(1u << 30)) * 8, i & 1);
    }
    zone("UTC0");
}

static void test_fractions_and_the_rest(void **state)
{
    (void)state;
    char to[64];
    assert_int_equal(show_time(to, sizeof to, "%s.%N", 12, 34567, true), 12);
    assert_string_equal(to, "12.000034567");
    show_time(to, sizeof to, "", 0, 0, true);
    assert_string_equal(to, "");
    show_time(to, sizeof to, "%", 0, 0, true); /* nothing behind it: itself */
    assert_string_equal(to, "%");
    show_time(to, sizeof to, "%Q%", 0, 0, true); /* of no meaning: as it is */
    assert_string_equal(to, "%Q%");
    /* no calendar has these years */
    assert_true(show_time(to, sizeof to, "%F", INT64_MAX, 0, true) != 0);
    assert_true(show_time(to, sizeof to, "%F", INT64_MIN, 0, false) != 0);
}

static void test_times_are_cut(void **state)
{
    (void)state;
    char to[64];
    for (size_t room = 1; room < 40; room++) {
        memset(to, 'z', sizeof to);
        size_t n = show_time(to, room, "%a %F %T %F %T %N %s %Y", 1700000000, 1, true);
        assert_true(n < room);
        assert_int_equal(to[n], 0);
        for (size_t i = room; i < sizeof to; i++)
            assert_int_equal(to[i], 'z');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),         cmocka_unit_test(test_sizes_never_overflow),
        cmocka_unit_test(test_sizes_random),  cmocka_unit_test(test_users),
        cmocka_unit_test(test_times),         cmocka_unit_test(test_fractions_and_the_rest),
        cmocka_unit_test(test_times_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
