#include "tests/fuzz/support/confine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <sanitizer/common_interface_defs.h>

enum { CANNOT = 77, NOBODY = 65534, CONTENT = 20000, CRASH_FILE = 3 };

static void (*target)(const uint8_t *data, size_t n);
static sem_t begin, end;
static const uint8_t *input;
static size_t input_n;
static int crash_file; /* opened while there are rights to do so */
static char crash_path[4096], root[4096];

static void cannot(const char *what)
{
    fprintf(stderr, "this fuzzer cannot be confined here: %s: %s\n", what, strerror(errno));
    _exit(CANNOT);
}

/* --- what an input leaves behind --- */
static void clear(int directory)
{
    DIR *d = fdopendir(directory);
    for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (unlinkat(directory, e->d_name, 0) == 0)
            continue;
        fchmodat(directory, e->d_name, 0700, 0);
        int below = openat(directory, e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (below >= 0)
            clear(below);
        unlinkat(directory, e->d_name, AT_REMOVEDIR);
    }
    if (d != NULL)
        closedir(d);
}

static void renew(void)
{
    static const char content[CONTENT] = "content";
    if (chmod("/", 0700) != 0 || chdir("/") != 0)
        abort();
    clear(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    umask(022);
    int fd = open("/file", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, content, CONTENT) != CONTENT || close(fd) != 0 ||
        mkdir("/folder", 0755) != 0 || symlink("file", "/link") != 0)
        abort();
}

/* --- the confined thread --- */
static void enter(void)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct none[2] = { 0 };
    bool is_root = geteuid() == 0;
    if (unshare(CLONE_FILES) != 0 || dup2(crash_file, CRASH_FILE) < 0 ||
        syscall(SYS_close_range, CRASH_FILE + 1, ~0u, 0) != 0)
        cannot("unshare files");
    if (unshare(CLONE_FS | CLONE_NEWNS) == 0) {
        if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
            mount("none", root, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
                  "size=8m,nr_inodes=2000") != 0)
            cannot("mount");
    } else if (unshare(CLONE_FS) != 0) {
        cannot("unshare");
    }
    if ((is_root && chown(root, NOBODY, NOBODY) != 0) || chroot(root) != 0 || chdir("/") != 0)
        cannot("chroot");
    /* by system calls: libc's functions would change every thread */
    if (is_root && (syscall(SYS_setgroups, 0, NULL) != 0 ||
                    syscall(SYS_setresgid, NOBODY, NOBODY, NOBODY) != 0 ||
                    syscall(SYS_setresuid, NOBODY, NOBODY, NOBODY) != 0))
        cannot("setresuid");
    if (syscall(SYS_capset, &header, none) != 0)
        cannot("capset");
    if (chroot("/") == 0 || access("/etc", F_OK) == 0 || geteuid() == 0)
        cannot("still free");
}

static void *confined(void *nothing)
{
    enter();
    sem_post(&end);
    for (;;) {
        while (sem_wait(&begin) != 0)
            ;
        renew();
        target(input, input_n);
        syscall(SYS_close_range, CRASH_FILE + 1, ~0u, 0);
        sem_post(&end);
    }
    return nothing;
}

/* --- the other one --- */
/* libFuzzer's own way would write the input in the confined thread, which cannot. */
static void on_death(void)
{
    if (pwrite(CRASH_FILE, input, input_n, 0) == (ssize_t)input_n)
        fprintf(stderr, "The input is in %s\n", crash_path);
}

static void write_text(const char *path, const char *format, unsigned id)
{
    char text[64];
    int fd = open(path, O_WRONLY | O_CLOEXEC), n = snprintf(text, sizeof text, format, NOBODY, id);
    if (fd < 0 || write(fd, text, (size_t)n) != n || close(fd) != 0)
        cannot(path);
}

/* Whoever is not root needs a user namespace to make a mount namespace in. */
static void become_able(void)
{
    unsigned uid = geteuid(), gid = getegid();
    if (uid == 0)
        return;
    if (unshare(CLONE_NEWUSER) != 0)
        cannot("unshare users");
    write_text("/proc/self/setgroups", "deny", 0);
    write_text("/proc/self/uid_map", "%d %u 1", uid);
    write_text("/proc/self/gid_map", "%d %u 1", gid);
}

void confine_start(void (*run)(const uint8_t *data, size_t n))
{
    pthread_t thread;
    const char *folder = getenv("FUZZ_FOLDER");
    if (folder == NULL) {
        fprintf(stderr, "FUZZ_FOLDER is to be an empty folder: use tests/fuzz/run.sh\n");
        _exit(CANNOT);
    }
    target = run;
    snprintf(crash_path, sizeof crash_path, "%s/crash", folder);
    snprintf(root, sizeof root, "%s/root", folder);
    crash_file = open(crash_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (crash_file < 0 || (mkdir(root, 0700) != 0 && errno != EEXIST))
        cannot(folder);
    become_able();
    sem_init(&begin, 0, 0);
    sem_init(&end, 0, 0);
    if (pthread_create(&thread, NULL, confined, NULL) != 0)
        cannot("pthread_create");
    while (sem_wait(&end) != 0)
        ;
}

void confine_run(const uint8_t *data, size_t n)
{
    static bool prepared;
    const struct rlimit most = { CONFINE_MOST, CONFINE_MOST };
    if (!prepared) { /* libFuzzer has done what it does at its start */
        __sanitizer_set_death_callback(on_death);
        signal(SIGXFSZ, SIG_IGN);
        signal(SIGPIPE, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &most);
        prepared = true;
    }
    input = data;
    input_n = n;
    sem_post(&begin);
    while (sem_wait(&end) != 0)
        ;
}

int confine_file(const uint8_t *data, size_t n)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || (n != 0 && pwrite(fd, data, n, 0) != (ssize_t)n))
        abort();
    return fd;
}

void confine_check(int holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "does not hold: %s\n", what);
    abort();
}

/* So that abort() too comes to on_death(). There is no heap to leak from. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "handle_abort=1:detect_leaks=0";
}
