/* What a channel's child becomes: the user's shell, or one of the servers for files that are built in. */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "process/child.h"
#include "process/error.h"
#include "server/internal.h"
#include "sftp/scp.h"
#include "sftp/sftp.h"

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
    const char *path = "";
    char file[PATH_ROOM];
    for (; *environment != NULL; environment++)
        if (span_starts(span_text(*environment), "PATH="))
            path = *environment + 5;
    while (*path != 0) {
        size_t n = strcspn(path, ":");
        text_format(file, sizeof file, "%.*s/%s", (int)n, path, name);
        if (access(file, X_OK) == 0)
            return true;
        path += n + (path[n] != 0);
    }
    return false;
}

/* The legacy protocol, where the machine has nobody else who speaks it. */
static void serve_scp(const struct program *p, const struct user *u,
                      const struct sftp_config *files)
{
    char line[LIMIT_COMMAND + 1];
    char *words[SCP_WORDS_MAX + 1];
    if (!span_starts(span_text(p->command), "scp ") || !user_shell_usual(u) ||
        is_there("scp", p->environment))
        return;
    text_format(line, sizeof line, "%s", p->command);
    int n = scp_words(line, words);
    if (n > 0)
        _exit(scp_main(0, 1, files, n, words));
}

_Noreturn static void refuse_files(const struct user *u)
{
    char line[512];
    size_t n = text_format(line, sizeof line,
                           "nano_ssh_server: no SFTP for %s: its shell %s is not in /etc/shells\n",
                           u->name, u->shell);
    _exit(write(2, line, n) < 0 ? 2 : 1);
}

_Noreturn void program_run(const struct program *p, const struct user *u)
{
    struct sftp_config files = { user_name, group_name, user_home, error_text, p->linkpath_first };
    child_enter_home(u);
    if (p->kind == PROGRAM_SFTP && !p->forced && !user_shell_usual(u))
        refuse_files(u);
    if (p->kind == PROGRAM_SFTP)
        _exit(sftp_main(0, 1, &files));
    if (p->kind == PROGRAM_COMMAND && p->scp)
        serve_scp(p, u, &files);
    child_exec(u, p->kind == PROGRAM_COMMAND ? p->command : NULL, p->environment);
}
