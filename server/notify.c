/* What systemd is told (sd_notify(3)), without its library: datagrams to the socket that NOTIFY_SOCKET names. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/features.h"
#include "base/text.h"
#include "network/socket.h"
#include "process/error.h"
#include "server/internal.h"

void notify(const struct server *s, const char *format)
{
    const char *path = features.systemd ? s->config->notify_socket : NULL;
    static char text[64];
    static union address a;
    struct timespec t;
    if (path == NULL)
        return;
    clock_gettime(CLOCK_MONOTONIC, &t);
    size_t n =
        text_format(text, sizeof text, format,
                    (unsigned long long)t.tv_sec * 1000000 + (unsigned long)t.tv_nsec / 1000);
    int fd = address_unix(&a, path) ? network_socket(&a, SOCK_DGRAM) : -1;
    if (path[0] == '@')
        a.un.sun_path[0] = 0;
    /* It does not wait for a manager that hangs. */
    if (sendto(fd, text, n, MSG_NOSIGNAL, &a.any,
               (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path))) < 0)
        log_line(&s->log, LOG_ERROR, "NOTIFY_SOCKET: %s", error_text(errno));
    close(fd);
}

/* Twice in the time after which it would be ended. */
void notify_start(struct server *s)
{
    s->watchdog_each_ms = s->config->watchdog_us / 2000;
    s->watchdog_ms = s->watchdog_each_ms != 0 ? s->now_ms : UINT64_MAX;
}

void notify_turn(struct server *s)
{
    if (s->watchdog_ms > s->now_ms)
        return;
    s->watchdog_ms = s->now_ms + s->watchdog_each_ms;
    notify(s, "WATCHDOG=1");
}
