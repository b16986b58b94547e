/* The publickey method (RFC 4252 section 7). */
#ifndef AUTH_PUBLICKEY_H
#define AUTH_PUBLICKEY_H

#include "auth/auth.h"

/* The request's fields behind the method name. true: a question was put. */
bool publickey_request(struct auth *a, struct transport *t, struct span payload, struct reader *r);

/* The key that was asked about would be accepted. */
void publickey_ok(struct transport *t, const struct auth_question *q);

#endif
