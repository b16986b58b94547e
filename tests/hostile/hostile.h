/* Shared by this program's files: a connection to a live server, spoken by tests/support/client.c. */
#ifndef TESTS_HOSTILE_HOSTILE_H
#define TESTS_HOSTILE_HOSTILE_H

#include "tests/support/client.h"

enum { PATIENCE_MS = 10000 };

struct hostile {
    const char *host, *port, *user;
    struct host_key key; /* the user's */
    bool has_key;
    int fd;
    struct client client;
    struct packet last; /* the message taken last */
    bool closed;        /* the server closed the connection … */
    uint32_t code;      /* … or said DISCONNECT with this code before; 0: it did not */
};

/* What is said by fail() explains the exit status 1; it does not return. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

void net_open(struct hostile *h, const struct client_options *o); /* a fresh connection */
void net_close(struct hostile *h);
void net_flush(struct hostile *h); /* what the server does not take any more is dropped */
void net_pause(unsigned ms);

/* Reads until a message of this type (0: of any) came: true; until the end or in vain: false. */
bool net_await(struct hostile *h, uint8_t type, unsigned ms);
void net_expect(struct hostile *h, uint8_t type); /* or fail() */
/* Takes all that comes until the server ends the connection; fails if it does not within the time. */
void net_expect_end(struct hostile *h, unsigned ms);
void net_expect_disconnect(struct hostile *h, uint32_t code);

/* Steps of a well-behaved client; each fails when the server does not play its part. */
void go_keyed(struct hostile *h);
void go_service(struct hostile *h);
void go_login(struct hostile *h);
uint32_t go_channel(struct hostile *h, uint32_t window);
void go_alive(struct hostile *h); /* a request is still answered */

struct mode {
    const char *name;
    bool wants_key;
    bool slow; /* waits for a login grace: not part of "all" */
    void (*run)(struct hostile *h);
    const char *what;
};

extern const struct mode modes[]; /* ends in a NULL name */

#endif
