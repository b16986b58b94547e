/* The connection protocol (RFC 4254): channels, windows, requests.
 *
 * What a peer asks for comes out as one channel_event at a time; a request that wants an answer is
 * answered by connection_answer() before the next message is parsed. A window is a promise of
 * memory: credit returns only for bytes the consumer took (connection_credit). */
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

/* Close as plain facts: what came, what left, and whether a program runs or is over. `drained` says
 * that there is no more output to send; may_close() in channel.c is the one rule over them. */
struct channel {
    bool open;
    bool eof_in, close_in, eof_out, close_out, exited;
    bool drained, status_out;
    bool started;     /* a shell, command or subsystem was (RFC 4254 section 6.5: one succeeds) */
    bool starting;    /* that is the request which waits for its answer */
    bool wants_reply; /* of the request that waits for its answer */
    uint32_t peer;    /* the number the peer knows it by */
    uint32_t send_window, send_packet;
    uint32_t recv_window; /* what the peer may still send */
    uint32_t credit;      /* taken by the consumer, not yet given back */
    int wait_status;
};

struct connection {
    struct channel channels[LIMIT_CHANNELS];
    bool no_more_sessions; /* no-more-sessions@openssh.com */
};

enum channel_event_kind {
    CHANNEL_PTY,       /* asks: name = TERM, value = encoded modes, and the size */
    CHANNEL_ENV,       /* asks: name, value */
    CHANNEL_SHELL,     /* asks */
    CHANNEL_EXEC,      /* asks: value = command */
    CHANNEL_SUBSYSTEM, /* asks: name */
    CHANNEL_RESIZE,    /* the size */
    CHANNEL_SIGNAL,    /* number */
    CHANNEL_DATA,      /* value: to be consumed now; what is taken comes back as credit */
    CHANNEL_EOF,       /* no more data will come */
    CHANNEL_CLOSED,    /* the peer closed; a program that runs is to be finished, nothing else */
};

struct channel_event {
    enum channel_event_kind kind;
    unsigned channel;
    bool asks; /* connection_answer() is due */
    struct span name, value;
    uint32_t columns, rows, width, height; /* characters and pixels */
    int signal;
};

/* One message of 80-100; true: *e must be handled now, before anything else is received. */
bool global_message(struct connection *c, struct transport *t, struct span payload);
bool channel_open_message(struct connection *c, struct transport *t, struct span payload);
bool channel_message(struct connection *c, struct transport *t, struct span payload,
                     struct channel_event *e);

/* The answer to the channel's open question. */
void connection_answer(struct connection *c, struct transport *t, unsigned channel, bool yes);

void connection_credit(struct connection *c, unsigned channel, size_t n);
void connection_drained(struct connection *c, unsigned channel);
void connection_finish(struct connection *c, unsigned channel, int wait_status);

/* Sends what has become due: credit, EOF, exit status, CLOSE. */
void connection_flush(struct connection *c, struct transport *t);

/* A data packet in the making: see transport_bulk_room(). */
size_t connection_write_room(struct connection *c, struct transport *t, unsigned channel, bool err,
                             uint8_t **at);
void connection_write_done(struct connection *c, struct transport *t, unsigned channel, bool err,
                           size_t n);

/* "keepalive@openssh.com", which any peer answers one way or the other. */
void connection_keepalive(struct transport *t);

#endif
