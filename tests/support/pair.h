/* The test client and the fake server, joined by two pipes whose manners can be chosen. Messages of
 * the server gather in an inbox, from which tests take and compare them. */
#ifndef TESTS_SUPPORT_PAIR_H
#define TESTS_SUPPORT_PAIR_H

#include "tests/support/client.h"
#include "tests/support/fake.h"
#include "tests/support/test.h"

enum flow {
    FLOW_WHOLE,  /* all that fits */
    FLOW_BYTE,   /* one byte a step */
    FLOW_RANDOM, /* 1 … 3000 bytes a step */
    FLOW_STOP,   /* nothing */
};

struct pair {
    struct client client;
    struct fake fake;
    struct random random;
    enum flow to_server, to_client;
    struct packet *inbox; /* [inbox_first, inbox_n) are not yet looked at */
    size_t inbox_first, inbox_n, inbox_room;
    struct packet current; /* the one taken last; its bytes stay until the next is taken */
    size_t bytes_to_client;
    struct bytes *tap; /* a copy of all that goes to the client; NULL: none */
    bool
        tolerant; /* a client that lost track of the exchange is no failure: what it sends is nonsense */
};

struct pair_options {
    struct client_options client;
    struct fake_options fake;
    enum flow to_server, to_client;
    uint64_t seed;
};

struct pair_options pair_defaults(void);
struct pair *pair_start(const struct pair_options *o); /* connected; nothing was sent yet */
struct pair *pair_keyed(const struct pair_options *o); /* ident and first key exchange done */
struct pair *pair_auth(const struct pair_options *o);  /* … and ssh-userauth accepted */
struct pair *pair_open(const struct pair_options *o);  /* … and logged in */
void pair_stop(struct pair *p);

bool pair_step(struct pair *p);              /* true: something moved */
void pair_run(struct pair *p);               /* until nothing moves */
void pair_wait(struct pair *p, uint64_t ms); /* the clock goes on, then pair_run() */

/* --- the inbox --- */
size_t pair_waiting(const struct pair *p);
struct reader pair_pop(struct pair *p); /* the next one, behind its type: current.p[0] */
struct reader pair_next(struct pair *p, uint8_t type); /* runs; fails unless that comes next */
void pair_nothing(struct pair *p);                     /* runs; fails if anything came */
/* Runs; takes messages up to the first of this type; true if there was one. */
bool pair_skip_to(struct pair *p, uint8_t type, struct reader *r);

/* The session ended for this reason, and the peer was told so (or, without a code, was not). */
void pair_ended(struct pair *p, enum reason r);
void pair_alive(struct pair *p); /* a keepalive is answered and nothing else came before */
void pair_unimplemented(struct pair *p, uint32_t seq);

/* --- steps that many tests take --- */
void pair_login(struct pair *p);
/* Opens a session channel, or a forward to a socket of the server's; returns its number for it. */
uint32_t pair_channel(struct pair *p, uint32_t sender, uint32_t window, uint32_t packet);
uint32_t pair_forward(struct pair *p, uint32_t sender, uint32_t window, uint32_t packet);
uint32_t pair_opened(struct pair *p, uint32_t sender, uint32_t window); /* our window */
/* The peer stops reading, and the output is as full as anything but direct replies makes it. */
void pair_fill(struct pair *p);
void pair_exec(struct pair *p, uint32_t channel, const char *command);
void pair_rekey(struct pair *p); /* begun by the client */
/* Runs; takes all channel data (of either kind) for channel `peer` until something else comes. */
void pair_data(struct pair *p, uint32_t peer, struct bytes *to);

#endif
