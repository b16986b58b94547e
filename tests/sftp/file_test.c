/* SFTP: files opened, read and written, as they should be and in the ways in which they cannot be. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sftp/internal.h"
#include "tests/support/bytes.h"
#include "tests/support/files.h"
#include "tests/support/sftp.h"
#include "tests/support/test.h"

static const struct sftp_config nobody;
static struct talk talk;
static struct talk *const t = &talk;

static int start(void **state)
{
    return talk_setup(t, state);
}

static int stop(void **state)
{
    return talk_teardown(t, state);
}

static void test_open(void **state)
{
    struct talk_handle h;
    struct span data;
    assert_int_equal(talk_open(t, "none", READ).n, 0);
    assert_int_equal(get_u32(&t->body), FX_NO_SUCH_FILE);
    assert_int_equal(talk_open(t, "file", READ | WRITE | CREAT | EXCL).n, 0);
    assert_int_equal(get_u32(&t->body), FX_FAILURE);
    assert_int_equal(talk_open(t, "directory", WRITE).n, 0);
    assert_int_equal(talk_open(t, "file/x", READ).n, 0);
    assert_int_equal(get_u32(&t->body), FX_NO_SUCH_FILE);

    h = talk_open(t, "link", READ);
    assert_int_equal(talk_read(t, &h, 2, 3, &data), FX_OK);
    assert_true(span_is(data, "234"));
    assert_int_equal(talk_write(t, &h, 0, span_text("x")), FX_NO_SUCH_FILE); /* EBADF */
    assert_int_equal(talk_close(t, &h), FX_OK);

    h = talk_open(t, "file", WRITE | APPEND);
    assert_int_equal(talk_write(t, &h, 0, span_text("ab")), FX_OK);
    assert_int_equal(talk_size(state, "file"), 12);
    assert_int_equal(talk_close(t, &h), FX_OK);
    h = talk_open(t, "file", WRITE | TRUNC);
    assert_int_equal(talk_size(state, "file"), 0);
    assert_int_equal(talk_close(t, &h), FX_OK);
    h = talk_open(t, "new", WRITE | CREAT | EXCL);
    assert_int_equal(talk_close(t, &h), FX_OK);
    assert_int_equal(talk_mode(state, "new"), S_IFREG | 0644); /* 0666 less the umask */
}

static void test_modes(void **state)
{
    static const struct {
        uint32_t asked, got;
    } modes[] = { { 0600, 0600 }, { 0777, 0755 }, { 0100666, 0644 }, { 04750, 04750 }, { 0, 0 } };
    for (size_t i = 0; i < COUNT(modes); i++) {
        struct writer *w = talk_begin(t, FXP_OPEN);
        put_text(w, "made");
        put_u32(w, WRITE | CREAT);
        put_u32(w, ATTR_PERMISSIONS);
        put_u32(w, modes[i].asked);
        assert_int_equal(talk_ask(t), FXP_HANDLE);
        assert_int_equal(talk_mode(state, "made"), S_IFREG | modes[i].got);
        assert_int_equal(talk_path(t, FXP_REMOVE, "made"), FX_OK);
        w = talk_begin(t, FXP_MKDIR);
        put_text(w, "made");
        put_u32(w, ATTR_PERMISSIONS);
        put_u32(w, modes[i].asked);
        assert_int_equal(talk_status(t), FX_OK);
        assert_int_equal(talk_mode(state, "made") & 0777, modes[i].got & 0777);
        assert_int_equal(talk_path(t, FXP_RMDIR, "made"), FX_OK);
    }
}

/* A FIFO, a terminal, a device: nobody waits. */
static void test_no_files(void **state)
{
    struct span data;
    assert_int_equal(mkfifo(files_path(state, "fifo"), 0600), 0);
    assert_int_equal(talk_open(t, "fifo", WRITE).n, 0);
    struct talk_handle h = talk_open(t, "fifo", READ);
    assert_int_equal(talk_read(t, &h, 0, 10, &data), FX_FAILURE);
    assert_int_equal(talk_close(t, &h), FX_OK);
    h = talk_open(t, "/dev/null", READ | WRITE);
    assert_int_equal(talk_read(t, &h, 0, 100000, &data), FX_EOF);
    assert_int_equal(talk_write(t, &h, 0, span_text("gone")), FX_OK);
    assert_int_equal(talk_close(t, &h), FX_OK);
    h = talk_open(t, "/proc/self/status", READ); /* a file of size 0 that has bytes */
    assert_int_equal(talk_read(t, &h, 0, 100000, &data), FX_OK);
    assert_true(span_starts(data, "Name:"));
    h = talk_open(t, "/dev/full", WRITE);
    assert_int_equal(talk_write(t, &h, 0, span_text("x")), FX_FAILURE);
}

static void test_read(void **state)
{
    static uint8_t bytes[600000];
    struct random random = random_of(1);
    struct span data;
    random_fill(&random, bytes, sizeof bytes);
    files_write(files_path(state, "large"), bytes, sizeof bytes, 0600);
    struct talk_handle h = talk_open(t, "large", READ);
    for (int i = 0; i < 300; i++) {
        size_t offset = random_below(&random, sizeof bytes), want = random_below(&random, 300000);
        if (i % 3 == 0)
            want %= 20000; /* around where splicing begins */
        size_t left = sizeof bytes - offset, most = want < DATA_MAX ? want : DATA_MAX;
        assert_int_equal(talk_read(t, &h, offset, (uint32_t)want, &data), FX_OK);
        assert_true(span_equal(data, span_of(bytes + offset, most < left ? most : left)));
    }
    assert_int_equal(talk_read(t, &h, 0, UINT32_MAX, &data), FX_OK);
    assert_int_equal(data.n, DATA_MAX);
    assert_int_equal(talk_read(t, &h, 0, 0, &data), FX_OK);
    assert_int_equal(data.n, 0);
    assert_int_equal(talk_read(t, &h, sizeof bytes, 1, &data), FX_EOF);
    assert_int_equal(talk_read(t, &h, sizeof bytes, 100000, &data), FX_EOF);
    assert_int_equal(talk_read(t, &h, 1ull << 40, 100000, &data), FX_EOF);
    assert_int_not_equal(talk_read(t, &h, 1ull << 63, 100000, &data), FX_OK);
    assert_int_not_equal(talk_read(t, &h, INT64_MAX, 100, &data), FX_OK);
    assert_int_not_equal(talk_read(t, &h, UINT64_MAX, 1, &data), FX_OK);
    assert_int_equal(talk_close(t, &h), FX_OK);
}

/* Through a socket, and into a file, to which nothing can be spliced when it is opened to append. */
static void test_outputs(void **state)
{
    static struct talk raw;
    static uint8_t bytes[100000], got[200000];
    struct random random = random_of(2);
    struct span data;
    random_fill(&random, bytes, sizeof bytes);
    files_write(files_path(state, "large"), bytes, sizeof bytes, 0600);
    talk_start_raw(&raw, *state, true, &nobody);
    assert_int_equal(write(raw.to, "\0\0\0\5\1\0\0\0\3", 9), 9);
    assert_true(talk_reply(&raw));
    struct talk_handle h = talk_open(&raw, "large", READ);
    assert_int_equal(talk_read(&raw, &h, 1, 99999, &data), FX_OK);
    assert_true(span_equal(data, span_of(bytes + 1, 99999)));
    assert_int_equal(talk_stop(&raw), 0);

    const char *path = files_path(state, "output");
    int to[2], out = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_int_equal(pipe2(to, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(to[1]);
        _exit(chdir(*state) != 0 ? 99 : sftp_main(to[0], out, &nobody));
    }
    raw.to = to[1];
    raw.id = 0;
    assert_int_equal(write(raw.to, "\0\0\0\5\1\0\0\0\3", 9), 9);
    struct writer *w = talk_begin(&raw, FXP_OPEN);
    put_text(w, "large");
    put_u32(w, READ);
    put_u32(w, 0);
    talk_send(&raw);
    w = talk_begin(&raw, FXP_READ);
    put_handle(w, &h); /* the first is the same in every session */
    put_u64(w, 0);
    put_u32(w, sizeof bytes);
    talk_send(&raw);
    close(to[0]);
    close(to[1]);
    close(out);
    while (access(path, F_OK) == 0 && talk_size(state, "output") < (off_t)sizeof bytes)
        usleep(1000);
    usleep(20000);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, got, sizeof got);
    close(fd);
    assert_in_range(n, sizeof bytes, sizeof got);
    assert_memory_equal(got + n - sizeof bytes, bytes, sizeof bytes);
}

/* A file that became shorter than it was: what is left of it comes, or its end. */
static void test_read_shrinking(void **state)
{
    static uint8_t bytes[300000];
    struct span data;
    const char *path = files_path(state, "large");
    files_write(path, bytes, sizeof bytes, 0600);
    struct talk_handle h = talk_open(t, "large", READ);
    for (int i = 0; i < 100; i++) {
        pid_t pid = fork();
        if (pid == 0) {
            for (int k = 0; k < 20; k++)
                if (truncate(path, k % 2 ? sizeof bytes : 5000) != 0)
                    _exit(1);
            _exit(0);
        }
        for (int k = 0; k < 5; k++) {
            int status = talk_read(t, &h, (uint64_t)k * 50000, DATA_MAX, &data);
            assert_true(status == FX_OK || status == FX_EOF);
        }
    }
    assert_int_equal(talk_close(t, &h), FX_OK);
}

/* The reply to the request that was made last is the same as if that were the only one. */
static void expect_all_a(uint32_t id, size_t n)
{
    assert_true(talk_reply(t));
    assert_int_equal(t->type, FXP_DATA);
    assert_int_equal(load_u32(t->reply + 1), id);
    struct span data = get_string(&t->body);
    assert_int_equal(data.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(data.p[i], 'a');
}

static uint32_t send_read(const struct talk_handle *h, uint32_t n)
{
    struct writer *w = talk_begin(t, FXP_READ);
    put_handle(w, h);
    put_u64(w, 0);
    put_u32(w, n);
    talk_send(t);
    return t->id;
}

/* What a client asked for first it gets as it was then, even when it has asked for a change before it took that
 * (section 4.1). */
static void test_changed_on_the_way(void **state)
{
    static uint8_t bytes[40000];
    struct span data;
    const char *path = files_path(state, "large");
    memset(bytes, 'a', sizeof bytes);
    files_write(path, bytes, sizeof bytes, 0600);
    struct talk_handle h = talk_open(t, "large", READ), other = talk_open(t, "large", WRITE);
    assert_int_equal(talk_read(t, &h, 0, sizeof bytes, &data), FX_OK);
    uint32_t id = send_read(&h, sizeof bytes);
    struct writer *w = talk_begin(t, FXP_WRITE);
    put_handle(w, &other);
    put_u64(w, 100);
    put_text(w, "changed");
    talk_send(t);
    for (char now = 0; now != 'c'; usleep(1000)) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        assert_int_equal(pread(fd, &now, 1, 100), 1);
        close(fd);
    }
    expect_all_a(id, sizeof bytes);
    assert_true(talk_reply(t));
    assert_int_equal(talk_close(t, &other), FX_OK);

    for (int by_open = 0; by_open < 2; by_open++) {
        files_write(path, bytes, sizeof bytes, 0600);
        id = send_read(&h, 30000);
        put_text(talk_begin(t, by_open ? FXP_OPEN : FXP_SETSTAT), "large");
        put_u32(&t->w, by_open ? WRITE | TRUNC : ATTR_SIZE);
        put_u32(&t->w, 0); /* the size's first half, or no attributes */
        if (!by_open)
            put_u32(&t->w, 20001);
        talk_send(t);
        for (int i = 0; i < 50 && talk_size(state, "large") == sizeof bytes; i++)
            usleep(1000); /* time enough to do it too early */
        expect_all_a(id, 30000);
        assert_true(talk_reply(t));
        assert_int_equal(talk_size(state, "large"), by_open ? 0 : 20001);
    }
}

static void test_write(void **state)
{
    static uint8_t bytes[DATA_MAX];
    struct talk_handle h = talk_open(t, "out", READ | WRITE | CREAT);
    struct random random = random_of(3);
    struct span data;
    random_fill(&random, bytes, sizeof bytes);
    assert_int_equal(talk_write(t, &h, 5, span_of(bytes, sizeof bytes)), FX_OK);
    assert_int_equal(talk_read(t, &h, 5, sizeof bytes, &data), FX_OK);
    assert_true(span_equal(data, span_of(bytes, sizeof bytes)));
    assert_int_equal(talk_write(t, &h, 100, span_of(bytes, 0)), FX_OK);
    assert_int_equal(talk_size(state, "out"), 5 + sizeof bytes);
    assert_int_equal(talk_write(t, &h, 6ull << 30, span_text("far")), FX_OK); /* a hole */
    assert_int_equal(talk_size(state, "out"), (6ull << 30) + 3);
    assert_int_equal(talk_read(t, &h, (6ull << 30) - 1, 10, &data), FX_OK);
    assert_true(span_equal(data, span_of("\0far", 4)));
    assert_int_not_equal(talk_write(t, &h, 1ull << 63, span_text("x")), FX_OK);
    assert_int_not_equal(talk_write(t, &h, INT64_MAX, span_text("xy")), FX_OK);
    assert_int_equal(talk_close(t, &h), FX_OK);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(test_open),
        CASE(test_modes),
        CASE(test_no_files),
        CASE(test_read),
        CASE(test_outputs),
        CASE(test_read_shrinking),
        CASE(test_changed_on_the_way),
        CASE(test_write),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
