/* What the C library of this machine says of the same time in the same zone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "process/zone.h"

static void same(const char *name, int64_t t)
{
    struct zone z;
    struct tm tm;
    time_t at = (time_t)t;
    zone_at(&z, t);
    assert_non_null(localtime_r(&at, &tm));
    if (z.east != tm.tm_gmtoff || strcmp(z.name, tm.tm_zone) != 0)
        fail_msg("%s at %lld: %d %s, not %ld %s", name, (long long)t, z.east, z.name, tm.tm_gmtoff,
                 tm.tm_zone);
}

static void all_times(const char *name)
{
    setenv("TZ", name, 1);
    tzset();
    for (int64_t t = 0; t < 4000000000; t += 1800 * 331) /* half-hours of every kind, till 2096 */
        same(name, t);
}

static void test_rules(void **state)
{
    (void)state;
    static const char *const rules[] = {
        "UTC0",
        "CET-1CEST,M3.5.0,M10.5.0/3",
        "EST5EDT,M3.2.0,M11.1.0",
        "<+0330>-3:30",
        "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
        "NZST-12NZDT,M9.5.0,M4.1.0/3",
        "IST-1GMT0,M10.5.0,M3.5.0/1",
        "AAA4BBB,J60/2,J300/26",
        "AAA-4BBB-5:30,59/0:00:01,300",
        "EET-2EEST,M3.4.4/50,M10.4.4/50",
    };
    for (unsigned i = 0; i < sizeof rules / sizeof *rules; i++)
        all_times(rules[i]);
}

static void test_files(void **state)
{
    static const char *const files[] = { "Europe/Berlin",       "America/New_York",
                                         "Asia/Kolkata",        ":Asia/Tokyo",
                                         "America/Sao_Paulo",   "Africa/Casablanca",
                                         "Australia/Lord_Howe", "Asia/Gaza",
                                         "Europe/Dublin" };
    (void)state;
    FILE *there = fopen("/usr/share/zoneinfo/Europe/Berlin", "r");
    if (there == NULL)
        skip();
    (void)fclose(there);
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
        all_times(files[i]);
    unsetenv("TZ");
    tzset();
    same("/etc/localtime", 1790000000);
}

static void is_utc(const char *name)
{
    struct zone z;
    setenv("TZ", name, 1);
    zone_at(&z, 1790000000);
    assert_int_equal(z.east, 0);
    assert_string_equal(z.name, "UTC");
}

static void test_nonsense(void **state)
{
    (void)state;
    is_utc("");
    is_utc("nowhere");
    is_utc(":");
    is_utc("/dev/null");
    is_utc("/");
}

/* Whatever is in the file, and in the text. */
static void test_damaged(void **state)
{
    static char bytes[4096], path[] = "/tmp/nano_zone.XXXXXX";
    struct zone z;
    int fd = mkstemp(path);
    (void)state;
    assert_true(fd >= 0);
    FILE *from = fopen("/usr/share/zoneinfo/Asia/Gaza", "r"), *to = fdopen(fd, "r+");
    size_t n = from != NULL ? fread(bytes, 1, sizeof bytes, from) : 100;
    srand(1);
    setenv("TZ", path, 1);
    for (unsigned i = 0; i < 3000; i++) {
        char old = bytes[(size_t)rand() % n], *at = bytes + (size_t)rand() % (i % 2 != 0 ? 100 : n);
        old = *at;
        *at = (char)rand();
        rewind(to);
        assert_int_equal(fwrite(bytes, 1, n, to), n);
        (void)fflush(to);
        zone_at(&z, 1790000000);
        assert_true(memchr(z.name, 0, sizeof z.name) != NULL);
        *at = old;
    }
    (void)remove(path);
    (void)fclose(to);
    if (from != NULL)
        (void)fclose(from);
    for (unsigned i = 0; i < 20000; i++) {
        char text[16];
        for (unsigned k = 0; k < sizeof text - 1; k++)
            text[k] = "AB<>+-:0579,,M.J/\n"[(unsigned)rand() % 18];
        text[15] = 0;
        setenv("TZ", text, 1);
        zone_at(&z, rand());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rules), cmocka_unit_test(test_files),
                                        cmocka_unit_test(test_nonsense),
                                        cmocka_unit_test(test_damaged) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
