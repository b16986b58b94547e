/* enter PID: the rest of the session is where that process is.
 *
 * Everything of it is opened first; afterwards our /proc may be another one, or none. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "applets/out.h"
#include "base/text.h"
#include "process/error.h"
#include "shell/internal.h"

/* The user's comes last: what it allows is tried again with it, and it is left alone where all went without. */
static const char spaces[][10] = { "ns/cgroup", "ns/ipc", "ns/uts", "ns/net",
                                   "ns/pid",    "ns/mnt", "ns/user" };
enum { USER = 6, SPACES };

/* -1: it is ours already, or not to be had */
static int open_space(int there, int here, const char *name)
{
    static struct stat a, b;
    int fd = openat(there, name, O_RDONLY | O_CLOEXEC);
    if (fstatat(there, name, &a, 0) == 0 && fstatat(here, name, &b, 0) == 0 &&
        a.st_ino == b.st_ino) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void say(bool yes, const char *name)
{
    static bool any;
    out_format("%s%s%s", any ? ", " : "entered: ", yes ? "" : "not ", name);
    any = name[0] != 'r'; /* the root comes last */
}

static bool join(int *fd, const char *name)
{
    if (*fd < 0 || syscall(SYS_setns, *fd, 0) != 0)
        return false;
    close(*fd);
    *fd = -1;
    say(true, name + 3);
    return true;
}

static void join_all(int fd[SPACES])
{
    bool again;
    do {
        bool all = true;
        for (int i = 0; i < USER; i++)
            all = (fd[i] < 0 || join(&fd[i], spaces[i])) && all;
        again = !all && join(&fd[USER], spaces[USER]);
        if (again) { /* we are nobody there by now */
            syscall(SYS_setresgid, 0, 0, 0);
            syscall(SYS_setresuid, 0, 0, 0);
        }
    } while (again);
}

/* Into the root, which is given up as well: its folder is where we are, at least. */
static int enter_root(int root, const int fd[SPACES])
{
    int status = fchdir(root);
    const char *why = status == 0 && chroot(".") == 0 ? NULL : error_text(errno);
    for (int i = 0; i < SPACES; i++) {
        if (i < USER && fd[i] >= 0)
            say(false, spaces[i] + 3);
        close(fd[i]);
    }
    say(why == NULL, "root");
    if (why != NULL)
        out_format(": %s%s", why, status == 0 ? " (this folder is it)" : "");
    out_char('\n');
    return status != 0;
}

int enter_run(struct args *a)
{
    static char path[24];
    static int fd[SPACES];
    const char *pid = a->words == 1 ? a->word[0] : "";
    text_format(path, sizeof path, "/proc/%s", pid);
    int there = open(path, O_PATH | O_CLOEXEC), here = open("/proc/self", O_PATH | O_CLOEXEC);
    int root = there < 0 ? -1 : openat(there, "root", O_PATH | O_DIRECTORY | O_CLOEXEC), status = 1;
    if (root < 0) {
        applet_failed(path);
    } else if (readlinkat(there, "exe", path, 1) < 0 && errno == ENOENT) {
        applet_wrong(pid, "has ended, or is the kernel's own");
    } else {
        for (int i = 0; i < SPACES; i++)
            fd[i] = open_space(there, here, spaces[i]);
        join_all(fd);
        status = enter_root(root, fd);
        text_format(sh.place, sizeof sh.place, "enter:%s:", pid);
        variable_set("PWD", 3, folder(), true);
    }
    close(root);
    close(here);
    close(there);
    return status;
}
