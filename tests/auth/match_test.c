/* Patterns, addresses and lists of them (ssh_config(5), PATTERNS; sshd(8), from=). */
#include "auth/match.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/bytes.h"
#include "tests/support/test.h"

/* Where nothing lies behind it, so that the sanitizer sees a step too far. */
static struct span exact(const char *text)
{
    size_t n = strlen(text);
    uint8_t *p = malloc(n + (n == 0));
    assert_non_null(p);
    memcpy(p, text, n);
    return span_of(p, n);
}

static bool fits(const char *text, const char *pattern)
{
    struct span t = exact(text), p = exact(pattern);
    bool yes = match_pattern(t, p);
    free((void *)t.p);
    free((void *)p.p);
    return yes;
}

static enum match listed(const char *address, const char *list, bool patterns)
{
    struct span a = exact(address), l = exact(list);
    enum match m = match_address(a, l, patterns);
    free((void *)a.p);
    free((void *)l.p);
    return m;
}

static void test_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *text, *pattern;
        bool yes;
    } cases[] = {
        { "", "", true },
        { "", "*", true },
        { "", "**", true },
        { "", "?", false },
        { "a", "", false },
        { "a", "?", true },
        { "a", "a", true },
        { "a", "b", false },
        { "a", "A", true },
        { "Z9-", "z9-", true },
        { "@[", "`{", false }, /* not letters, though as far apart */
        { "abc", "a*", true },
        { "abc", "*c", true },
        { "abc", "*b*", true },
        { "abc", "a?c", true },
        { "abc", "a??c", false },
        { "abc", "*d", false },
        { "abc", "abcd", false },
        { "abcd", "abc", false },
        { "aab", "*ab", true },
        { "aaab", "a*?b", true },
        { "mississippi", "m*issip*", true },
        { "mississippi", "m*issip*x", false },
        { "10.1.2.3", "10.1.*", true },
        { "110.1.2.3", "10.1.*", false },
        { "*", "\\*", false }, /* there is no way to quote */
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        if (fits(cases[i].text, cases[i].pattern) != cases[i].yes)
            fail_msg("'%s' against '%s'", cases[i].text, cases[i].pattern);
    assert_true(match_name(span_text("No-PTY"), "no-pty"));
    assert_false(match_name(span_text("no-pty "), "no-pty"));
    assert_true(match_pattern(span_of("a\0b", 3), span_of("a\0b", 3)));
    assert_false(match_pattern(span_of("a\0", 2), span_text("a")));
}

/* Many stars must not take forever. */
static void test_pattern_is_quick(void **state)
{
    (void)state;
    char text[4000], pattern[4000];
    memset(text, 'a', sizeof text);
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = "*a"[i & 1];
    pattern[sizeof pattern - 1] = 'b';
    assert_false(match_pattern(span_of(text, sizeof text), span_of(pattern, sizeof pattern)));
}

struct list_case {
    const char *address, *list;
    enum match want;
};

static void check(const struct list_case *cases, size_t n, bool patterns)
{
    for (size_t i = 0; i < n; i++) {
        enum match got = listed(cases[i].address, cases[i].list, patterns);
        if (got != cases[i].want)
            fail_msg("'%s' in '%s': %d", cases[i].address, cases[i].list, got);
    }
}

static void test_from(void **state)
{
    (void)state;
    static const struct list_case cases[] = {
        { "10.1.2.3", "10.1.2.3", MATCH_YES },
        { "10.1.2.3", "10.1.2.4", MATCH_NO },
        { "10.1.2.3", "10.0.0.0/8", MATCH_YES },
        { "11.1.2.3", "10.0.0.0/8", MATCH_NO },
        { "10.1.2.3", "0.0.0.0/0", MATCH_YES },
        { "10.1.2.3", "10.1.2.2/31", MATCH_YES },
        { "10.1.2.4", "10.1.2.2/31", MATCH_NO },
        { "10.1.2.3", "10.1.2.3/32", MATCH_YES },
        { "10.1.2.3", "10.*", MATCH_YES },
        { "10.1.2.3", "*", MATCH_YES },
        { "10.1.2.3", "10.1.2.?", MATCH_YES },
        { "10.1.2.3", "*.example.com", MATCH_NO },
        { "10.1.2.3", "*.example.com,10.*", MATCH_YES },
        { "10.1.2.3", "10.0.0.0/8,!10.1.0.0/16", MATCH_NO },
        { "10.2.2.3", "10.0.0.0/8,!10.1.0.0/16", MATCH_YES },
        { "10.1.2.3", "!10.1.2.3,*", MATCH_NO },
        { "10.1.2.3", "*,!10.1.*", MATCH_NO },
        { "10.1.2.3", "!10.1.2.4", MATCH_NO }, /* nothing but exceptions lets nobody in */
        { "fe80::1", "fe80::/10", MATCH_YES },
        { "fec0::1", "fe80::/10", MATCH_NO },
        { "2001:db8::1", "2001:DB8:0:0:0:0:0:1", MATCH_YES },
        { "2001:db8::1", "2001:0db8::0.0.0.1", MATCH_YES },
        { "2001:db8::1", "2001:DB8:*", MATCH_YES },
        { "2001:db8::1", "::/0", MATCH_YES },
        { "10.1.2.3", "::/0", MATCH_NO },
        { "2001:db8::1", "0.0.0.0/0", MATCH_NO },
        { "::1", "0.0.0.1", MATCH_NO },
        { "10.1.2.3", "::ffff:10.1.2.3", MATCH_YES },
        { "10.1.2.3", "::ffff:a01:0/112", MATCH_YES },
        { "::ffff:10.1.2.3", "10.0.0.0/8", MATCH_YES },
        { "::ffff:10.1.2.3", "::/0", MATCH_NO },
        { "unix", "10.0.0.0/8", MATCH_NO },
        { "unix", "unix", MATCH_YES },
        { "UNKNOWN", "*", MATCH_YES },
        { "vsock:3", "vsock:*", MATCH_YES },
        { "vsock:3", "!vsock:3,*", MATCH_NO },
        { "10.1.2.3", "010.1.2.3", MATCH_NO }, /* octal to some: not an address here */
        /* not of the form */
        { "10.1.2.3", "", MATCH_MALFORMED },
        { "10.1.2.3", "!", MATCH_MALFORMED },
        { "10.1.2.3", ",10.1.2.3", MATCH_MALFORMED },
        { "10.1.2.3", "10.1.2.3,", MATCH_MALFORMED },
        { "10.1.2.3", "10.1.2.3,,10.1.2.4", MATCH_MALFORMED },
        { "10.1.2.3", "10.1.2.3/8", MATCH_MALFORMED }, /* bits behind the prefix */
        { "10.1.2.3", "10.1.2.3/33", MATCH_MALFORMED },
        { "10.1.2.3", "10.1.2.3/", MATCH_MALFORMED },
        { "10.1.2.3", "10.1.2.3/-1", MATCH_MALFORMED },
        { "10.1.2.3", "10.1.2.3/32/32", MATCH_MALFORMED },
        { "10.1.2.3", "10.1.2.3/4294967328", MATCH_MALFORMED },
        { "10.1.2.3", "10.1.0.0/255.255.0.0", MATCH_MALFORMED },
        { "10.1.2.3", "10.*/8", MATCH_MALFORMED },
        { "10.1.2.3", "*,fe80::/8", MATCH_MALFORMED },
        { "10.1.2.3", "*,fe80::/129", MATCH_MALFORMED },
        { "10.1.2.3", "::ffff:0:0/95", MATCH_MALFORMED },
        { "unix", "*,1.2.3.4/8", MATCH_MALFORMED },
    };
    check(cases, COUNT(cases), true);
}

/* In a certificate's source-address there are neither patterns nor exceptions. */
static void test_source_address(void **state)
{
    (void)state;
    static const struct list_case cases[] = {
        { "10.1.2.3", "10.1.2.3", MATCH_YES },
        { "10.1.2.3", "192.168.0.0/16,10.0.0.0/8", MATCH_YES },
        { "10.1.2.3", "192.168.0.0/16", MATCH_NO },
        { "2001:db8::1", "10.0.0.0/8,2001:db8::/32", MATCH_YES },
        { "unix", "0.0.0.0/0,::/0", MATCH_NO },
        { "10.1.2.3", "10.*", MATCH_MALFORMED },
        { "10.1.2.3", "*", MATCH_MALFORMED },
        { "10.1.2.3", "!10.1.2.4,0.0.0.0/0", MATCH_MALFORMED },
        { "10.1.2.3", "10.1.2.3,localhost", MATCH_MALFORMED },
        { "unix", "unix", MATCH_MALFORMED },
        { "10.1.2.3", "", MATCH_MALFORMED },
        { "10.1.2.3", "10.1.2.3,", MATCH_MALFORMED },
    };
    check(cases, COUNT(cases), false);
}

/* What is an address at all is judged as the C library judges it. */
static void compare(const char *text)
{
    uint8_t v6[16];
    bool want = inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, v6) == 1;
    bool got = listed("unix", text, false) != MATCH_MALFORMED;
    if (want != got && strpbrk(text, "/,") == NULL)
        fail_msg("'%s': %d, inet_pton() says %d", text, got, want);
}

static void test_as_inet_pton(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "::",
        "::1",
        "1::",
        ":",
        ":1",
        "1:",
        ":::",
        "1:::2",
        "1::2:",
        ":1::2",
        "1::2::3",
        "1:2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7::",
        "::2:3:4:5:6:7:8",
        "1:2:3:4:5:6:7:8::",
        "1:2:3:4:5:6:7:8:9",
        "::1:2:3:4:5:6:7:8",
        "12345::",
        "g::",
        "::1.2.3.4",
        "1:2:3:4:5:6:1.2.3.4",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4::",
        "::1.2.3",
        "::1.2.3.4.5",
        "::1.2.3.256",
        "::1.2.3.4:5",
        "1.2.3.4",
        "1.2.3",
        "1.2.3.4.",
        ".1.2.3.4",
        "1..2.3",
        "256.1.1.1",
        "1.2.3.4 ",
        " 1.2.3.4",
        "0.0.0.0",
        "00.0.0.0",
        "1.2.3.04",
        "fe80::1%1",
        "0000::00001",
        "::ffff:1.2.3.4",
        "+1.2.3.4",
        "0x1.2.3.4",
        "1",
        "a",
    };
    static const char pieces[] = ":::::..0123456789abcf";
    struct random random = random_of(12);
    for (size_t i = 0; i < COUNT(texts); i++)
        compare(texts[i]);
    for (int i = 0; i < 400000; i++) {
        char text[20];
        size_t n = 1 + random_below(&random, sizeof text - 1);
        for (size_t k = 0; k < n; k++)
            text[k] = pieces[random_below(&random, i & 1 ? 9 : sizeof pieces - 1)];
        text[n - 1] = 0;
        compare(text);
    }
}

/* Prefixes of every length against their own arithmetic. */
static void test_every_prefix(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits <= 32; bits++) {
        uint32_t client = 0xc0a81123, net = bits ? client & (0xffffffffu << (32 - bits)) : 0;
        char address[16], list[24];
        for (unsigned flip = 0; flip < 33; flip++) {
            uint32_t a = flip < 32 ? client ^ 1u << flip : client;
            snprintf(address, sizeof address, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255,
                     a & 255);
            snprintf(list, sizeof list, "%u.%u.%u.%u/%u", net >> 24, net >> 16 & 255,
                     net >> 8 & 255, net & 255, bits);
            bool inside = flip == 32 || flip < 32 - bits;
            assert_int_equal(listed(address, list, true), inside ? MATCH_YES : MATCH_NO);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),     cmocka_unit_test(test_pattern_is_quick),
        cmocka_unit_test(test_from),         cmocka_unit_test(test_source_address),
        cmocka_unit_test(test_as_inet_pton), cmocka_unit_test(test_every_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
