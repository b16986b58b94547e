/* Children, and the terminal that is lent to them.
 *
 * With a terminal every pipeline has a process group, and the terminal belongs to that in front; without, all are in the
 * shell's. A process is in the table until its end was told to somebody. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "applets/out.h"
#include "base/text.h"
#include "shell/internal.h"

enum { MOST = 1024, RUNNING = -1, STOPPED = -2 };

static struct process {
    pid_t pid, group;
    int status; /* $?, or one of the above */
} table[MOST];
static unsigned n_table;
static struct termios modes; /* as the last command left them */

/* --- signals --- */
static void interrupted(int number)
{
    (void)number;
    sh.interrupted = 1;
}

static void hung_up(int number)
{
    (void)number;
    job_hang_up();
}

void job_hang_up(void)
{
    for (unsigned i = 0; i < n_table; i++) {
        pid_t whom = sh.terminal ? -table[i].group : table[i].pid;
        if (table[i].status < 0) {
            kill(whom, SIGHUP);
            kill(whom, SIGCONT);
        }
    }
    _exit(STATUS_SIGNAL + SIGHUP);
}

/* Those of a shell on a terminal; what runs in front of it has the usual ones, and $( ) those that stop nothing: the shell
 * waits for what it says. */
static void take_signals(bool ours, unsigned first)
{
    static const struct {
        int number;
        void (*handler)(int);
    } table_of[] = {
        { SIGTSTP, SIG_IGN }, { SIGTTIN, SIG_IGN },    { SIGTTOU, SIG_IGN },
        { SIGQUIT, SIG_IGN }, { SIGINT, interrupted }, { SIGHUP, hung_up },
    };
    for (; first < sizeof table_of / sizeof *table_of; first++) {
        struct sigaction a = { .sa_handler = ours ? table_of[first].handler : SIG_DFL };
        sigaction(table_of[first].number, &a, NULL);
    }
}

static void give_terminal(pid_t group)
{
    if (sh.terminal)
        ioctl(STDIN_FILENO, TIOCSPGRP, &group);
}

void job_start(void)
{
    pid_t owner;
    if (ioctl(STDIN_FILENO, TIOCGPGRP, &owner) != 0 || tcgetattr(STDIN_FILENO, &modes) != 0)
        return;
    sh.terminal = true;
    take_signals(true, 0);
    setpgid(0, 0);
    give_terminal(sh.pid);
}

void job_leave(void)
{
    if (sh.terminal)
        take_signals(false, 0);
}

_Noreturn void job_end(int status)
{
    out_flush();
    _exit(status);
}

/* --- processes --- */
static void close_ours(void)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, FD_OURS, ~0U, 0) == 0)
        return;
#endif
    for (int fd = FD_OURS; fd < FD_ALL; fd++) /* Linux before 5.9 */
        close(fd);
}

static void become_child(enum job how, bool own)
{
    if (sh.terminal)
        take_signals(false, own ? 0 : 3);
    n_table = 0;
    sh.terminal = sh.interactive = false;
    sh.prompt = NULL;
    close_ours();
    if (how == JOB_BACK && !own) {
        close(STDIN_FILENO);
        open("/dev/null", O_RDONLY); /* becomes 0, where there is one */
    }
}

pid_t job_fork(pid_t *group, enum job how)
{
    bool own = sh.terminal && how != JOB_OURS;
    out_flush();
    if (n_table == MOST)
        job_notices();
    /* A control-C that comes before the child has its own handlers must not be lost in ours … */
    sigset_t all, before, pending;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    errno = EAGAIN;
    pid_t pid = n_table < MOST ? _Fork() : -1;
    if (pid < 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        give_up_with(applet_failed("cannot start a process"));
    }
    pid_t self = pid != 0 ? pid : (pid_t)syscall(SYS_getpid);
    if (*group == 0)
        *group = self;
    if (own) { /* by both: whoever comes first */
        setpgid(self, *group);
        if (how == JOB_FRONT)
            give_terminal(*group);
    }
    if (pid != 0) {
        table[n_table++] = (struct process){ pid, *group, RUNNING };
        /* … nor one that came before there was a child: fork() would let it come first, were it not blocked. */
        sigpending(&pending);
        if (how != JOB_BACK && sigismember(&pending, SIGINT))
            kill(pid, SIGINT);
    } else {
        become_child(how, own);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return pid;
}

static void note(pid_t pid, int status)
{
    for (struct process *p = table; p < table + n_table; p++)
        if (p->pid == pid)
            p->status = WIFSTOPPED(status)    ? STOPPED
                        : WIFSIGNALED(status) ? STATUS_SIGNAL + WTERMSIG(status)
                                              : WEXITSTATUS(status);
}

void job_say(pid_t pid, const char *what, int status)
{
    char name[32], text[64];
    text_format(name, sizeof name, "[%d]", pid);
    text_format(text, sizeof text, status > 0 ? "%s, %d" : "%s", what, status);
    applet_wrong(name, text);
}

/* Those that have ended are forgotten: of one group, or (0) all. */
static void forget(pid_t group, bool say)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < n_table; i++) {
        struct process *p = &table[i];
        if (p->status < 0 || (group != 0 && p->group != group))
            table[kept++] = *p;
        else if (say)
            job_say(p->pid, "ended", p->status);
    }
    n_table = kept;
}

void job_notices(void)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0)
        note(pid, status);
    forget(0, sh.interactive);
}

/* The last one of the group that is (not) in this state; NULL: none */
static struct process *last_of(pid_t group, int status, bool is)
{
    struct process *found = NULL;
    for (struct process *p = table; p < table + n_table; p++)
        if ((group == 0 || p->group == group) && (p->status == status) == is)
            found = p;
    return found;
}

/* A control-C that came to the shell before what it is for was in front is handed on to that, or ends the waiting. */
static void pass_on_interrupt(pid_t group, bool front)
{
    if (!sh.interrupted)
        return;
    if (!front)
        give_up_with(STATUS_SIGNAL + SIGINT);
    sh.interrupted = 0;
    kill(-group, SIGINT);
}

int job_wait(pid_t group, bool front)
{
    struct process *p;
    int status = STATUS_NOT_FOUND;
    bool stopped = false;
    while ((p = last_of(group, RUNNING, true)) != NULL) {
        int raw;
        pass_on_interrupt(group, front);
        pid_t pid = waitpid(-1, &raw, sh.terminal ? WUNTRACED : 0);
        if (pid > 0)
            note(pid, raw);
        else if (errno != EINTR)
            p->status = STATUS_NOT_FOUND;
    }
    if ((p = last_of(group, RUNNING, false)) != NULL)
        status = p->status;
    if (last_of(group, STOPPED, true) != NULL) {
        job_say(group, "stopped", 0);
        status = STATUS_SIGNAL + SIGTSTP;
        stopped = true;
    }
    forget(group, false);
    if (sh.terminal) {
        give_terminal(sh.pid);
        if (status > STATUS_SIGNAL)
            tcsetattr(STDIN_FILENO, TCSANOW, &modes);
        else
            tcgetattr(STDIN_FILENO, &modes);
        if (status == STATUS_SIGNAL + SIGINT && write(STDERR_FILENO, "\n", 1) > 0)
            stopped = true;
        if (stopped)
            give_up_with(status);
    }
    return status;
}

/* --- commands --- */
static struct process *named(const char *word)
{
    uint64_t pid = 0;
    text_number(span_text(word + (*word == '%')), INT32_MAX, &pid);
    for (struct process *p = table; p < table + n_table; p++)
        if (p->pid == (pid_t)pid)
            return p;
    return NULL;
}

int job_control(struct args *a)
{
    char what = a->applet->name[0];
    if (what == 'j') {
        for (const struct process *p = table; p < table + n_table; p++)
            out_format("[%d] %s\n", p->pid, p->status == RUNNING ? "running" : "stopped");
        return 0;
    }
    struct process *p = a->words != 0 ? named(a->word[0]) : last_of(0, STOPPED, true);
    if (p == NULL && a->words == 0)
        p = last_of(0, RUNNING, true);
    if (p == NULL || !sh.terminal)
        return applet_wrong(a->word[0], "no such job");
    pid_t group = p->group;
    while ((p = last_of(group, STOPPED, true)) != NULL)
        p->status = RUNNING;
    if (what == 'f')
        give_terminal(group);
    kill(-group, SIGCONT);
    return what == 'f' ? job_wait(group, true) : 0;
}

int job_await(struct args *a)
{
    struct process *p;
    int status = 0;
    for (char **w = a->word; *w != NULL; w++) {
        p = named(*w);
        status = p != NULL ? job_wait(p->group, false) : STATUS_NOT_FOUND;
    }
    if (a->words == 0) {
        while (!sh.interrupted && (p = last_of(0, RUNNING, true)) != NULL)
            job_wait(p->group, false);
        forget(0, false);
    }
    return status;
}
