/* Lines of /proc/net. */
#include "applets/ss.h"

#include <string.h>

#include "tests/support/test.h"

static void test_lines(void **state)
{
    (void)state;
    uint32_t w[SS_NUMBERS + 1];
    const char *rest =
        ss_numbers("   1: 0100007F:0016 0200007F:ABCD 0a 00000001:00000002 00:00000000 "
                   "00000000  4294967294        0 4294967295 1 x\n",
                   w, 14, 0);
    assert_non_null(rest);
    static const uint32_t want[] = { 1, 0x0100007f, 0x16, 0x0200007f, 0xabcd, 10, 1, 2 };
    assert_memory_equal(w, want, sizeof want);
    assert_int_equal(w[14], 4294967295);
    assert_string_equal(rest, " 1 x\n");

    rest = ss_numbers(
        " 12: 00000000000000000000000001000000:0016 B80D0120000000000000000001000000:0001 "
        "01 00000000:00000000 00:00000000 00000000     0        0 77 1\n",
        w, 20, 10);
    assert_non_null(rest);
    static const uint32_t want6[] = { 0x12,       0, 0, 0,          0x01000000, 0x16,
                                      0xb80d0120, 0, 0, 0x01000000, 1,          1 };
    assert_memory_equal(w, want6, sizeof want6);
    assert_int_equal(w[20], 77);

    rest =
        ss_numbers("ffff8881aabbccdd: 00000002 00000000 00010000 0005 01 4711 /run/a b\n", w, 7, 0);
    assert_string_equal(rest, " /run/a b\n");
    assert_int_equal(w[3], 0x10000);
    assert_int_equal(w[4], 5);
    assert_int_equal(w[7], 4711);
}

static void test_others(void **state)
{
    (void)state;
    uint32_t w[SS_NUMBERS + 1];
    static const char *const others[] = {
        "\n",
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
        "timeout inode\n",
        "Num       RefCount Protocol Flags    Type St Inode Path\n",
        "1: 2 3 4 5 6\n",
        "1: 2 3 x 5 6 7\n",
        "1: 2 3 -1 5 6 7\n",
        "::::\n",
    };
    for (size_t i = 0; i < COUNT(others); i++)
        assert_null(ss_numbers(others[i], w, 7, 0));
    /* longer numbers than there may be stay within */
    char line[1000];
    memset(line, 'f', sizeof line);
    line[sizeof line - 1] = '\n';
    assert_null(ss_numbers(line, w, 20, 10));
    assert_null(ss_numbers(line, w, 14, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_lines),
                                        cmocka_unit_test(test_others) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
