/* Regular expressions: where a match is and where its groups are, and what is no pattern. (Against other programs: grep.bats.) */
#include "applets/regex.h"

#include <string.h>

#include "tests/support/test.h"

struct row {
    const char *pattern;
    unsigned flags;
    const char *text;
    int at[6]; /* of groups only with REGEX_SAVE; NO: took no part. { NO }: no match */
};
enum { NO = -1 };

static const struct row rows[] = {
    { "abc", 0, "xabcx", { 1, 4 } },
    { "", 0, "x", { 0, 0 } },
    { "b*", 0, "abb", { 0, 0 } },
    { "bb*", 0, "abbb", { 1, 4 } },
    { "a|ab|abc", REGEX_EXTENDED, "xabcd", { 1, 4 } },
    { "x*|b", REGEX_EXTENDED, "b", { 0, 1 } },
    { "abcd|c", REGEX_EXTENDED, "abcd", { 0, 4 } },
    { "(a+)(a*)", REGEX_EXTENDED | REGEX_SAVE, "aaa", { 0, 3, 0, 3, 3, 3 } },
    { "(a|b)*c", REGEX_EXTENDED | REGEX_SAVE, "abac", { 0, 4, 2, 3, NO, NO } },
    { "(a)|(b)", REGEX_EXTENDED | REGEX_SAVE, "b", { 0, 1, NO, NO, 0, 1 } },
    { "\\(b\\)\\{2\\}", REGEX_SAVE, "abbb", { 1, 3, 2, 3, NO, NO } },
    { "a{2,3}", REGEX_EXTENDED, "aaaaa", { 0, 3 } },
    { "a{0}b", REGEX_EXTENDED, "ab", { 1, 2 } },
    { "(ab){0}", REGEX_EXTENDED, "ab", { 0, 0 } },
    { "a{,2}b", REGEX_EXTENDED, "aaab", { 1, 4 } },
    { "()*a", REGEX_EXTENDED, "ba", { 1, 2 } },
    { "a{x", REGEX_EXTENDED, "a{x", { 0, 3 } },
    { "^a", 0, "ba", { NO } },
    { "a$", 0, "ab", { NO } },
    { "a^b$c", 0, "a^b$c", { 0, 5 } },
    { "^$", 0, "", { 0, 0 } },
    { "*a", 0, "x*a", { 1, 3 } },
    { "a.c", REGEX_FIXED, "abca.c", { 3, 6 } },
    { "AbC", REGEX_FOLD, "xaBc", { 1, 4 } },
    { "[a-c]x", REGEX_FOLD, "Bx", { 0, 2 } },
    { "[^a]", REGEX_FOLD, "Aab", { 2, 3 } },
    { "a", REGEX_WORD, "ab a", { 3, 4 } },
    { "a", REGEX_WHOLE, "ab", { NO } },
    { "a\nb", REGEX_LINES, "xb", { 1, 2 } },
    { "^b", REGEX_LINES, "a\nb", { 2, 3 } },
    { "a$", REGEX_LINES, "a\nb", { 0, 1 } },
    { "a[^x]b", REGEX_LINES, "a\nb", { NO } },
    { "a.b", 0, "a\nb", { 0, 3 } },
    { "a\\nb", 0, "a\nb", { 0, 3 } },
    { "[\\n\\t]", 0, "x\t", { 1, 2 } },
    { "\\<b\\>", 0, "ab b", { 3, 4 } },
    { "\\w\\+\\W", 0, "  ab ", { 2, 5 } },
    { "[]-a]", 0, "x^", { 1, 2 } },
    { "[a\\]", 0, "\\", { 0, 1 } },
    { "[[:digit:]-]*", 0, "1-2x", { 0, 3 } },
};

static void test_rows(void **state)
{
    (void)state;
    size_t at[2 * REGEX_GROUPS];
    struct regex r;
    for (const struct row *row = rows; row < rows + sizeof rows / sizeof *rows; row++) {
        assert_true(regex_compile(&r, span_text(row->pattern), row->flags));
        if (regex_find(&r, span_text(row->text), 0, at) != (row->at[0] != NO))
            fail_msg("%s in %s", row->pattern, row->text);
        unsigned n = row->at[0] == NO ? 0 : (row->flags & REGEX_SAVE) != 0 ? 6 : 2;
        for (unsigned i = 0; i < n; i++)
            if ((int)at[i] != row->at[i])
                fail_msg("%s in %s: position %u is %d", row->pattern, row->text, i, (int)at[i]);
    }
}

/* From any place on: ^ and \< look at what is before it. */
static void test_from(void **state)
{
    (void)state;
    size_t at[2];
    struct regex r;
    assert_true(regex_compile(&r, span_text("^a\\|\\<b"), 0));
    assert_false(regex_find(&r, span_text("aab"), 1, at));
    assert_true(regex_find(&r, span_text("aa b"), 1, at));
    assert_int_equal(at[0], 3);
    assert_false(regex_find(&r, span_text("b"), 1, at));
    assert_false(regex_find(&r, span_of(NULL, 0), 0, at));
}

static void test_bad(void **state)
{
    static const char *const basic[] = { "\\",  "[a",         "[",          "[^",
                                         "[]",  "[[:alpha:]", "[[:none:]]", "\\(",
                                         "\\)", "[[:",        "\\(a\\)\\1", "[[:alpha" };
    static const char *const extended[] = {
        "(", ")", "a)", "((a)", "a{2000}{2000}", "(a{99}){99}"
    };
    (void)state;
    struct regex r;
    for (unsigned i = 0; i < sizeof basic / sizeof *basic; i++)
        assert_false(regex_compile(&r, span_text(basic[i]), 0));
    for (unsigned i = 0; i < sizeof extended / sizeof *extended; i++)
        assert_false(regex_compile(&r, span_text(extended[i]), REGEX_EXTENDED));
    static char deep[100000];
    memset(deep, '(', sizeof deep);
    assert_false(regex_compile(&r, span_of(deep, sizeof deep), REGEX_EXTENDED));
    memset(deep, 'x', sizeof deep);
    assert_false(regex_compile(&r, span_of(deep, sizeof deep), 0));
    assert_true(regex_compile(&r, span_text("a"), 0)); /* nothing stays of them */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_from),
        cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
