/* Terminals and RFC 4254 section 8's modes. Skipped where the machine gives no terminals. */
#include "process/pty.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "tests/support/test.h"

static struct pty pty;

static int start(void **state)
{
    (void)state;
    struct user u;
    user_self(&u);
    if (!pty_open(&pty, &u))
        pty.master = pty.slave = -1;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    if (pty.master >= 0) {
        close(pty.slave);
        close(pty.master);
    }
    return 0;
}

static struct termios modes_after(const uint8_t *encoded, size_t n)
{
    struct termios t;
    if (pty.master < 0)
        skip();
    pty_modes(pty.slave, span_of(encoded, n));
    assert_int_equal(tcgetattr(pty.slave, &t), 0);
    return t;
}

static void test_open(void **state)
{
    (void)state;
    struct stat by_name, by_fd;
    if (pty.master < 0)
        skip();
    assert_true(isatty(pty.slave));
    assert_int_equal(fcntl(pty.master, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fcntl(pty.slave, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fcntl(pty.master, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(stat(pty.name, &by_name), 0);
    assert_int_equal(fstat(pty.slave, &by_fd), 0);
    assert_int_equal(by_name.st_rdev, by_fd.st_rdev);
    assert_int_equal(by_fd.st_uid, geteuid());
    assert_int_equal(by_fd.st_mode & S_IWOTH, 0); /* nobody else writes on it */
}

static void test_owner(void **state)
{
    (void)state;
    struct user u = { .uid = 54321, .gid = 54321 };
    struct pty other;
    struct stat st;
    if (geteuid() != 0 || !pty_open(&other, &u))
        skip();
    assert_int_equal(fstat(other.slave, &st), 0);
    assert_int_equal(st.st_uid, 54321);
    assert_int_equal(st.st_mode & 0777, 0620);
    close(other.slave);
    close(other.master);
}

static void test_size(void **state)
{
    (void)state;
    struct winsize w;
    struct pty_size size = { .columns = 132, .rows = 43, .width = 1320, .height = 860 };
    if (pty.master < 0)
        skip();
    pty_resize(pty.master, &size);
    assert_int_equal(ioctl(pty.slave, TIOCGWINSZ, &w), 0);
    assert_int_equal(w.ws_col, 132);
    assert_int_equal(w.ws_row, 43);
    assert_int_equal(w.ws_xpixel, 1320);
    assert_int_equal(w.ws_ypixel, 860);
}

static void test_modes(void **state)
{
    (void)state;
    static const uint8_t encoded[] = {
        1,   0, 0, 0,    0x1e, /* VINTR */
        3,   0, 0, 0,    255,  /* VERASE: none */
        36,  0, 0, 0,    0,    /* ICRNL off */
        42,  0, 0, 0,    1,    /* IUTF8 on */
        50,  0, 0, 0,    0,    /* ISIG off */
        53,  0, 0, 0,    0,    /* ECHO off */
        55,  0, 0, 1,    0,    /* ECHOK: any other value than zero is on */
        72,  0, 0, 0,    0,    /* ONLCR off */
        90,  0, 0, 0,    1,    /* CS7 */
        92,  0, 0, 0,    1,    /* PARENB */
        11,  0, 0, 0,    9,    /* VDSUSP, which Linux has not */
        128, 0, 0, 0x25, 0x80, 129, 0, 0, 0x25, 0x80, 5, 0, 0, 0, 7, /* VEOF */
        0,   4, 0, 0,    0,    1, /* the end; what follows is nothing */
    };
    struct termios t = modes_after(encoded, sizeof encoded);
    assert_int_equal(t.c_cc[VINTR], 0x1e);
    assert_int_equal(t.c_cc[VERASE], _POSIX_VDISABLE);
    assert_int_equal(t.c_iflag & ICRNL, 0);
    assert_int_not_equal(t.c_iflag & IUTF8, 0);
    assert_int_equal(t.c_lflag & ISIG, 0);
    assert_int_equal(t.c_lflag & ECHO, 0);
    assert_int_not_equal(t.c_lflag & ECHOK, 0);
    assert_int_equal(t.c_oflag & ONLCR, 0);
    /* Linux keeps pseudo-terminals at CS8 without parity, whatever is asked for */
    assert_int_equal(t.c_cflag & PARENB, 0);
    assert_int_equal(t.c_cc[VEOF], 7);
    assert_int_not_equal(t.c_cc[VKILL], 1);
    static const uint8_t back[] = { 36, 0, 0, 0, 1,  50, 0, 0, 0, 1, 53,
                                    0,  0, 0, 1, 91, 0,  0, 0, 1, 0 };
    t = modes_after(back, sizeof back);
    assert_int_not_equal(t.c_iflag & ICRNL, 0);
    assert_int_not_equal(t.c_lflag & ISIG, 0);
    assert_int_not_equal(t.c_lflag & ECHO, 0);
    assert_int_equal(t.c_cflag & CSIZE, CS8);
}

/* Cut anywhere: what was whole before the cut is set, the rest is not, and nothing behind is read. */
static void test_truncated(void **state)
{
    (void)state;
    static const uint8_t encoded[] = { 53, 0, 0, 0, 0, 36, 0, 0, 0, 0 };
    for (size_t n = 0; n <= sizeof encoded; n++) {
        static const uint8_t on[] = { 53, 0, 0, 0, 1, 36, 0, 0, 0, 1, 0 };
        modes_after(on, sizeof on);
        struct termios t = modes_after(encoded, n);
        assert_int_equal((t.c_lflag & ECHO) == 0, n >= 5);
        assert_int_equal((t.c_iflag & ICRNL) == 0, n >= 10);
    }
}

/* Opcodes from 160 on have no known form: parsing stops. */
static void test_unknown_opcodes(void **state)
{
    (void)state;
    for (unsigned op = 160; op < 256; op++) {
        const uint8_t encoded[] = { (uint8_t)op, 53, 0, 0, 0, 0, 0, 0, 0, 0 };
        static const uint8_t on[] = { 53, 0, 0, 0, 1, 0 };
        modes_after(on, sizeof on);
        struct termios t = modes_after(encoded, sizeof encoded);
        assert_int_not_equal(t.c_lflag & ECHO, 0);
    }
}

/* Every opcode with strange values does no harm. */
static void test_every_opcode(void **state)
{
    (void)state;
    static const uint32_t values[] = { 0, 1, 254, 255, 256, 0xffffffff };
    for (unsigned op = 1; op < 160; op++)
        for (size_t i = 0; i < COUNT(values); i++) {
            uint8_t encoded[6] = { (uint8_t)op };
            store_u32(encoded + 1, values[i]);
            struct termios t = modes_after(encoded, sizeof encoded);
            assert_true(cfgetospeed(&t) != B0); /* that would hang up */
        }
}

static void test_no_terminal(void **state)
{
    (void)state;
    static const uint8_t encoded[] = { 53, 0, 0, 0, 0, 0 };
    struct pty_size size = { 1, 2, 3, 4 };
    pty_modes(-1, span_of(encoded, sizeof encoded)); /* fails quietly */
    pty_resize(-1, &size);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(test_open),         CASE(test_owner),       CASE(test_size),
        CASE(test_modes),        CASE(test_truncated),   CASE(test_unknown_opcodes),
        CASE(test_every_opcode), CASE(test_no_terminal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
