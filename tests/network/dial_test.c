/* Connections: to one of several addresses, of which some refuse and some say nothing. */
#include "network/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "network/bind.h"
#include "tests/support/files.h"
#include "tests/support/name_server.h"
#include "tests/support/test.h"

static struct resolver resolver = { "/no/such/hosts", "/no/such/configuration", 1, NULL };

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void write_hosts(void **state, const char *text)
{
    static char path[FILES_PATH_MAX];
    snprintf(path, sizeof path, "%s", files_path(state, "hosts"));
    files_write(path, text, strlen(text), 0600);
    resolver.hosts = path;
}

/* On 127.0.0.`host`; port 0 is any. */
static int listen_at(unsigned host, unsigned *port)
{
    union address a;
    char text[ADDRESS_MAX];
    snprintf(text, sizeof text, "127.0.0.%u:%u", host, *port);
    assert_true(address_parse(text, &a));
    int fd = bind_listen(&a, 0);
    assert_true(fd >= 0);
    address_text(&a, text, port);
    return fd;
}

/* Somebody whose queue is full, so that the kernel drops what asks for more: as silent as a filter. */
struct black_hole {
    int listener, clients[8];
};

static void black_hole_start(struct black_hole *b, unsigned host, unsigned *port)
{
    struct sockaddr_in a = { .sin_family = AF_INET };
    b->listener = listen_at(host, port);
    assert_int_equal(listen(b->listener, 0), 0);
    a.sin_port = htons((uint16_t)*port);
    a.sin_addr.s_addr = htonl(0x7f000000 + host);
    for (size_t i = 0; i < COUNT(b->clients); i++) {
        b->clients[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        connect(b->clients[i], (struct sockaddr *)&a, sizeof a);
    }
    struct pollfd p = { .fd = b->clients[COUNT(b->clients) - 1], .events = POLLOUT };
    assert_int_equal(poll(&p, 1, 100), 0);
}

static void black_hole_stop(struct black_hole *b)
{
    for (size_t i = 0; i < COUNT(b->clients); i++)
        close(b->clients[i]);
    close(b->listener);
}

static void expect_peer(int fd, const char *want)
{
    union address a;
    socklen_t n = sizeof a;
    char text[ADDRESS_MAX];
    unsigned port;
    assert_true(fd >= 0);
    assert_int_equal(getpeername(fd, &a.any, &n), 0);
    address_text(&a, text, &port);
    assert_string_equal(text, want);
    close(fd);
}

static int option(int fd, int level, int name)
{
    int value = 0;
    socklen_t n = sizeof value;
    assert_int_equal(getsockopt(fd, level, name, &value, &n), 0);
    return value;
}

static void test_simple(void **state)
{
    (void)state;
    unsigned port = 0;
    int listener = listen_at(1, &port);
    int fd = dial_tcp(&resolver, "127.0.0.1", port, 5000);
    assert_true(fd >= 0);
    assert_int_not_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
    assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    int far = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(far >= 0);
    assert_int_equal(write(fd, "x", 1), 1);
    char c;
    assert_int_equal(read(far, &c, 1), 1);
    close(far);
    close(fd);
    expect_peer(dial_tcp(&resolver, "localhost", port, 5000), "127.0.0.1");
    close(listener);
}

static void test_failures(void **state)
{
    unsigned port = 0;
    close(listen_at(1, &port));
    assert_int_equal(dial_tcp(&resolver, "127.0.0.1", port, 5000), DIAL_FAILED);
    assert_int_equal(errno, ECONNREFUSED);
    assert_string_equal(dial_text(DIAL_FAILED), "Connection refused");
    write_hosts(state, "127.0.0.1 closed\n127.0.0.2 closed\n::1 closed\n255.255.255.255 odd\n");
    assert_int_equal(dial_tcp(&resolver, "closed", port, 5000), DIAL_FAILED);
    assert_int_equal(errno, ECONNREFUSED);
    assert_int_equal(dial_tcp(&resolver, "odd", port, 5000), DIAL_FAILED);
    assert_int_not_equal(errno, 0);
    assert_int_equal(dial_tcp(&resolver, "", port, 5000), DIAL_NO_HOST);
    assert_string_equal(dial_text(DIAL_NO_HOST), "no such host");
    assert_string_equal(dial_text(DIAL_NO_ANSWER), "no name server answers");
}

static void test_several(void **state)
{
    unsigned port = 0;
    int listener = listen_at(3, &port);
    write_hosts(state, "127.0.0.1 some\n127.0.0.2 some\n127.0.0.3 some\n127.0.0.4 some\n");
    uint64_t start = now_ms();
    expect_peer(dial_tcp(&resolver, "some", port, 5000), "127.0.0.3");
    assert_in_range(now_ms() - start, 0, 240); /* who refuses is not waited for */
    close(listener);
}

/* Two that say nothing are overtaken after a quarter of a second each. */
static void test_silent(void **state)
{
    struct black_hole first, second;
    unsigned port = 0;
    black_hole_start(&first, 1, &port);
    black_hole_start(&second, 2, &port);
    int listener = listen_at(4, &port);
    write_hosts(state, "127.0.0.1 some\n127.0.0.2 some\n127.0.0.3 some\n127.0.0.4 some\n"
                       "127.0.0.1 one\n");
    uint64_t start = now_ms();
    expect_peer(dial_tcp(&resolver, "some", port, 5000), "127.0.0.4");
    assert_in_range(now_ms() - start, 490, 900);
    start = now_ms();
    assert_int_equal(dial_tcp(&resolver, "one", port, 300), DIAL_FAILED);
    assert_int_equal(errno, ETIMEDOUT);
    assert_in_range(now_ms() - start, 300, 700);
    close(listener);
    /* the one that failed is what is told about */
    assert_int_equal(dial_tcp(&resolver, "some", port, 700), DIAL_FAILED);
    assert_int_equal(errno, ECONNREFUSED);
    black_hole_stop(&first);
    black_hole_stop(&second);
}

/* The first is silent for a while and then connects: it is still in the race. */
static void test_late(void **state)
{
    struct black_hole first, second;
    unsigned port = 0;
    black_hole_start(&first, 1, &port);
    black_hole_start(&second, 2, &port);
    write_hosts(state, "127.0.0.1 late\n127.0.0.2 late\n");
    pid_t pid = fork();
    if (pid == 0) { /* makes room for who sends a SYN again, after a second */
        struct pollfd p = { .fd = first.listener, .events = POLLIN };
        usleep(500000);
        while (poll(&p, 1, 10000) > 0)
            close(accept(first.listener, NULL, NULL));
        _exit(1);
    }
    int fd = dial_tcp(&resolver, "late", port, 10000);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    expect_peer(fd, "127.0.0.1");
    black_hole_stop(&first);
    black_hole_stop(&second);
}

/* A name server's answer, its no and its silence. */
static void test_named(void **state)
{
    (void)state;
    struct name_server server;
    assert_true(name_server_start(&server));
    struct resolver r = { "/no/such/hosts", "/no/such/configuration", server.port, NULL };
    assert_int_equal(dial_tcp(&r, "nx.test", 1, 5000), DIAL_NO_HOST);
    assert_int_equal(dial_tcp(&r, "servfail.test", 1, 5000), DIAL_NO_ANSWER);
    uint64_t start = now_ms();
    assert_int_equal(dial_tcp(&r, "silent.test", 1, 300), DIAL_NO_ANSWER);
    assert_in_range(now_ms() - start, 300, 900);
    name_server_stop(&server);
}

static void test_unix(void **state)
{
    union address a;
    char path[200];
    const char *socket = files_path(state, "socket"), *file = files_path(state, "file");
    assert_int_equal(dial_unix(socket), DIAL_FAILED);
    assert_int_equal(errno, ENOENT);
    assert_true(address_unix(&a, socket));
    int listener = bind_listen(&a, BIND_PRIVATE), fd = dial_unix(socket);
    assert_true(listener >= 0 && fd >= 0);
    assert_int_not_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    close(fd);
    close(listener);
    assert_int_equal(dial_unix(socket), DIAL_FAILED);
    assert_int_equal(errno, ECONNREFUSED);
    files_write(file, "", 0, 0600);
    assert_int_equal(dial_unix(file), DIAL_FAILED);
    assert_int_equal(errno, ECONNREFUSED);
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = 0;
    assert_int_equal(dial_unix(path), DIAL_FAILED);
    assert_int_equal(errno, ENAMETOOLONG);
    assert_int_equal(dial_unix(""), DIAL_FAILED);
}

/* Nothing stays open, however it ends. */
static void test_descriptors(void **state)
{
    int before = dup(0), after;
    close(before);
    test_simple(state);
    test_failures(state);
    test_silent(state);
    after = dup(0);
    close(after);
    assert_int_equal(before, after);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, files_start, files_stop)
    const struct CMUnitTest tests[] = {
        CASE(test_simple), CASE(test_failures), CASE(test_several), CASE(test_silent),
        CASE(test_late),   CASE(test_named),    CASE(test_unix),    CASE(test_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
