/* /etc/passwd, and becoming a user. What needs root is done in a child, and skipped without it. */
#include "process/user.h"

#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

static void test_find(void **state)
{
    (void)state;
    struct user u;
    memset(&u, 'x', sizeof u);
    assert_true(user_find(&u, "root"));
    assert_string_equal(u.name, "root");
    assert_int_equal(u.uid, 0);
    assert_int_equal(u.gid, 0);
    assert_int_equal(u.home[0], '/');
    assert_int_equal(u.shell[0], '/');
}

static void test_not_found(void **state)
{
    (void)state;
    static const char *const names[] = { "no-such-user",
                                         "",
                                         "roo",
                                         "rootx",
                                         "root:x",
                                         "Root",
                                         "0",
                                         "x",
                                         "a-name-that-is-longer-than-any-user-can-have",
                                         "root\n",
                                         "*" };
    struct user u;
    for (size_t i = 0; i < COUNT(names); i++)
        assert_false(user_find(&u, names[i]));
}

static void test_names_and_homes(void **state)
{
    (void)state;
    char text[64];
    assert_true(user_name(0, text, sizeof text));
    assert_string_equal(text, "root");
    assert_true(group_name(0, text, sizeof text));
    assert_string_equal(text, "root");
    assert_true(user_home("root", text, sizeof text));
    assert_int_equal(text[0], '/');
    assert_false(user_name(0, text, 4)); /* does not fit */
    assert_false(group_name(0, text, 4));
    assert_false(user_home("root", text, 1));
    assert_false(user_name(4000000000, text, sizeof text));
    assert_false(group_name(4000000000, text, sizeof text));
    assert_false(user_name(UINT32_MAX, text, sizeof text));
    assert_false(group_name(UINT32_MAX, text, sizeof text));
    assert_false(user_home("no-such-user", text, sizeof text));
    assert_false(user_home("", text, sizeof text));
}

static void test_self(void **state)
{
    (void)state;
    struct user u, found;
    user_self(&u);
    assert_int_equal(u.uid, geteuid());
    assert_true(u.name[0] != 0);
    assert_true(u.home[0] == '/');
    assert_true(u.shell[0] == '/');
    if (user_find(&found, u.name))
        assert_int_equal(found.gid, u.gid);
}

static bool self_is(const char *asked, const char *name, const char *home)
{
    struct user u;
    return !user_self(&u) && (asked == NULL || user_call(&u, asked)) && u.uid == 54321 &&
           u.gid == 54322 && strcmp(u.name, name) == 0 && strcmp(u.home, home) == 0 &&
           strcmp(u.shell, "/bin/sh") == 0;
}

/* As a user that /etc/passwd does not have. */
static int be_unknown(void)
{
    static const char *const bad[] = { "",     "a/b", "../a",  "a b", "a\tb",
                                       "a\nb", "a:b", "\177/", NULL };
    static const char longest[] = "12345678901234567890123456789012";
    struct user u;
    if (geteuid() != 0)
        return 0;
    if (setgroups(0, NULL) != 0 || setgid(54322) != 0 || setuid(54321) != 0)
        return 1;
    unsetenv("HOME");
    if (!self_is(NULL, "user", "/") || !self_is("root", "root", "/") ||
        !self_is(longest, longest, "/"))
        return 2;
    setenv("HOME", "/home/of", 1);
    if (!self_is("anna-2@x.y", "anna-2@x.y", "/home/of"))
        return 3;
    setenv("HOME", "relative", 1);
    if (!self_is(NULL, "user", "/"))
        return 4;
    for (size_t i = 0; bad[i] != NULL; i++)
        if (user_call(&u, bad[i]))
            return 10 + (int)i;
    return user_call(&u, "123456789012345678901234567890123") ? 5 : 0;
}

/* Without root one can only become who one is. */
static int become_without_root(void)
{
    struct user u = { .name = "somebody", .uid = 54321, .gid = 54321 };
    if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(u.gid) != 0 || setuid(u.uid) != 0))
        return 1;
    u.uid = geteuid();
    if (!user_become(&u))
        return 2;
    u.uid++;
    if (user_become(&u))
        return 3;
    u.uid = 0;
    return user_become(&u) || geteuid() == 0 ? 4 : 0;
}

static void expect_child(int (*run)(void))
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0)
        _exit(run());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void test_unknown(void **state)
{
    (void)state;
    expect_child(be_unknown);
}

static void test_become_without_root(void **state)
{
    (void)state;
    expect_child(become_without_root);
}

/* In a child: 0 if everything is the user's and nothing leads back. */
static int become_and_look(void)
{
    static const struct user somebody = { .name = "somebody", .uid = 54321, .gid = 54322 };
    const struct user *u = &somebody;
    uid_t r, e, s;
    gid_t rg, eg, sg, groups[64];
    if (!user_become(u))
        return 1;
    if (getresuid(&r, &e, &s) != 0 || r != u->uid || e != u->uid || s != u->uid)
        return 2;
    if (getresgid(&rg, &eg, &sg) != 0 || rg != u->gid || eg != u->gid || sg != u->gid)
        return 3;
    int n = getgroups(64, groups);
    for (int i = 0; i < n; i++)
        if (groups[i] == 0)
            return 4; /* root's groups must not stay */
    if (n < 1 || groups[0] != u->gid)
        return 5;
    if (setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0 || setgroups(0, NULL) == 0)
        return 6;
    return user_become(u) ? 0 : 7;
}

static void test_root_becomes_another(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip();
    expect_child(become_and_look);
    assert_int_equal(geteuid(), 0);
}

/* Of what is there, only what the machine itself calls a shell; what is not there decides nothing. */
static void test_usual_shells(void **state)
{
    (void)state;
    struct user u = { .name = "somebody" };
    strcpy(u.shell, "/nonexistent/shell");
    assert_true(user_shell_usual(&u));
    strcpy(u.shell, "/etc/passwd"); /* not a program */
    assert_true(user_shell_usual(&u));
    if (access("/etc/shells", R_OK) != 0)
        skip();
    strcpy(u.shell, "/bin/sh");
    assert_true(user_shell_usual(&u));
    strcpy(u.shell, "/bin/cat");
    assert_false(user_shell_usual(&u));
    strcpy(u.shell, "/bin/../bin/sh");
    assert_false(user_shell_usual(&u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_names_and_homes),
        cmocka_unit_test(test_self),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_usual_shells),
        cmocka_unit_test(test_become_without_root),
        cmocka_unit_test(test_root_becomes_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
