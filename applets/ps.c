#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "applets/out.h"
#include "applets/proc.h"
#include "applets/rows.h"
#include "applets/show.h"
#include "applets/walk.h"
#include "base/text.h"

enum { COMMAND_AT = 51, STEP = 3, TICKS = 100, MINUTE = 60, DEEP = 100, LEFT = -1 };

void ps_title(void)
{
    out_text("    PID    PPID USER     S  %CPU      RSS     TIME COMMAND\n");
}

/* The command: its arguments, or where it has none (the kernel's own, zombies) its name. */
void ps_line(const struct process *p, int depth, size_t columns)
{
    size_t indent = COMMAND_AT + (size_t)depth * STEP;
    uint64_t seconds = p->ticks / TICKS;
    out_format("%7s %7lld %-8.8s %c %3u.%u %8llu %5llu:%02u %*s", p->id,
               (long long)p->number[PROC_PARENT], show_user(p->uid), p->state, p->cpu / 10,
               p->cpu % 10,
               (unsigned long long)p->number[PROC_PAGES] * (unsigned)getpagesize() >> 10,
               (unsigned long long)seconds / MINUTE, (unsigned)(seconds % MINUTE), depth * STEP,
               depth != 0 ? "\\_ " : "");
    ssize_t n = proc_enter(p->id) ? proc_read("cmdline") : 0;
    while (n > 0 && proc_text[n - 1] == 0)
        n--;
    for (ssize_t i = 0; i < n; i++)
        if (proc_text[i] == 0)
            proc_text[i] = ' ';
    if (n <= 0)
        n = (ssize_t)text_format(proc_text, PROC_ROOM, "[%s]", p->name);
    if (columns != 0 && (size_t)n + indent > columns)
        n = columns > indent ? (ssize_t)(columns - indent) : 0;
    proc_put(span_of(proc_text, (size_t)n));
}

/* --- what belongs to a process --- */

/* It went meanwhile, is the kernel's own, or does not let us look. */
static int closed(const struct process *p)
{
    return errno == ENOENT || errno == ESRCH ? 0 : applet_failed(p->id);
}

static int put_environment(const struct process *p)
{
    ssize_t n = proc_read("environ");
    if (n < 0)
        return closed(p);
    for (const char *at = proc_text; at < proc_text + n; at += strlen(at) + 1) {
        out_char('\t');
        proc_put(span_text(at));
    }
    return 0;
}

static int put_files(const struct process *p)
{
    static const char ways[4][3] = { "r", "w", "rw", "-" };
    static char text[4096];
    static struct names names;
    int fd = open("fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || chdir("fd") != 0)
        return closed(p);
    walk_names(fd, &names);
    close(fd);
    for (size_t i = 0; i < names.n; i++) {
        const char *number = names.list[i];
        text_format(text, sizeof text, "../fdinfo/%s", number);
        proc_read(text);
        ssize_t n = readlink(number, text, sizeof text);
        if (n < 0)
            continue; /* closed by now */
        out_format("\t%3s %-2s %10llu ", number, ways[proc_number(proc_text, "flags:") % 10 & 3],
                   (unsigned long long)proc_number(proc_text, "pos:"));
        proc_put(span_of(text, (size_t)n));
    }
    names_drop(&names);
    return 0;
}

static int put(const struct args *a, struct process *p, int depth)
{
    int status = 0;
    p->shown = true;
    ps_line(p, depth, a->option['w'] == NULL && out_terminal() ? out_columns() : 0);
    if (a->option['E'] != NULL)
        status = put_environment(p);
    if (a->option['d'] != NULL)
        status |= put_files(p);
    return status;
}

/* --- the order --- */

/* Those below a process (0: what began here, or has its parent in another namespace), or all that are left: deeper than one would
 * look at, or with a hidden parent. */
static int put_below(const struct args *a, const struct processes *l, int64_t above, int depth)
{
    int status = 0;
    for (struct process *p = l->list; p < l->list + l->n && depth < DEEP; p++)
        if (!p->shown && (above == LEFT || p->number[PROC_PARENT] == above)) {
            status |= put(a, p, depth);
            if (a->option['H'] != NULL)
                status |= put_below(a, l, p->pid, depth + 1);
        }
    return status;
}

/* In the manner of BSD without a dash, where e and f mean something else, or of System V with one. */
static bool choose(struct args *a, struct processes *l, const char *w)
{
    if (strcmp(w, "--forest") == 0)
        w = "f";
    bool dash = *w == '-';
    for (size_t n; *w != 0; w += n) {
        char c = *w;
        for (n = 0; w[n] >= '0' && w[n] <= '9'; n++)
            ;
        if (n != 0) {
            names_add(&l->ids, w, n);
            continue;
        }
        n = 1;
        if (strchr("-,aAdeEfHjlpuwx", c) == NULL)
            return false;
        if (!dash && c == 'e')
            c = 'E';
        if (!dash && c == 'f')
            c = 'H';
        a->option[(unsigned char)c] = "";
    }
    return true;
}

static int run(struct args *a)
{
    static struct processes l;
    for (char **w = a->word; *w != NULL; w++)
        if (!choose(a, &l, *w))
            return applet_usage(a);
    bool asked = l.ids.n != 0;
    if (!proc_list(&l))
        return 1;
    ps_title();
    int status = a->option['H'] != NULL ? put_below(a, &l, 0, 0) : 0;
    return status | put_below(a, &l, LEFT, 0) | (asked && l.n < l.ids.n);
}

const struct applet applet_ps = {
    "ps", NULL,
    "[-ef|aux] [-H|f] [-E|e] [-d] [w] [PID...]\n"
    "Show processes (-H: as a tree, -E: with environment, -d: with descriptors)",
    run, false
};
