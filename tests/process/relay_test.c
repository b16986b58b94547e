/* Bytes between two sockets: whole, each end carried on, and nothing left when one side is gone. */
#include "process/relay.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

enum { LARGE = 1000000, WAIT_MS = 10000 };

static int user, server; /* our ends */
static pid_t relay;

static int setup(void **state)
{
    (void)state;
    int a[2], b[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, a), 0);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, b), 0);
    relay = fork();
    if (relay == 0) {
        setpgid(0, 0); /* both of its processes can be asked for */
        close(a[0]);
        close(b[0]);
        relay_run(a[1], b[1]);
    }
    setpgid(relay, relay);
    close(a[1]);
    close(b[1]);
    user = a[0];
    server = b[0];
    return 0;
}

/* Both of its processes end by themselves. */
static int teardown(void **state)
{
    (void)state;
    int status;
    close(user);
    close(server);
    assert_int_equal(waitpid(relay, &status, 0), relay);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    for (int i = 0; i < WAIT_MS && kill(-relay, 0) == 0; i++)
        usleep(1000);
    assert_int_not_equal(kill(-relay, 0), 0);
    return 0;
}

static void expect(int fd, const char *text)
{
    char got[100] = "";
    struct pollfd p = { .fd = fd, .events = POLLIN };
    assert_int_equal(poll(&p, 1, WAIT_MS), 1);
    assert_int_equal(read(fd, got, sizeof got), strlen(text));
    assert_string_equal(got, text);
}

static void test_both_ways(void **state)
{
    (void)state;
    assert_int_equal(write(user, "there", 5), 5);
    expect(server, "there");
    assert_int_equal(write(server, "back", 4), 4);
    expect(user, "back");
}

/* The end of one direction leaves the other alone. */
static void half_close(int from, int to)
{
    assert_int_equal(write(from, "last", 4), 4);
    shutdown(from, SHUT_WR);
    expect(to, "last");
    expect(to, "");
    assert_int_equal(write(to, "still", 5), 5);
    expect(from, "still");
    shutdown(to, SHUT_WR);
    expect(from, "");
}

static void test_user_ends_first(void **state)
{
    (void)state;
    half_close(user, server);
}

static void test_server_ends_first(void **state)
{
    (void)state;
    half_close(server, user);
}

/* The other side is gone as a whole: the user, who says nothing, is told. */
static void test_server_closes(void **state)
{
    (void)state;
    close(server);
    expect(user, "");
    server = dup(2);
}

static void test_user_closes(void **state)
{
    (void)state;
    close(user);
    expect(server, "");
    user = dup(2);
}

/* More than fits anywhere, read late. */
static void test_large(void **state)
{
    (void)state;
    static uint8_t sent[LARGE], got[LARGE];
    for (size_t i = 0; i < LARGE; i++)
        sent[i] = (uint8_t)(i * 7 + i / 256);
    pid_t writer = fork();
    if (writer == 0) {
        for (size_t n = 0; n < LARGE;)
            n += (size_t)write(user, sent + n, LARGE - n);
        _exit(0);
    }
    usleep(50000);
    for (size_t n = 0; n < LARGE;) {
        ssize_t k = read(server, got + n, LARGE - n);
        assert_true(k > 0);
        n += (size_t)k;
    }
    assert_memory_equal(sent, got, LARGE);
    waitpid(writer, NULL, 0);
}

/* The server is gone with bytes on their way to it. */
static void test_closed_while_sending(void **state)
{
    (void)state;
    static const uint8_t bytes[LARGE];
    assert_true(send(user, bytes, LARGE, MSG_DONTWAIT) > 0);
    close(server);
    server = dup(2);
    struct pollfd p = { .fd = user, .events = POLLIN };
    assert_int_equal(poll(&p, 1, WAIT_MS), 1);
}

int main(void)
{
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_both_ways, setup, teardown),
        cmocka_unit_test_setup_teardown(test_user_ends_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_server_ends_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_server_closes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_user_closes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_large, setup, teardown),
        cmocka_unit_test_setup_teardown(test_closed_while_sending, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
