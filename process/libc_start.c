/* What is left of a C library where nothing needs memory that a thread has for itself: errno is a variable, and there is
 * nothing to be done before exit. That nothing else of musl wants such memory is asked of each link (ALONE in the
 * Makefile). The declarations are musl's. */
#include "process/libc_start.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

int __libc_start_main(int (*start)(int, char **, char **), int argc, char **argv);
int *___errno_location(void);

static int the_errno;
static const unsigned long *auxiliary;

int *__errno_location(void)
{
    return &the_errno;
}

int *___errno_location(void)
{
    return &the_errno;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the header's name is glibc's where this is read */
unsigned long getauxval(unsigned long type)
{
    const unsigned long *a = auxiliary;
    while (a[0] != AT_NULL && a[0] != type)
        a += 2;
    return a[1];
}

int getpagesize(void)
{
    return (int)getauxval(AT_PAGESZ);
}

_Noreturn void exit(int status)
{
    _exit(status);
}

/* The kernel has them one behind the other: arguments, NULL, variables, NULL, and what it says itself. */
static inline __attribute__((always_inline)) void take(char **variables)
{
    char **p = variables;
    environ = p;
    while (*p != NULL)
        p++;
    auxiliary = (const unsigned long *)(const void *)(p + 1);
}

void libc_take(char **variables)
{
    take(variables);
}

/* Called by musl's first instructions, where it is not process/libc_guarded.c that has them. */
int __libc_start_main(int (*start)(int, char **, char **), int argc, char **argv)
{
    take(argv + argc + 1);
    _exit(start(argc, argv, environ));
}
