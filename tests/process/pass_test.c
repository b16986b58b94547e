/* Descriptors through a socket: as many as were sent, never more than two, close-on-exec. */
#include "process/pass.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/test.h"

static int ends[2];

static int setup(void **state)
{
    (void)state;
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

static int teardown(void **state)
{
    (void)state;
    close(ends[0]);
    return ends[1] < 0 ? 0 : close(ends[1]);
}

/* What is written into the pipe comes out of what was passed. */
static void check_is(int fd, int pipe_end)
{
    char c = 0;
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(write(pipe_end, "x", 1), 1);
    assert_int_equal(read(fd, &c, 1), 1);
    assert_int_equal(c, 'x');
}

static void test_none_one_two(void **state)
{
    (void)state;
    int pipes[2][2], got[PASS_MAX];
    char text[8];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pipe(pipes[i]), 0);
    const int sent[] = { pipes[0][0], pipes[1][0] };
    for (unsigned n = 0; n <= 2; n++) {
        assert_true(pass_send(ends[0], "hello", 5, sent, n));
        assert_int_equal(pass_receive(ends[1], text, sizeof text, got), 5);
        assert_memory_equal(text, "hello", 5);
        for (unsigned i = 0; i < PASS_MAX; i++) {
            assert_int_equal(got[i] >= 0, i < n);
            if (got[i] >= 0) {
                check_is(got[i], pipes[i][1]);
                close(got[i]);
            }
        }
    }
    for (int i = 0; i < 4; i++)
        close(pipes[i / 2][i % 2]);
}

static int open_files(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

/* Somebody else's message, with more than there is room for: the rest is dropped, not leaked. */
static void test_more_than_two(void **state)
{
    (void)state;
    union {
        struct cmsghdr header;
        char bytes[CMSG_SPACE(5 * sizeof(int))];
    } control = { 0 };
    const int sent[5] = { 0, 1, 2, 1, 0 };
    char text = 'm', more[4];
    int got[PASS_MAX], before = open_files();
    struct iovec part = { &text, 1 };
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    control.header = (struct cmsghdr){ CMSG_LEN(sizeof sent), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(&control.header), sent, sizeof sent);
    assert_int_equal(sendmsg(ends[0], &m, 0), 1);
    assert_int_equal(pass_receive(ends[1], more, sizeof more, got), 1);
    assert_true(got[0] >= 0 && got[1] >= 0);
    assert_int_equal(open_files(), before + 2);
    close(got[0]);
    close(got[1]);
}

static void test_ends(void **state)
{
    (void)state;
    char text[4];
    int got[PASS_MAX];
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    assert_int_equal(pass_receive(ends[1], text, sizeof text, got), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(got[0], -1);
    assert_true(pass_send(ends[0], "too long", 8, NULL, 0));
    assert_int_equal(pass_receive(ends[1], text, sizeof text, got), 4);
    assert_memory_equal(text, "too ", 4);
    close(ends[0]);
    assert_int_equal(pass_receive(ends[1], text, sizeof text, got), 0);
    assert_int_equal(got[0], -1);
    assert_int_equal(got[1], -1);
    assert_false(pass_send(ends[1], "x", 1, NULL, 0)); /* and no SIGPIPE */
    ends[0] = dup(2);
}

static void test_not_a_socket(void **state)
{
    (void)state;
    char text[4];
    int fds[2], got[PASS_MAX];
    assert_int_equal(pipe(fds), 0);
    assert_false(pass_send(fds[1], "x", 1, NULL, 0));
    assert_int_equal(pass_receive(fds[0], text, sizeof text, got), -1);
    assert_int_equal(got[0], -1);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_none_one_two, setup, teardown),
        cmocka_unit_test_setup_teardown(test_more_than_two, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ends, setup, teardown),
        cmocka_unit_test(test_not_a_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
