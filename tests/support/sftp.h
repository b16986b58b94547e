/* A client of sftp_main(), which runs in a child in a directory of its own: requests are written field by field,
 * replies are read the same way. */
#ifndef TESTS_SUPPORT_SFTP_H
#define TESTS_SUPPORT_SFTP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/wire.h"
#include "sftp/sftp.h"

enum { READ = 1, WRITE = 2, APPEND = 4, CREAT = 8, TRUNC = 16, EXCL = 32 }; /* pflags */
enum { TALK_ROOM = 300 * 1024, TALK_LOST = -1 };

struct talk {
    pid_t pid;
    int to, from;
    uint32_t id; /* of the request made last */
    uint8_t type;
    struct reader body; /* of the reply read last, behind the id */
    struct writer w;    /* the request being made */
    uint8_t request[TALK_ROOM], reply[TALK_ROOM];
};

/* Started, and the version exchanged; or as it is before that. Through a socket instead of pipes. */
void talk_start(struct talk *t, const char *directory);
void talk_start_with(struct talk *t, const char *directory, const struct sftp_config *config);
void talk_start_raw(struct talk *t, const char *directory, bool socket,
                    const struct sftp_config *config);
int talk_stop(
    struct talk *t); /* what sftp_main() returned, or TALK_LOST when something else ended it */

/* For cmocka, in a directory with `file` of ten digits, `link` to it, `directory`, and `dangling`, a link to
 * nowhere; and what has become of them. 0 and -1 for what is not there. */
int talk_setup(struct talk *t, void **state);
int talk_teardown(struct talk *t, void **state);
mode_t talk_mode(void **state, const char *name); /* a link's own */
off_t talk_size(void **state, const char *name);

/* A request of that type; the caller puts its fields. */
struct writer *talk_begin(struct talk *t, uint8_t type);
struct writer *talk_extended(struct talk *t, const char *name);
void talk_send(struct talk *t);  /* the request */
bool talk_reply(struct talk *t); /* the next one, whatever its id; false: the server is gone */

/* Sends it and reads the reply, which has to be of this id: its type; or the status it is; or fails. */
uint8_t talk_ask(struct talk *t);
int talk_status(struct talk *t);

/* Whole requests. Paths as they are; handles are copied, and empty when it was no success. */
struct talk_handle {
    uint8_t bytes[256];
    size_t n;
};
struct talk_handle talk_open(struct talk *t, const char *path, uint32_t pflags);
struct talk_handle talk_opendir(struct talk *t, const char *path);
void put_handle(struct writer *w, const struct talk_handle *h);
int talk_close(struct talk *t, const struct talk_handle *h);
int talk_path(struct talk *t, uint8_t type, const char *path);
int talk_write(struct talk *t, const struct talk_handle *h, uint64_t offset, struct span data);
/* DATA into t->body's string, or the status */
int talk_read(struct talk *t, const struct talk_handle *h, uint64_t offset, uint32_t n,
              struct span *data);

#endif
