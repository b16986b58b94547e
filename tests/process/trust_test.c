/* May a user's file be believed? Modes, owners, links and things that are no files, as any user; what
 * needs other owners runs as root only. */
#include "process/trust.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/files.h"
#include "tests/support/test.h"

enum { STRANGER = 54321 };

static struct user user;

/* HOME/.ssh/keys, all as it should be. */
static int start(void **state)
{
    if (files_start(state) != 0)
        return -1;
    user.uid = geteuid();
    user.gid = getegid();
    snprintf(user.home, sizeof user.home, "%s", (const char *)*state);
    if (mkdir(files_path(state, ".ssh"), 0700) != 0)
        return -1;
    files_write(files_path(state, ".ssh/keys"), "content", 7, 0600);
    return 0;
}

static char why[256];

static bool good(const char *path)
{
    char text[16];
    memset(why, 'x', sizeof why);
    int fd = trust_open(path, &user, why, sizeof why);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text);
    assert_int_equal(close(fd), 0);
    assert_string_equal(why, "");
    assert_int_equal(n, 7);
    return true;
}

static bool good_name(void **state, const char *name)
{
    return good(files_path(state, name));
}

static void test_good(void **state)
{
    static const mode_t modes[] = { 0400, 0600, 0640, 0644, 0755 };
    for (size_t i = 0; i < COUNT(modes); i++) {
        assert_int_equal(chmod(files_path(state, ".ssh/keys"), modes[i]), 0);
        assert_true(good_name(state, ".ssh/keys"));
    }
    assert_int_equal(chmod(files_path(state, ".ssh"), 0755), 0);
    assert_true(good_name(state, ".ssh/keys"));
    assert_true(good_name(state, ".ssh//keys"));
    assert_true(good_name(state, ".ssh/../.ssh/./keys"));
}

static void test_writable_by_others(void **state)
{
    static const mode_t modes[] = { 0602, 0620, 0660, 0666, 0777, 0622 };
    for (size_t i = 0; i < COUNT(modes); i++) {
        assert_int_equal(chmod(files_path(state, ".ssh/keys"), modes[i]), 0);
        assert_false(good_name(state, ".ssh/keys"));
        assert_non_null(strstr(why, "modes for file"));
        assert_int_equal(chmod(files_path(state, ".ssh/keys"), 0600), 0);
        assert_int_equal(chmod(files_path(state, ".ssh"), modes[i] | 0100), 0);
        assert_false(good_name(state, ".ssh/keys"));
        assert_non_null(strstr(why, "director"));
        assert_int_equal(chmod(files_path(state, ".ssh"), 0700), 0);
        assert_int_equal(chmod(user.home, modes[i] | 0100), 0);
        assert_false(good_name(state, ".ssh/keys"));
        assert_int_equal(chmod(user.home, 0700), 0);
    }
    assert_true(good_name(state, ".ssh/keys"));
}

/* What lies above the home directory is not this check's matter. */
static void test_stops_at_home(void **state)
{
    snprintf(user.home, sizeof user.home, "%s", files_path(state, ".ssh"));
    assert_int_equal(chmod(*state, 0777), 0);
    assert_true(good_name(state, ".ssh/keys"));
    snprintf(user.home, sizeof user.home, "%s", (const char *)*state);
    assert_false(good_name(state, ".ssh/keys"));
    assert_int_equal(chmod(*state, 0700), 0);
}

static void test_missing(void **state)
{
    assert_false(good_name(state, ".ssh/other"));
    assert_string_equal(why, "");
    assert_false(good_name(state, "no/such/keys"));
    assert_string_equal(why, "");
    assert_int_equal(symlink("nowhere", files_path(state, ".ssh/dangling")), 0);
    assert_false(good_name(state, ".ssh/dangling"));
    assert_string_equal(why, "");
    assert_false(good_name(state, ".ssh/keys/below"));
    assert_string_not_equal(why, ""); /* not a directory: worth telling */
}

/* None of these may hang, and none is read. */
static void test_no_regular_file(void **state)
{
    assert_int_equal(mkfifo(files_path(state, ".ssh/fifo"), 0600), 0);
    assert_false(good_name(state, ".ssh/fifo"));
    assert_non_null(strstr(why, "regular"));
    assert_false(good_name(state, ".ssh"));
    assert_non_null(strstr(why, "regular"));
    assert_false(good("/dev/null"));
    assert_non_null(strstr(why, "regular"));
    assert_false(good("/dev/tty"));
    assert_string_not_equal(why, "");
}

static void test_symbolic_links(void **state)
{
    char absolute[FILES_PATH_MAX];
    assert_int_equal(symlink("keys", files_path(state, ".ssh/link")), 0);
    assert_true(good_name(state, ".ssh/link"));
    assert_int_equal(symlink(".ssh/link", files_path(state, "link_to_link")), 0);
    assert_true(good_name(state, "link_to_link"));
    snprintf(absolute, sizeof absolute, "%s", files_path(state, ".ssh/keys"));
    assert_int_equal(symlink(absolute, files_path(state, "absolute")), 0);
    assert_true(good_name(state, "absolute"));
    assert_int_equal(symlink(".ssh", files_path(state, "directory")), 0);
    assert_true(good_name(state, "directory/keys"));
    assert_int_equal(symlink("loop", files_path(state, "loop")), 0);
    assert_false(good_name(state, "loop"));
    assert_string_not_equal(why, "");
}

/* It is where a link leads that counts: the modes there, and on the way up from there. */
static void test_links_to_bad_places(void **state)
{
    assert_int_equal(mkdir(files_path(state, "open"), 0700), 0);
    files_write(files_path(state, "open/keys"), "content", 7, 0600);
    assert_int_equal(symlink("../open/keys", files_path(state, ".ssh/link")), 0);
    assert_int_equal(symlink("open", files_path(state, "link")), 0);
    assert_true(good_name(state, ".ssh/link"));
    assert_true(good_name(state, "link/keys"));
    assert_int_equal(chmod(files_path(state, "open"), 0777), 0);
    assert_false(good_name(state, ".ssh/link"));
    assert_false(good_name(state, "link/keys"));
    assert_int_equal(chmod(files_path(state, "open"), 0700), 0);
    assert_int_equal(chmod(files_path(state, "open/keys"), 0666), 0);
    assert_false(good_name(state, ".ssh/link"));
}

/* Outside the home directory everything up to / counts. */
static void test_outside_home(void **state)
{
    struct stat st;
    assert_int_equal(lstat("/tmp", &st), 0);
    if (getenv("TMPDIR") != NULL || st.st_uid != 0 || !(st.st_mode & S_ISVTX))
        skip();
    snprintf(user.home, sizeof user.home, "/nonexistent");
    assert_true(good_name(state, ".ssh/keys")); /* /tmp is root's and sticky */
    assert_int_equal(chmod(*state, 0770), 0);
    assert_false(good_name(state, ".ssh/keys"));
    assert_int_equal(chmod(*state, 0700), 0);
}

/* A sticky directory keeps others from replacing files, but only root's is believed to. */
static void test_sticky_directory(void **state)
{
    assert_int_equal(chmod(files_path(state, ".ssh"), 01777), 0);
    assert_int_equal(good_name(state, ".ssh/keys"), geteuid() == 0);
}

static void test_owners(void **state)
{
    if (geteuid() != 0) {
        user.uid = STRANGER; /* files of ours are then neither the user's nor root's */
        assert_false(good_name(state, ".ssh/keys"));
        skip();
    }
    user.uid = STRANGER;
    assert_true(good_name(state, ".ssh/keys")); /* all of it is root's */
    assert_int_equal(chown(files_path(state, ".ssh/keys"), STRANGER, 0), 0);
    assert_true(good_name(state, ".ssh/keys"));
    assert_int_equal(chown(files_path(state, ".ssh/keys"), STRANGER + 1, 0), 0);
    assert_false(good_name(state, ".ssh/keys"));
    assert_int_equal(chown(files_path(state, ".ssh/keys"), 0, 0), 0);
    assert_int_equal(chown(files_path(state, ".ssh"), STRANGER + 1, 0), 0);
    assert_false(good_name(state, ".ssh/keys"));
    assert_int_equal(chmod(files_path(state, ".ssh"), 01777), 0); /* sticky, but a stranger's */
    assert_false(good_name(state, ".ssh/keys"));
    assert_int_equal(chown(files_path(state, ".ssh"), STRANGER, 0), 0);
    assert_int_equal(chmod(files_path(state, ".ssh"), 0700), 0);
    assert_true(good_name(state, ".ssh/keys"));
}

/* No descriptor stays open, whatever the outcome. */
static int lowest_free(void)
{
    int fd = dup(0);
    close(fd);
    return fd;
}

static void test_no_descriptor_is_lost(void **state)
{
    static const char *const names[] = { ".ssh/keys", ".ssh/other", ".ssh", "loop", "a/b/c" };
    int before = lowest_free();
    assert_int_equal(symlink("loop", files_path(state, "loop")), 0);
    for (int i = 0; i < 20; i++)
        for (size_t k = 0; k < COUNT(names); k++)
            good_name(state, names[k]);
    assert_int_equal(chmod(files_path(state, ".ssh"), 0777), 0);
    for (int i = 0; i < 20; i++)
        assert_false(good_name(state, ".ssh/keys"));
    assert_int_equal(lowest_free(), before);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, files_stop)
    const struct CMUnitTest tests[] = {
        CASE(test_good),
        CASE(test_writable_by_others),
        CASE(test_stops_at_home),
        CASE(test_missing),
        CASE(test_no_regular_file),
        CASE(test_symbolic_links),
        CASE(test_links_to_bad_places),
        CASE(test_outside_home),
        CASE(test_sticky_directory),
        CASE(test_owners),
        CASE(test_no_descriptor_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
