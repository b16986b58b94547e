#include "process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"
#include "process/error.h"

enum { FIRST_FREE = 3, EXIT_CANNOT_RUN = 127, EXIT_NO_RIGHTS = 126 };

/* struct sigaction as the kernel has it, which begins with the handler, but for one CPU. libc's is prepared for threads and
 * handlers of ours, of which there are none, and spares two signals of its own. */
#ifdef __mips__
enum { KERNEL_ACTION = 8, HANDLER = 1 };
#else
enum { KERNEL_ACTION = 8, HANDLER = 0 };
#endif

bool child_ignores(int number)
{
    unsigned long is[KERNEL_ACTION];
    return syscall(SYS_rt_sigaction, number, NULL, is, NSIG / 8) == 0 &&
           is[HANDLER] == (unsigned long)SIG_IGN;
}

void child_ignore(int number, bool yes)
{
    unsigned long wanted[KERNEL_ACTION] = { [HANDLER] = (unsigned long)(yes ? SIG_IGN : SIG_DFL) };
    syscall(SYS_rt_sigaction, number, wanted, NULL, NSIG / 8);
}

void child_default_signals(void)
{
    for (int i = 1; i < NSIG; i++)
        child_ignore(i, false);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_from(unsigned first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0u, 0) == 0)
        return;
#endif
    struct rlimit limit; /* Linux before 5.9 */
    unsigned end = prlimit(0, RLIMIT_NOFILE, NULL, &limit) == 0 ? (unsigned)limit.rlim_cur : 1024;
    for (unsigned fd = first; fd < end; fd++)
        close((int)fd);
}

/* prlimit(2), since libc's setrlimit() is prepared for threads and so ten times its size. */
unsigned long child_set_files(unsigned long wanted, bool less)
{
    struct rlimit limit;
    if (prlimit(0, RLIMIT_NOFILE, NULL, &limit) != 0)
        return 1024;
    unsigned long before = (unsigned long)limit.rlim_cur;
    if (less || limit.rlim_cur < wanted)
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    prlimit(0, RLIMIT_NOFILE, &limit, NULL);
    return before;
}

/* Takes no number that is not taken already: there may be none left. */
static void place(const int from[3])
{
    for (int i = 0; i < 3; i++) {
        int fd = from[i] >= 0 ? from[i] : open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0 || dup2(fd, i) < 0)
            close(i);
    }
    close_from(FIRST_FREE);
}

pid_t child_fork(const struct child *c)
{
    pid_t pid = _Fork(); /* fork() without what it does for threads: 1.2 KB of locks */
    if (pid != 0)
        return pid;
    setsid();
    if (c->terminal)
        ioctl(c->in, TIOCSCTTY, 0);
    place((const int[3]){ c->in, c->out, c->err });
    child_set_files(c->files, true);
    child_default_signals();
    if (c->user != NULL && !user_become(c->user))
        _exit(EXIT_NO_RIGHTS);
    return 0;
}

void child_own_keys(void)
{
    enum { JOIN_SESSION_KEYRING = 1 };
    syscall(SYS_keyctl, JOIN_SESSION_KEYRING, NULL); /* many kernels and containers have none */
}

void child_complain(const char *what, const char *name)
{
    char line[512];
    size_t n = text_format(line, sizeof line, "nano_ssh_server: %s %s: %s\n", what, name,
                           error_text(errno));
    if (write(2, line, n) < 0)
        return;
}

void child_enter_home(const struct user *u)
{
    if (chdir(u->home) == 0)
        return;
    child_complain("cannot change to home directory", u->home);
    if (chdir("/") != 0)
        child_complain("cannot change to", "/");
}

_Noreturn void child_no_shell(const struct user *u)
{
    child_complain("cannot run the shell", u->shell);
    _exit(EXIT_CANNOT_RUN);
}

void child_exec(const struct user *u, const char *command, char *const environment[])
{
    const char *slash = strrchr(u->shell, '/');
    const char *base = slash != NULL ? slash + 1 : u->shell;
    char name[sizeof u->shell + 1];
    text_format(name, sizeof name, "%s%s", command == NULL ? "-" : "", base);
    char *const login[] = { name, NULL };
    char *const run[] = { name, (char[]){ "-c" }, (char *)(uintptr_t)command, NULL };
    execve(u->shell, command == NULL ? login : run, environment);
    if (errno != ENOENT && errno != ENOTDIR && errno != ENOEXEC)
        child_no_shell(u);
}

void child_signal(pid_t pid, int number)
{
    if (pid <= 1)
        return;
    if (kill(-pid, number) != 0)
        kill(pid, number); /* it was started so lately that it has no group yet */
}

void child_signal_as(const struct user *u, unsigned long files, pid_t pid, int number)
{
    struct child c = { u, -1, -1, -1, false, files };
    if (child_fork(&c) != 0)
        return;
    child_signal(pid, number);
    _exit(0);
}
