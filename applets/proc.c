/* proc(5) */
#include "applets/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "applets/applet.h"
#include "applets/input.h"
#include "applets/out.h"
#include "applets/walk.h"
#include "base/text.h"

enum { TICKS = 100, TICK = 10000000 /* nanoseconds */, SEEN = 8192 };

char proc_text[PROC_ROOM];

ssize_t proc_read(const char *path)
{
    ssize_t n = -1, used = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    while (fd >= 0 && (n = read(fd, proc_text + used, (size_t)(PROC_ROOM - 1 - used))) > 0)
        used += n;
    if (n == 0)
        n = used;
    proc_text[used] = 0;
    if (fd >= 0)
        close(fd); /* never fails here: errno stays */
    return n;
}

bool proc_enter(const char *id)
{
    return chdir("/proc") == 0 && chdir(id != NULL ? id : "self") == 0;
}

int proc_failed(const char *id)
{
    int e = errno;
    if (access("/proc/self", F_OK) != 0)
        return applet_wrong("/proc is not there", "it has to be mounted for this");
    errno = e;
    return applet_failed(id != NULL ? id : "/proc");
}

int proc_lines(const char *id, const char *path, void (*each)(struct span line))
{
    static struct input in;
    static struct span line;
    in.name = path;
    if (!proc_enter(id) || (in.fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        return proc_failed(id);
    while (input_line(&in, &line))
        each(line);
    return in.failed;
}

void proc_put(struct span line)
{
    out_safe(line);
    out_char('\n');
}

static const char *cursor;

/* A number and the blanks before it. */
static int64_t take(void)
{
    uint64_t v = 0;
    while (*cursor == ' ' || *cursor == '\t')
        cursor++;
    bool minus = *cursor == '-';
    for (cursor += minus; *cursor >= '0' && *cursor <= '9'; cursor++)
        v = v * 10 + (uint64_t)(*cursor - '0');
    return (int64_t)(minus ? 0 - v : v);
}

uint64_t proc_number(const char *text, const char *label)
{
    size_t n = strlen(label);
    while (strncmp(text, label, n) != 0) {
        text = strchr(text, '\n');
        if (text++ == NULL)
            return 0;
    }
    cursor = text + n;
    return (uint64_t)take();
}

/* The name may have blanks, line ends and brackets in it: it ends at the last one of the whole text. */
bool proc_parse(struct process *p, char *text)
{
    char *end = strrchr(text, ')');
    cursor = text;
    p->pid = take();
    if (end == NULL || *++cursor != '(' || end[1] != ' ' || end[2] == 0)
        return false;
    *end = 0;
    text_format(p->name, sizeof p->name, "%s", cursor + 1);
    p->state = end[2];
    cursor = end + 3;
    for (unsigned i = 0; i < PROC_NUMBERS; i++)
        p->number[i] = take();
    p->ticks = (uint64_t)(p->number[PROC_USER] + p->number[PROC_SYSTEM]);
    return true;
}

/* --- all of them --- */

/* What was counted before, by numbers; where two would have the same place, each counts from its start. */
static struct seen {
    uint64_t start, ticks;
} seen[SEEN];

static void count(struct process *p, uint64_t now, uint64_t before)
{
    struct seen *s = &seen[p->pid % SEEN];
    uint64_t start = (uint64_t)p->number[PROC_START], since = start, ticks = p->ticks;
    if (s->start == start && s->ticks <= ticks && s->ticks != 0) {
        ticks -= s->ticks;
        since = before;
    }
    *s = (struct seen){ start, p->ticks };
    p->cpu = now > since ? (unsigned)(ticks * 1000 / (now - since)) : 0;
}

static bool read_one(struct process *p, const char *id)
{
    static struct stat st;
    if (!proc_enter(id) || proc_read("stat") < 0 || stat(".", &st) != 0)
        return false;
    p->id = id;
    p->uid = st.st_uid;
    return proc_parse(p, proc_text);
}

bool proc_list(struct processes *l)
{
    static uint64_t now;
    uint64_t before = now;
    static struct timespec t;
    if (l->list != NULL)
        names_drop(&l->ids);
    bool asked = l->ids.n != 0;
    if (!asked) {
        int fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        walk_names(fd, &l->ids);
        close(fd);
    }
    clock_gettime(CLOCK_BOOTTIME, &t);
    now = (uint64_t)t.tv_sec * TICKS + (uint64_t)t.tv_nsec / TICK;
    memory_drop(l->list, l->room);
    l->room = (l->ids.n + 1) * sizeof *l->list;
    l->list = memory_grow(NULL, 0, l->room);
    l->n = 0;
    for (size_t i = 0; l->list != NULL && i < l->ids.n; i++) {
        struct process *p = &l->list[l->n];
        if (*l->ids.list[i] <= '9' && read_one(p, l->ids.list[i])) {
            count(p, now, before);
            l->n++;
        } else if (asked) {
            proc_failed(l->ids.list[i]);
        }
    }
    if (l->n == 0 && !asked)
        proc_failed(NULL);
    return l->n != 0;
}
