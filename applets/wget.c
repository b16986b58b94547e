#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "applets/http.h"
#include "applets/out.h"
#include "applets/reach.h"
#include "applets/rows.h"
#include "base/text.h"
#include "network/dial.h"
#include "network/socket.h"

enum { REDIRECTS = 10, FOLLOW = -1 };

static struct http h;
static char bytes[64 * 1024];

/* Standard output becomes the file, unless that is chosen itself. */
static int open_file(const struct args *a, const char *name)
{
    if (strcmp(name, "-") == 0)
        return 0;
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC | (a->option['O'] ? O_TRUNC : O_EXCL), 0666);
    if (fd < 0)
        return applet_failed(name);
    dup2(fd, STDOUT_FILENO);
    return 0;
}

/* What a head leads to; 0: to its body. */
static int judge(const struct args *a, const char *url, const char *name)
{
    if (h.status / 100 == 2)
        return open_file(a, name);
    if (h.status / 100 == 3 && h.location[0] != 0)
        return FOLLOW;
    text_format(bytes, sizeof bytes, "server returned %s", h.reason);
    return applet_wrong(url, bytes);
}

static int take_answer(const struct args *a, int fd, const char *url, const char *name, unsigned ms)
{
    static struct pollfd p;
    static struct span in, body;
    int status = 0;
    p.fd = fd;
    p.events = POLLIN;
    in.n = 0;
    while (status == 0) {
        enum http_event event = http_next(&h, &in, &body);
        if (event == HTTP_MORE) {
            errno = ETIMEDOUT;
            ssize_t n =
                network_wait(&p, 1, network_now() + ms) ? recv(fd, bytes, sizeof bytes, 0) : -1;
            if (n < 0)
                return applet_failed(url);
            in = span_of(bytes, (size_t)n);
            if (n == 0 && !http_whole(&h))
                return applet_wrong(url, "the connection ended too early");
            if (n == 0)
                break;
        } else if (event == HTTP_LINE) {
            if (a->option['S'] != NULL)
                applet_wrong(NULL, h.line);
        } else if (event == HTTP_HEAD) {
            status = judge(a, url, name);
        } else if (event == HTTP_BODY) {
            out_span(body);
            status = out_failed();
        } else if (event == HTTP_END) {
            break;
        } else {
            return applet_wrong(url, "that is not HTTP");
        }
    }
    return status;
}

static int run(struct args *a)
{
    static char urls[2][URL_ROOM], own[URL_NAME];
    static struct url u;
    const char *url = a->word[0], *name = a->option['O'];
    unsigned ms = REACH_MS;
    if (a->words != 1)
        return applet_usage(a);
    if (!reach_seconds(a, 'T', &ms))
        return 1;
    for (unsigned i = 0; i < REDIRECTS; i++) {
        const char *why = url_parse(&u, url);
        if (why != NULL)
            return applet_wrong(url, why);
        if (name == NULL) /* by what was asked for, not by what the server says */
            name = url_file(&u, own);
        int fd = reach_tcp(u.name, u.port, ms);
        if (fd < 0)
            return 1;
        size_t n = text_format(bytes, sizeof bytes,
                               "GET %s%.*s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: nano-sh\r\n"
                               "Accept: */*\r\nConnection: close\r\n\r\n",
                               *u.path != '/' ? "/" : "", (int)strcspn(u.path, "#"), u.path,
                               (int)(u.path - u.authority), u.authority);
        send(fd, bytes, n, MSG_NOSIGNAL); /* it has room; a failure is met again below */
        memset(&h, 0, sizeof h);
        int status = take_answer(a, fd, url, name, ms);
        close(fd);
        if (status != FOLLOW) {
            if (!out_end())
                return applet_failed(name);
            if (status == 0 && a->option['q'] == NULL)
                applet_wrong(name, "saved");
            return status;
        }
        url_follow(urls[i & 1], &u, h.location);
        url = urls[i & 1];
    }
    return applet_wrong(url, "too many redirections");
}

const struct applet applet_wget = {
    "wget", " O:qST:", "[-qS] [-O FILE] [-T SECONDS] URL\nFetch by HTTP (-O -: to standard output)",
    run, false
};
