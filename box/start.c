/* What box/start_CPU.S comes to in the loader, instead of what makes a C library ready: no thread, hence no errno of a thread's own; no
 * constructors, no TLS, and nothing to relocate (deps/loader.ld sees to that). This is why the loader is compiled without a stack
 * protector, whose canary would be there. */
#include <unistd.h>

int main(int argc, char *argv[], char *environment[]);
_Noreturn void start(long *stack);
int *__errno_location(void);
int *___errno_location(void) __attribute__((alias("__errno_location")));

static int error_number;

int *__errno_location(void)
{
    return &error_number;
}

/* The number of arguments, them, and behind a NULL the environment. */
_Noreturn void start(long *stack)
{
    int argc = (int)*stack;
    char **argv = (char **)(stack + 1);
    _exit(main(argc, argv, argv + argc + 1));
}
