/* The connection protocol (RFC 4254): channels, windows, requests, forwarding.
 *
 * What a peer asks for comes out as one channel_event at a time; a request that asks is answered by
 * connection_answer() before the next message is parsed, at once or later. Only the opening of a channel
 * takes its time beside everything else: connection_opened() or connection_refused() ends that.
 * A window is a promise of memory: credit returns only for bytes the consumer took (connection_credit). */
#ifndef CONNECTION_CONNECTION_H
#define CONNECTION_CONNECTION_H

#include "base/limits.h"
#include "base/wire.h"
#include "transport/transport.h"

enum {
    MSG_GLOBAL_REQUEST = 80,
    MSG_REQUEST_SUCCESS = 81,
    MSG_REQUEST_FAILURE = 82,
    MSG_CHANNEL_OPEN = 90,
    MSG_CHANNEL_OPEN_CONFIRMATION = 91,
    MSG_CHANNEL_OPEN_FAILURE = 92,
    MSG_CHANNEL_WINDOW_ADJUST = 93,
    MSG_CHANNEL_DATA = 94,
    MSG_CHANNEL_EXTENDED_DATA = 95,
    MSG_CHANNEL_EOF = 96,
    MSG_CHANNEL_CLOSE = 97,
    MSG_CHANNEL_REQUEST = 98,
    MSG_CHANNEL_SUCCESS = 99,
    MSG_CHANNEL_FAILURE = 100,
};

/* RFC 4254 section 5.1: why a channel is not opened. */
enum { OPEN_PROHIBITED = 1, OPEN_CONNECT_FAILED = 2, OPEN_UNKNOWN_TYPE = 3, OPEN_SHORTAGE = 4 };

enum channel_state {
    CHANNEL_FREE,
    CHANNEL_ASKED,   /* the peer's CHANNEL_OPEN waits for an answer of ours */
    CHANNEL_OFFERED, /* ours waits for the peer's */
    CHANNEL_OPEN,
};

/* Close as plain facts: what came, what left, and whether a program runs or is over (a forward's socket
 * counts as one). `drained` says that there is no more output to send; may_close() in channel.c is the
 * one rule over them. */
struct channel {
    uint8_t state;
    bool session; /* it may have a program; else it is a forward, which has no status */
    bool eof_in, close_in, eof_out, close_out, exited;
    bool drained, status_out;
    bool started;     /* a shell, command or subsystem was (RFC 4254 section 6.5: one succeeds) */
    bool starting;    /* that is the request which waits for its answer */
    bool wants_reply; /* of the request that waits for its answer */
    bool opened;      /* CHANNEL_ASKED: say yes as soon as there is room … */
    uint8_t refusal;  /* … or no, with this code … */
    const char *why;  /* … and this constant text */
    uint32_t peer;    /* the number the peer knows it by */
    uint32_t send_window, send_packet;
    uint32_t window;      /* promised in all … */
    uint32_t recv_window; /* … what of it the peer may still send … */
    uint32_t credit;      /* … and what the consumer took, not yet given back */
    int wait_status;
};

/* Most connections have a channel or two; those with many borrow a block for the rest. */
enum { CHANNELS_OWN = 4 };

struct connection {
    struct block *more;
    unsigned used;         /* channels that are not free have smaller numbers than this */
    uint32_t share;        /* of LIMIT_SHARE, what is promised */
    bool no_more_sessions; /* no-more-sessions@openssh.com */
    bool wants_reply;      /* of the global request that waits for its answer … */
    bool wants_port;       /* … and whether a yes says which port it is */
    struct channel own[CHANNELS_OWN];
};

/* As the number of a channel: the question is a global request. */
enum { CHANNEL_NONE = LIMIT_CHANNELS };

enum channel_event_kind {
    /* questions on a session channel */
    CHANNEL_PTY,       /* name = TERM, value = encoded modes, and the size */
    CHANNEL_ENV,       /* name, value */
    CHANNEL_SHELL,     /* */
    CHANNEL_EXEC,      /* value = command */
    CHANNEL_SUBSYSTEM, /* name */
    CHANNEL_RESIZE,    /* the size */
    CHANNEL_SIGNAL,    /* number */
    CHANNEL_AGENT,     /* auth-agent-req@openssh.com */
    /* global questions */
    CHANNEL_LISTEN_TCP,  /* name = address, port (0: any) */
    CHANNEL_LISTEN_UNIX, /* name = path */
    CHANNEL_CANCEL_TCP,
    CHANNEL_CANCEL_UNIX,
    /* openings, to be ended by connection_opened() or connection_refused() */
    CHANNEL_DIRECT_TCP,  /* name = host, port */
    CHANNEL_DIRECT_UNIX, /* name = path */
    /* notices */
    CHANNEL_ACCEPTED, /* what we offered is open */
    CHANNEL_REFUSED,  /* … or not, and its number is free again */
    CHANNEL_DATA,     /* value: to be consumed now; what is taken comes back as credit */
    CHANNEL_EOF,      /* no more data will come */
    CHANNEL_CLOSED,   /* the peer closed; a program that runs is to be finished, nothing else */
};

struct channel_event {
    enum channel_event_kind kind;
    unsigned channel; /* or CHANNEL_NONE */
    bool asks;        /* connection_answer() is due */
    struct span name, value;
    uint32_t port;
    uint32_t columns, rows, width, height; /* characters and pixels */
    int signal;
};

/* A channel that we open: something connected to what the peer asked us to listen on. */
struct channel_offer {
    enum { OFFER_TCP, OFFER_UNIX, OFFER_AGENT } kind;
    struct span address; /* that was connected to, as it was asked for, or the path … */
    uint32_t port;       /* … and the port */
    struct span from;    /* the originator's address … */
    uint32_t from_port;
};

/* The channel of a number; NULL: no such memory is in use, and so no such channel. */
struct channel *connection_channel(const struct connection *c, unsigned number);

/* One message of 80-100; true: *e must be handled now, before anything else is received. */
bool global_message(struct connection *c, struct transport *t, struct span payload,
                    struct channel_event *e);
bool channel_open_message(struct connection *c, struct transport *t, struct span payload,
                          struct channel_event *e);
bool channel_message(struct connection *c, struct transport *t, struct span payload,
                     struct channel_event *e);

/* The answer to the open question; for a yes to CHANNEL_LISTEN_TCP with the port. */
void connection_answer(struct connection *c, struct transport *t, unsigned channel, bool yes,
                       uint32_t port);

/* The answer to a peer's CHANNEL_OPEN, whenever it is known; `why` is a constant text. */
void connection_opened(struct connection *c, unsigned channel);
void connection_refused(struct connection *c, unsigned channel, uint8_t code, const char *why);

/* The number of a new channel that is offered to the peer; -1: not now. */
int connection_offer(struct connection *c, struct transport *t, const struct channel_offer *o);

void connection_credit(struct connection *c, unsigned channel, size_t n);
void connection_drained(struct connection *c, unsigned channel);
void connection_finish(struct connection *c, unsigned channel, int wait_status);

/* Sends what has become due: credit, EOF, exit status, CLOSE, answers to openings. */
void connection_flush(struct connection *c, struct transport *t);
void connection_rest(struct connection *c, struct transport *t); /* gives back a block not needed */
void connection_stop(struct connection *c, struct transport *t);

/* A data packet in the making: see transport_bulk_room(). */
size_t connection_write_room(struct connection *c, struct transport *t, unsigned channel, bool err,
                             uint8_t **at);
void connection_write_done(struct connection *c, struct transport *t, unsigned channel, bool err,
                           size_t n);

/* "keepalive@openssh.com", which any peer answers one way or the other. */
void connection_keepalive(struct transport *t);

#endif
