/* nano-sh: how it is called, and what it asks. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "applets/out.h"
#include "applets/rows.h"
#include "base/text.h"
#include "process/user.h"
#include "shell/edit.h"
#include "shell/internal.h"

struct shell sh;

int words_count(void)
{
    int n = 0;
    while (sh.words[n + 1] != NULL)
        n++;
    return n;
}

/* user@host:folder#, with ~ for the home. */
static const char *prompt(void)
{
    static struct user user;
    static struct utsname host;
    static char text[512];
    const char *where = folder(), *home = variable_get("HOME");
    size_t n = home != NULL ? strlen(home) : 0;
    bool inside = n > 1 && strncmp(where, home, n) == 0 && (where[n] == '/' || where[n] == 0);
    if (user.name[0] == 0 && !user_self(&user) && variable_get("USER") != NULL)
        user_call(&user, variable_get("USER"));
    uname(&host);
    text_format(text, sizeof text, "%s%s@%s:%s%s%c ", sh.place, user.name, host.nodename,
                inside ? "~" : "", inside ? where + n : where, user.uid == 0 ? '#' : '$');
    for (char *p = text; *p != 0; p++)
        if ((unsigned char)*p < ' ')
            *p = '?';
    return text;
}

/* From whoever sits there. */
static bool ask(struct source *s)
{
    struct span line;
    if (!s->more)
        job_notices();
    const char *text = s->more ? "> " : prompt();
    s->more = true;
    if (!edit_possible()) {
        out_text(text);
        return out_flush() && read_line(s->fd, &s->text);
    }
    int got = edit_line(text, &line);
    if (got < 0)
        sh.interrupted = 1;
    if (got <= 0)
        return false;
    buffer_add(&s->text, (const char *)line.p, line.n);
    return true;
}

bool source_line(struct source *s)
{
    if (s->fd < 0)
        return false;
    s->over = !(s->asks ? ask(s) : read_line(s->fd, &s->text));
    if (sh.interrupted) /* what was typed is forgotten */
        give_up_with(STATUS_SIGNAL + SIGINT);
    if (!s->over && (s->text.n == 0 || s->text.p[s->text.n - 1] != '\n'))
        buffer_add(&s->text, "\n", 1);
    return !s->over;
}

static bool on_terminal(void)
{
    struct winsize w;
    return ioctl(STDIN_FILENO, TIOCGWINSZ, &w) == 0;
}

static void greet(void)
{
    const char *usual = variable_get("SHELL");
    static char line[300];
    text_format(line, sizeof line, "This is the built-in shell%s%s%s; help lists its commands.\n",
                usual != NULL ? ", since " : "", usual != NULL ? usual : "",
                usual != NULL ? " is not there" : "");
    out_text(line);
}

/* Standard input, which commands read as well. An error leads to the next prompt. */
static void run_input(bool login)
{
    static struct source s;
    static jmp_buf back;
    if (sh.interactive)
        job_start();
    if (sh.interactive && login)
        greet();
    if (setjmp(back) == 0 && sh.interactive)
        sh.prompt = &back;
    applet_called("nano-sh");
    arena_drop(&s.arena);
    s = (struct source){ .text = s.text, .asks = sh.interactive };
    run_source(&s);
    if (sh.terminal && !on_terminal())
        job_hang_up();
}

static bool take_letter(char c, bool *command)
{
    switch (c) {
    case 'c':
        *command = true;
        return true;
    case 'i':
        return sh.interactive = true;
    case 'e':
        return sh.fails = true;
    case 'x':
        return sh.shows = true;
    default:
        return c == 'l' || c == 's' || c == '-';
    }
}

static int run(struct args *a)
{
    char **w = a->word;
    bool command = false;
    for (; *w != NULL && **w == '-'; w++)
        for (const char *p = *w + 1; *p != 0; p++)
            if (!take_letter(*p, &command))
                return applet_usage(a);
    const char *text = command ? *w++ : NULL;
    if (command && text == NULL)
        return applet_usage(a);
    bool file = !command && *w != NULL;
    if (*w == NULL)
        *--w = a->argv[0];
    sh.words = w;
    sh.pid = (pid_t)syscall(SYS_getpid);
    sh.interactive = !command && !file && (sh.interactive || on_terminal());
    builtins_start();
    variables_start();
    variable_set("PWD", 3, folder(), true);
    if (command)
        run_text(text, true);
    else if (file)
        sh.status = run_file(*w);
    else
        run_input(a->argv[0][0] == '-');
    return sh.status;
}

#define ROW(name)                                                                                  \
    {                                                                                              \
        name, NULL, "[-ceix] [COMMAND | FILE] [ARG...]\nRun commands", run, false                  \
    }
const struct applet applet_nano_sh = ROW("nano-sh");
const struct applet applet_sh = ROW("sh");
