/* A random sequence of SFTP operations against the same done to another directory by plain system calls: every answer
 * and, now and then, every file has to be the same. SFTP_SEED and SFTP_STEPS choose another sequence. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sftp/internal.h"
#include "tests/support/bytes.h"
#include "tests/support/files.h"
#include "tests/support/sftp.h"
#include "tests/support/test.h"

enum { OPEN_MAX = 8, DATA = 70000, SPAN = 300000, STEPS = 6000, COMPARE_EVERY = 50 };

static struct talk talk;
static struct talk *const t = &talk;
static struct random random_state;
static uint8_t data[DATA], mine[DATA];

static struct {
    struct talk_handle handle;
    int fd;
    bool open;
} files[OPEN_MAX];

static size_t below(size_t n)
{
    return random_below(&random_state, n);
}

/* Few names, so that they meet; some lie below files, links or nothing. */
static const char *some_path(char to[64])
{
    static const char *const names[] = { "a", "b", "c", "d" };
    size_t depth = 1 + below(3), used = 0;
    for (size_t i = 0; i < depth; i++) {
        const char *name = below(20) == 0 && i > 0 ? "." : names[below(COUNT(names))];
        used += (size_t)snprintf(to + used, 64 - used, "%s%s", i > 0 ? "/" : "", name);
    }
    if (below(15) == 0)
        snprintf(to + used, 64 - used, "/");
    return to;
}

static int status_for(int returned)
{
    if (returned >= 0)
        return FX_OK;
    switch (errno) {
    case ENOENT:
    case ENOTDIR:
    case EBADF:
    case ELOOP:
        return FX_NO_SUCH_FILE;
    case EPERM:
    case EACCES:
        return FX_PERMISSION_DENIED;
    case EINVAL:
    case ENAMETOOLONG:
        return FX_BAD_MESSAGE;
    default:
        return FX_FAILURE;
    }
}

/* --- operations: each is done to both, and the answers are compared --- */
static void do_open(void)
{
    static const int flags[] = { O_APPEND, O_CREAT, O_TRUNC, O_EXCL };
    char path[64];
    size_t place = below(OPEN_MAX);
    uint32_t pflags = (uint32_t)(1 + below(3)), mode = (uint32_t)below(01000) | 0600;
    if (files[place].open)
        return;
    int oflags = pflags == 1 ? O_RDONLY : pflags == 2 ? O_WRONLY : O_RDWR;
    for (unsigned i = 0; i < 4; i++)
        if (below(i == 1 ? 2 : 5) == 0 && (i < 3 || oflags & O_CREAT)) {
            pflags |= 4u << i;
            oflags |= flags[i];
        }
    struct writer *w = talk_begin(t, FXP_OPEN);
    put_text(w, some_path(path));
    put_u32(w, pflags);
    put_u32(w, ATTR_PERMISSIONS);
    put_u32(w, mode);
    files[place].fd = open(path, oflags, mode);
    int want = status_for(files[place].fd);
    if (talk_ask(t) != FXP_HANDLE) {
        assert_int_equal(get_u32(&t->body), want);
        return;
    }
    assert_int_equal(want, FX_OK);
    struct span name = get_string(&t->body);
    memcpy(files[place].handle.bytes, name.p, name.n);
    files[place].handle.n = name.n;
    files[place].open = true;
}

static void do_close(void)
{
    size_t i = below(OPEN_MAX);
    if (!files[i].open)
        return;
    files[i].open = false;
    assert_int_equal(close(files[i].fd), 0);
    assert_int_equal(talk_close(t, &files[i].handle), FX_OK);
}

static void do_write(void)
{
    size_t i = below(OPEN_MAX), offset = below(SPAN), n = below(below(4) ? 100 : DATA);
    if (!files[i].open)
        return;
    random_fill(&random_state, data, n);
    int want = status_for((int)pwrite(files[i].fd, data, n, (off_t)offset));
    assert_int_equal(talk_write(t, &files[i].handle, offset, span_of(data, n)), want);
}

static void do_read(void)
{
    size_t i = below(OPEN_MAX), offset = below(SPAN), n = 1 + below(DATA);
    struct span got;
    if (!files[i].open)
        return;
    ssize_t done = pread(files[i].fd, mine, n, (off_t)offset);
    int want = done == 0 ? FX_EOF : status_for((int)done);
    assert_int_equal(talk_read(t, &files[i].handle, offset, (uint32_t)n, &got), want);
    if (done > 0)
        assert_true(span_equal(got, span_of(mine, (size_t)done)));
}

static void expect_attributes(const struct stat *st, int want)
{
    struct attributes a;
    if (talk_ask(t) == FXP_STATUS) {
        assert_int_equal(get_u32(&t->body), want);
        return;
    }
    attributes_get(&t->body, &a);
    assert_int_equal(want, FX_OK);
    assert_int_equal(a.permissions, st->st_mode);
    if (!S_ISDIR(st->st_mode))
        assert_int_equal(a.size, st->st_size);
}

static void do_stat(void)
{
    char path[64];
    struct stat st;
    size_t i = below(OPEN_MAX);
    if (files[i].open) {
        int want = status_for(fstat(files[i].fd, &st));
        put_handle(talk_begin(t, FXP_FSTAT), &files[i].handle);
        expect_attributes(&st, want);
    }
    bool follow = below(2);
    put_text(talk_begin(t, follow ? FXP_STAT : FXP_LSTAT), some_path(path));
    int want = status_for(follow ? stat(path, &st) : lstat(path, &st));
    expect_attributes(&st, want);
}

static void do_setstat(void)
{
    char path[64];
    size_t i = below(OPEN_MAX), size = below(SPAN);
    bool by_handle = files[i].open && below(2), resize = below(2);
    uint32_t mode = (uint32_t)below(01000) | 0700;
    struct writer *w = talk_begin(t, by_handle ? FXP_FSETSTAT : FXP_SETSTAT);
    some_path(path);
    if (by_handle)
        put_handle(w, &files[i].handle);
    else
        put_text(w, path);
    put_u32(w, resize ? ATTR_SIZE : ATTR_PERMISSIONS);
    if (resize)
        put_u64(w, size);
    else
        put_u32(w, mode);
    int done = by_handle ? resize ? ftruncate(files[i].fd, (off_t)size) : fchmod(files[i].fd, mode)
               : resize ? truncate(path, (off_t)size)
                         : chmod(path, mode);
    int want = status_for(done);
    assert_int_equal(talk_status(t), want);
}

static void do_one_name(void)
{
    char path[64];
    some_path(path);
    switch (below(4)) {
    case 0: {
        int want = status_for(unlink(path));
        assert_int_equal(talk_path(t, FXP_REMOVE, path), want);
        break;
    }
    case 1: {
        int want = status_for(rmdir(path));
        assert_int_equal(talk_path(t, FXP_RMDIR, path), want);
        break;
    }
    default: {
        int want = status_for(mkdir(path, 0777));
        put_text(talk_begin(t, FXP_MKDIR), path);
        put_u32(&t->w, 0);
        assert_int_equal(talk_status(t), want);
    }
    }
}

static void do_two_names(void)
{
    char one[64], other[64];
    int want;
    struct writer *w;
    some_path(one);
    some_path(other);
    switch (below(4)) {
    case 0:
        want = status_for(renameat2(AT_FDCWD, one, AT_FDCWD, other, RENAME_NOREPLACE));
        w = talk_begin(t, FXP_RENAME);
        break;
    case 1:
        want = status_for(rename(one, other));
        w = talk_extended(t, "posix-rename@openssh.com");
        break;
    case 2:
        want = status_for(symlink(one, other));
        w = talk_begin(t, FXP_SYMLINK);
        break;
    default:
        want = status_for(link(one, other));
        w = talk_extended(t, "hardlink@openssh.com");
    }
    put_text(w, one);
    put_text(w, other);
    assert_int_equal(talk_status(t), want);
}

static void do_readlink(void)
{
    char path[64], target[128];
    ssize_t n = readlink(some_path(path), target, sizeof target);
    int want = status_for((int)n);
    put_text(talk_begin(t, FXP_READLINK), path);
    if (talk_ask(t) == FXP_STATUS) {
        assert_int_equal(get_u32(&t->body), want);
        return;
    }
    assert_int_equal(want, FX_OK);
    assert_int_equal(get_u32(&t->body), 1);
    assert_true(span_equal(get_string(&t->body), span_of(target, (size_t)n)));
}

static void do_copy(void)
{
    size_t i = below(OPEN_MAX), k = below(OPEN_MAX), n = 1 + below(DATA), at = below(SPAN);
    size_t to = below(SPAN);
    struct stat one, other;
    if (!files[i].open || !files[k].open)
        return;
    struct writer *w = talk_extended(t, "copy-data");
    put_handle(w, &files[i].handle);
    put_u64(w, at);
    put_u64(w, n);
    put_handle(w, &files[k].handle);
    put_u64(w, to);
    int got = talk_status(t);
    assert_int_equal(fstat(files[i].fd, &one) | fstat(files[k].fd, &other), 0);
    if (one.st_ino == other.st_ino) {
        assert_int_equal(got, FX_FAILURE);
        return;
    }
    ssize_t done = pread(files[i].fd, mine, n, (off_t)at);
    if (done > 0)
        done = pwrite(files[k].fd, mine, (size_t)done, (off_t)to);
    /* which of two things is wrong is found in another order */
    assert_int_equal(got == FX_OK, done >= 0 || (got == FX_OK && done == 0));
}

/* --- both directories --- */
static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t names_by_server(const char *path, char *names[], size_t room)
{
    struct talk_handle h = talk_opendir(t, path);
    size_t n = 0;
    assert_int_not_equal(h.n, 0);
    for (;;) {
        put_handle(talk_begin(t, FXP_READDIR), &h);
        if (talk_ask(t) == FXP_STATUS)
            break;
        for (uint32_t count = get_u32(&t->body); count > 0; count--) {
            struct attributes a;
            struct span name = get_string(&t->body);
            get_string(&t->body);
            attributes_get(&t->body, &a);
            assert_true(n < room);
            names[n++] = strndup((const char *)name.p, name.n);
        }
    }
    assert_int_equal(talk_close(t, &h), FX_OK);
    qsort(names, n, sizeof *names, compare);
    return n;
}

static void compare_files(const char *path, const char *theirs)
{
    int one = open(path, O_RDONLY | O_CLOEXEC), other = open(theirs, O_RDONLY | O_CLOEXEC);
    ssize_t n;
    assert_true(one >= 0 && other >= 0);
    while ((n = read(one, data, DATA)) > 0) {
        assert_int_equal(read(other, mine, DATA), n);
        assert_memory_equal(data, mine, n);
    }
    assert_int_equal(read(other, mine, 1), 0);
    close(one);
    close(other);
}

static void compare_trees(const char *path, unsigned depth)
{
    char *names[64], **plain = NULL;
    struct dirent **entries;
    size_t n = names_by_server(path, names, COUNT(names));
    int here = scandir(path, &entries, NULL, NULL);
    assert_int_equal(here, n);
    assert_non_null(plain = malloc(n * sizeof *plain));
    for (size_t i = 0; i < n; i++)
        plain[i] = entries[i]->d_name;
    qsort(plain, n, sizeof *plain, compare);
    for (size_t i = 0; i < n; i++) {
        char below_here[300], theirs[400];
        struct stat one, other;
        assert_string_equal(names[i], plain[i]);
        snprintf(below_here, sizeof below_here, "%s/%s", path, names[i]);
        snprintf(theirs, sizeof theirs, "../served/%s", below_here);
        assert_int_equal(lstat(below_here, &one), 0);
        assert_int_equal(lstat(theirs, &other), 0);
        assert_int_equal(one.st_mode, other.st_mode);
        assert_int_equal(one.st_nlink, other.st_nlink);
        if (S_ISREG(one.st_mode))
            compare_files(below_here, theirs);
        if (S_ISDIR(one.st_mode) && names[i][0] != '.' && depth < 30)
            compare_trees(below_here, depth + 1);
    }
    for (size_t i = 0; i < n; i++) {
        free(names[i]);
        free(entries[i]);
    }
    free(plain);
    free(entries);
}

static void test_model(void **state)
{
    static void (*const operations[])(void) = {
        do_open, do_open,    do_close,    do_write,    do_write,     do_read,     do_read, do_stat,
        do_stat, do_setstat, do_one_name, do_one_name, do_two_names, do_readlink, do_copy,
    };
    const char *seed = getenv("SFTP_SEED"), *steps = getenv("SFTP_STEPS");
    long n = steps != NULL ? strtol(steps, NULL, 10) : STEPS;
    random_state = random_of(seed != NULL ? strtoull(seed, NULL, 10) : 1);
    umask(022);
    assert_int_equal(mkdir(files_path(state, "served"), 0700), 0);
    assert_int_equal(mkdir(files_path(state, "plain"), 0700), 0);
    assert_int_equal(chdir(files_path(state, "plain")), 0);
    talk_start(t, files_path(state, "served"));
    for (long i = 0; i < n; i++) {
        operations[below(COUNT(operations))]();
        if (i % COMPARE_EVERY == 0)
            compare_trees(".", 0);
    }
    compare_trees(".", 0);
    assert_int_equal(talk_stop(t), 0);
    assert_int_equal(chdir("/"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_model, files_start, files_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
