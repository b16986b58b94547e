#include "process/lines.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void lines_start(struct lines *l, int fd)
{
    l->fd = fd;
    l->text = span_text("");
    l->number = 0;
    l->from = l->used = 0;
    l->over = l->overlong = false;
}

static void fill(struct lines *l)
{
    memmove(l->buffer, l->buffer + l->from, l->used - l->from);
    l->used -= l->from;
    l->from = 0;
    ssize_t n;
    size_t room = sizeof l->buffer - l->used;
    if (l->fd < 0) {
        n = (ssize_t)(l->text.n < room ? l->text.n : room);
        memcpy(l->buffer + l->used, l->text.p, (size_t)n);
        l->text.p += n;
        l->text.n -= (size_t)n;
    } else {
        do
            n = read(l->fd, l->buffer + l->used, room);
        while (n < 0 && errno == EINTR);
    }
    if (n < 0)
        l->used = 0; /* half a line is none */
    if (n <= 0)
        l->over = true;
    else
        l->used += (size_t)n;
}

static void skip_line(struct lines *l)
{
    const char *lf = NULL;
    while (lf == NULL && !l->over) {
        l->from = l->used = 0;
        fill(l);
        lf = memchr(l->buffer, '\n', l->used);
    }
    l->from = lf == NULL ? l->used : (size_t)(lf - l->buffer) + 1;
}

bool lines_next(struct lines *l, struct span *line)
{
    l->overlong = false;
    for (;;) {
        size_t have = l->used - l->from;
        const char *start = l->buffer + l->from, *lf = memchr(start, '\n', have);
        if (lf != NULL || (l->over && have != 0)) {
            size_t n = lf != NULL ? (size_t)(lf - start) : have;
            *line = span_of(start, n);
            l->from += n + (lf != NULL);
            l->number++;
            return true;
        }
        if (l->over)
            return false;
        if (have == sizeof l->buffer) {
            skip_line(l);
            l->number++;
            l->overlong = true;
            *line = span_of(l->buffer, 0);
            return true;
        }
        fill(l);
    }
}

struct span lines_field(struct span *line)
{
    struct span field = *line;
    const uint8_t *colon = line->n ? memchr(line->p, ':', line->n) : NULL;
    if (colon != NULL)
        field.n = (size_t)(colon - line->p);
    line->p += field.n + (colon != NULL);
    line->n -= field.n + (colon != NULL);
    return field;
}
