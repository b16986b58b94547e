/* A file line by line through a fixed buffer, without stdio. */
#ifndef PROCESS_LINES_H
#define PROCESS_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/limits.h"
#include "base/wire.h"

struct lines {
    int fd;            /* -1: lines of `text` */
    struct span text;  /* what is left of it */
    unsigned number;   /* of the line returned last, from 1 */
    size_t from, used; /* bytes not yet returned are [from, used) */
    bool over;         /* the end was read, or reading failed */
    bool overlong;     /* the line returned last was longer than LIMIT_KEYS_LINE */
    char buffer[LIMIT_KEYS_LINE + 1];
};

void lines_start(struct lines *l, int fd); /* -1: none, but for what is put into `text` then */

/* The next line without its line end; valid until the next call. An overlong line is skipped and
 * comes out empty, with the flag set. */
bool lines_next(struct lines *l, struct span *line);

/* Takes what comes before the next colon off the line, as passwd(5) and its like have it; the rest where
 * there is none. */
struct span lines_field(struct span *line);

#endif
