/* A server around struct session without an operating system: it answers who may log in, runs
 * "programs" that echo, swallow, hold or produce data, and has a clock that tests turn by hand. After
 * every step it checks what must always hold (fake_check). */
#ifndef TESTS_SUPPORT_FAKE_H
#define TESTS_SUPPORT_FAKE_H

#include "session/session.h"
#include "tests/support/bytes.h"

/* The program a channel runs is chosen by the command: exec "echo", "sink", "hold", "source N"; a
 * shell or a subsystem echoes. `hold` takes its input only as far as `appetite` says. */
enum program { PROGRAM_NONE, PROGRAM_ECHO, PROGRAM_SINK, PROGRAM_HOLD, PROGRAM_SOURCE };

struct fake_channel {
    enum program program;
    struct queue queue;      /* input that is not yet taken */
    bool eof;                /* the peer's input ended */
    bool hung_up;            /* the peer closed: the program is to end */
    bool finished;           /* drained and exited were told to the session */
    bool stay;               /* never end by itself, not even hung up */
    bool to_stderr;          /* where output goes */
    size_t appetite;         /* bytes that `hold` may still take */
    size_t produced, wanted; /* of a source */
    int wait_status;
    struct bytes taken; /* everything the program read */
};

/* What came out of session_next(), copied. */
struct fake_event {
    struct event event;
    uint8_t name[300], value[300]; /* the beginning of the spans … */
    size_t name_n, value_n;        /* … and their whole length */
};

enum { FAKE_EVENTS = 64, FAKE_PORT = 4321 };

struct fake {
    struct session session;
    struct session_config config;
    struct pool pool;
    void *region;
    size_t blocks;
    struct host_key host_keys[HOST_KEYS];
    uint64_t now_ms, next_ms; /* the clock, and the deadline that was asked for last */

    struct host_key user_key; /* whoever proves it may log in … */
    const char *password;     /* … and whoever knows this, where passwords are allowed … */
    const char *user;         /* … as this user */
    bool auth_later;          /* leave questions open; fake_auth() answers */
    bool answer_later;        /* likewise those of channels, which the test answers */
    unsigned auth_questions;
    enum auth_proof last_proof;
    char last_user[64];
    uint32_t refused; /* a bit per channel_event_kind: such questions get a no */

    struct fake_channel channels[LIMIT_CHANNELS];
    struct fake_event events[FAKE_EVENTS]; /* the first that came; data is not among them */
    size_t n_events;
    size_t elsewhere; /* blocks of the pool that a test lent to itself */
    bool blocked;     /* do not touch programs: nothing is read or written for them */
};

/* While pair_step() has the server at work: what tests/fault/ lets fail. */
extern bool fake_turn;

struct fake_options {
    const struct algorithms *algorithms; /* NULL: curve25519, ed25519, chacha20-poly1305 */
    const struct host_key *host_keys;    /* HOST_KEYS of them, lent; NULL: one that is ed25519 */
    size_t blocks;                       /* 0: LIMIT_BLOCKS */
    const char *banner;
    bool passwords;
    uint64_t rekey_bytes, rekey_ms; /* 0: never */
    uint64_t login_grace_ms, idle_ms, keepalive_ms;
    unsigned keepalive_misses;
};

void fake_start(struct fake *f, const struct fake_options *o);
void fake_stop(struct fake *f); /* checks that all blocks came back */

bool fake_work(struct fake *f);   /* events and programs; true: something moved */
bool fake_events(struct fake *f); /* only events */
void fake_tick(struct fake *f);   /* timers at now_ms, idle blocks back to the pool */
void fake_auth(struct fake *f);   /* answer the open question by the rules above */
void fake_finish(struct fake *f, unsigned channel, int wait_status);
void fake_check(const struct fake *f);
bool fake_is_open(const struct fake *f, unsigned channel);

/* Byte i of what a source produces. */
uint8_t fake_byte(size_t i);

#endif
