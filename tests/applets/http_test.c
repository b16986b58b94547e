/* URLs and HTTP answers without a socket, whole and in pieces of every size. */
#include "applets/http.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/test.h"

/* --- URLs --- */
static void expect_url(const char *text, const char *host, unsigned port, const char *path,
                       const char *file)
{
    struct url u;
    char name[URL_NAME];
    if (url_parse(&u, text) != NULL)
        fail_msg("%s: %s", text, url_parse(&u, text));
    assert_string_equal(u.name, host);
    assert_int_equal(u.port, port);
    assert_string_equal(u.path, path);
    assert_string_equal(url_file(&u, name), file);
}

static void test_urls(void **state)
{
    (void)state;
    expect_url("http://host", "host", 80, "", "index.html");
    expect_url("host", "host", 80, "", "index.html");
    expect_url("host:8080/a", "host", 8080, "/a", "a");
    expect_url("HTTP://Host:1/a/b.c?d=/e#f", "Host", 1, "/a/b.c?d=/e#f", "b.c");
    expect_url("http://host?q", "host", 80, "?q", "index.html");
    expect_url("http://host/a/?q/x", "host", 80, "/a/?q/x", "index.html");
    expect_url("http://[::1]/", "::1", 80, "/", "index.html");
    expect_url("http://[fe80::1%eth0]:81/x", "fe80::1%eth0", 81, "/x", "x");
    expect_url("http://host/..", "host", 80, "/..", "index.html");
    expect_url("http://host/a/.", "host", 80, "/a/.", "index.html");
    expect_url("http://host/...x", "host", 80, "/...x", "...x");
    expect_url("http://host/@scope/a:b", "host", 80, "/@scope/a:b", "a:b");
    expect_url("http://host/http://x", "host", 80, "/http://x", "x");
}

static void test_no_urls(void **state)
{
    (void)state;
    static const char *const no_urls[] = {
        "a b",        "a\r\nb",          "a\tb",          "a\x7f",         "\xc3\xbc",
        "https://x/", "ftp://x/",        "http://a@b/",   "http://a:b@c/", "http://a:/",
        "http://a:b", "http://a:65536/", "http://[::1]:", "://a",          "httpx://a",
    };
    struct url u;
    for (size_t i = 0; i < COUNT(no_urls); i++)
        if (url_parse(&u, no_urls[i]) == NULL)
            fail_msg("%s", no_urls[i]);
}

static void expect_follow(const char *from, const char *location, const char *want)
{
    struct url u;
    char to[URL_ROOM];
    assert_null(url_parse(&u, from));
    url_follow(to, &u, location);
    assert_string_equal(to, want);
}

static void test_follow(void **state)
{
    (void)state;
    expect_follow("http://a:1/b/c?d", "http://x/y", "http://x/y");
    expect_follow("http://a:1/b/c?d", "https://x/y", "https://x/y");
    expect_follow("http://a:1/b/c?d", "//x/y", "x/y");
    expect_follow("http://a:1/b/c?d", "/x:y", "a:1/x:y");
    expect_follow("http://a:1/b/c?d", "x/y", "a:1/b/x/y");
    expect_follow("http://a:1/b/c?d", "?x", "a:1/b/c?x");
    expect_follow("http://a:1", "x", "a:1/x");
    expect_follow("a", "/", "a/");
    expect_follow("a?b/c", "?x", "a/?x");
    char *longer = calloc(1, 2 * URL_ROOM);
    memset(longer, 'x', 2 * URL_ROOM - 1);
    struct url u;
    char to[URL_ROOM];
    assert_non_null(url_parse(&u, longer));
    assert_null(url_parse(&u, longer + URL_ROOM));
    url_follow(to, &u, longer);
    assert_int_equal(strlen(to), URL_ROOM - 1);
    free(longer);
}

/* --- answers --- */
static struct http h;

/* What comes of it, when it comes in pieces of that size: "[line]", then the body, and in the end . or ! or … for more. */
static const char *events(const char *text, size_t n, size_t piece)
{
    static char all[65536];
    struct span in = { NULL, 0 }, body;
    memset(&h, 0, sizeof h);
    all[0] = 0;
    for (;;) {
        switch (http_next(&h, &in, &body)) {
        case HTTP_MORE:
            if (n == 0)
                return strcat(all, http_whole(&h) ? "|" : "...");
            in = span_of(text, n < piece ? n : piece);
            text += in.n;
            n -= in.n;
            break;
        case HTTP_LINE:
            strncat(all, "[", 2);
            strncat(all, h.line, 100);
            strncat(all, "]", 2);
            break;
        case HTTP_HEAD:
            strcat(all, "=");
            break;
        case HTTP_BODY:
            strncat(all, (const char *)body.p, body.n);
            break;
        case HTTP_END:
            return strcat(all, ".");
        default:
            return strcat(all, "!");
        }
    }
}

static void expect(const char *text, const char *want)
{
    size_t n = strlen(text);
    for (size_t piece = 1; piece <= n; piece++) {
        const char *got = events(text, n, piece);
        if (strcmp(got, want) != 0)
            fail_msg("in pieces of %zu: %s instead of %s", piece, got, want);
    }
}

#define OK      "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
#define SHOWN   "[HTTP/1.1 200 OK][Transfer-Encoding: chunked]="

static void test_bodies(void **state)
{
    (void)state;
    expect(OK "content-length:   5  \r\n\r\nhello",
           "[HTTP/1.1 200 OK][content-length:   5]=hello.");
    expect(OK "Content-Length: 0\n\n", "[HTTP/1.1 200 OK][Content-Length: 0]=.");
    expect(OK "Content-Length: 6\r\n\r\nhello", "[HTTP/1.1 200 OK][Content-Length: 6]=hello...");
    expect(OK "\r\nhello", "[HTTP/1.1 200 OK]=hello|");
    expect("HTTP/1.1 204 x\r\n\r\n", "[HTTP/1.1 204 x]=.");
    expect("HTTP/1.1 100 x\r\n\r\n" OK "\r\n", "[HTTP/1.1 100 x][HTTP/1.1 200 OK]=|");
    expect(OK "A\r\nB:\r\n", "[HTTP/1.1 200 OK][A][B:]...");
    expect(OK "a\tb\x1b[m\xff\r\r\n", "[HTTP/1.1 200 OK][a b [m]...");
    expect("", "...");
}

static void test_chunks(void **state)
{
    (void)state;
    expect(CHUNKED "0\r\n\r\n", SHOWN ".");
    expect(CHUNKED "3;x\r\nabc\r\n00a ;y\r\n0123456789\r\n0\r\nT: x\r\n\r\n",
           SHOWN "abc0123456789.");
    expect(CHUNKED "3\r\nabc\r\n", SHOWN "abc...");
    expect(CHUNKED "3\r\nabc\r\n0\r\n", SHOWN "abc...");
    expect(CHUNKED "3\r\nabcd\r\n", SHOWN "abc!");
    expect(CHUNKED "\r\n", SHOWN "!");
    expect(CHUNKED ";x\r\n", SHOWN "!");
    expect(CHUNKED "-1\r\n", SHOWN "!");
    expect(CHUNKED "0x1\r\n", SHOWN "!");
    expect(CHUNKED "8000000000000000\r\n", SHOWN "!");
    expect(CHUNKED "10000000000000000\r\n", SHOWN "!");
    expect(CHUNKED "7fffffffffffffff\r\nx", SHOWN "x...");
}

static void test_bad(void **state)
{
    (void)state;
    expect("HTTP/2 200 OK\r\n", "!");
    expect("HTTP/1.1\r\n", "!");
    expect("HTTP/1.1 99 x\r\n", "!");
    expect("\r\n", "!");
    expect(OK "Content-Length: -1\r\n", "[HTTP/1.1 200 OK]!");
    expect(OK "Content-Length: 1, 1\r\n", "[HTTP/1.1 200 OK]!");
    expect(OK "Content-Length:\r\n", "[HTTP/1.1 200 OK]!");
    expect(OK "Content-Length: 9223372036854775808\r\n", "[HTTP/1.1 200 OK]!");
    expect(OK "Transfer-Encoding: gzip\r\n", "[HTTP/1.1 200 OK]!");
    expect(OK "Transfer-Encoding: chunked, gzip\r\n", "[HTTP/1.1 200 OK]!");
}

/* A line of any length is taken; a head that does not end is not. */
static void test_endless(void **state)
{
    (void)state;
    static char text[HTTP_HEAD_MOST + 100];
    memset(text, 'x', sizeof text);
    memcpy(text, OK, sizeof OK - 1);
    const char *got = events(text, sizeof text, 4096);
    assert_string_equal(got, "[HTTP/1.1 200 OK]!");
    memcpy(text + 100000, "\r\n\r\n", 4);
    got = events(text, 100010, 4096);
    assert_int_equal(got[strlen(got) - 1], '|');
    assert_int_equal(strlen(h.line), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),    cmocka_unit_test(test_no_urls),
        cmocka_unit_test(test_follow),  cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_chunks),  cmocka_unit_test(test_bad),
        cmocka_unit_test(test_endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
