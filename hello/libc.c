/* As process/libc_trim.c, and less: nothing here is told to a log or starts a process. For the static ELF only. The
 * declarations are musl's. */
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

_Noreturn void __assert_fail(const char *expr, const char *file, int line, const char *func);
_Noreturn void abort(void);
int __clock_gettime(clockid_t clock, struct timespec *to);

_Noreturn void abort(void)
{
    __builtin_trap();
}

_Noreturn void __assert_fail(const char *expr, const char *file, int line, const char *func)
{
    (void)expr, (void)file, (void)line, (void)func;
    __builtin_trap();
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the headers' names are glibc's where this is read */
int __clock_gettime(clockid_t clock, struct timespec *to)
{
    return (int)syscall(SYS_clock_gettime, clock, to);
}

int clock_gettime(clockid_t clock, struct timespec *to) __attribute__((alias("__clock_gettime")));
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
