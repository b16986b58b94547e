/* Patterns for names. */
#include "applets/match.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

static void test_patterns(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool fold, yes;
    } cases[] = {
        { "", "", false, true },
        { "", "a", false, false },
        { "*", "", false, true },
        { "*", "a/.b", false, true },
        { "a*c", "abbbc", false, true },
        { "a*c", "abbbcd", false, false },
        { "*a*b*", "xxaxxbxx", false, true },
        { "?", "", false, false },
        { "??", "ab", false, true },
        { "[a-c]x", "bx", false, true },
        { "[!a-c]", "d", false, true },
        { "[!a-c]", "b", false, false },
        { "[]x]", "]", false, true },
        { "[a-]", "-", false, true },
        { "[", "[", false, true },
        { "[a", "[a", false, true },
        { "\\*", "*", false, true },
        { "\\*", "a", false, false },
        { "[\\]]", "]", false, true },
        { "a\\", "a\\", false, true },
        { "ABC", "abc", true, true },
        { "[A-C]", "b", true, true },
        { "ABC", "abc", false, false },
        { "\xff*", "\xff\xfe", false, true },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (match_glob(cases[i].pattern, cases[i].text, cases[i].fold) != cases[i].yes)
            fail_msg("%s and %s", cases[i].pattern, cases[i].text);
}

/* Every pattern of a few characters with every text of a few: as fnmatch(3) has it. */
static void test_all_short(void **state)
{
    static const char letters[] = "ab*?";
    char pattern[6] = "", text[5] = "";
    (void)state;
    for (unsigned p = 0; p < 1024; p++)
        for (unsigned t = 0; t < 16; t++) {
            for (unsigned i = 0; i < 5; i++)
                pattern[i] = letters[p >> (2 * i) & 3];
            for (unsigned i = 0; i < 4; i++)
                text[i] = letters[t >> i & 1];
            if (match_glob(pattern, text, false) != (fnmatch(pattern, text, 0) == 0))
                fail_msg("%s and %s", pattern, text);
        }
}

/* No pattern takes longer than its length times the text's. */
static void test_stars(void **state)
{
    enum { STARS = 5000, LENGTH = 20000 };
    char *pattern = malloc(2 * STARS + 2), *text = malloc(LENGTH + 1);
    (void)state;
    assert_non_null(pattern);
    assert_non_null(text);
    for (size_t i = 0; i < STARS; i++)
        memcpy(pattern + 2 * i, "*a", 2);
    memcpy(pattern + 2 * STARS, "b", 2);
    memset(text, 'a', LENGTH);
    text[LENGTH] = 0;
    assert_false(match_glob(pattern, text, false));
    free(pattern);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_all_short),
        cmocka_unit_test(test_stars),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
