#include "applets/applet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applets/memory.h"
#include "applets/out.h"
#include "applets/toolbox.h"
#include "base/text.h"
#include "process/error.h"
#include "process/path.h"

enum {
    PATH_ROOM = 4096,
    STATUS_USAGE = 2,
    STATUS_CANNOT = 126,
    STATUS_NONE = 127,
    SIGNALLED = 128
};

static const char *running = "nano-sh"; /* for complaints */

const struct applet *applet_named(const char *name)
{
    for (const struct applet *const *a = applet_table; *a != NULL; a++)
        if (strcmp((*a)->name, name) == 0)
            return *a;
    return NULL;
}

/* --- complaints --- */
void applet_called(const char *name)
{
    running = name;
}

int applet_wrong(const char *what, const char *why)
{
    static char line[1024];
    int e = errno;
    out_flush();
    size_t n = text_format(line, sizeof line - 1, "%s: %.*s%s%s", running, 800, what ? what : "",
                           what ? ": " : "", why);
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, n) < 0)
        errno = e;
    errno = e;
    return 1;
}

int applet_failed(const char *what)
{
    return applet_wrong(what, error_text(errno));
}

static void help(const struct applet *a)
{
    out_format("Usage: %s %s\n", a->name, a->help);
}

int applet_usage(const struct args *a)
{
    size_t line = strcspn(a->applet->help, "\n");
    static char text[1024];
    text_format(text, sizeof text, "usage: %s %.*s", a->applet->name, (int)line, a->applet->help);
    applet_wrong(NULL, text);
    return STATUS_USAGE;
}

bool applet_number(const char *text, uint64_t most, uint64_t *value)
{
    static const char units[] = "kMG";
    size_t n = strlen(text);
    unsigned shift = 0;
    const char *unit = n > 1 ? strchr(units, text[n - 1] == 'K' ? 'k' : text[n - 1]) : NULL;
    if (unit != NULL && *unit != 0) {
        shift = 10 * (unsigned)(unit - units + 1);
        n--;
    }
    if (text_number(span_of(text, n), most >> shift, value)) {
        *value <<= shift;
        return true;
    }
    applet_wrong(text, "not a number that fits here");
    return false;
}

bool applet_duration(const char *text, uint64_t most, uint64_t *ms)
{
    const uint64_t longest = 10000000000; /* seconds: centuries; no unit makes it overflow */
    uint64_t v = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9'; p++)
        v = v < longest ? v * 10 + (uint64_t)(*p - '0') : v;
    v *= 1000;
    if (*p == '.')
        for (unsigned digit = 100; *++p >= '0' && *p <= '9'; digit /= 10)
            v += digit * (uint64_t)(*p - '0');
    v *= *p == 'm' ? 60 : *p == 'h' ? 3600 : *p == 'd' ? 86400 : 1;
    if (strcmp(text, "infinity") == 0)
        v = UINT64_MAX;
    else if (p == text || strchr("smhd", *p) == NULL || (*p != 0 && p[1] != 0)) {
        applet_wrong(text, "not a time");
        return false;
    }
    *ms = v < most ? v : most;
    return true;
}

bool applet_count(const struct args *a, char letter, uint64_t *value)
{
    const char *text = a->option[(unsigned char)letter];
    return text == NULL || applet_number(text, INT64_MAX, value);
}

/* --- running --- */
static char *add_value(const char *before, const char *value)
{
    size_t room = strlen(before) + strlen(value) + 2;
    char *both = memory_grow(NULL, 0, room);
    if (both != NULL)
        text_format(both, room, "%s\n%s", before, value);
    return both;
}

bool applet_options(struct args *a, const char *letters)
{
    bool mixed = letters[0] == ' ';
    char **from = a->word, **to = from;
    for (; *from != NULL; from++) {
        if ((*from)[0] != '-' || (*from)[1] == 0) {
            if (!mixed)
                break;
            *to++ = *from;
            continue;
        }
        if (strcmp(*from, "--") == 0) {
            from++;
            break;
        }
        for (const char *p = *from + 1; *p != 0; p++) {
            const char *known = strchr(letters, *p);
            if (*letters == '#' && *p >= '0' && *p <= '9') {
                a->option[(unsigned char)letters[1]] = p;
                break;
            }
            if (known == NULL || *p == ':')
                return false;
            const char *value = p + 1, **option = &a->option[(unsigned char)*p];
            if (known[1] != ':') {
                *option = "";
                continue;
            }
            if (*value == 0 && (value = *++from) == NULL)
                return false;
            if (known[2] == ':' && *option != NULL && (value = add_value(*option, value)) == NULL)
                return false;
            *option = value;
            break;
        }
    }
    if (!mixed)
        a->word = from;
    while (mixed && *from != NULL)
        *to++ = *from++;
    if (mixed)
        *to = NULL;
    for (a->words = 0; a->word[a->words] != NULL;)
        a->words++;
    return true;
}

int applet_run(const struct applet *applet, char **argv)
{
    struct args a = { .applet = applet, .argv = argv, .word = argv + 1 };
    const char *before = running;
    int status;
    running = applet->name;
    if (argv[1] != NULL && strcmp(argv[1], "--help") == 0) {
        help(applet);
        status = 0;
    } else if (applet->options != NULL && !applet_options(&a, applet->options)) {
        status = applet_usage(&a);
    } else {
        while (a.word[a.words] != NULL)
            a.words++;
        status = applet->run(&a);
    }
    if (!out_end()) {
        if (errno != EPIPE)
            applet_failed("write error");
        status = status != 0 ? status : 1;
    }
    running = before;
    return status;
}

bool applet_path(char *to, size_t room, const char *name)
{
    return path_find(to, room, name, getenv("PATH"));
}

/* A box that was copied here knows its commands by the name it is called by. It is looked for in the home
 * directory, too, where copying ends; never where one happens to be: somebody else may have put it there. */
static void try_boxes(char **argv)
{
    static const char *const boxes[] = { "busybox", "toybox" };
    const char *home = getenv("HOME");
    static char file[PATH_ROOM];
    for (unsigned i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        if (applet_path(file, sizeof file, boxes[i]))
            execve(file, argv, environ);
        text_format(file, sizeof file, "%s/%s", home != NULL ? home : "", boxes[i]);
        execve(file, argv, environ);
    }
}

_Noreturn void applet_become(char **argv)
{
    static char file[PATH_ROOM];
    const char *name = argv[0];
    const struct applet *a = applet_named(name);
    if (a != NULL)
        _exit(applet_run(a, argv));
    if (strchr(name, '/') != NULL || applet_path(file, sizeof file, name)) {
        execve(strchr(name, '/') != NULL ? name : file, argv, environ);
        applet_failed(name);
        _exit(errno == ENOENT ? STATUS_NONE : STATUS_CANNOT);
    }
    toolbox_become(argv);
    try_boxes(argv);
    applet_wrong(name, "not found");
    _exit(STATUS_NONE);
}

int applet_spawn(char **argv)
{
    int status;
    out_flush();
    pid_t pid = _Fork();
    if (pid == 0)
        applet_become(argv);
    if (pid < 0) {
        applet_failed("cannot start a process");
        return -1;
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFSIGNALED(status) ? SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}
