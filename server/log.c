#include "server/log.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/features.h"
#include "base/text.h"

enum {
    LINE_MAX_BYTES = 1000,
    HEAD_MAX_BYTES = 32,
    AUTH = 4 << 3,
    AUTH_ERROR = AUTH + 3,
    AUTH_INFO = AUTH + 6
};

/* Never connected: so it does not matter when the system's log starts late, or anew. It has no name either, through which
 * somebody could send something here. */
short log_open(void)
{
    return (short)socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

/* No time of ours stands in it: whoever receives it knows it as well, and the zone. */
static void log_send(const struct log *l, const char *line, size_t n)
{
    static const struct {
        sa_family_t family;
        char path[10];
    } to = { AF_UNIX, "/dev/log" };
    sendto(l->syslog, line, n, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&to,
           sizeof to);
}

TEXT_NO_FLOATS void log_line(const struct log *l, enum log_level level, const char *format, ...)
{
    char raw[LINE_MAX_BYTES], line[HEAD_MAX_BYTES + LINE_MAX_BYTES + 1];
    struct pollfd p = { .fd = l->fd, .events = POLLOUT };
    bool syslog = features.syslog && l->syslog != 0;
    size_t head = 0;
    if (level > l->level || (l->fd < 0 && !syslog))
        return;
    if (syslog)
        head = text_format(line, HEAD_MAX_BYTES,
                           "<%u>nano_ssh_server[%u]: ", level == LOG_ERROR ? AUTH_ERROR : AUTH_INFO,
                           (unsigned)getpid());
    va_list list;
    va_start(list, format);
    size_t n = features.reload ? text_format(raw, sizeof raw, "%s", l->prefix) : 0;
    n += text_vformat(raw + n, sizeof raw - n, format, list);
    va_end(list);
    n = text_escape(line + head, LINE_MAX_BYTES, span_of(raw, n));
    if (syslog)
        log_send(l, line, head + n);
    line[head + n++] = '\n';
    /* A pipe that polls writable takes a line of this length without blocking (pipe(7)). */
    if (poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) && write(l->fd, line + head, n) < 0)
        return;
}
