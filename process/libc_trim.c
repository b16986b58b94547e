/*
 * What musl's crypt(3), assert(3) and some system calls bring along that this server has no use for, answered
 * here so that the linker leaves it out. How that works: crypto/sodium_trim.c. For the static ELF only; tests are built with
 * the libc of the machine as it is.
 *
 * The hashes write their result with sprintf() and read "rounds=" with strtoul(), which would bring
 * stdio and its number formats (11 KB) into the server for this alone. These two do as much as is
 * asked of them there. That it is enough is proven each time: before it answers, every one of the
 * hashes computes a known one in the same way and compares ("self test").
 *
 * DES, by which a hash without a $ would be checked (9 KB of tables and code), is never asked for:
 * process/password.c knows what may be.
 *
 * The declarations of what comes first are musl's; its header is not included since it makes macros of some.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "process/zone.h"

enum { RESULT_MAX = 128 }; /* musl's buffer for a result, the largest that is written to */

int sprintf(char *restrict to, const char *restrict format, ...);
unsigned long strtoul(const char *restrict text, char **restrict end, int base);
long strtol(const char *restrict text, char **restrict end, int base);
_Noreturn void abort(void);
_Noreturn void __assert_fail(const char *expr, const char *file, int line, const char *func);
char *__crypt_des(const char *key, const char *setting, char *output);

TEXT_NO_FLOATS int sprintf(char *restrict to, const char *restrict format, ...)
{
    va_list list;
    va_start(list, format);
    size_t n = text_vformat(to, RESULT_MAX, format, list);
    va_end(list);
    return (int)n;
}

/* Decimal digits and nothing before them. */
unsigned long strtoul(const char *restrict text, char **restrict end, int base)
{
    unsigned long value = 0;
    (void)base;
    for (; *text >= '0' && *text <= '9'; text++) {
        unsigned long digit = (unsigned long)(*text - '0');
        value = value > (ULONG_MAX - digit) / 10 ? ULONG_MAX : value * 10 + digit;
    }
    *end = (char *)(uintptr_t)text;
    return value;
}

/* Lies beside strtoul() in libc.a, and libcrypto refers to it from what is not linked in the end. */
long strtol(const char *restrict text, char **restrict end, int base)
{
    (void)text, (void)end, (void)base;
    abort();
}

char *__crypt_des(const char *key, const char *setting, char *output)
{
    (void)key, (void)setting, (void)output;
    return (char *)(uintptr_t) "*";
}

/*
 * A failed assertion says so through stdio in musl, which thereby would be in the server for this
 * alone (12 KB). The assertions themselves, libsodium's and ours, stay: this says the same in one
 * write and ends the process as well.
 */
_Noreturn void __assert_fail(const char *expr, const char *file, int line, const char *func)
{
    char text[512];
    size_t n = text_format(text, sizeof text, "nano_ssh_server: assertion failed: %s (%s:%d, %s)\n",
                           expr, file, line, func);
    ssize_t ignored = write(STDERR_FILENO, text, n);
    (void)ignored;
    abort();
}

/* Process 1 and who has blocked the signal live on, to die by the trap. */
_Noreturn void abort(void)
{
    kill(getpid(), SIGABRT);
    __builtin_trap();
}

/* Where the compiler's library divides: by zero it would raise a signal, with all that libc does for that. */
#ifdef __arm__
_Noreturn int __aeabi_idiv0(int result);
_Noreturn long long __aeabi_ldiv0(long long result);

__attribute__((used)) _Noreturn int __aeabi_idiv0(int result)
{
    (void)result;
    __builtin_trap();
}

__attribute__((used)) _Noreturn long long __aeabi_ldiv0(long long result)
{
    (void)result;
    __builtin_trap();
}
#endif

/* There are no threads. */
void __lock(volatile int *lock);
void __unlock(volatile int *lock);

void __lock(volatile int *lock)
{
    (void)lock;
}

void __unlock(volatile int *lock)
{
    (void)lock;
}

/* --- system calls ---
 * As Linux has had them since 3.0. In musl each of these makes up for something that older kernels lack, or for
 * threads. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the headers' names are glibc's where this is read */
static const size_t signal_bytes = NSIG / 8;

/* musl's reader of time zones is three times as long. */
struct tm *localtime_r(const time_t *restrict t, struct tm *restrict tm)
{
    static struct zone z;
    if (gmtime_r(t, tm) == NULL) /* a year beyond what int holds */
        return NULL;
    zone_at(&z, *t);
    gmtime_r(&(time_t){ *t + z.east }, tm);
    tm->tm_gmtoff = z.east;
    tm->tm_zone = z.name;
    return tm;
}

/* Where libc's own is for the kernel that has it, which is not always that of the CPU's first years. */
#ifdef SYS_fcntl64
enum { CALL_FCNTL = SYS_fcntl64 };
#else
enum { CALL_FCNTL = SYS_fcntl };
#endif
#ifdef SYS_fchown32
enum { CALL_FCHOWN = SYS_fchown32 };
#else
enum { CALL_FCHOWN = SYS_fchown };
#endif
/* Where a long has 32 bits, a file may not be opened that is too long for it, unless this is said. */
#if LONG_MAX > INT_MAX
enum { ANY_LENGTH = 0 };
#else
enum { ANY_LENGTH = O_LARGEFILE };
#endif

/* The child keeps what libc takes for its thread's number, which only raise() asks for. */
pid_t _Fork(void)
{
#ifdef __s390x__ /* the stack first */
    return (pid_t)syscall(SYS_clone, NULL, (long)SIGCHLD, NULL, NULL, NULL);
#else
    return (pid_t)syscall(SYS_clone, (long)SIGCHLD, NULL, NULL, NULL, NULL);
#endif
}

/* These take their last argument only where there is one. Here they always do, which is the same registers and
 * without the 100 bytes of code that each `...` costs. */
int call_prctl(int what, unsigned long a, unsigned long b, unsigned long c,
               unsigned long d) __asm__("prctl");
int call_ioctl(int fd, unsigned long what, void *argument) __asm__("ioctl");
int call_fcntl(int fd, int command, unsigned long argument) __asm__("fcntl");
int call_openat(int at, const char *path, int flags, mode_t mode) __asm__("openat");
int call_open(const char *path, int flags, mode_t mode) __asm__("open");

int call_prctl(int what, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    return (int)syscall(SYS_prctl, what, a, b, c, d);
}

int call_ioctl(int fd, unsigned long what, void *argument)
{
    return (int)syscall(SYS_ioctl, fd, (unsigned)what, argument);
}

int call_fcntl(int fd, int command, unsigned long argument)
{
    return (int)syscall(CALL_FCNTL, fd, command, argument);
}

int call_openat(int at, const char *path, int flags, mode_t mode)
{
    return (int)syscall(SYS_openat, at, path, flags | ANY_LENGTH, mode);
}

int call_open(const char *path, int flags, mode_t mode)
{
    return call_openat(AT_FDCWD, path, flags, mode);
}

int pipe2(int ends[2], int flags)
{
    return (int)syscall(SYS_pipe2, ends, flags);
}

/* Two CPUs have these as calls of their own only since Linux 4.3; libc knows the way there was before. */
#if !defined(__i386__) && !defined(__s390x__)
int socket(int family, int type, int protocol)
{
    return (int)syscall(SYS_socket, family, type, protocol);
}

int socketpair(int family, int type, int protocol, int ends[2])
{
    return (int)syscall(SYS_socketpair, family, type, protocol, ends);
}

int accept4(int fd, struct sockaddr *restrict from, socklen_t *restrict n, int flags)
{
    return (int)syscall(SYS_accept4, fd, from, n, flags);
}
#endif

int epoll_create1(int flags)
{
    return (int)syscall(SYS_epoll_create1, flags);
}

int epoll_ctl(int epoll, int what, int fd, struct epoll_event *e)
{
    return (int)syscall(SYS_epoll_ctl, epoll, what, fd, e);
}

int epoll_wait(int epoll, struct epoll_event *to, int room, int timeout_ms)
{
    return (int)syscall(SYS_epoll_pwait, epoll, to, room, timeout_ms, NULL, signal_bytes);
}

int signalfd(int fd, const sigset_t *signals, int flags)
{
    return (int)syscall(SYS_signalfd4, fd, signals, NSIG / 8, flags);
}

int sigprocmask(int how, const sigset_t *restrict signals, sigset_t *restrict old)
{
    return (int)syscall(SYS_rt_sigprocmask, how, signals, old, signal_bytes);
}

int fchmod(int fd, mode_t mode)
{
    return (int)syscall(SYS_fchmod, fd, mode);
}

int fchown(int fd, uid_t user, gid_t group)
{
    return (int)syscall(CALL_FCHOWN, fd, user, group);
}

/* Where a long is 64 bits wide, the kernel's structures are libc's. */
#if LONG_MAX > INT_MAX && defined(SYS_newfstatat)
int fstatat(int at, const char *restrict path, struct stat *restrict to, int flags)
{
    return (int)syscall(SYS_newfstatat, at, path, to, flags);
}

int __fstat(int fd, struct stat *to);
int __fstat(int fd, struct stat *to)
{
    return (int)syscall(SYS_fstat, fd, to);
}

int fstat(int fd, struct stat *to) __attribute__((alias("__fstat")));

int stat(const char *restrict path, struct stat *restrict to)
{
    return fstatat(AT_FDCWD, path, to, 0);
}

int lstat(const char *restrict path, struct stat *restrict to)
{
    return fstatat(AT_FDCWD, path, to, AT_SYMLINK_NOFOLLOW);
}

int utimensat(int at, const char *path, const struct timespec times[2], int flags)
{
    return (int)syscall(SYS_utimensat, at, path, times, flags);
}

/* Without the vDSO: it is asked once for each turn of the loop, beside epoll_wait(). */
int __clock_gettime(clockid_t clock, struct timespec *to);
int __clock_gettime(clockid_t clock, struct timespec *to)
{
    return (int)syscall(SYS_clock_gettime, clock, to);
}

int clock_gettime(clockid_t clock, struct timespec *to) __attribute__((alias("__clock_gettime")));

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    return (int)syscall(SYS_nanosleep, wanted, left);
}

void *__mmap(void *at, size_t n, int access, int flags, int fd, off_t from);
void *__mmap(void *at, size_t n, int access, int flags, int fd, off_t from)
{
    return (void *)syscall(SYS_mmap, at, n, access, flags, fd, from); /* MAP_FAILED is -1 */
}

void *mmap(void *at, size_t n, int access, int flags, int fd, off_t from)
    __attribute__((alias("__mmap")));

#ifndef __s390x__ /* as above */
ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    return syscall(SYS_sendmsg, fd, m, flags);
}

ssize_t recvmsg(int fd, struct msghdr *m, int flags)
{
    return syscall(SYS_recvmsg, fd, m, flags);
}
#endif
#endif
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
