/* Names to addresses: from files of the test's own and a name server that misbehaves. */
#include "network/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/support/files.h"
#include "tests/support/name_server.h"
#include "tests/support/test.h"

enum { TIMEOUT_MS = 20000 };

static struct name_server server;
static struct resolver resolver;
static bool no_random;

/* In front of libc's. */
ssize_t getrandom(void *p, size_t n, unsigned flags)
{
    errno = ENOSYS;
    return no_random ? -1 : syscall(SYS_getrandom, p, n, flags);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* --- files --- */
static void write_hosts(void **state, const char *text)
{
    static char path[FILES_PATH_MAX];
    snprintf(path, sizeof path, "%s", files_path(state, "hosts"));
    files_write(path, text, strlen(text), 0600);
    resolver.hosts = path;
}

static void write_configuration(void **state, const char *text)
{
    static char path[FILES_PATH_MAX];
    snprintf(path, sizeof path, "%s", files_path(state, "resolv.conf"));
    files_write(path, text, strlen(text), 0600);
    resolver.configuration = path;
}

static int start(void **state)
{
    if (files_start(state) != 0 || !name_server_start(&server))
        return -1;
    resolver = (struct resolver){ "/no/such/hosts", "/no/such/configuration", server.port, NULL };
    write_configuration(state, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
    return 0;
}

static int stop(void **state)
{
    name_server_stop(&server);
    return files_stop(state);
}

/* --- what comes out: the addresses with blanks between, in an order of their own --- */
static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void expect_in(const char *host, int want, const char *addresses, uint64_t least_ms,
                      uint64_t most_ms)
{
    struct resolved found;
    char list[RESOLVE_MAX][ADDRESS_MAX], text[RESOLVE_MAX * ADDRESS_MAX] = "";
    uint64_t start_ms = now_ms();
    server.log->n = 0;
    int got = resolve_host(&resolver, host, 4711, TIMEOUT_MS, &found);
    uint64_t took_ms = now_ms() - start_ms;
    if (got != want)
        fail_msg("%s: %d", host, got);
    assert_in_range(found.n, 0, RESOLVE_MAX);
    assert_int_equal(found.n != 0, got == 1);
    for (unsigned i = 0; i < found.n; i++) {
        unsigned port;
        address_text(&found.list[i], list[i], &port);
        assert_int_equal(port, 4711);
    }
    qsort(list, found.n, sizeof *list, by_text);
    for (unsigned i = 0; i < found.n; i++) {
        strcat(text, i != 0 ? " " : "");
        strcat(text, list[i]);
    }
    if (strcmp(text, addresses) != 0)
        fail_msg("%s: %s", host, text);
    if (took_ms < least_ms || took_ms > most_ms)
        fail_msg("%s: %u ms", host, (unsigned)took_ms);
}

static void expect(const char *host, int want, const char *addresses)
{
    expect_in(host, want, addresses, 0, TIMEOUT_MS);
}

#define BOTH "192.0.2.1 2001:db8::1"

static void expect_asked(const char *const *lines, unsigned n)
{
    if (server.log->n != n)
        fail_msg("%u were asked, the first \"%s\"", server.log->n, server.log->lines[0]);
    for (unsigned i = 0; i < n; i++)
        assert_string_equal(server.log->lines[i], lines[i]);
}

/* --- without a server --- */
static void test_literals(void **state)
{
    (void)state;
    expect("192.0.2.7", 1, "192.0.2.7");
    expect("2001:db8::7", 1, "2001:db8::7");
    expect("fe80::1%3", 1, "fe80::1");
    expect("fe80::1%no-such", -1, "");
    expect("1::2::3", -1, "");
    expect("host:22", -1, "");
    assert_int_equal(server.log->n, 0);
}

static void test_no_names(void **state)
{
    static const char *const names[] = { "", ".", "..", ".test", "a..test", "test..", ".ok.test" };
    char text[400];
    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        expect(names[i], -1, "");
        assert_int_equal(server.log->n, 0);
    }
    memset(text, 'a', sizeof text);
    strcpy(text + 64, ".test");
    expect(text, -1, "");
    assert_int_equal(server.log->n, 0);
    expect(text + 1, -1, ""); /* 63: a name that does not exist */
    assert_int_equal(server.log->n, 2);
    memset(text, 'a', sizeof text);
    for (size_t i = 49; i < 254; i += 50)
        text[i] = '.';
    text[254] = 0;
    expect(text, -1, "");
    assert_int_equal(server.log->n, 0);
    text[253] = '.'; /* which does not count */
    expect(text, -1, "");
    assert_int_equal(server.log->n, 2);
}

static void test_localhost(void **state)
{
    static const char *const names[] = { "localhost", "LocalHost", "localhost.", "a.localhost",
                                         "a.b.LOCALHOST." };
    write_hosts(state, "192.0.2.9 localhost\n");
    for (size_t i = 0; i < COUNT(names); i++) {
        expect(names[i], 1, "127.0.0.1 ::1");
        assert_int_equal(server.log->n, 0);
    }
    expect("notlocalhost.test", -1, "");
    assert_int_equal(server.log->n, 2);
}

static void test_hosts(void **state)
{
    static char text[20000];
    size_t n = (size_t)snprintf(text, sizeof text,
                                "# 192.0.2.1 one\n"
                                "192.0.2.2\ttwo\talias # three\n"
                                "192.0.2.3 three\r\n"
                                "\n   \n"
                                "  2001:db8::2  TWO other.test\n"
                                "not-an-address two\n"
                                "192.0.2.4 four#five\n"
                                "192.0.2.5 two two two\n"
                                "two 192.0.2.6\n"
                                "192.0.2.7\n");
    memset(text + n, 'x', 9000);
    strcpy(text + n + 9000, " two\n192.0.2.8 last");
    write_hosts(state, text);
    expect("two", 1, "192.0.2.2 192.0.2.5 2001:db8::2");
    assert_int_equal(server.log->n, 0);
    expect("alias", 1, "192.0.2.2");
    expect("Three.", 1, "192.0.2.3");
    expect("other.test", 1, "2001:db8::2");
    expect("four", 1, "192.0.2.4");
    expect("last", 1, "192.0.2.8");
    assert_int_equal(server.log->n, 0);
    static const char *const none[] = { "one", "five", "three.test", "othe", "twoo" };
    for (size_t i = 0; i < COUNT(none); i++) {
        expect(none[i], -1, "");
        assert_int_equal(server.log->n, 2); /* not there, so asked for */
    }
}

static void test_hosts_bound(void **state)
{
    char text[1000] = "";
    for (int i = 1; i <= 20; i++)
        snprintf(text + strlen(text), 40, "192.0.2.1%02d many\n", i);
    write_hosts(state, text);
    expect("many", 1,
           "192.0.2.101 192.0.2.102 192.0.2.103 192.0.2.104 192.0.2.105 192.0.2.106 192.0.2.107 "
           "192.0.2.108");
}

/* --- with a server --- */
static void test_answers(void **state)
{
    (void)state;
    static const char *const asked[] = { "1 u AAAA ok.test", "1 u A ok.test" };
    expect("ok.test", 1, BOTH);
    expect_asked(asked, 2);
    expect("OK.Test.", 1, BOTH);
    expect("only4.test", 1, "192.0.2.1");
    expect("only6.test", 1, "2001:db8::1");
    expect("nx.test", -1, "");
    expect("nodata.test", -1, "");
    expect("chain.test", 1, BOTH);
    expect("many.test", 1,
           "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 2001:db8::1 2001:db8::2 2001:db8::3 "
           "2001:db8::4");
}

static void test_forged(void **state)
{
    (void)state;
    static const char *const names[] = {
        "wrong-id.test",     "wrong-name.test",   "wrong-type.test",    "wrong-question-class.test",
        "no-response.test",  "wrong-opcode.test", "two-questions.test", "short.test",
        "cut-question.test", "empty.test",        "wrong-port.test"
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        expect(names[i], 1, BOTH);
        assert_int_equal(server.log->n, 2);
    }
}

static void test_damaged(void **state)
{
    (void)state;
    expect("records-then-rubbish.damage.test", 1, BOTH);
    expect("bad-pointer.damage.test", 1, BOTH);
    expect("wrong-records.damage.test", 1, BOTH);
    static const char *const useless[] = { "pointer-loop.damage.test", "huge-count.damage.test",
                                           "label-past-end.damage.test",
                                           "data-past-end.damage.test",
                                           "reserved-label.damage.test" };
    for (size_t i = 0; i < COUNT(useless); i++)
        expect_in(useless[i], 0, "", 0, 900);
}

/* Over TCP when the datagram has nothing, and only then. */
static void test_cut(void **state)
{
    (void)state;
    expect("cut-some.test", 1, BOTH);
    assert_int_equal(server.log->n, 2);
    expect("cut-all.test", 1,
           "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 2001:db8::1 2001:db8::2 2001:db8::3 "
           "2001:db8::4");
    assert_int_equal(server.log->n, 4);
    assert_non_null(strstr(server.log->lines[2], "1 t "));
    expect("cut-none.test", 0, "");
}

static void test_silence(void **state)
{
    (void)state;
    expect_in("silent.test", 0, "", 1000, 1900);
    assert_int_equal(server.log->n, 2);
    expect_in("silent6.test", 1, "192.0.2.1", 500, 900); /* A is enough, after a while */
    expect_in("servfail.test", 0, "", 0, 900);
    expect_in("fail6.test", 1, "192.0.2.1", 0, 900);
    struct resolved found;
    uint64_t start_ms = now_ms();
    assert_int_equal(resolve_host(&resolver, "silent.test", 1, 300, &found), 0);
    assert_in_range(now_ms() - start_ms, 300, 900);
}

static void test_next_server(void **state)
{
    write_configuration(state, "nameserver 127.0.0.1\nnameserver 127.0.0.2\n"
                               "options timeout:1 attempts:2\n");
    expect_in("first-servfail.test", 1, BOTH, 0, 900);
    assert_int_equal(server.log->n, 4);
    expect_in("first-refused.test", 1, BOTH, 0, 900);
    expect_in("first-silent.test", 1, BOTH, 1000, 1900);
    expect_in("silent.test", 0, "", 4000, 5900);
    assert_int_equal(server.log->n, 8);
    expect("nx.test", -1, "");
    assert_int_equal(server.log->n, 2); /* an answer is an answer */
    /* 127.0.0.4 refuses; the fourth is one too many, and the second no address */
    write_configuration(state, "nameserver 127.0.0.4\nnameserver 127.0.0\n"
                               "nameserver ::ffff:127.0.0.2\nnameserver 127.0.0.4\n"
                               "nameserver 127.0.0.1\noptions attempts:1\n");
    expect_in("ok.test", 1, BOTH, 0, 900);
    assert_string_equal(server.log->lines[0], "2 u AAAA ok.test");
    expect_in("servfail.test", 0, "", 0, 900);
    assert_int_equal(server.log->n, 2);
}

static void test_search(void **state)
{
    static const char *const few[] = { "1 u AAAA nx.a.test", "1 u A nx.a.test",
                                       "1 u AAAA nx.found.test", "1 u A nx.found.test" };
    static const char *const none[] = { "1 u AAAA nx.a.test", "1 u A nx.a.test", "1 u AAAA nx",
                                        "1 u A nx" };
    static const char *const dots[] = { "1 u AAAA nx.b", "1 u A nx.b", "1 u AAAA nx.b.found.test",
                                        "1 u A nx.b.found.test" };
    write_configuration(state, "domain ignored.test\n; search x.test\n#search y.test\n"
                               "search a.test\t found.test. c.test\r\n");
    expect("nx", 1, BOTH);
    expect_asked(few, 4);
    expect("nodata", 1, BOTH);
    expect("nx.", -1, "");
    assert_int_equal(server.log->n, 2);
    write_configuration(state, "search a.test\nsearch found.test\n");
    expect("nx.b", 1, BOTH);
    expect_asked(dots, 4);
    write_configuration(state, "domain a.test\n");
    expect("nx", -1, "");
    expect_asked(none, 4);
    write_configuration(state, "search .\n");
    expect("ok", 1, BOTH);
    write_configuration(state, "search a.test found.test\noptions timeout:1 attempts:1\n");
    expect("silent", 0, ""); /* who knows what a.test would have said */
    assert_int_equal(server.log->n, 2);
    write_configuration(state, "search a..test found.test\n");
    expect("nx", 1, BOTH);
    assert_int_equal(server.log->n, 2);
}

static void test_options(void **state)
{
    static const char *const first[] = { "1 u AAAA nx.b.a.test", "1 u A nx.b.a.test",
                                         "1 u AAAA nx.b", "1 u A nx.b" };
    write_configuration(state, "search a.test\noptions rotate ndots:2 edns0 timeout:x\n");
    expect("nx.b", -1, "");
    expect_asked(first, 4);
    write_configuration(state, "search a.test\noptions ndots:99999\n"); /* is 15 */
    expect("nx.2.3.4.5.6.7.8.9.10.11.12.13.14.15", -1, "");
    assert_string_equal(server.log->lines[0],
                        "1 u AAAA nx.2.3.4.5.6.7.8.9.10.11.12.13.14.15.a.test");
    expect("nx.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16", -1, "");
    assert_string_equal(server.log->lines[0], "1 u AAAA nx.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16");
    write_configuration(state, "search a.test\noptions ndots:0\n");
    expect("ok", 1, BOTH);
    assert_int_equal(server.log->n, 2);
    write_configuration(state, "options timeout:0 attempts:0\n"); /* are 1 */
    expect_in("silent.test", 0, "", 1000, 1900);
    assert_int_equal(server.log->n, 2);
}

/* No file, or no server in it: the one of this machine. */
static void test_no_configuration(void **state)
{
    resolver.configuration = "/no/such/configuration";
    expect("ok.test", 1, BOTH);
    write_configuration(state, "");
    expect("ok.test", 1, BOTH);
    char text[3000];
    memset(text, 'x', sizeof text);
    memcpy(text, "search ", 7);
    text[sizeof text - 1] = 0;
    write_configuration(state, text); /* too long: none */
    expect("ok", 1, BOTH);
    assert_int_equal(server.log->n, 2);
}

/* Without randomness nothing leaves; /dev/urandom will do. */
static void test_randomness(void **state)
{
    (void)state;
    no_random = true;
    expect("ok.test", 1, BOTH);
    pid_t pid = fork();
    if (pid == 0) { /* one descriptor, which the socket takes */
        struct resolved found;
        int fd = dup(0);
        struct rlimit limit = { (rlim_t)fd + 1, (rlim_t)fd + 1 };
        close(fd);
        server.log->n = 0;
        setrlimit(RLIMIT_NOFILE, &limit);
        _exit(resolve_host(&resolver, "ok.test", 1, 1000, &found) + 10);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    no_random = false;
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 10);
    assert_int_equal(server.log->n, 0);
}

/* What has a route first, then IPv6. */
static void test_order(void **state)
{
    struct resolved found;
    write_hosts(state, "127.0.0.1 mixed\n::1 mixed\n127.0.0.2 mixed\nfe80::1%999999 mixed\n");
    assert_int_equal(resolve_host(&resolver, "mixed", 1, 1000, &found), 1);
    assert_int_equal(found.n, 4);
    char first[ADDRESS_MAX];
    unsigned port;
    int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in6 six = { .sin6_family = AF_INET6,
                                .sin6_port = 1,
                                .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    bool routed = fd >= 0 && connect(fd, (struct sockaddr *)&six, sizeof six) == 0;
    close(fd);
    address_text(&found.list[0], first, &port);
    assert_string_equal(first, routed ? "::1" : "127.0.0.1");
    address_text(&found.list[3], first, &port);
    assert_string_equal(first, routed ? "fe80::1" : first);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(test_literals), CASE(test_no_names),         CASE(test_localhost),
        CASE(test_hosts),    CASE(test_hosts_bound),      CASE(test_answers),
        CASE(test_forged),   CASE(test_damaged),          CASE(test_cut),
        CASE(test_silence),  CASE(test_next_server),      CASE(test_search),
        CASE(test_options),  CASE(test_no_configuration), CASE(test_randomness),
        CASE(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
