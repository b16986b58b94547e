/* Addresses from text and to text. */
#include "network/address.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "tests/support/test.h"

static void expect_text(const char *literal, const char *text)
{
    union address a;
    char got[ADDRESS_MAX];
    unsigned port;
    assert_true(address_literal(span_text(literal), &a));
    address_text(&a, got, &port);
    assert_string_equal(got, text);
    assert_int_equal(port, 0);
}

static void test_literals(void **state)
{
    (void)state;
    expect_text("127.0.0.1", "127.0.0.1");
    expect_text("255.255.255.255", "255.255.255.255");
    expect_text("::", "::");
    expect_text("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
    expect_text("1::2", "1::2");
    expect_text("::ffff:192.0.2.1", "192.0.2.1");
    static const char *const none[] = { "",
                                        "127.1",
                                        "1.2.3.4.5",
                                        "256.1.1.1",
                                        "1.2.3.4 ",
                                        "host",
                                        "1::2::3",
                                        "[::1]",
                                        "::1/64",
                                        "0x7f000001",
                                        ":::",
                                        "1.2.3.4%lo",
                                        "::1%",
                                        "::1%0",
                                        "::1%no-such",
                                        "%lo",
                                        "::1%a-name-of-an-interface-that-is-far-too-long-to-be-one",
                                        "::1%4294967296" };
    union address a;
    for (size_t i = 0; i < COUNT(none); i++)
        if (address_literal(span_text(none[i]), &a))
            fail_msg("\"%s\"", none[i]);
}

static void test_scope(void **state)
{
    (void)state;
    union address a;
    assert_true(address_literal(span_text("fe80::1%7"), &a));
    assert_int_equal(a.v6.sin6_scope_id, 7);
    assert_true(address_literal(span_text("fe80::1%4294967295"), &a));
    assert_int_equal(a.v6.sin6_scope_id, UINT32_MAX);
    if (if_nametoindex("lo") == 0)
        return;
    assert_true(address_literal(span_text("fe80::1%lo"), &a));
    assert_int_equal(a.v6.sin6_scope_id, if_nametoindex("lo"));
    assert_int_equal(a.v6.sin6_flowinfo, 0);
}

static void expect_parse(const char *text, int family, const char *want, unsigned want_port,
                         socklen_t size)
{
    union address a;
    char got[ADDRESS_MAX];
    unsigned port;
    if (!address_parse(text, &a))
        fail_msg("\"%s\"", text);
    address_text(&a, got, &port);
    assert_int_equal(a.any.sa_family, family);
    assert_string_equal(got, want);
    assert_int_equal(port, want_port);
    assert_int_equal(address_size(&a), size);
}

static void test_parse(void **state)
{
    (void)state;
    union address a;
    expect_parse("22", AF_INET6, "::", 22, sizeof a.v6);
    expect_parse("127.0.0.1:65535", AF_INET, "127.0.0.1", 65535, sizeof a.v4);
    expect_parse("[::1]:0", AF_INET6, "::1", 0, sizeof a.v6);
    expect_parse("1::2:22", AF_INET6, "1::2", 22, sizeof a.v6);
    expect_parse("vsock:22", AF_VSOCK, "vsock:4294967295", 22, sizeof a.vsock);
    expect_parse("unix:/x", AF_UNIX, "unix", 0, sizeof a.un);
    static const char *const none[] = {
        "",      "65536", "-1",         ":22",    "host:22",         "[]:22",
        "unix:", "1:",    "127.0.0.1:", "vsock:", "vsock:4294967295"
    };
    for (size_t i = 0; i < COUNT(none); i++)
        if (address_parse(none[i], &a))
            fail_msg("\"%s\"", none[i]);
}

static void test_unix(void **state)
{
    (void)state;
    union address a;
    char path[sizeof a.un.sun_path + 1];
    memset(path, 'x', sizeof path);
    for (size_t n = 0; n < sizeof path; n++) {
        path[n] = 0;
        errno = 0;
        bool fits = n > 0 && n < sizeof a.un.sun_path;
        assert_int_equal(address_unix(&a, path), fits);
        if (fits)
            assert_string_equal(a.un.sun_path, path);
        else
            assert_int_equal(errno, ENAMETOOLONG);
        path[n] = 'x';
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literals),
        cmocka_unit_test(test_scope),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_unix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
