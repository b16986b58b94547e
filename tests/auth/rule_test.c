/* Who is let in, and what they may do then: lines, certificates, and both together, as sshd(8) and
 * ssh-keygen(1) have it. */
#include <string.h>

#include "tests/auth/rules.h"

enum { ROOM = 2048 };

struct certified {
    uint8_t blob[ROOM];
    struct certificate certificate;
    struct applicant a;
};

static struct applicant *certified(struct certified *c, const char *text, unsigned fields)
{
    long n = base64_decode(c->blob, sizeof c->blob, span_text(text));
    assert_true(n > 0);
    assert_true(certificate_parse(&c->certificate, span_of(c->blob, (size_t)n), fields));
    c->a = alice();
    c->a.certificate = &c->certificate;
    return &c->a;
}

static const char *const all_lines[] = { NULL, "cert-authority" };

static void test_certificates(void **state)
{
    (void)state;
    struct certified c;
    for (size_t i = 0; i < COUNT(all_lines); i++) {
        const char *line = all_lines[i];
        struct applicant *a = certified(&c, cert_plain, 1);
        expect(a, line, true);
        expect_permits(true, true, true);
        expect_command(NULL);
        a->user = "bob";
        expect(a, line, false);
        a->user = "alic";
        expect(a, line, false);
        a->user = "";
        expect(a, line, false);
        a = certified(&c, cert_restricted, 1);
        expect(a, line, true);
        expect_permits(false, false, false);
        expect_command("echo \"hi\"");
        a->user = "bob";
        expect(a, line, true);
        a->address = span_text("2001:db8::5");
        expect(a, line, true);
        a->address = span_text("192.168.0.1");
        expect(a, line, false);
        a->address = span_text("unix");
        expect(a, line, false);
        expect(certified(&c, cert_nobody, 1), line, false);
        expect(certified(&c, cert_critical, 1), line, false);
        expect(certified(&c, cert_extension, 1), line, true);
        a = certified(&c, cert_host, 1);
        a->user = "host.example";
        expect(a, line, false);
        expect(certified(&c, cert_ecdsa, 2), line, true);
    }
}

static void test_validity(void **state)
{
    (void)state;
    struct certified c;
    struct applicant *a = certified(&c, cert_plain, 1);
    static const struct {
        uint64_t now;
        bool yes;
    } times[] = { { 0, false },
                  { 0x5e0be0ff, false },
                  { 0x5e0be100, true },
                  { 0x83aa7e7f, true },
                  { 0x83aa7e80, false },
                  { UINT64_MAX, false },
                  { 0x8000000000000000, false } };
    for (size_t i = 0; i < COUNT(times); i++) {
        a->now = times[i].now;
        expect(a, NULL, times[i].yes);
    }
    a = certified(&c, cert_forever, 1);
    a->now = 0;
    expect(a, NULL, true);
    a->now = UINT64_MAX - 1;
    expect(a, NULL, true);
    a->now = 1577836799; /* 2019: a clock that has not been set */
    c.certificate.valid_before = UINT64_MAX - 1;
    expect(a, NULL, false);
    c.certificate.valid_before = UINT64_MAX;
    expect(a, NULL, true);
    a->now = now;
    c.certificate.valid_after = now + 1;
    expect(a, NULL, false);
    c.certificate.valid_after = c.certificate.valid_before = now;
    expect(a, NULL, false);
}

static void test_principals(void **state)
{
    (void)state;
    struct certified c;
    struct applicant *a = certified(&c, cert_restricted, 1); /* alice, bob */
    a->user = "carol";
    expect(a, NULL, false);
    expect(a, "cert-authority,principals=\"bob\"", true);
    expect(a, "cert-authority,principals=\"x,alice\"", true);
    expect(a, "cert-authority,principals=\"x,bo,alicia,*,al*\"", false);
    expect(a, "cert-authority,principals=\"\"", false);
    expect(a, "cert-authority,principals=\",\"", false);
    expect(a, "cert-authority,principals=\"carol\"", false);
    a->user = "alice"; /* no longer enough, since the line says who */
    expect(a, "cert-authority,principals=\"carol\"", false);
    c.certificate.principals = span_of("\0\0\0\0", 4);
    a->user = "";
    expect(a, NULL, false);
    expect(a, "cert-authority,principals=\"\"", false);
    expect(a, "cert-authority,principals=\",\"", false);
    c.certificate.principals = span_of("\0\0\0\x05"
                                       "ali\0e",
                                       9);
    a->user = "ali";
    expect(a, NULL, false);
    c.certificate.principals = span_of("\0\0\0\3x,y", 7); /* one name */
    expect(a, "cert-authority,principals=\"x,y\"", false);
}

/* What the line and the certificate both permit, what either demands. */
static void test_together(void **state)
{
    (void)state;
    struct certified c;
    struct applicant *a = certified(&c, cert_plain, 1);
    expect(a, "cert-authority,no-pty", true);
    expect_permits(false, true, true);
    expect(a, "cert-authority,restrict,pty", true);
    expect_permits(true, false, false);
    expect(a, "cert-authority,command=\"a \\\"b\\\"\",from=\"10.*\"", true);
    expect_command("a \"b\"");
    expect(a, "cert-authority,from=\"11.*\"", false);
    expect(a, "cert-authority,expiry-time=\"20200101Z\"", false);
    a = certified(&c, cert_restricted, 1);
    expect(a, "cert-authority,pty,port-forwarding", true);
    expect_permits(false, false, false);
    expect(a, "cert-authority,command=\"echo \\\"hi\\\"\"", true);
    expect_command("echo \"hi\"");
    expect(a, "cert-authority,command=\"echo hi\"", false);
    expect(a, "cert-authority,command=\"echo \\\"hi\\\" \"", false);
    expect(a, "cert-authority,command=\"\"", false);
    expect(a, "cert-authority,from=\"10.1.*\"", true);
    expect(a, "cert-authority,from=\"11.1.*\"", false);
    a->address = span_text("11.1.2.3"); /* as the line wants it, not the certificate */
    expect(a, "cert-authority,from=\"11.1.*\"", false);
}

static void test_certified_tokens(void **state)
{
    (void)state;
    struct certified c;
    struct applicant *a = certified(&c, cert_sk, 2);
    a->token = (struct presence){ true, false };
    expect(a, NULL, true);
    expect(a, "cert-authority", true);
    expect(a, "cert-authority,verify-required", false);
    a->token = (struct presence){ false, false };
    expect(a, NULL, false);
    expect(a, "cert-authority", false);
    expect(a, "cert-authority,no-touch-required", false); /* both must say so */
    a = certified(&c, cert_sk_untouched, 2);
    a->token = (struct presence){ false, false };
    expect(a, NULL, true);
    expect(a, "cert-authority", false);
    expect(a, "cert-authority,no-touch-required", true);
    a = certified(&c, cert_sk_verified, 2);
    a->token = (struct presence){ true, false };
    expect(a, NULL, false);
    expect(a, "cert-authority", false);
    a->token = (struct presence){ true, true };
    expect(a, NULL, true);
    expect(a, "cert-authority,verify-required", true);
    a->token = (struct presence){ false, true };
    expect(a, NULL, false);
}

#define BYTES(text) span_of(text, sizeof text - 1)

static void test_critical(void **state)
{
    (void)state;
    const struct {
        struct span list;
        bool yes;
    } cases[] = {
        { BYTES("\0\0\0\x0d"
                "force-command\0\0\0\6\0\0\0\2ls"),
          true },
        { BYTES("\0\0\0\x0d"
                "force-command\0\0\0\4\0\0\0\0"),
          true },
        { BYTES("\0\0\0\x0d"
                "force-command\0\0\0\0"),
          false },
        { BYTES("\0\0\0\x0d"
                "force-command\0\0\0\2ls"),
          false },
        { BYTES("\0\0\0\x0d"
                "force-command\0\0\0\7\0\0\0\2lsx"),
          false },
        { BYTES("\0\0\0\x0d"
                "force-command\0\0\0\6\0\0\0\3ls"),
          false },
        { BYTES("\0\0\0\x0d"
                "force-command\0\0\0\6\0\0\0\2l\0"),
          false },
        { BYTES("\0\0\0\x0d"
                "force-command\0\0\0\6\xff\xff\xff\xffls"),
          false },
        { BYTES("\0\0\0\x0d"
                "Force-command\0\0\0\6\0\0\0\2ls"),
          false },
        { BYTES("\0\0\0\x0e"
                "source-address\0\0\0\x0e\0\0\0\x0a"
                "10.0.0.0/8"),
          true },
        { BYTES("\0\0\0\x0e"
                "source-address\0\0\0\x0e\0\0\0\x0a"
                "10.0.0.1/8"),
          false },
        { BYTES("\0\0\0\x0e"
                "source-address\0\0\0\x08\0\0\0\4"
                "10.*"),
          false },
        { BYTES("\0\0\0\x0e"
                "source-address\0\0\0\4\0\0\0\0"),
          false },
        { BYTES("\0\0\0\x0e"
                "source-address\0\0\0\0"),
          false },
        { BYTES("\0\0\0\x0f"
                "verify-required\0\0\0\0"),
          true },
        { BYTES("\0\0\0\x0f"
                "verify-required\0\0\0\1x"),
          false },
        { BYTES("\0\0\0\x11"
                "no-touch-required\0\0\0\0"),
          false }, /* an extension */
        { BYTES("\0\0\0\x0a"
                "permit-pty\0\0\0\0"),
          false }, /* likewise */
        { BYTES("\0\0\0\0\0\0\0\0"), false },
    };
    struct certified c;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct applicant *a = certified(&c, cert_plain, 1);
        c.certificate.critical = cases[i].list;
        if (may(a, NULL) != cases[i].yes)
            fail_msg("case %zu: %s", i, why ? why : "yes");
    }
}

static void test_extensions(void **state)
{
    (void)state;
    const struct {
        struct span list;
        bool yes, pty;
    } cases[] = {
        { { NULL, 0 }, true, false },
        { BYTES("\0\0\0\x0a"
                "permit-pty\0\0\0\0"),
          true, true },
        { BYTES("\0\0\0\x0a"
                "permit-pty\0\0\0\1x"),
          false, false },
        { BYTES("\0\0\0\x0a"
                "permit-PTY\0\0\0\0"),
          true, false },
        { BYTES("\0\0\0\x03"
                "pty\0\0\0\0"),
          true, false },
        { BYTES("\0\0\0\x07"
                "permit-\0\0\0\0"),
          true, false },
        { BYTES("\0\0\0\x15"
                "permit-touch-required\0\0\0\0"),
          true, false },
        { BYTES("\0\0\0\x16"
                "permit-verify-required\0\0\0\0"),
          true, false },
        { BYTES("\0\0\0\x0f"
                "permit-restrict\0\0\0\0"),
          true, false },
        { BYTES("\0\0\0\x0d"
                "force-command\0\0\0\6\0\0\0\2ls"),
          true, false }, /* not critical */
        { BYTES("\0\0\0\x11"
                "no-touch-required\0\0\0\1x"),
          false, false },
        { BYTES("\0\0\0\0\0\0\0\1x"), true, false },
    };
    struct certified c;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct applicant *a = certified(&c, cert_plain, 1);
        c.certificate.extensions = cases[i].list;
        if (may(a, NULL) != cases[i].yes)
            fail_msg("case %zu: %s", i, why ? why : "yes");
        if (!cases[i].yes)
            continue;
        expect_permits(cases[i].pty, false, false);
        expect_command(NULL);
        a->token = (struct presence){ false, false };
        assert_false(may(a, NULL));
    }
}

/* A command as long as a line can be. */
static void test_long_command(void **state)
{
    (void)state;
    char line[LIMIT_KEYS_LINE];
    struct applicant a = alice();
    int n = snprintf(line, sizeof line, "command=\"%*s\"", LIMIT_KEYS_LINE - 12, "x");
    assert_true(n > 0 && (size_t)n < sizeof line);
    expect(&a, line, true);
    assert_int_equal(permits.command.n, LIMIT_KEYS_LINE - 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates),     cmocka_unit_test(test_validity),
        cmocka_unit_test(test_principals),       cmocka_unit_test(test_together),
        cmocka_unit_test(test_certified_tokens), cmocka_unit_test(test_critical),
        cmocka_unit_test(test_extensions),       cmocka_unit_test(test_long_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
