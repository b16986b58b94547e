/* What a channel's child becomes: the user's shell, the one that is built in, or one of the servers for files
 * that are. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/features.h"
#include "base/text.h"
#include "box/box.h"
#include "process/child.h"
#include "process/path.h"
#include "server/internal.h"
#include "sftp/scp.h"

/* OpenSSH has the two names of a symbolic link in another order than the draft. Nearly all clients took that
 * over; these only when the server calls itself OpenSSH. */
bool program_linkpath_first(const char *ident)
{
    static const char *const clients[] = { "SSH-2.0-AsyncSSH", "SSH-2.0-WinSCP",
                                           "SSH-2.0-libssh_" };
    for (unsigned i = 0; i < sizeof clients / sizeof *clients; i++)
        if (span_starts(span_text(ident), clients[i]))
            return true;
    return false;
}

/* Is there such a program in the PATH that the shell would search? */
static bool is_there(const char *name, char *const environment[])
{
    char file[PATH_ROOM];
    for (; *environment != NULL; environment++)
        if (span_starts(span_text(*environment), "PATH="))
            return path_find(file, sizeof file, name, *environment + 5);
    return false;
}

/* Comes back where it cannot be had. */
static void run_built_in(char *const argv[], char *const environment[])
{
    int e = errno;
    box_become(argv, environment);
    if (errno == ENOENT) /* not in this build: what was wrong before is what is wrong */
        errno = e;
    else
        child_complain("cannot run the built-in", argv[0]);
}

/* The legacy protocol, where the machine has nobody else who speaks it. */
static void serve_scp(const struct program *p, const struct user *u)
{
    char line[LIMIT_COMMAND + 1];
    char *words[SCP_WORDS_MAX + 1];
    if (!span_starts(span_text(p->command), "scp ") || !user_shell_usual(u) ||
        is_there("scp", p->environment))
        return;
    text_format(line, sizeof line, "%s", p->command);
    if (scp_words(line, words) > 0)
        run_built_in(words, p->environment);
}

_Noreturn static void serve_sftp(const struct program *p)
{
    char name[] = "internal-sftp", draft[] = "-d";
    run_built_in((char *[]){ name, p->linkpath_first ? draft : NULL, NULL }, p->environment);
    _exit(1);
}

_Noreturn static void refuse_files(const struct user *u)
{
    char line[512];
    size_t n = text_format(line, sizeof line,
                           "nano_ssh_server: no SFTP for %s: its shell %s is not in /etc/shells\n",
                           u->name, u->shell);
    _exit(write(2, line, n) < 0 ? 2 : 1);
}

static const char built_in[] = "nano-sh";

static bool is_asked_for(const struct program *p, const struct user *u)
{
    const size_t n = sizeof built_in - 1;
    return features.shell && p->kind == PROGRAM_COMMAND && strncmp(p->command, built_in, n) == 0 &&
           (p->command[n] == 0 || p->command[n] == ' ') && user_shell_usual(u);
}

static bool no_terminal(const struct program *p)
{
    return p->pty.master < 0 && p->pty.name[0] != 0;
}

/* Without a terminal it prompts all the same where one was asked for. */
static void run_shell(const struct program *p)
{
    char login[] = "-nano-sh", option[] = "-c", prompting[] = "-i";
    char *command = (char *)(uintptr_t)p->command;
    char *as_login[] = { login, no_terminal(p) ? prompting : NULL, NULL };
    char *as_command[] = { login + 1, option, command, NULL };
    run_built_in(p->kind == PROGRAM_COMMAND ? as_command : as_login, p->environment);
}

_Noreturn void program_run(const struct program *p, const struct user *u)
{
    if (features.pty && no_terminal(p)) {
        errno = p->pty.error;
        child_complain("no terminal:", p->pty.name);
    }
    child_own_keys();
    child_enter_home(u);
    if (features.sftp && p->kind == PROGRAM_SFTP && !p->forced && !user_shell_usual(u))
        refuse_files(u);
    if (features.sftp && p->kind == PROGRAM_SFTP)
        serve_sftp(p);
    if (features.scp && p->kind == PROGRAM_COMMAND && p->scp)
        serve_scp(p, u);
    if (is_asked_for(p, u))
        run_shell(p);
    child_exec(u, p->kind == PROGRAM_COMMAND ? p->command : NULL, p->environment);
    if (features.shell)
        run_shell(p);
    child_no_shell(u);
}
