/* SFTP: OpenSSH's extensions, and the lines of `ls -l`. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "sftp/internal.h"
#include "tests/support/bytes.h"
#include "tests/support/files.h"
#include "tests/support/sftp.h"
#include "tests/support/test.h"

static struct talk talk;
static struct talk *const t = &talk;

/* Users whose numbers are below 100 are called u and their number; homes are below the root. */
static bool name_of_number(char kind, uint32_t id, char *to, size_t room)
{
    snprintf(to, room, "%c%u", kind, id);
    return id < 100;
}

static bool user(uint32_t id, char *to, size_t room)
{
    return name_of_number('u', id, to, room);
}

static bool group(uint32_t id, char *to, size_t room)
{
    return name_of_number('g', id, to, room);
}

static bool home(const char *name, char *to, size_t room)
{
    snprintf(to, room, "/%s", name);
    return strcmp(name, "usr") == 0;
}

static const char *text(int number)
{
    return number == ENOENT ? "not there" : "else";
}

static int start(void **state)
{
    static const struct sftp_config config = {
        .user_name = user,
        .group_name = group,
        .user_home = home,
        .error_text = text,
    };
    if (talk_setup(t, state) != 0 || talk_stop(t) != 0)
        return -1;
    talk_start_raw(t, *state, false, &config);
    assert_int_equal(write(t->to, "\0\0\0\5\1\0\0\0\3", 9), 9);
    return talk_reply(t) ? 0 : -1;
}

static int stop(void **state)
{
    return talk_teardown(t, state);
}

static int two(const char *extension, const char *one, const char *other)
{
    struct writer *w = talk_extended(t, extension);
    put_text(w, one);
    put_text(w, other);
    return talk_status(t);
}

static void test_posix_rename(void **state)
{
    files_write(files_path(state, "other"), "x", 1, 0600);
    assert_int_equal(two("posix-rename@openssh.com", "other", "file"), FX_OK);
    assert_int_equal(talk_size(state, "file"), 1);
    assert_int_equal(two("posix-rename@openssh.com", "other", "file"), FX_NO_SUCH_FILE);
    assert_int_equal(two("posix-rename@openssh.com", "file", "directory"), FX_FAILURE);
}

static void test_hardlink(void **state)
{
    struct stat one, other;
    assert_int_equal(two("hardlink@openssh.com", "file", "second"), FX_OK);
    assert_int_equal(stat(files_path(state, "file"), &one), 0);
    assert_int_equal(stat(files_path(state, "second"), &other), 0);
    assert_int_equal(one.st_ino, other.st_ino);
    assert_int_equal(two("hardlink@openssh.com", "file", "second"), FX_FAILURE);
    assert_int_equal(two("hardlink@openssh.com", "none", "third"), FX_NO_SUCH_FILE);
    assert_int_equal(two("hardlink@openssh.com", "directory", "third"), FX_PERMISSION_DENIED);
}

static void expect_statvfs(void **state)
{
    struct statvfs v;
    assert_int_equal(talk_ask(t), FXP_EXTENDED_REPLY);
    assert_int_equal(statvfs(*state, &v), 0);
    assert_int_equal(get_u64(&t->body), v.f_bsize);
    assert_int_equal(get_u64(&t->body), v.f_frsize);
    assert_int_equal(get_u64(&t->body), v.f_blocks);
    for (int i = 0; i < 6; i++)
        get_u64(&t->body); /* change all the time, or mean nothing */
    assert_int_equal(get_u64(&t->body), v.f_flag & 3);
    assert_int_equal(get_u64(&t->body), v.f_namemax);
    assert_true(get_done(&t->body));
}

static void test_statvfs(void **state)
{
    put_text(talk_extended(t, "statvfs@openssh.com"), "link");
    expect_statvfs(state);
    struct talk_handle h = talk_open(t, "file", READ), d = talk_opendir(t, ".");
    put_handle(talk_extended(t, "fstatvfs@openssh.com"), &h);
    expect_statvfs(state);
    put_handle(talk_extended(t, "fstatvfs@openssh.com"), &d);
    expect_statvfs(state);
    put_text(talk_extended(t, "statvfs@openssh.com"), "none");
    assert_int_equal(talk_status(t), FX_NO_SUCH_FILE);
    assert_true(span_is(get_string(&t->body), "not there"));
}

static void test_fsync(void **state)
{
    (void)state;
    struct talk_handle h = talk_open(t, "file", READ | WRITE);
    put_handle(talk_extended(t, "fsync@openssh.com"), &h);
    assert_int_equal(talk_status(t), FX_OK);
    assert_int_equal(talk_close(t, &h), FX_OK);
    put_handle(talk_extended(t, "fsync@openssh.com"), &h);
    assert_int_equal(talk_status(t), FX_FAILURE);
}

static int lsetstat(const char *name, uint32_t flags)
{
    struct writer *w = talk_extended(t, "lsetstat@openssh.com");
    put_text(w, name);
    put_u32(w, flags);
    if (flags & ATTR_SIZE)
        put_u64(w, 0);
    if (flags & ATTR_PERMISSIONS)
        put_u32(w, 0600);
    if (flags & ATTR_ACMODTIME)
        put_u64(w, 1000000000ull << 32 | 1000000001);
    return talk_status(t);
}

static void test_lsetstat(void **state)
{
    struct stat st;
    assert_int_equal(lsetstat("dangling", ATTR_ACMODTIME), FX_OK);
    assert_int_equal(lstat(files_path(state, "dangling"), &st), 0);
    assert_int_equal(st.st_mtime, 1000000001);
    assert_int_equal(lsetstat("link", ATTR_SIZE), FX_BAD_MESSAGE);
    assert_int_equal(lsetstat("link", ATTR_PERMISSIONS | ATTR_ACMODTIME), FX_FAILURE);
    assert_int_equal(lstat(files_path(state, "link"), &st), 0);
    assert_int_equal(st.st_mtime, 1000000001);
    assert_int_equal(talk_mode(state, "file"), S_IFREG | 0644);
    assert_int_equal(lsetstat("file", ATTR_PERMISSIONS), FX_OK);
    assert_int_equal(talk_mode(state, "file"), S_IFREG | 0600);
    assert_int_equal(lsetstat("none", ATTR_ACMODTIME), FX_NO_SUCH_FILE);
}

static void test_limits(void **state)
{
    (void)state;
    talk_extended(t, "limits@openssh.com");
    assert_int_equal(talk_ask(t), FXP_EXTENDED_REPLY);
    assert_int_equal(get_u64(&t->body), 262144);
    assert_int_equal(get_u64(&t->body), 261120);
    assert_int_equal(get_u64(&t->body), 261120);
    assert_int_equal(get_u64(&t->body), 256);
    assert_true(get_done(&t->body));
}

static void expect_name(const char *extension, const char *asked, const char *before,
                        const char *name)
{
    char want[2 * PATH_MAX];
    snprintf(want, sizeof want, "%s%s", before, name);
    put_text(talk_extended(t, extension), asked);
    assert_int_equal(talk_ask(t), FXP_NAME);
    assert_int_equal(get_u32(&t->body), 1);
    assert_true(span_is(get_string(&t->body), want));
}

static void test_homes(void **state)
{
    static const char expand[] = "expand-path@openssh.com";
    char here[PATH_MAX];
    assert_non_null(realpath(*state, here));
    expect_name(expand, "~", here, "");
    expect_name(expand, "~/", here, "");
    expect_name(expand, "~/link", here, "/file");
    expect_name(expand, "directory/x", here, "/directory/x");
    expect_name(expand, "/usr", "/usr", "");
    expect_name(expand, "~usr", "/usr", "");
    expect_name(expand, "~usr/../none", "/none", "");
    expect_name("home-directory", "", here, "");
    expect_name("home-directory", "usr", "/usr", "");
    static const char *const none[] = { "~nobody", "~nobody/x", "~usr/no/x", "no/x",
                                        "~a_name_that_is_longer_than_any_user_has" };
    for (size_t i = 0; i < COUNT(none); i++) {
        put_text(talk_extended(t, expand), none[i]);
        assert_int_equal(talk_status(t), FX_NO_SUCH_FILE);
    }
    put_text(talk_extended(t, "home-directory"), "nobody");
    assert_int_equal(talk_status(t), FX_NO_SUCH_FILE);
}

/* --- copy-data --- */
static int copy(const struct talk_handle *from, uint64_t at, uint64_t n,
                const struct talk_handle *to, uint64_t offset)
{
    struct writer *w = talk_extended(t, "copy-data");
    put_handle(w, from);
    put_u64(w, at);
    put_u64(w, n);
    put_handle(w, to);
    put_u64(w, offset);
    return talk_status(t);
}

static void test_copy_data(void **state)
{
    static uint8_t bytes[700000], got[800000];
    struct random random = random_of(4);
    random_fill(&random, bytes, sizeof bytes);
    files_write(files_path(state, "large"), bytes, sizeof bytes, 0600);
    struct talk_handle from = talk_open(t, "large", READ), again = talk_open(t, "large", WRITE);
    struct talk_handle to = talk_open(t, "copy", READ | WRITE | CREAT);
    struct talk_handle appended = talk_open(t, "appended", WRITE | CREAT | APPEND);
    assert_int_equal(copy(&from, 0, 0, &to, 0), FX_OK);
    assert_int_equal(copy(&from, 5, 100, &to, sizeof bytes), FX_OK);
    assert_int_equal(copy(&from, 0, 0, &appended, 3), FX_OK); /* by hand: the kernel refuses */
    assert_int_equal(copy(&from, sizeof bytes - 1, 100, &to, 0), FX_OK); /* less than that */
    assert_int_equal(copy(&from, sizeof bytes + 1, 100, &to, 0), FX_OK);
    bytes[0] ^= 1;
    for (int i = 0; i < 2; i++) {
        int fd = open(files_path(state, i == 0 ? "copy" : "appended"), O_RDONLY | O_CLOEXEC);
        ssize_t n = read(fd, got, sizeof got);
        close(fd);
        assert_int_equal(n, sizeof bytes + (i == 0 ? 100 : 0));
        assert_memory_equal(got + 1, bytes + 1, sizeof bytes - 1);
        assert_int_equal(got[0], i == 0 ? bytes[sizeof bytes - 1] : bytes[0] ^ 1);
        assert_memory_equal(got + sizeof bytes, i == 0 ? bytes + 5 : got + sizeof bytes, 100);
    }
    assert_int_equal(copy(&from, 0, 10, &from, 100), FX_FAILURE);
    assert_int_equal(copy(&from, 0, 10, &again, 100), FX_FAILURE);
    assert_int_equal(copy(&from, 1ull << 63, 10, &to, 0), FX_BAD_MESSAGE);
    assert_int_equal(copy(&appended, 0, 10, &to, 0), FX_NO_SUCH_FILE); /* EBADF */
    assert_int_equal(copy(&to, 0, 10, &from, 0), FX_NO_SUCH_FILE);
}

/* --- names of users and groups --- */
static int ask_names(size_t users, size_t groups, uint32_t step)
{
    struct writer *w = talk_extended(t, "users-groups-by-id@openssh.com");
    for (int i = 0; i < 2; i++) {
        size_t n = i == 0 ? users : groups;
        uint8_t *from = put_string_start(w);
        for (uint32_t k = 0; k < n; k++)
            put_u32(w, k * step + (uint32_t)i);
        put_string_stop(w, from);
    }
    return talk_ask(t);
}

static void test_users_groups(void **state)
{
    static const char *const names[2][3] = { { "u0", "u70", "" }, { "g1", "g71", "" } };
    (void)state;
    assert_int_equal(ask_names(3, 3, 70), FXP_EXTENDED_REPLY);
    for (int i = 0; i < 2; i++) {
        struct reader r = reader_of(get_string(&t->body));
        for (int k = 0; k < 3; k++)
            assert_true(span_is(get_string(&r), names[i][k]));
        assert_true(get_done(&r));
    }
    assert_true(get_done(&t->body));
    assert_int_equal(ask_names(0, 0, 1), FXP_EXTENDED_REPLY);
    assert_int_equal(ask_names(30000, 30000, 1), FXP_EXTENDED_REPLY);
    assert_int_equal(ask_names(1, 60000, 0), FXP_STATUS); /* names of two letters: too many bytes */
    assert_int_equal(get_u32(&t->body), FX_FAILURE);
    struct writer *w = talk_extended(t, "users-groups-by-id@openssh.com");
    put_text(w, "abc");
    put_text(w, "");
    assert_int_equal(talk_status(t), FX_BAD_MESSAGE);
}

/* --- lines as of `ls -l` --- */
static void expect_line(const char *name, const char *want)
{
    struct talk_handle h = talk_opendir(t, "directory");
    bool found = false;
    for (;;) {
        put_handle(talk_begin(t, FXP_READDIR), &h);
        if (talk_ask(t) == FXP_STATUS)
            break;
        for (uint32_t n = get_u32(&t->body); n > 0; n--) {
            struct attributes a;
            bool is = span_is(get_string(&t->body), name);
            struct span line = get_string(&t->body);
            attributes_get(&t->body, &a);
            if (is && !span_is(line, want))
                fail_msg("\"%.*s\" instead of \"%s\"", (int)line.n, (const char *)line.p, want);
            found = found || is;
        }
    }
    assert_true(found);
    assert_int_equal(talk_close(t, &h), FX_OK);
}

static void set_time(const char *path, time_t when)
{
    const struct timespec times[2] = { { .tv_sec = when }, { .tv_sec = when } };
    assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void expect_file(void **state, mode_t mode, time_t when, const char *permissions)
{
    char want[256], date[32], owner[2][16];
    struct tm tm;
    const char *path = files_path(state, "directory/x");
    files_write(path, "", 0, 0600);
    assert_int_equal(truncate(path, 5000000000), 0);
    assert_int_equal(chmod(path, mode), 0);
    set_time(path, when);
    bool recent = time(NULL) - when < 180 * 86400 && when <= time(NULL);
    strftime(date, sizeof date, recent ? "%b %e %H:%M" : "%b %e  %Y", localtime_r(&when, &tm));
    for (int i = 0; i < 2; i++) {
        unsigned id = i == 0 ? geteuid() : getegid();
        snprintf(owner[i], sizeof owner[i], id < 100 ? i == 0 ? "u%u" : "g%u" : "%u", id);
    }
    snprintf(want, sizeof want, "%s    1 %-8s %-8s 5000000000 %s x", permissions, owner[0],
             owner[1], date);
    expect_line("x", want);
}

static void test_lines(void **state)
{
    static const struct {
        mode_t mode;
        const char *text;
    } modes[] = { { 0644, "-rw-r--r--" },  { 0, "----------" },     { 0777, "-rwxrwxrwx" },
                  { 04755, "-rwsr-xr-x" }, { 02754, "-rwxr-sr--" }, { 01757, "-rwxr-xrwt" },
                  { 07000, "---S--S--T" }, { 0124, "---x-w-r--" } };
    for (size_t i = 0; i < COUNT(modes); i++)
        expect_file(state, modes[i].mode, time(NULL) - 3600, modes[i].text);
    static const time_t ago[] = { 0, 86400, 100 * 86400, 200 * 86400, 4000 * 86400, -10 * 86400 };
    for (size_t i = 0; i < COUNT(ago); i++)
        expect_file(state, 0644, time(NULL) - ago[i], "-rw-r--r--");
    expect_file(state, 0644, 0, "-rw-r--r--");
    expect_file(state, 0644, 4294967296, "-rw-r--r--");
}

static void test_kinds_of_lines(void **state)
{
    static const mode_t kinds[] = { S_IFDIR, S_IFIFO, S_IFSOCK, S_IFLNK };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        char want[256], owner[2][16];
        struct stat st;
        const char *path = files_path(state, "directory/x");
        int made = kinds[i] == S_IFDIR   ? mkdir(path, 0755)
                   : kinds[i] == S_IFLNK ? symlink("12345", path)
                                         : mknod(path, kinds[i] | 0755, 0);
        assert_int_equal(made, 0);
        set_time(path, 978307200);
        assert_int_equal(lstat(path, &st), 0);
        for (int k = 0; k < 2; k++) {
            unsigned id = k == 0 ? geteuid() : getegid();
            snprintf(owner[k], sizeof owner[k], id < 100 ? k == 0 ? "u%u" : "g%u" : "%u", id);
        }
        char date[32];
        struct tm tm;
        strftime(date, sizeof date, "%b %e  %Y", localtime_r(&st.st_mtime, &tm));
        snprintf(want, sizeof want, "%c%s %4u %-8s %-8s %8llu %s x", "dpsl"[i],
                 kinds[i] == S_IFLNK ? "rwxrwxrwx" : "rwxr-xr-x", (unsigned)st.st_nlink, owner[0],
                 owner[1], (unsigned long long)st.st_size, date);
        expect_line("x", want);
        assert_int_equal(remove(path), 0);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(test_posix_rename), CASE(test_hardlink),       CASE(test_statvfs),
        CASE(test_fsync),        CASE(test_lsetstat),       CASE(test_limits),
        CASE(test_homes),        CASE(test_copy_data),      CASE(test_users_groups),
        CASE(test_lines),        CASE(test_kinds_of_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
