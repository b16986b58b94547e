#include "box/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/memfd.h, linux/fcntl.h, linux/random.h; not in every libc's headers */
enum { CLOSE_ON_EXEC = 1, MAY_BE_SEALED = 2, EXECUTABLE = 0x10 };
enum { EMPTY_PATH = 0x1000, ADD_SEALS = 1033, ALL_SEALS = 15, WITHOUT_WAITING = 1 };
enum { PLACES = 3, LETTERS = 16, NUMBER_ROOM = 12, ABOUT_ROOM = 256 };
#ifdef SYS_fstat64
enum { ASK_ABOUT = SYS_fstat64 };
#else
enum { ASK_ABOUT = SYS_fstat };
#endif

/* Where files of nobody in particular may be. */
static const char places[PLACES][sizeof "/dev/shm"] = { "/dev/shm", "/tmp", "/run" };

static int open_memory(const char *name)
{
    int flags = CLOSE_ON_EXEC | MAY_BE_SEALED;
    int fd = (int)syscall(SYS_memfd_create, name, flags | EXECUTABLE);
    if (fd < 0 && errno == EINVAL) /* before Linux 6.3 every one is */
        fd = (int)syscall(SYS_memfd_create, name, flags);
    return fd;
}

/* A name that nobody knows before; where there are no random numbers, one that is new at least: where the kernel put the stack of this process. */
static void name_file(char *path, const char *folder)
{
    uint64_t number = 0;
    syscall(SYS_getrandom, &number, sizeof number, WITHOUT_WAITING);
    number ^= (uintptr_t)path ^ (uint64_t)getpid() << 32;
    for (; *folder != 0; folder++)
        *path++ = *folder;
    *path++ = '/';
    for (unsigned i = 0; i < LETTERS; i++, number >>= 4)
        *path++ = (char)('a' + (number & 15));
    *path = 0;
}

/* Whether they are of the same file: the kernel says the same of both. (What libc has to translate that takes 700 bytes of a loader
 * for 32 bits. Nobody has more than 144 bytes of it.) */
static bool same_file(int fd, int other)
{
    char a[ABOUT_ROOM] = { 0 }, b[ABOUT_ROOM] = { 0 };
    return syscall(ASK_ABOUT, fd, a) == 0 && syscall(ASK_ABOUT, other, b) == 0 &&
           memcmp(a, b, sizeof a) == 0;
}

/* A file that was not there before, and that nobody else may write. It is executed by the other descriptor, since a program that is
 * open for writing cannot be; that this one is of the same file, and not of what somebody with rights in that folder put there in
 * between, is looked at. It loses its name at once. */
static int open_file(const char *folder, int *reading)
{
    char path[sizeof places[0] + 1 + LETTERS];
    name_file(path, folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700);
    if (fd < 0)
        return fd;
    *reading = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    unlink(path);
    if (same_file(fd, *reading))
        return fd;
    close(*reading);
    close(fd);
    return -1;
}

static bool put(int fd, struct span s)
{
    return write(fd, s.p, s.n) == (ssize_t)s.n;
}

/* Without execveat() by way of /proc, where that is. */
static void execute(int fd, char *const argv[], char *const environment[])
{
    static const char folder[] = "/proc/self/fd/";
    char path[sizeof folder + NUMBER_ROOM], *end = path + sizeof path - 1, *p = end;
    syscall(SYS_execveat, fd, "", argv, environment, EMPTY_PATH);
    int e = errno;
    *p = 0;
    for (unsigned rest = (unsigned)fd, tens; rest != 0 || p == end; rest = tens) {
        for (tens = 0; rest >= 10; rest -= 10) /* where division is 700 bytes of a library */
            tens++;
        *--p = (char)('0' + rest);
    }
    p -= sizeof folder - 1;
    memcpy(p, folder, sizeof folder - 1);
    execve(p, argv, environment);
    errno = e;
}

void launch(const char *name, struct span head, struct span rest, char *const argv[],
            char *const environment[])
{
    int refused = 0;
    for (unsigned i = 0; i <= PLACES; i++) {
        int reading = -1, fd = i == 0 ? open_memory(name) : open_file(places[i - 1], &reading);
        bool good = fd >= 0 && put(fd, head) && put(fd, rest);
        if (i == 0)
            reading = fd;
        else
            close(fd);
        if (good) {
            fcntl(reading, ADD_SEALS, ALL_SEALS); /* of memory */
            execute(reading, argv, environment);
        }
        if (i == 0)
            refused = errno;
        close(reading);
    }
    errno = refused;
}
