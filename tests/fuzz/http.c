/* A web server's answer, in pieces; where it leads; and the same as a URL. The first byte is how long the pieces are. */
#include <stdlib.h>
#include <string.h>

#include "applets/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void follow(const char *from, const char *location)
{
    static struct url u;
    char to[URL_ROOM], name[URL_NAME];
    if (url_parse(&u, from) != NULL)
        return;
    const char *file = url_file(&u, name);
    if (*file == 0 || strchr(file, '/') != NULL || strcmp(file, "..") == 0 ||
        strcmp(file, ".") == 0)
        abort();
    if (u.port > UINT16_MAX || strpbrk(u.path, "\r\n \t") != NULL)
        abort();
    url_follow(to, &u, location);
    if (strlen(to) >= sizeof to)
        abort();
    url_parse(&u, to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct http h;
    struct span in = { NULL, 0 }, body;
    if (n == 0)
        return 0;
    size_t piece = data[0] + 1u;
    char *url = calloc(1, n);
    if (url == NULL)
        return 0;
    memcpy(url, data + 1, n - 1);
    memset(&h, 0, sizeof h);
    data++;
    n--;
    for (enum http_event event = HTTP_MORE; event < HTTP_END;) {
        event = http_next(&h, &in, &body);
        if (event == HTTP_BODY && body.n == 0)
            abort();
        if (event == HTTP_LINE && strlen(h.line) >= sizeof h.line)
            abort();
        if (event != HTTP_MORE)
            continue;
        if (n == 0 || in.n != 0) {
            if (in.n != 0)
                abort();
            http_whole(&h);
            break;
        }
        in = span_of(data, n < piece ? n : piece);
        data += in.n;
        n -= in.n;
    }
    follow(url, h.location);
    follow("http://host:80/a/b?c", h.location);
    free(url);
    return 0;
}
