/* authorized_keys lines (sshd(8)): whom a line lets in, and that no line which is not understood as a
 * whole lets anybody in. */
#include "auth/authorized_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "tests/support/bytes.h"
#include "tests/support/test.h"

#define KEY   "AAAAC3NzaC1lZDI1NTE5AAAAIJI4D9IhajXEMMEnGtD0N63cbm+pC5+J+7C3ticIyT5J"
#define OTHER "AAAAC3NzaC1lZDI1NTE5AAAAILAJzrVlo2mM763T404gXVxk+wJiQccifF+UuEn8CIgR"
#define RSA   "AAAAB3NzaC1yc2EAAAADAQABAAAAQQDhBTqpCG1sQJ4W"
#define ED    "ssh-ed25519 "

static uint8_t blob[64];
static struct offered plain, certified; /* by KEY, with a certificate that KEY signed */
static struct key_options options;      /* of the last line */

static int start(void **state)
{
    (void)state;
    long n = base64_decode(blob, sizeof blob, span_text(KEY));
    plain.key_blob = certified.ca_blob = span_of(blob, (size_t)n);
    certified.key_blob = span_text("looked at nowhere");
    return n == 51 ? 0 : -1;
}

/* The line is put where nothing lies behind it, so that the sanitizer sees a step too far. */
static enum keys_verdict verdict_for(const struct offered *offered, struct span line,
                                     const char **why)
{
    uint8_t *exact = malloc(line.n + (line.n == 0));
    assert_non_null(exact);
    if (line.n != 0)
        memcpy(exact, line.p, line.n);
    *why = NULL;
    enum keys_verdict v = authorized_keys_line(span_of(exact, line.n), offered, &options, why);
    free(exact);
    assert_int_equal(*why != NULL, v == KEYS_REFUSED); /* a refusal says why, nothing else does */
    return v;
}

static enum keys_verdict verdict(struct span line, const char **why)
{
    return verdict_for(&plain, line, why);
}

static void expect_for(const struct offered *offered, const char *line, enum keys_verdict want)
{
    const char *why;
    enum keys_verdict got = verdict_for(offered, span_text(line), &why);
    if (got != want)
        fail_msg("verdict %d for: %s", got, line);
}

static void expect(const char *line, enum keys_verdict want)
{
    expect_for(&plain, line, want);
}

static void test_lets_in(void **state)
{
    (void)state;
    expect(ED KEY, KEYS_MATCH);
    expect(ED KEY " user@host", KEYS_MATCH);
    expect(ED KEY " a comment of several words", KEYS_MATCH);
    expect(ED KEY " a comment with \"quotes\" and 'more, \\ and #", KEYS_MATCH);
    expect("   \t" ED KEY, KEYS_MATCH);
    expect("ssh-ed25519\t\t " KEY "\t", KEYS_MATCH);
    expect(ED KEY "\r", KEYS_MATCH); /* CR LF line ends */
    expect(ED KEY " comment\r", KEYS_MATCH);
    expect(ED KEY " " ED OTHER, KEYS_MATCH); /* that is a comment too */
}

static void test_nobody_or_others(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "",
        " ",
        "\t\r",
        "#",
        "# " ED KEY,
        "  #" ED KEY,
        ED OTHER " comment",
        "ssh-rsa " RSA,
        "ssh-rsa " KEY, /* the type does not fit the blob */
        "ecdsa-sha2-nistp256 " KEY,
        KEY,
        "ssh-ed25519",
        "ssh-ed25519 ",
        "ssh-ed25519" KEY,
        "SSH-ED25519 " KEY,
        "ssh-ed25519-cert-v01@openssh.com " KEY,
        "\"ssh-ed25519\" " KEY,
        "ssh-ed25519, " KEY,
    };
    for (size_t i = 0; i < COUNT(lines); i++)
        expect(lines[i], KEYS_OTHER);
}

/* They come back for somebody else to judge. */
static void test_options(void **state)
{
    (void)state;
    expect("restrict,command=\"say \\\"hi\\\" , twice\" " ED KEY " c", KEYS_MATCH);
    assert_int_equal(options.flags, NEED_TOUCH);
    assert_int_equal(options.command.n, strlen("say \\\"hi\\\" , twice"));
    expect(ED KEY " restrict", KEYS_MATCH);
    assert_int_equal(options.flags, ALLOW_ALL | NEED_TOUCH);
    assert_int_equal(options.list.n, 0);
    expect("from=\"\t \" \t" ED KEY, KEYS_MATCH);
    assert_int_equal(options.from.n, 2);
}

static void test_bad_options_refuse(void **state)
{
    (void)state;
    static const char *const list[] = {
        "unknown-option",
        "no-pty,unknown-option",
        "no-pty,",
        ",",
        "command=\"/bin/false\",command=\"/bin/true\"",
        "command=/bin/false",
        "expiry-time=\"20300132\"",
        "environment=\"A\"",
        "\"no-pty\"",
        "principals=\"tester\"", /* of whom should it be? */
    };
    char line[400];
    for (size_t i = 0; i < COUNT(list); i++) {
        const char *why;
        snprintf(line, sizeof line, "%s " ED KEY " comment", list[i]);
        assert_int_equal(verdict(span_text(line), &why), KEYS_REFUSED);
        assert_true(strlen(why) > 10);
        snprintf(line, sizeof line, "%s " ED OTHER " comment", list[i]);
        expect(line, KEYS_OTHER); /* another key's options are no matter */
    }
    expect("#not-a-comment-here " ED KEY, KEYS_OTHER); /* for it starts the line */
}

/* A CA's line is for its certificates alone, any other for its key alone. */
static void test_authorities(void **state)
{
    (void)state;
    expect("cert-authority " ED KEY, KEYS_OTHER);
    expect_for(&certified, "cert-authority " ED KEY, KEYS_MATCH);
    expect_for(&certified, "no-pty,CERT-AUTHORITY,principals=\"a,b\" " ED KEY " c", KEYS_MATCH);
    assert_int_equal(options.principals.n, 3);
    expect_for(&certified, ED KEY, KEYS_OTHER);
    expect_for(&certified, "no-pty " ED KEY, KEYS_OTHER);
    expect_for(&certified, "cert-authority " ED OTHER, KEYS_OTHER);
    expect_for(&certified, "cert-authority,foo " ED KEY, KEYS_REFUSED);
    expect_for(&certified, "foo " ED KEY, KEYS_REFUSED);
    expect_for(&certified, "cert-authority,principals=\"x\" " ED OTHER, KEYS_OTHER);
}

/* However its quotes are placed, a line never turns from refused into accepted. */
static void test_quotes(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "command=\"a b " ED KEY, /* never closed: the key is inside the quotes */
        "command=\"a\" b\" " ED KEY,
        "command=\"a\\\" " ED KEY "\"", /* the escaped quote does not close */
        "command=a b " ED KEY,
        "\" " ED KEY,
        "\"\" " ED KEY,
        "\\\" " ED KEY,
        "a\"b c\"d " ED KEY,
    };
    for (size_t i = 0; i < COUNT(lines); i++) {
        const char *why;
        assert_int_not_equal(verdict(span_text(lines[i]), &why), KEYS_MATCH);
    }
}

static void test_nul(void **state)
{
    (void)state;
    const char *why;
    assert_int_equal(
        verdict(span_of(ED KEY " comment\0hidden", sizeof ED KEY " comment\0hidden" - 1), &why),
        KEYS_REFUSED);
    assert_int_equal(verdict(span_of(ED KEY "\0", sizeof ED KEY), &why), KEYS_OTHER);
    assert_int_equal(verdict(span_of("\0" ED KEY, sizeof ED KEY), &why), KEYS_OTHER);
    assert_int_equal(verdict(span_of("#\0" ED KEY, sizeof ED KEY + 1), &why), KEYS_OTHER);
}

/* Every character of the line changed, every byte cut: the key is no longer on it, or only its comment
 * suffered. */
static void test_damaged(void **state)
{
    (void)state;
    char line[] = ED KEY " comment";
    size_t key_end = sizeof ED KEY - 1;
    const char *why;
    for (size_t i = 0; i < sizeof line - 1; i++)
        for (unsigned c = 1; c < 256; c++) {
            char before = line[i];
            bool harmless = i > key_end || ((i == 11 || i == key_end) && strchr(" \t\r", (int)c));
            if ((char)c == before)
                continue;
            line[i] = (char)c;
            enum keys_verdict v = verdict(span_text(line), &why);
            if ((v == KEYS_MATCH) != harmless)
                fail_msg("verdict %d with byte %zu = %u", v, i, c);
            line[i] = before;
        }
    for (size_t n = 0; n < sizeof line; n++)
        assert_int_equal(verdict(span_of(line, n), &why), n >= key_end ? KEYS_MATCH : KEYS_OTHER);
}

static void test_long_lines(void **state)
{
    (void)state;
    const char *why;
    char *line = malloc(LIMIT_KEYS_LINE);
    assert_non_null(line);
    memset(line, 'A', LIMIT_KEYS_LINE);
    assert_int_equal(verdict(span_of(line, LIMIT_KEYS_LINE), &why), KEYS_OTHER);
    memcpy(line, ED, sizeof ED - 1);
    assert_int_equal(verdict(span_of(line, LIMIT_KEYS_LINE), &why), KEYS_OTHER);
    memcpy(line, ED KEY " ", sizeof ED KEY);
    assert_int_equal(verdict(span_of(line, LIMIT_KEYS_LINE), &why), KEYS_MATCH);
    memset(line, ' ', LIMIT_KEYS_LINE);
    assert_int_equal(verdict(span_of(line, LIMIT_KEYS_LINE), &why), KEYS_OTHER);
    memcpy(line + LIMIT_KEYS_LINE - sizeof ED KEY + 1, ED KEY, sizeof ED KEY - 1);
    assert_int_equal(verdict(span_of(line, LIMIT_KEYS_LINE), &why), KEYS_MATCH);
    free(line);
}

/* The blob asked about is a peer's: whatever it is, it only matches itself. */
static void test_strange_blobs(void **state)
{
    (void)state;
    static const struct span blobs[] = {
        { (const uint8_t *)"", 0 },
        { (const uint8_t *)"\0\0\0", 3 },
        { (const uint8_t *)"\0\0\0\0", 4 },
        { (const uint8_t *)"\xff\xff\xff\xff", 4 },
        { (const uint8_t *)"\0\0\0\x0bssh-ed25519", 15 },
    };
    const char *why = NULL;
    for (size_t i = 0; i < COUNT(blobs); i++) {
        struct offered o[2] = { { .key_blob = blobs[i] }, { plain.key_blob, blobs[i] } };
        static const char *const lines[] = { ED OTHER, " x", "a b c", "cert-authority " ED OTHER };
        for (size_t k = 0; k < 2; k++)
            for (size_t n = 0; n < COUNT(lines); n++)
                assert_int_equal(authorized_keys_line(span_text(lines[n]), &o[k], &options, &why),
                                 KEYS_OTHER);
    }
    assert_null(why);
}

static void test_garbage(void **state)
{
    (void)state;
    static const char *const pieces[] = { ED,   KEY,       OTHER,  " ",  "\"",
                                          "\\", "\t",      "\\\"", ",",  "command=",
                                          "#",  "ssh-rsa", "=",    "\r", "A" };
    struct random random = random_of(4);
    const char *why;
    char line[1000];
    for (int i = 0; i < 30000; i++) {
        size_t n = 0;
        for (size_t k = random_below(&random, 9); k > 0; k--)
            n += (size_t)snprintf(line + n, sizeof line - n, "%s",
                                  pieces[random_below(&random, COUNT(pieces))]);
        enum keys_verdict v = verdict(span_of(line, n), &why);
        if (v == KEYS_OTHER)
            continue;
        assert_non_null(strstr(line, KEY)); /* only what holds the key can match or be refused */
        if (v == KEYS_MATCH)                /* and it lets in only when the key comes first */
            assert_ptr_equal(line + strspn(line, " \t\r"), strstr(line, "ssh-ed25519"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lets_in),     cmocka_unit_test(test_nobody_or_others),
        cmocka_unit_test(test_options),     cmocka_unit_test(test_bad_options_refuse),
        cmocka_unit_test(test_authorities), cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_nul),         cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_long_lines),  cmocka_unit_test(test_strange_blobs),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
