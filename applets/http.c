#include "applets/http.h"

#include <string.h>

#include "base/text.h"

enum { HTTP_PORT = 80 };

/* What follows those letters, which are small in `prefix`, in any case (and blanks); NULL: it does not begin with them. What
 * is compared has no control characters. */
static const char *behind(const char *text, const char *prefix)
{
    while (*prefix != 0)
        if ((*text++ | 0x20) != *prefix++)
            return NULL;
    return text + strspn(text, " ");
}

/* --- URLs (RFC 3986) --- */
const char *url_parse(struct url *u, const char *text)
{
    uint64_t port = HTTP_PORT;
    for (const char *p = text; *p != 0; p++)
        if (p - text == URL_ROOM - 1 || (int8_t)*p <= ' ' || *p == 127)
            return "not a URL";
    if (strncmp(text + strcspn(text, ":/?#"), "://", 3) == 0) {
        text = behind(text, "http://");
        if (text == NULL)
            return "only http:// (there is no TLS here)";
    }
    u->authority = text;
    u->path = text + strcspn(text, "/?#");
    text_format(u->host, sizeof u->host, "%.*s", (int)(u->path - text), text);
    if (strchr(u->host, '@') != NULL)
        return "users are not sent";
    char *colon = strrchr(u->host, ':'), *close = strchr(u->host, ']');
    if (colon > close) { /* either may be NULL */
        *colon = 0;
        if (!text_number(span_text(colon + 1), UINT16_MAX, &port))
            return "no such port";
    }
    if (close != NULL)
        *close = 0;
    u->name = u->host + (close != NULL);
    u->port = (unsigned)port;
    return NULL;
}

/* Where in the path its last part begins. */
static const char *last_part(const struct url *u)
{
    const char *p = u->path + strcspn(u->path, "?#");
    while (p > u->path && p[-1] != '/')
        p--;
    return p;
}

const char *url_file(const struct url *u, char name[URL_NAME])
{
    const char *from = last_part(u);
    text_format(name, URL_NAME, "%.*s", (int)strcspn(from, "?#"), from);
    return name[strspn(name, ".")] != 0 ? name : "index.html";
}

void url_follow(char to[URL_ROOM], const struct url *from, const char *location)
{
    const char *keep = last_part(from);
    if (*location == '?')
        keep = from->path + strcspn(from->path, "?#");
    if (*location == '/')
        keep = from->path;
    if (location[strcspn(location, ":/?#")] == ':')
        keep = from->authority;
    if (strncmp(location, "//", 2) == 0) { /* without a scheme it is ours */
        keep = from->authority;
        location += 2;
    }
    text_format(to, URL_ROOM, "%.*s%s%s", (int)(keep - from->authority), from->authority,
                keep == from->path && *location != '/' ? "/" : "", location);
}

/* --- answers --- */
/* Those before BODY are lines. */
enum { STATUS, FIELD, SIZE, GAP, TRAILER, BODY, DONE };

static enum http_event take_status(struct http *h)
{
    if (behind(h->line, "http/1.") == NULL)
        return HTTP_BAD;
    text_format(h->reason, sizeof h->reason, "%s", h->line + 9);
    h->status = 0;
    for (const char *p = h->reason; *p >= '0' && *p <= '9' && h->status < 100; p++)
        h->status = h->status * 10 + (unsigned)(*p - '0');
    h->state = FIELD;
    return h->status >= 100 ? HTTP_LINE : HTTP_BAD;
}

static enum http_event take_head(struct http *h)
{
    if (h->status < 200) { /* "100 Continue": the answer is still to come */
        h->state = STATUS;
        return HTTP_MORE;
    }
    if (!h->counted)
        h->left = UINT64_MAX;
    h->state = h->chunked ? SIZE : BODY;
    if (h->status == 204 || h->status == 304 || (!h->chunked && h->left == 0))
        h->state = DONE;
    return HTTP_HEAD;
}

static enum http_event take_field(struct http *h)
{
    const char *value;
    if (h->line[0] == 0)
        return take_head(h);
    if ((value = behind(h->line, "content-length:")) != NULL) {
        if (h->counted || !text_number(span_text(value), INT64_MAX, &h->left))
            return HTTP_BAD;
        h->counted = true;
    } else if ((value = behind(h->line, "location:")) != NULL) {
        text_format(h->location, sizeof h->location, "%s", value);
    } else if ((value = behind(h->line, "transfer-encoding:")) != NULL) {
        value = behind(value, "chunked");
        if (value == NULL || *value != 0)
            return HTTP_BAD;
        h->chunked = true;
    }
    return HTTP_LINE;
}

static enum http_event take_line(struct http *h)
{
    bool empty = h->line[0] == 0;
    switch (h->state) {
    case STATUS:
        return take_status(h);
    case FIELD:
        return take_field(h);
    case SIZE:
        if (!text_digits(span_of(h->line, strcspn(h->line, "; ")), 16, INT64_MAX, &h->left))
            return HTTP_BAD;
        h->state = h->left != 0 ? BODY : TRAILER;
        h->seen = 0;
        return HTTP_MORE;
    case GAP:
        h->state = SIZE;
        return empty ? HTTP_MORE : HTTP_BAD;
    default:
        if (empty)
            h->state = DONE;
        return HTTP_MORE;
    }
}

enum http_event http_next(struct http *h, struct span *in, struct span *body)
{
    enum http_event event = HTTP_MORE;
    while (event == HTTP_MORE && h->state != DONE && in->n != 0) {
        if (h->state == BODY) {
            *body = span_of(in->p, in->n < h->left ? in->n : (size_t)h->left);
            in->p += body->n;
            in->n -= body->n;
            h->left -= body->n;
            if (h->left == 0)
                h->state = h->chunked ? GAP : DONE;
            return HTTP_BODY;
        }
        char c = (char)*in->p++;
        in->n--;
        if (++h->seen > HTTP_HEAD_MOST)
            return HTTP_BAD;
        if (c != '\n') {
            if ((int8_t)c < ' ')
                c = ' '; /* nothing that would drive a terminal */
            h->line[h->n] = c;
            h->n += h->n < sizeof h->line - 1;
            continue;
        }
        while (h->n != 0 && h->line[h->n - 1] == ' ') /* CR was one, too */
            h->n--;
        h->line[h->n] = 0;
        h->n = 0;
        event = take_line(h);
    }
    return event == HTTP_MORE && h->state == DONE ? HTTP_END : event;
}

bool http_whole(const struct http *h)
{
    return h->state == DONE || (h->state == BODY && !h->chunked && !h->counted);
}
