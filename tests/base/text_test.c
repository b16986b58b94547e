/* Formatting, escaping, numbers, and RFC 4648 base64. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tests/support/bytes.h"
#include "tests/support/test.h"

static void test_format(void **state)
{
    (void)state;
    char mine[128], libc[128];
    size_t n = text_format(mine, sizeof mine, "%s|%.*s|%d|%d|%u|%lu|%c|%o|%%|", "text", 3, "abcdef",
                           -17, INT_MIN, UINT_MAX, ULONG_MAX, 'x', 0755u);
    snprintf(libc, sizeof libc, "%s|%.*s|%d|%d|%u|%lu|%c|%o|%%|", "text", 3, "abcdef", -17, INT_MIN,
             UINT_MAX, ULONG_MAX, 'x', 0755u);
    assert_string_equal(mine, libc);
    assert_int_equal(n, strlen(libc));
    assert_int_equal(text_format(mine, sizeof mine, "%d%u%s", 0, 0u, ""), 2);
    assert_string_equal(mine, "00");
    text_format(mine, sizeof mine, "%.*s", 10, "short");
    assert_string_equal(mine, "short");
}

/* Widths and flags are libc's, but that zeros before a number are for what is not negative. */
static void test_format_fields(void **state)
{
    (void)state;
    char mine[256], libc[256];
    static const uint64_t numbers[] = { 0, 7, 42, 99999, UINT32_MAX, UINT64_MAX };
    for (size_t i = 0; i < COUNT(numbers); i++) {
        unsigned long long v = numbers[i];
#define FIELDS(print)                                                                              \
    print(mine, sizeof mine, "%5llu|%-5llu|%05llu|%llx|%12llx|%-12llo|%lld|%08x|%2d|%*u|%-*u|", v, \
          v, v, v, v, v, (long long)(v / 2), (unsigned)v, (int)(v & 0xff), 9, (unsigned)v, 9,      \
          (unsigned)v)
        FIELDS(text_format);
        memcpy(libc, mine, sizeof libc);
        FIELDS(snprintf);
        assert_string_equal(libc, mine);
    }
    text_format(mine, sizeof mine, "%5s|%-5s|%.2s|%5.1s|%-8.8s|%*s|%c|%3d|%-4d|%lx", "abc", "abc",
                "abc", "abc", "abcdefghijk", 3, "", 'c', -5, -5, 0x123abcUL);
    snprintf(libc, sizeof libc, "%5s|%-5s|%.2s|%5.1s|%-8.8s|%*s|%c|%3d|%-4d|%lx", "abc", "abc",
             "abc", "abc", "abcdefghijk", 3, "", 'c', -5, -5, 0x123abcUL);
    assert_string_equal(mine, libc);
    assert_int_equal(text_format(mine, 8, "%100d", 1), 7); /* a width is cut as anything else */
    assert_string_equal(mine, "       ");
}

/* All sixteen types and all bits, by the words of ls(1). */
static void test_mode(void **state)
{
    (void)state;
    static const struct {
        uint32_t mode;
        const char *text;
    } cases[] = {
        { 0100644, "-rw-r--r--" }, { 0040755, "drwxr-xr-x" }, { 0120777, "lrwxrwxrwx" },
        { 0020620, "crw--w----" }, { 0060660, "brw-rw----" }, { 0010600, "prw-------" },
        { 0140777, "srwxrwxrwx" }, { 0104755, "-rwsr-xr-x" }, { 0104644, "-rwSr--r--" },
        { 0102755, "-rwxr-sr-x" }, { 0102745, "-rwxr-Sr-x" }, { 0041777, "drwxrwxrwt" },
        { 0041776, "drwxrwxrwT" }, { 0107000, "---S--S--T" }, { 0000000, "?---------" },
        { 0170000, "?---------" },
    };
    char to[11];
    for (size_t i = 0; i < COUNT(cases); i++) {
        text_mode(to, cases[i].mode);
        assert_string_equal(to, cases[i].text);
    }
    for (uint32_t mode = 0; mode < 0200000; mode++) {
        text_mode(to, mode);
        assert_int_equal(strlen(to), 10);
        assert_int_equal(to[1] == 'r', mode >> 8 & 1);
        assert_int_equal(to[9] == 'x' || to[9] == 't', mode & 1);
    }
}

/* %.*s must not read behind its precision: that is how spans are printed. */
static void test_format_unterminated(void **state)
{
    (void)state;
    char to[16];
    char *exact = test_malloc(3);
    memcpy(exact, "abc", 3);
    text_format(to, sizeof to, "%.*s", 3, exact);
    assert_string_equal(to, "abc");
    test_free(exact);
}

static void test_format_is_cut(void **state)
{
    (void)state;
    char to[32];
    for (size_t room = 1; room <= 12; room++) {
        memset(to, 'z', sizeof to);
        size_t n = text_format(to, room, "%s%d", "abcd", 123456);
        assert_int_equal(n, room - 1 < 10 ? room - 1 : 10);
        assert_memory_equal(to, "abcd123456", n);
        assert_int_equal(to[n], 0);
        for (size_t i = room; i < sizeof to; i++)
            assert_int_equal(to[i], 'z');
    }
}

static void test_escape(void **state)
{
    (void)state;
    char to[64];
    size_t n = text_escape(to, sizeof to, span_of("ok ~\\\n\0\x7f\xff\x1b", 10));
    assert_string_equal(to, "ok ~\\\\\\012\\000\\177\\377\\033");
    assert_int_equal(n, strlen(to));
    assert_int_equal(text_escape(to, sizeof to, span_of(NULL, 0)), 0);
    assert_string_equal(to, "");
}

/* Every byte: the result is printable ASCII alone, and can be read back. */
static void test_escape_every_byte(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 256; v++) {
        char to[8];
        uint8_t byte = (uint8_t)v;
        size_t n = text_escape(to, sizeof to, span_of(&byte, 1));
        for (size_t i = 0; i < n; i++)
            assert_in_range(to[i], 0x20, 0x7e);
        if (v == '\\')
            assert_string_equal(to, "\\\\");
        else if (n == 1)
            assert_int_equal(to[0], v);
        else
            assert_int_equal((to[1] - '0') * 64 + (to[2] - '0') * 8 + (to[3] - '0'), v);
        for (size_t room = 1; room <= n; room++) {
            assert_int_equal(text_escape(to, room, span_of(&byte, 1)), room - 1);
            assert_int_equal(strlen(to), room - 1);
        }
    }
}

static void test_number(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max;
        bool good;
        uint64_t value;
    } cases[] = {
        { "0", 0, true, 0 },
        { "1", 0, false, 0 },
        { "007", 7, true, 7 },
        { "8", 7, false, 0 },
        { "65535", 65535, true, 65535 },
        { "65536", 65535, false, 0 },
        { "655350", 65535, false, 0 },
        { "5", 4, false, 0 },
        { "14", 14, true, 14 },
        { "15", 14, false, 0 },
        { "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
        { "18446744073709551616", UINT64_MAX, false, 0 },
        { "99999999999999999999999", UINT64_MAX, false, 0 },
        { "", 10, false, 0 },
        { "-1", 10, false, 0 },
        { "+1", 10, false, 0 },
        { " 1", 10, false, 0 },
        { "1 ", 10, false, 0 },
        { "0x1", 10, false, 0 },
        { "1a", 10000, false, 0 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint64_t value = 0;
        bool good = text_number(span_text(cases[i].text), cases[i].max, &value);
        if (good != cases[i].good)
            fail_msg("\"%s\" (at most %lu)", cases[i].text, (unsigned long)cases[i].max);
        if (good)
            assert_true(value == cases[i].value);
    }
}

/* All small maxima against plain arithmetic. */
static void test_number_limits(void **state)
{
    (void)state;
    for (unsigned max = 0; max < 130; max++)
        for (unsigned v = 0; v < 140; v++) {
            char text[8];
            uint64_t value = 999;
            snprintf(text, sizeof text, "%u", v);
            assert_int_equal(text_number(span_text(text), max, &value), v <= max);
            if (v <= max)
                assert_int_equal(value, v);
        }
}

static void test_base64_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *padded;
    } cases[] = { /* RFC 4648 section 10 */
                  { "", "" },
                  { "f", "Zg==" },
                  { "fo", "Zm8=" },
                  { "foo", "Zm9v" },
                  { "foob", "Zm9vYg==" },
                  { "fooba", "Zm9vYmE=" },
                  { "foobar", "Zm9vYmFy" }
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[16];
        uint8_t back[16];
        size_t n = base64_encode(text, span_text(cases[i].plain), true);
        assert_string_equal(text, cases[i].padded);
        assert_int_equal(n, strlen(text));
        assert_int_equal(base64_decode(back, sizeof back, span_text(text)), strlen(cases[i].plain));
        assert_memory_equal(back, cases[i].plain, strlen(cases[i].plain));
        n = base64_encode(text, span_text(cases[i].plain), false);
        assert_int_equal(n, (strlen(cases[i].plain) * 4 + 2) / 3);
        assert_memory_equal(text, cases[i].padded, n);
        assert_int_equal(text[n], 0);
    }
}

static void test_base64_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "Z",      "Zg",       "Zg=",      "Zg===", "=",    "==",   "====",     "Z===",
        "Zm9v=",  "=m9v",     "Zm=v",     "Z=9v",  "Zm9-", "Zm9_", "Zm9 ",     " Zm9v",
        "Zm9v\n", "Zg==Zg==", "Zg==Zm9v", "Zm.v",  "Zh==", "Zm9=", "Zm8=Zm8=", /* padding bits that are not zero, padding inside */
    };
    uint8_t to[32];
    for (size_t i = 0; i < COUNT(wrong); i++)
        if (base64_decode(to, sizeof to, span_text(wrong[i])) != -1)
            fail_msg("\"%s\" was decoded", wrong[i]);
    assert_int_equal(base64_decode(to, sizeof to, span_of("Zm9\0", 4)), -1);
}

/* Any bytes come back, the room is respected, and each text is the only one of its bytes. */
static void test_base64_round_trip(void **state)
{
    (void)state;
    struct random random = random_of(2);
    for (size_t n = 0; n < 200; n++) {
        uint8_t bytes[200], back[201];
        char text[280];
        random_fill(&random, bytes, n);
        size_t length = base64_encode(text, span_of(bytes, n), true);
        assert_int_equal(length, (n + 2) / 3 * 4);
        struct span s = span_of(text, length);
        memset(back, 0x77, sizeof back);
        assert_int_equal(base64_decode(back, n, s), n);
        assert_memory_equal(back, bytes, n);
        assert_int_equal(back[n], 0x77);
        if (n != 0)
            assert_int_equal(base64_decode(back, n - 1, s), -1);
        for (size_t i = 0; i < length; i++) { /* another last character: other bytes or none */
            char before = text[i];
            text[i] = before == 'B' ? 'C' : 'B';
            long got = base64_decode(back, sizeof back, s);
            assert_true(got != (long)n || memcmp(back, bytes, n) != 0);
            text[i] = before;
        }
    }
}

static void test_base64_every_character(void **state)
{
    (void)state;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned v = 0; v < 256; v++) {
        char text[4] = { 'A', 'A', 'A', (char)v };
        uint8_t to[3] = { 0 };
        const char *at = v != 0 ? strchr(alphabet, (int)v) : NULL;
        long n = base64_decode(to, sizeof to, span_of(text, 4));
        assert_int_equal(n, at != NULL ? 3 : v == '=' ? 2 : -1);
        if (at != NULL)
            assert_int_equal(to[2], at - alphabet);
    }
}

static void test_decimal(void **state)
{
    (void)state;
    static const struct {
        uint64_t v;
        const char *text;
    } cases[] = { { 0, "0" },
                  { 9, "9" },
                  { 10, "10" },
                  { 4294967296, "4294967296" },
                  { UINT64_MAX, "18446744073709551615" } };
    char room[TEXT_DECIMAL];
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(text_decimal(room, cases[i].v), cases[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decimal),
        cmocka_unit_test(test_format_fields),
        cmocka_unit_test(test_mode),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_format_unterminated),
        cmocka_unit_test(test_format_is_cut),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_every_byte),
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_number_limits),
        cmocka_unit_test(test_base64_vectors),
        cmocka_unit_test(test_base64_refused),
        cmocka_unit_test(test_base64_round_trip),
        cmocka_unit_test(test_base64_every_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
