/* What a program of the user's gets: three descriptors, its environment, its directory, default signals,
 * a session of its own, and nothing of the server's. */
#include "process/child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/files.h"
#include "tests/support/test.h"

static struct user user;
static char output[4096];

static int start(void **state)
{
    if (files_start(state) != 0)
        return -1;
    user_self(&user);
    snprintf(user.home, sizeof user.home, "%s", (const char *)*state);
    snprintf(user.shell, sizeof user.shell, "/bin/sh");
    return 0;
}

/* Runs it; what it wrote to either stream is in output. Returns the status of wait(2). */
static int run(const char *command)
{
    static char variable[] = "ONLY=this";
    char *environment[] = { variable, NULL };
    int fds[2], status;
    size_t used = 0;
    ssize_t n;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    struct child c = { &user, -1, fds[1], fds[1], false, 64 };
    pid_t pid = child_fork(&c);
    assert_true(pid >= 0);
    if (pid == 0) {
        child_enter_home(&user);
        child_exec(&user, command, environment);
        child_no_shell(&user);
    }
    close(fds[1]);
    while (used < sizeof output - 1 &&
           (n = read(fds[0], output + used, sizeof output - 1 - used)) > 0)
        used += (size_t)n;
    output[used] = 0;
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_output_and_status(void **state)
{
    (void)state;
    int status = run("echo out; echo err >&2; exit 42");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 42);
    assert_string_equal(output, "out\nerr\n");
    status = run("kill -9 $$");
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
}

/* The server may have none left for itself. */
static void test_no_number_is_needed(void **state)
{
    (void)state;
    struct rlimit limit, low;
    int fillers[64], n = 0, fds[2];
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    low = limit;
    low.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0); /* what run() will get */
    while (n < 64 && (fillers[n] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0)
        n++;
    assert_true(n < 64);
    close(fds[0]);
    close(fds[1]);
    int status = run("echo out; echo err >&2");
    while (n > 0)
        close(fillers[--n]);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(status, 0);
    assert_string_equal(output, "out\nerr\n");
}

static void test_environment_and_directory(void **state)
{
    (void)state;
    char want[512];
    setenv("SECRET_OF_THE_SERVER", "x", 1);
    run("echo $ONLY; echo ${SECRET_OF_THE_SERVER-unset}; pwd -P; echo $0");
    unsetenv("SECRET_OF_THE_SERVER");
    snprintf(want, sizeof want, "this\nunset\n%s\nsh\n", user.home);
    assert_string_equal(output, want);
}

static void test_missing_home(void **state)
{
    (void)state;
    snprintf(user.home, sizeof user.home, "/nonexistent/home");
    assert_int_equal(run("pwd"), 0);
    assert_non_null(strstr(output, "/nonexistent/home"));
    assert_non_null(strstr(output, "\n/\n"));
}

static void test_missing_shell(void **state)
{
    (void)state;
    snprintf(user.shell, sizeof user.shell, "/nonexistent/shell");
    int status = run("echo never");
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 127);
    assert_non_null(strstr(output, "/nonexistent/shell"));
    assert_null(strstr(output, "never\n"));
}

/* Whatever is open here, even without close-on-exec, is not open there. */
static void test_only_three_descriptors(void **state)
{
    (void)state;
    int leak = open("/dev/null", O_RDONLY);
    int high = fcntl(leak, F_DUPFD, 200);
    run("for f in /proc/self/fd/*; do echo ${f##*/}; done; read line || echo no input");
    close(leak);
    close(high);
    /* the shell itself may hold one more while it reads the directory */
    assert_non_null(strstr(output, "0\n1\n2\n"));
    assert_null(strstr(output, "200\n"));
    char name[16];
    snprintf(name, sizeof name, "\n%d\n", leak);
    assert_true(leak <= 3 || strstr(output, name) == NULL);
    assert_non_null(strstr(output, "no input\n")); /* 0 is /dev/null */
}

static void test_signals_are_default(void **state)
{
    (void)state;
    sigset_t all, before;
    struct sigaction ignore = { .sa_handler = SIG_IGN }, old;
    sigfillset(&all);
    assert_int_equal(sigaction(SIGPIPE, &ignore, &old), 0);
    assert_int_equal(sigprocmask(SIG_BLOCK, &all, &before), 0);
    run("grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status");
    sigprocmask(SIG_SETMASK, &before, NULL);
    sigaction(SIGPIPE, &old, NULL);
    assert_non_null(strstr(output, "SigBlk:\t0000000000000000\n"));
    assert_non_null(strstr(output, "SigIgn:\t0000000000000000\n"));
}

static void test_own_session_and_limit(void **state)
{
    (void)state;
    long session = 0, group = 0, pid = 0;
    run("read -r p c s pp pg sid rest </proc/self/stat; set -- $(cut -d' ' -f1,5,6 /proc/$$/stat); "
        "echo $1 $2 $3; ulimit -n");
    assert_int_equal(sscanf(output, "%ld %ld %ld", &pid, &group, &session), 3);
    assert_int_equal(pid, session);
    assert_int_equal(pid, group);
    assert_non_null(strstr(output, "\n64\n"));
}

/* The whole group, not the shell alone. */
static void test_signal_reaches_the_group(void **state)
{
    (void)state;
    static char variable[] = "PATH=/usr/bin:/bin";
    char *environment[] = { variable, NULL };
    int fds[2], status;
    char byte;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    struct child c = { &user, -1, fds[1], -1, false, 64 };
    pid_t pid = child_fork(&c);
    assert_true(pid >= 0);
    if (pid == 0)
        child_exec(&user, "sleep 60 & sleep 60 & echo; wait", environment);
    close(fds[1]);
    assert_int_equal(read(fds[0], &byte, 1), 1);
    child_signal(pid, SIGTERM);
    assert_int_equal(read(fds[0], &byte, 1), 0); /* all who held the pipe are gone */
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

/* Even when it is sent before the child got as far as to have a group of its own. */
static void test_signal_right_after_the_start(void **state)
{
    (void)state;
    char *environment[] = { NULL };
    for (int i = 0; i < 20; i++) {
        int status;
        struct child c = { &user, -1, -1, -1, false, 64 };
        pid_t pid = child_fork(&c);
        assert_true(pid >= 0);
        if (pid == 0)
            child_exec(&user, "exec sleep 1", environment);
        child_signal(pid, SIGHUP);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGHUP);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, files_stop)
    const struct CMUnitTest tests[] = {
        CASE(test_output_and_status),
        CASE(test_no_number_is_needed),
        CASE(test_environment_and_directory),
        CASE(test_missing_home),
        CASE(test_missing_shell),
        CASE(test_only_three_descriptors),
        CASE(test_signals_are_default),
        CASE(test_own_session_and_limit),
        CASE(test_signal_reaches_the_group),
        CASE(test_signal_right_after_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
