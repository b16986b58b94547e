#include "applets/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "applets/memory.h"
#include "applets/out.h"

enum { FIRST_ROOM = 128 * 1024 };

void input_start(struct input *in, int fd, const char *name)
{
    *in = (struct input){ .fd = fd, .name = name };
}

bool input_open(struct input *in, const char *name)
{
    bool standard = strcmp(name, "-") == 0;
    input_start(in, standard ? STDIN_FILENO : open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC),
                standard ? "standard input" : name);
    if (in->fd < 0)
        applet_failed(name);
    return in->fd >= 0;
}

void input_close(struct input *in)
{
    memory_drop(in->buffer, in->room);
    in->buffer = NULL;
    if (in->fd > STDIN_FILENO)
        close(in->fd);
    in->fd = -1;
}

static bool grow(struct input *in)
{
    size_t room = in->room != 0 ? in->room * 2 : FIRST_ROOM;
    char *buffer = room > in->room ? memory_grow(in->buffer, in->room, room) : NULL;
    if (buffer == NULL) {
        errno = ENOMEM;
        return false;
    }
    in->buffer = buffer;
    in->room = room;
    return true;
}

void input_fill(struct input *in)
{
    if (in->from != 0) {
        memmove(in->buffer, in->buffer + in->from, in->used - in->from);
        in->used -= in->from;
        in->from = 0;
    }
    ssize_t n = -1;
    if (in->used < in->room || grow(in))
        do
            n = read(in->fd, in->buffer + in->used, in->room - in->used);
        while (n < 0 && errno == EINTR);
    if (n < 0) {
        applet_failed(in->name);
        in->failed = true;
    }
    if (n <= 0)
        in->over = true;
    else
        in->used += (size_t)n;
}

bool input_until(struct input *in, char end, struct span *line)
{
    size_t looked = 0;
    for (;;) {
        const char *start = in->buffer + in->from;
        size_t have = in->used - in->from;
        const char *at = have > looked ? memchr(start + looked, end, have - looked) : NULL;
        in->ended = at != NULL;
        if (at != NULL || (in->over && have != 0)) {
            *line = span_of(start, at != NULL ? (size_t)(at - start) : have);
            in->from += line->n + in->ended;
            return true;
        }
        if (in->over)
            return false;
        looked = have;
        input_fill(in);
    }
}

struct span input_lines(struct input *in)
{
    struct span s = { 0 };
    for (;;) {
        size_t have = in->used - in->from;
        const char *start = in->buffer + in->from,
                   *last = have != 0 ? memrchr(start, '\n', have) : NULL;
        if (last != NULL)
            s = span_of(start, (size_t)(last + 1 - start));
        else if (in->over)
            s = span_of(start, have);
        if (last != NULL || in->over)
            break;
        input_fill(in);
    }
    in->from += s.n;
    return s;
}

bool input_more(struct input *in)
{
    while (in->from == in->used && !in->over)
        input_fill(in);
    return in->from != in->used;
}

bool input_line(struct input *in, struct span *line)
{
    return input_until(in, '\n', line);
}

struct span input_some(struct input *in)
{
    input_more(in);
    struct span s = span_of(in->buffer + in->from, in->used - in->from);
    in->from = in->used;
    return s;
}

bool input_all(struct input *in, struct span *all)
{
    while (!in->over)
        input_fill(in);
    *all = span_of(in->buffer + in->from, in->used - in->from);
    in->from = in->used;
    return !in->failed;
}

void input_heading(const struct args *a, const struct input *in)
{
    static const char *between = "";
    if (a->option['q'] != NULL || (a->words < 2 && a->option['v'] == NULL))
        return;
    out_format("%s==> %s <==\n", between, in->name);
    between = "\n";
}

int input_each(struct args *a, int (*each)(struct args *a, struct input *in))
{
    static char standard[] = "-";
    char *const none[] = { standard, NULL };
    int worst = 0;
    for (char *const *name = a->words != 0 ? a->word : none; *name != NULL; name++) {
        static struct input in;
        int status = 1;
        if (input_open(&in, *name)) {
            status = each(a, &in);
            status = status == 0 && in.failed ? 1 : status;
            input_close(&in);
        }
        worst = status > worst ? status : worst;
    }
    return worst;
}
