#include "tests/support/files.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/test.h"

enum { BUFFERS = 4, NOT_STARTED = 127 };

int files_start(void **state)
{
    const char *base = getenv("TMPDIR");
    char *path = malloc(FILES_PATH_MAX);
    if (path == NULL)
        return -1;
    snprintf(path, FILES_PATH_MAX, "%s/nano_ssh_test.XXXXXX", base != NULL ? base : "/tmp");
    *state = path;
    return mkdtemp(path) == NULL ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

int files_stop(void **state)
{
    int failed =
        nftw(*state, remove_one, 100 /* musl goes no deeper than that */, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return failed;
}

const char *files_path(void **state, const char *name)
{
    static char buffers[BUFFERS][FILES_PATH_MAX];
    static unsigned next;
    char *path = buffers[next++ % BUFFERS];
    int n = snprintf(path, FILES_PATH_MAX, "%s/%s", (const char *)*state, name);
    assert_in_range(n, 1, FILES_PATH_MAX - 1);
    return path;
}

void files_write(const char *path, const void *p, size_t n, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    assert_int_equal(fchmod(fd, mode), 0);
    assert_int_equal(close(fd), 0);
}

int files_run(char *const argv[], char *output, size_t room)
{
    int fds[2], status;
    size_t used = 0;
    ssize_t n;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(null, 0);
        dup2(fds[1], 1);
        dup2(null, 2);
        execvp(argv[0], argv);
        _exit(NOT_STARTED);
    }
    close(fds[1]);
    while (used < room - 1 && (n = read(fds[0], output + used, room - 1 - used)) > 0)
        used += (size_t)n;
    output[used] = 0;
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) == NOT_STARTED)
        return -1;
    return WEXITSTATUS(status);
}
