/* The methods password (RFC 4252 section 8) and keyboard-interactive (RFC 4256), which asks for the same
 * password by one prompt: some clients know or try only the latter. Both are there only where passwords
 * are allowed. The answer of a prompt is auth_response() of auth.h. */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H

#include "auth/auth.h"

/* The request's fields behind the method name. true: a question was put. */
bool password_request(struct auth *a, struct transport *t, struct reader *r);

/* The same; what it leads to is a prompt, so no question yet. */
void prompt_request(struct auth *a, struct transport *t, struct reader *r);

/* A question was answered: its password is nobody's business any more. */
void password_wipe(const struct auth_question *q);

#endif
