/* HTTP/1.1 (RFC 9112) as a client has it that asks once per connection. No system calls: bytes are put in, and what they
 * mean comes out. */
#ifndef APPLETS_HTTP_H
#define APPLETS_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/wire.h"

enum {
    URL_ROOM = 4096,
    URL_NAME = 256,
    HTTP_LINE_ROOM = 8192, /* what is beyond is not looked at */
    HTTP_HEAD_MOST = 262144,
};

struct url {
    const char *authority; /* host and port as they stand there, for the Host field … */
    const char *path;      /* … and right behind it the path; may be empty or begin with '?' */
    unsigned port;
    const char *name; /* in `host` */
    char host[256];
};

/* NULL, or why not. It points into the text. */
const char *url_parse(struct url *u, const char *text);

/* What the last part of the path is called; "index.html" where that is no name for a file. */
const char *url_file(const struct url *u, char name[URL_NAME]);

/* Where a Location leads from there; cut when that is longer. */
void url_follow(char to[URL_ROOM], const struct url *from, const char *location);

enum http_event {
    HTTP_MORE, /* all is taken: bytes, please. What the end of them means: http_whole() */
    HTTP_LINE, /* a line of the head is in `line` */
    HTTP_HEAD, /* that was all of the head */
    HTTP_BODY, /* what is in `body` */
    HTTP_END,
    HTTP_BAD,
};

struct http {
    unsigned state, status;
    bool chunked, counted;
    uint64_t left; /* of the body, or of the chunk */
    size_t n, seen;
    char line[HTTP_LINE_ROOM], location[URL_ROOM / 2], reason[64]; /* the last: "404 Not Found" */
};

/* To be begun with zeros. Takes from `in`. */
enum http_event http_next(struct http *h, struct span *in, struct span *body);

/* May the connection end here? */
bool http_whole(const struct http *h);

#endif
