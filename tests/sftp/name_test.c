/* SFTP: what is asked and done by name: attributes, directories, links. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sftp/internal.h"
#include "tests/support/files.h"
#include "tests/support/sftp.h"
#include "tests/support/test.h"

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

/* --- attributes --- */
static void expect_attributes(const struct stat *st)
{
    assert_int_equal(talk_ask(t), FXP_ATTRS);
    assert_int_equal(get_u32(&t->body), ATTR_ALL);
    assert_int_equal(get_u64(&t->body), st->st_size);
    assert_int_equal(get_u32(&t->body), st->st_uid);
    assert_int_equal(get_u32(&t->body), st->st_gid);
    assert_int_equal(get_u32(&t->body), st->st_mode);
    get_u32(&t->body); /* atime: reading may change it */
    assert_int_equal(get_u32(&t->body), st->st_mtime);
    assert_true(get_done(&t->body));
}

static void test_stat(void **state)
{
    static const char *const names[] = { "file", "directory", "link", ".", "/", "/dev/null" };
    struct stat st;
    for (size_t i = 0; i < COUNT(names); i++) {
        const char *path = names[i][0] == '/' ? names[i] : files_path(state, names[i]);
        assert_int_equal(stat(path, &st), 0);
        put_text(talk_begin(t, FXP_STAT), names[i]);
        expect_attributes(&st);
        assert_int_equal(lstat(path, &st), 0);
        put_text(talk_begin(t, FXP_LSTAT), names[i]);
        expect_attributes(&st);
    }
    assert_int_equal(talk_path(t, FXP_STAT, "dangling"), FX_NO_SUCH_FILE);
    assert_int_equal(talk_path(t, FXP_LSTAT, "none"), FX_NO_SUCH_FILE);
    struct talk_handle h = talk_open(t, "file", READ);
    assert_int_equal(stat(files_path(state, "file"), &st), 0);
    put_handle(talk_begin(t, FXP_FSTAT), &h);
    expect_attributes(&st);
}

static void put_all(struct writer *w, uint32_t flags, const char *name, const struct talk_handle *h)
{
    if (h != NULL)
        put_handle(w, h);
    else
        put_text(w, name);
    put_u32(w, flags);
    if (flags & ATTR_SIZE)
        put_u64(w, 5);
    if (flags & ATTR_UIDGID) {
        put_u32(w, geteuid());
        put_u32(w, getegid());
    }
    if (flags & ATTR_PERMISSIONS)
        put_u32(w, 0100640);
    if (flags & ATTR_ACMODTIME) {
        put_u32(w, 1000000000);
        put_u32(w, 0xfedcba98); /* beyond 2038 */
    }
}

static void test_setstat(void **state)
{
    const char *path = files_path(state, "file");
    for (int by_handle = 0; by_handle < 2; by_handle++)
        for (uint32_t flags = 0; flags <= ATTR_ALL; flags++) {
            struct stat before, after;
            files_write(path, "0123456789", 10, 0600);
            assert_int_equal(stat(path, &before), 0);
            struct talk_handle h = talk_open(t, "file", READ | WRITE);
            put_all(talk_begin(t, by_handle ? FXP_FSETSTAT : FXP_SETSTAT), flags, "link",
                    by_handle ? &h : NULL);
            assert_int_equal(talk_status(t), FX_OK);
            assert_int_equal(talk_close(t, &h), FX_OK);
            assert_int_equal(stat(path, &after), 0);
            assert_int_equal(after.st_size, flags & ATTR_SIZE ? 5 : 10);
            assert_int_equal(after.st_mode, S_IFREG | (flags & ATTR_PERMISSIONS ? 0640 : 0600));
            if (flags & ATTR_ACMODTIME) {
                assert_int_equal(after.st_atime, 1000000000);
                assert_int_equal(after.st_mtime, 0xfedcba98);
            }
        }
    put_all(talk_begin(t, FXP_SETSTAT), ATTR_ALL, "none", NULL);
    assert_int_equal(talk_status(t), FX_NO_SUCH_FILE);
    /* The size cannot be set, all else is. */
    put_all(talk_begin(t, FXP_SETSTAT), ATTR_ALL, "directory", NULL);
    assert_int_equal(talk_status(t), FX_FAILURE);
    assert_int_equal(talk_mode(state, "directory"), S_IFDIR | 0640);
    assert_int_equal(chmod(files_path(state, "directory"), 0755), 0);
}

/* --- directories --- */
static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of a directory, sorted; the count. */
static size_t list(const char *path, char *names[], size_t room, size_t *replies)
{
    struct talk_handle h = talk_opendir(t, path);
    size_t n = 0;
    *replies = 0;
    assert_int_not_equal(h.n, 0);
    for (;;) {
        put_handle(talk_begin(t, FXP_READDIR), &h);
        if (talk_ask(t) == FXP_STATUS)
            break;
        assert_int_equal(t->type, FXP_NAME);
        assert_in_range(t->body.end - t->reply, 1, REPLY_MAX + 9);
        uint32_t count = get_u32(&t->body);
        assert_true(count > 0);
        ++*replies;
        while (count-- > 0) {
            struct span name = get_string(&t->body), line = get_string(&t->body);
            struct attributes a;
            attributes_get(&t->body, &a);
            assert_int_equal(a.flags, ATTR_ALL);
            assert_true(n < room && line.n > 55 + name.n - 1);
            assert_memory_equal(line.p + line.n - name.n, name.p, name.n);
            assert_non_null(names[n++] = strndup((const char *)name.p, name.n));
        }
        assert_true(get_done(&t->body));
    }
    assert_int_equal(get_u32(&t->body), FX_EOF);
    assert_int_equal(talk_close(t, &h), FX_OK);
    qsort(names, n, sizeof *names, compare);
    return n;
}

/* Of many lengths: all come, once. */
static void test_readdir(void **state)
{
    enum { FILES = 3000 };
    static char *names[FILES + 2];
    size_t replies;
    for (int i = 0; i < FILES; i++) {
        char name[FILES_PATH_MAX];
        int length = i % 25 == 0 ? 200 : i % 7 == 0 ? 60 : 4;
        snprintf(name, sizeof name, "directory/%0*d", length, i);
        if (strlen(*state) + strlen(name) + 2 >= FILES_PATH_MAX)
            snprintf(name, sizeof name, "directory/%04d", i);
        files_write(files_path(state, name), "", 0, 0600);
    }
    assert_int_equal(list("directory", names, COUNT(names), &replies), FILES + 2);
    assert_in_range(replies, FILES / 300, FILES / 50);
    for (size_t i = 1; i < COUNT(names); i++)
        assert_true(strcmp(names[i - 1], names[i]) < 0);
    for (size_t i = 0; i < COUNT(names); i++)
        free(names[i]);
    assert_int_equal(talk_path(t, FXP_OPENDIR, "file"), FX_NO_SUCH_FILE);
    assert_int_equal(talk_path(t, FXP_OPENDIR, "none"), FX_NO_SUCH_FILE);
}

/* A directory that is removed while it is read. */
static void test_readdir_removed(void **state)
{
    struct talk_handle h = talk_opendir(t, "directory");
    assert_int_equal(rmdir(files_path(state, "directory")), 0);
    put_handle(talk_begin(t, FXP_READDIR), &h);
    assert_int_equal(talk_status(t), FX_NO_SUCH_FILE);
}

/* --- names of files --- */
static int two(uint8_t type, const char *one, const char *other)
{
    struct writer *w = talk_begin(t, type);
    put_text(w, one);
    put_text(w, other);
    return talk_status(t);
}

static void test_remove(void **state)
{
    assert_int_equal(talk_path(t, FXP_REMOVE, "link"), FX_OK); /* the link itself */
    assert_int_equal(talk_size(state, "file"), 10);
    assert_int_equal(talk_path(t, FXP_REMOVE, "link"), FX_NO_SUCH_FILE);
    assert_int_equal(talk_path(t, FXP_REMOVE, "directory"), FX_FAILURE);
    assert_int_equal(talk_path(t, FXP_RMDIR, "file"), FX_NO_SUCH_FILE);
    assert_int_equal(talk_path(t, FXP_RMDIR, "."), FX_BAD_MESSAGE);
    files_write(files_path(state, "directory/x"), "", 0, 0600);
    assert_int_equal(talk_path(t, FXP_RMDIR, "directory"), FX_FAILURE);
    assert_int_equal(talk_path(t, FXP_REMOVE, "directory/x"), FX_OK);
    assert_int_equal(talk_path(t, FXP_RMDIR, "directory"), FX_OK);
    put_text(talk_begin(t, FXP_MKDIR), "file");
    put_u32(&t->w, 0);
    assert_int_equal(talk_status(t), FX_FAILURE);
}

static void test_rename(void **state)
{
    assert_int_equal(two(FXP_RENAME, "file", "new"), FX_OK);
    assert_int_equal(talk_size(state, "new"), 10);
    files_write(files_path(state, "other"), "x", 1, 0600);
    assert_int_equal(two(FXP_RENAME, "new", "other"), FX_FAILURE);
    assert_int_equal(two(FXP_RENAME, "new", "dangling"), FX_FAILURE);
    assert_int_equal(two(FXP_RENAME, "new", "directory"), FX_FAILURE);
    assert_int_equal(two(FXP_RENAME, "directory", "directory/below"), FX_BAD_MESSAGE);
    assert_int_equal(two(FXP_RENAME, "none", "some"), FX_NO_SUCH_FILE);
    assert_int_equal(two(FXP_RENAME, "directory", "moved"), FX_OK);
    assert_int_equal(talk_size(state, "other"), 1);
}

static void expect_name(const char *name)
{
    assert_int_equal(talk_ask(t), FXP_NAME);
    assert_int_equal(get_u32(&t->body), 1);
    struct span got = get_string(&t->body);
    if (!span_is(got, name))
        fail_msg("%.*s instead of %s", (int)got.n, (const char *)got.p, name);
    assert_true(span_is(get_string(&t->body), name)); /* longname */
    assert_int_equal(get_u32(&t->body), 0);
    assert_true(get_done(&t->body));
}

static void test_links(void **state)
{
    assert_int_equal(two(FXP_SYMLINK, "target of it", "made"), FX_OK); /* OpenSSH's order */
    put_text(talk_begin(t, FXP_READLINK), "made");
    expect_name("target of it");
    assert_int_equal(talk_mode(state, "made") & S_IFMT, S_IFLNK);
    assert_int_equal(two(FXP_SYMLINK, "x", "file"), FX_FAILURE);
    assert_int_equal(two(FXP_SYMLINK, "x", "none/x"), FX_NO_SUCH_FILE);
    assert_int_equal(talk_path(t, FXP_READLINK, "file"), FX_BAD_MESSAGE);
    assert_int_equal(talk_path(t, FXP_READLINK, "none"), FX_NO_SUCH_FILE);
}

/* A client that believes the draft */
static void test_linkpath_first(void **state)
{
    static const struct sftp_config drafted = { .linkpath_first = true };
    assert_int_equal(talk_stop(t), 0);
    talk_start_with(t, *state, &drafted);
    assert_int_equal(two(FXP_SYMLINK, "made", "target of it"), FX_OK);
    put_text(talk_begin(t, FXP_READLINK), "made");
    expect_name("target of it");
    assert_int_equal(two(FXP_SYMLINK, "file", "x"), FX_FAILURE);
}

static void test_realpath(void **state)
{
    static const struct {
        const char *asked, *got; /* from the directory; NULL: no such file */
    } paths[] = {
        { "", "" },
        { ".", "" },
        { "./", "" },
        { "file", "/file" },
        { "file/", "/file" },
        { "file/x", NULL },
        { "link", "/file" },
        { "dangling", "/nowhere" },
        { "dangling/", NULL },
        { "dangling/..", NULL },
        { "none", "/none" },
        { "none/", NULL },
        { "none/.", NULL },
        { "none/..", NULL },
        { "none/x", NULL },
        { "directory/..", "" },
        { "directory//./sub/", "/directory/sub" },
        { "to_sub/../sub/up", "" },
        { "to_sub/up/to_sub", "/directory/sub" },
        { "loop", NULL },
        { "loop/x", NULL },
        { "absolute/x", "/directory/x" },
        { "directory/../../../../../../../../../../../../../../../../..", "root" },
    };
    char home[PATH_MAX], want[2 * PATH_MAX];
    assert_non_null(realpath(*state, home));
    assert_int_equal(mkdir(files_path(state, "directory/sub"), 0700), 0);
    assert_int_equal(symlink("directory/sub", files_path(state, "to_sub")), 0);
    assert_int_equal(symlink("../..", files_path(state, "directory/sub/up")), 0);
    assert_int_equal(symlink("loop", files_path(state, "loop")), 0);
    snprintf(want, sizeof want, "%s/directory/", home);
    assert_int_equal(symlink(want, files_path(state, "absolute")), 0);
    for (size_t i = 0; i < COUNT(paths); i++) {
        if (paths[i].got == NULL) {
            assert_int_equal(talk_path(t, FXP_REALPATH, paths[i].asked), FX_NO_SUCH_FILE);
            continue;
        }
        snprintf(want, sizeof want, "%s%s", home, paths[i].got);
        put_text(talk_begin(t, FXP_REALPATH), paths[i].asked);
        expect_name(strcmp(paths[i].got, "root") == 0 ? "/" : want);
    }
    put_text(talk_begin(t, FXP_REALPATH), "//../usr/../");
    expect_name("/");
    put_text(talk_begin(t, FXP_REALPATH), "/none");
    expect_name("/none");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(test_stat),     CASE(test_setstat), CASE(test_readdir), CASE(test_readdir_removed),
        CASE(test_remove),   CASE(test_rename),  CASE(test_links),   CASE(test_linkpath_first),
        CASE(test_realpath),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
