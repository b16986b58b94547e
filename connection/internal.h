/* Shared by connection/'s own files only. */
#ifndef CONNECTION_INTERNAL_H
#define CONNECTION_INTERNAL_H

#include "connection/connection.h"

/* open.c: a channel's memory and its promise */
void channel_widen(struct connection *c, struct channel *ch, uint32_t wanted);
void channel_release(struct connection *c, struct channel *ch);
bool channel_opening(struct connection *c, struct channel *ch, struct transport *t,
                     struct reader *r, uint8_t type,
                     struct channel_event *e); /* CONFIRMATION or FAILURE */
void open_flush(struct connection *c, struct transport *t, unsigned number);

/* request.c: true: *e is a question or a notice for the caller */
bool channel_request(struct channel *ch, struct transport *t, struct reader *r,
                     struct channel_event *e);
void send_channel_number(struct transport *t, uint8_t type, uint32_t peer);

/* global.c */
void global_answer(struct connection *c, struct transport *t, bool yes, uint32_t port);

/* signal.c: RFC 4254 section 6.10 names; 0 and NULL where there is none */
int signal_number(struct span name);
const char *signal_name(int number);

#endif
