/* tar, reading: the first byte chooses how it is called, the rest is the archive. Sums of headers are made right, since no fuzzer
 * would find them. Beside the folder that it is taken apart in, nothing may change. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sanitizer/common_interface_defs.h>

#include "applets/rows.h"
#include "applets/tar.h"
#include "tests/fuzz/support/confine.h"

enum { MOST = 64 * 1024 };

static char *const calls[][6] = {
    { (char *)"tar", (char *)"xf", (char *)"-", (char *)"-Cfolder" },
    { (char *)"tar", (char *)"-xpf-", (char *)"-C", (char *)"folder", (char *)"a" },
    { (char *)"tar", (char *)"xkmC", (char *)"folder" },
    { (char *)"tar", (char *)"tv" },
    { (char *)"tar", (char *)"xO" },
};

/* As in a new process. */
static void forget(void)
{
    arena_drop(&tar.memory);
    memset(&tar, 0, sizeof tar);
}

static void check_outside(void)
{
    struct stat found;
    char text[8] = "";
    int names = 0, fd = open("/file", O_RDONLY | O_CLOEXEC);
    DIR *d = opendir("/");
    for (const struct dirent *e; d != NULL && (e = readdir(d)) != NULL;)
        names++;
    closedir(d);
    confine_check(names == 5, "nothing new beside the folder"); /* . .. file folder link */
    confine_check(fstat(fd, &found) == 0 && found.st_size == 20000 && found.st_nlink == 1 &&
                      (found.st_mode & 07777) == 0644,
                  "the file outside as it was");
    confine_check(read(fd, text, 7) == 7 && strcmp(text, "content") == 0, "and what is in it");
    close(fd);
}

static void run_one(const uint8_t *data, size_t n)
{
    static uint8_t bytes[MOST];
    char *argv[6];
    if (n < 1 || n > MOST)
        return;
    memcpy(argv, calls[data[0] % (sizeof calls / sizeof *calls)], sizeof argv);
    memcpy(bytes, data + 1, --n);
    for (size_t at = 0; at + TAR_BLOCK <= n; at += TAR_BLOCK)
        if (memcmp(bytes + at + AT_MAGIC, "ustar", 5) == 0) {
            memcpy(tar.header, bytes + at, TAR_BLOCK);
            tar_put_number(SUM, tar_sum());
            memcpy(bytes + at, tar.header, TAR_BLOCK);
        }
    int in = confine_file(bytes, n), out = confine_file(NULL, 0), said = dup(STDERR_FILENO);
    __sanitizer_set_report_fd((void *)(intptr_t)said);
    dup2(out, STDERR_FILENO);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    close(in);
    close(out);
    forget();
    int returned = applet_run(&applet_tar, argv);
    dup2(said, STDERR_FILENO);
    __sanitizer_set_report_fd((void *)(intptr_t)STDERR_FILENO);
    confine_check(returned >= 0 && returned <= 2, "a status");
    confine_check(chdir("/") == 0, "the way back");
    check_outside();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    confine_start(run_one);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    confine_run(data, n);
    return 0;
}
