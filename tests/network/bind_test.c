/* Listening sockets: of both families, of unix; what is in the way. */
#include "network/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "network/dial.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

static int listen_on(const char *text, union address *a, unsigned flags)
{
    assert_true(address_parse(text, a));
    int fd = bind_listen(a, flags);
    if (fd >= 0) {
        assert_int_not_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
        assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
    }
    return fd;
}

static int listen_unix(const char *path, unsigned flags)
{
    union address a;
    assert_true(address_unix(&a, path));
    return bind_listen(&a, flags);
}

static unsigned port_of(const union address *a)
{
    char text[ADDRESS_MAX];
    unsigned port;
    address_text(a, text, &port);
    return port;
}

static bool answers(const char *host, unsigned port)
{
    int fd = dial_tcp(&resolver_default, host, port, 5000);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void test_tcp(void **state)
{
    (void)state;
    union address a, b;
    int fd = listen_on("127.0.0.1:0", &a, 0);
    assert_true(fd >= 0);
    assert_int_not_equal(port_of(&a), 0);
    assert_true(answers("127.0.0.1", port_of(&a)));
    assert_false(answers("127.0.0.2", port_of(&a)));
    b = a;
    assert_int_equal(bind_listen(&b, 0), -1);
    assert_int_equal(errno, EADDRINUSE);
    close(fd);
    b = a; /* after a connection, too: nobody waits for the end of TIME_WAIT */
    fd = bind_listen(&b, 0);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(listen_on("192.0.2.254:0", &a, 0), -1);
    assert_int_equal(errno, EADDRNOTAVAIL);
}

static void test_both_families(void **state)
{
    (void)state;
    union address a;
    int fd = listen_on("[::]:0", &a, BIND_BOTH);
    assert_true(fd >= 0);
    assert_true(answers("127.0.0.1", port_of(&a)));
    if (a.any.sa_family == AF_INET) { /* no IPv6 here */
        close(fd);
        return;
    }
    assert_true(answers("::1", port_of(&a)));
    close(fd);
    fd = listen_on("[::]:0", &a, 0);
    assert_true(fd >= 0);
    assert_true(answers("::1", port_of(&a)));
    assert_false(answers("127.0.0.1", port_of(&a)));
    close(fd);
}

static void test_unix(void **state)
{
    const char *path = files_path(state, "socket"), *file = files_path(state, "file");
    struct stat st;
    mode_t mask = umask(022);
    int fd = listen_unix(path, 0);
    assert_true(fd >= 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0755);
    int client = dial_unix(path);
    assert_true(client >= 0);
    close(client);
    assert_int_equal(listen_unix(path, 0), -1); /* somebody listens there */
    assert_int_equal(errno, EADDRINUSE);
    close(fd);
    fd = listen_unix(path, BIND_PRIVATE); /* what is left over goes */
    assert_true(fd >= 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    close(fd);
    assert_int_equal(umask(mask), 022);
    files_write(file, "x", 1, 0600);
    assert_int_equal(listen_unix(file, 0), -1);
    assert_int_equal(errno, EADDRINUSE);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_size, 1);
    assert_int_equal(symlink(path, files_path(state, "link")), 0);
    assert_int_equal(listen_unix(files_path(state, "link"), 0), -1);
    assert_int_equal(errno, EADDRINUSE);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(listen_unix(files_path(state, "none/socket"), 0), -1);
    assert_int_equal(errno, ENOENT);
}

/* A socket of another type is not ours to remove. */
static void test_unix_datagram(void **state)
{
    union address a;
    struct stat st;
    assert_true(address_unix(&a, files_path(state, "datagram")));
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, &a.any, sizeof a.un), 0);
    assert_int_equal(bind_listen(&a, 0), -1);
    assert_int_equal(errno, EADDRINUSE);
    assert_int_equal(stat(a.un.sun_path, &st), 0);
    close(fd);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, files_start, files_stop)
    const struct CMUnitTest tests[] = {
        CASE(test_tcp),
        CASE(test_both_families),
        CASE(test_unix),
        CASE(test_unix_datagram),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
