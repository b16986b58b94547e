/* Commands that change the shell itself. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "applets/out.h"
#include "applets/toolbox.h"
#include "base/text.h"
#include "shell/internal.h"

enum { PATH_ROOM = 4096, COLUMN = 12 };

/* --- folders --- */
const char *folder(void)
{
    static char path[PATH_ROOM];
    static const char outside[] =
        "(unreachable)"; /* before a path that does not begin at our root */
    /* libc's has a case that would bring malloc() along */
    if (syscall(SYS_getcwd, path, sizeof path) <= 0)
        return "?";
    return path[0] == '(' ? path + sizeof outside - 1 : path;
}

static int run_cd(struct args *a)
{
    const char *before = variable_get("PWD"), *to = a->word[0];
    bool back = a->words != 0 && strcmp(to, "-") == 0;
    if (a->words == 0 || back)
        to = variable_get(back ? "OLDPWD" : "HOME");
    if (to == NULL)
        return applet_usage(a);
    if (chdir(to) != 0)
        return applet_failed(to);
    if (before != NULL)
        variable_set("OLDPWD", 6, before, true);
    variable_set("PWD", 3, folder(), true);
    if (back)
        out_format("%s\n", folder());
    return 0;
}

static int run_pwd(struct args *a)
{
    (void)a;
    out_format("%s\n", folder());
    return 0;
}

static int run_umask(struct args *a)
{
    unsigned mask = 0;
    if (a->words == 0) {
        mask = umask(0);
        umask(mask);
        out_format("%04o\n", mask);
        return 0;
    }
    for (const char *p = a->word[0]; *p != 0; p++) {
        if (*p < '0' || *p > '7' || mask > 077)
            return applet_usage(a);
        mask = mask * 8 + (unsigned)(*p - '0');
    }
    umask(mask);
    return 0;
}

/* --- variables --- */
static void list(bool all)
{
    const char *text;
    bool exported;
    for (size_t i = 0; (text = variable_nth(i, &exported)) != NULL; i++)
        if (all || exported)
            out_format("%s\n", text);
}

static int run_export(struct args *a)
{
    if (a->words == 0)
        list(false);
    for (char **w = a->word; *w != NULL; w++) {
        size_t n = name_length(*w);
        const char *value = variable_find(*w, n);
        if (n == 0 || (*w)[n] != "="[(*w)[n] == 0])
            return applet_wrong(*w, "not a name");
        if ((*w)[n] != 0)
            value = *w + n + 1;
        variable_set(*w, n, value != NULL ? value : "", true);
    }
    return 0;
}

static int run_unset(struct args *a)
{
    static char key[256];
    for (char **w = a->word; *w != NULL; w++)
        variable_unset(key, text_format(key, sizeof key, "%s%s", *w, a->option['f'] ? "()" : ""));
    return 0;
}

static void set_words(char **words)
{
    struct names set = { 0 };
    field_add(&set, sh.words[0]);
    for (; *words != NULL; words++)
        field_add(&set, *words);
    names_drop(&sh.set);
    sh.set = set;
    sh.words = set.list;
}

static int run_set(struct args *a)
{
    char **w = a->word;
    bool words = false;
    if (a->words == 0)
        list(true);
    for (; *w != NULL && (**w == '-' || **w == '+') && !words; w++) {
        words = strcmp(*w, "--") == 0;
        for (const char *p = *w + 1; *p != 0 && !words; p++) {
            if (*p == 'e')
                sh.fails = **w == '-';
            else if (*p == 'x')
                sh.shows = **w == '-';
            else
                return applet_usage(a);
        }
    }
    if (words || *w != NULL)
        set_words(w);
    return 0;
}

static int run_shift(struct args *a)
{
    uint64_t n = 1;
    if (a->words != 0 && !text_number(span_text(a->word[0]), INT32_MAX, &n))
        return applet_usage(a);
    if (n > (uint64_t)words_count())
        return applet_wrong(NULL, "there are not so many");
    sh.words[n] = sh.words[0];
    sh.words += n;
    return 0;
}

/* The fields of a line; the last name gets all that is left. */
static void read_fields(char *p, char **name)
{
    const char *ends = variable_get("IFS");
    if (ends == NULL)
        ends = " \t";
    for (; *name != NULL; name++) {
        while ((*p == ' ' || *p == '\t') && strchr(ends, *p) != NULL)
            p++;
        char *end = p + (name[1] != NULL ? strcspn(p, ends) : strlen(p));
        char *rest = end + (*end != 0);
        while (end > p && name[1] == NULL && (end[-1] == ' ' || end[-1] == '\t') &&
               strchr(ends, end[-1]) != NULL)
            end--;
        *end = 0;
        variable_set(*name, strlen(*name), p, false);
        p = rest;
    }
}

static int run_read(struct args *a)
{
    static char reply[] = "REPLY", *usual[] = { reply, NULL };
    struct buffer line = { 0 };
    bool whole = read_line(STDIN_FILENO, &line) && line.p[line.n - 1] == '\n';
    line.n -= whole;
    buffer_add(&line, "", 1);
    if (a->option['r'] == NULL)
        unescape(line.p);
    read_fields(line.p, a->words != 0 ? a->word : usual);
    buffer_drop(&line);
    return !whole;
}

/* --- commands --- */
static int run_eval(struct args *a)
{
    struct buffer b = { 0 };
    sh.status = 0;
    for (char **w = a->word; *w != NULL; w++) {
        buffer_add(&b, *w, strlen(*w));
        buffer_add(&b, " ", 1);
    }
    if (b.p != NULL)
        run_text(b.p, false);
    buffer_drop(&b);
    return sh.status;
}

int run_file(const char *name)
{
    struct source s = { .fd = open(name, O_RDONLY | O_CLOEXEC) };
    if (s.fd < 0)
        return applet_failed(name);
    int fd = fcntl(s.fd, F_DUPFD_CLOEXEC, FD_OURS);
    close(s.fd);
    s.fd = fd;
    sh.status = 0;
    run_source(&s);
    close(s.fd);
    buffer_drop(&s.text);
    if (sh.skip == SKIP_RETURN)
        sh.skip = SKIP_NOTHING;
    return sh.status;
}

static int run_dot(struct args *a)
{
    return a->words != 0 ? run_file(a->word[0]) : applet_usage(a);
}

static int run_exec(struct args *a)
{
    sh.keeps = a->words == 0;
    if (sh.keeps)
        return 0;
    job_leave();
    applet_become(a->word);
}

/* break, continue, exit, return */
static int run_leave(struct args *a)
{
    uint64_t n = (uint64_t)sh.status;
    char what = a->applet->name[0];
    bool loop = what == 'b' || what == 'c';
    if (loop)
        n = 1;
    if (a->words != 0 && !text_number(span_text(a->word[0]), INT32_MAX, &n))
        return applet_usage(a);
    if (what == 'e')
        job_end((int)n);
    if (what == 'r')
        sh.skip = SKIP_RETURN;
    else if (sh.loops != 0)
        sh.skip = what == 'b' ? SKIP_BREAK : SKIP_CONTINUE;
    sh.levels = n < (uint64_t)sh.loops ? (int)n : sh.loops;
    return loop ? 0 : (int)n;
}

static int run_nothing(struct args *a)
{
    (void)a;
    return 0;
}

static bool tell(const char *name, bool brief)
{
    static char path[PATH_ROOM];
    const char *what = path;
    if (function_named(name) != NULL)
        what = "a function";
    else if (inside_named(name) != NULL || applet_named(name) != NULL)
        what = "built in";
    else if (!applet_path(path, sizeof path, name)) {
        if (strchr(name, '/') == NULL || access(name, X_OK) != 0)
            return false;
        what = name;
    }
    if (brief)
        out_format("%s\n", what == path ? path : name);
    else
        out_format("%s is %s\n", name, what);
    return true;
}

static int run_command(struct args *a)
{
    bool brief = a->applet->name[0] == 'c';
    int status = 0;
    if (a->words != 0 && brief && a->option['v'] == NULL) {
        const struct applet *inside = inside_named(a->word[0]);
        return inside != NULL ? applet_run(inside, a->word) : applet_spawn(a->word);
    }
    for (char **w = a->word; *w != NULL; w++)
        if (!tell(*w, brief)) {
            status = STATUS_NOT_FOUND;
            if (!brief)
                applet_wrong(*w, "not found");
        }
    return status;
}

/* --- help --- */
static void put_column(const char *name, unsigned *at)
{
    if (*at != 0 && *at + 2 * COLUMN > out_columns()) {
        out_char('\n');
        *at = 0;
    }
    out_format("%-*s", COLUMN, name);
    *at += COLUMN;
}

static int run_help(struct args *a)
{
    const struct applet *const *const lists[] = { shell_builtins, applet_table };
    unsigned at = 0;
    const char *name;
    if (a->words != 0) {
        static char option[] = "--help";
        char *words[] = { a->word[0], option, NULL };
        const struct applet *inside = inside_named(a->word[0]);
        return inside != NULL ? applet_run(inside, words) : applet_spawn(words);
    }
    for (unsigned i = 0; i < 2; i++)
        for (const struct applet *const *row = lists[i]; *row != NULL; row++)
            put_column((*row)->name, &at);
    for (unsigned i = 0; (name = toolbox_name(i)) != NULL; i++)
        put_column(name, &at);
    out_text("\nAnd what is in the PATH. NAME --help says more.\n");
    return 0;
}

/* --- rows --- */
/* Name, options (*: none are looked for), help; a row as the compiler would lay it out is 40 bytes larger. */
static const char texts[] =
    ":\0*\0[ARG...]\nDo nothing\0"
    ".\0*\0FILE\nRun the commands in it\0"
    "bg\0\0[PID]\nLet a stopped job go on\0"
    "break\0\0[N]\nLeave N loops\0"
    "cd\0\0[FOLDER | -]\nGo there\0"
    "command\0v\0[-v] NAME [ARG...]\nRun it, no function (-v: say where it is)\0"
    "continue\0\0[N]\nNext round of the Nth loop\0"
    "enter\0\0PID\nGo on in the root and namespaces of a process\0"
    "eval\0*\0[TEXT...]\nRun it\0"
    "exec\0*\0[COMMAND [ARG...]]\nBecome it, or keep redirections\0"
    "exit\0\0[STATUS]\nLeave the shell\0"
    "export\0p\0[NAME[=VALUE]...]\nPut into the environment\0"
    "fg\0\0[PID]\nBring a job to the front\0"
    "help\0\0[NAME]\nList commands\0"
    "jobs\0\0\nList what runs in the background\0"
    "pwd\0LP\0\nSay where we are\0"
    "read\0r\0[-r] [NAME...]\nRead a line (-r: backslashes, too)\0"
    "return\0\0[STATUS]\nLeave a function\0"
    "set\0*\0[-+ex] [--] [ARG...]\nEnd at failures, show commands; set $1 ...\0"
    "shift\0\0[N]\nForget $1 ...\0"
    "type\0\0NAME...\nSay what it is\0"
    "umask\0\0[MASK]\nModes that new files do not get\0"
    "unset\0fv\0[-f] NAME...\nForget variables (-f: functions)\0"
    "wait\0\0[PID...]\nWait for jobs\0";

static int (*const runs[])(struct args *a) = {
    run_nothing, run_dot,   job_control, run_leave, run_cd,    run_command,
    run_leave,   enter_run, run_eval,    run_exec,  run_leave, run_export,
    job_control, run_help,  job_control, run_pwd,   run_read,  run_leave,
    run_set,     run_shift, run_command, run_umask, run_unset, job_await,
};
enum { BUILTINS = sizeof runs / sizeof *runs };

const struct applet *shell_builtins[BUILTINS + 1];

void builtins_start(void)
{
    static struct applet rows[BUILTINS];
    const char *text = texts;
    for (unsigned i = 0; i < BUILTINS; i++) {
        const char *options = text + strlen(text) + 1, *help = options + strlen(options) + 1;
        rows[i] = (struct applet){ text, *options != '*' ? options : NULL, help, runs[i], true };
        shell_builtins[i] = &rows[i];
        text = help + strlen(help) + 1;
    }
}

const struct applet *builtin_named(const char *name)
{
    const struct applet **row = shell_builtins;
    while (*row != NULL && strcmp((*row)->name, name) != 0)
        row++;
    return *row;
}
