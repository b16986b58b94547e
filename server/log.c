#include "server/log.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

enum { LINE_MAX_BYTES = 1000 };

void log_line(const struct log *l, enum log_level level, const char *format, ...)
{
    char raw[LINE_MAX_BYTES], line[LINE_MAX_BYTES + 1];
    struct pollfd p = { .fd = l->fd, .events = POLLOUT };
    if (level > l->level || l->fd < 0)
        return;
    va_list list;
    va_start(list, format);
    size_t n = text_vformat(raw, sizeof raw, format, list);
    va_end(list);
    n = text_escape(line, sizeof line - 1, span_of(raw, n));
    line[n++] = '\n';
    /* A pipe that polls writable takes a line of this length without blocking (pipe(7)). */
    if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) && write(l->fd, line, n) < 0)
        return;
}
