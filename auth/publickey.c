/* RFC 4252 section 7. What is signed is the session identifier as a string and then the request
 * itself up to the signature, so it is taken from the received bytes as they are. */
#include "auth/publickey.h"

#include <string.h>

enum { SIGNED_MAX = 4 + 32 + 256 + LIMIT_USER + LIMIT_KEY_BLOB };

static const struct user_key_type *find_type(const struct transport *t, struct span name)
{
    const struct user_key_type *const *k = t->config->algorithms->user_keys;
    while (*k != NULL && !span_is(name, (*k)->name))
        k++;
    return *k;
}

static bool signature_good(const struct transport *t, const struct auth_question *q,
                           struct span request, struct span signature)
{
    uint8_t message[SIGNED_MAX];
    struct writer w = writer_of(message, sizeof message);
    put_string(&w, span_of(t->session_id, sizeof t->session_id));
    put_bytes(&w, request.p, request.n);
    return !w.bad && q->type->verify(q->key_blob, signature, span_of(message, writer_used(&w)));
}

bool publickey_request(struct auth *a, struct transport *t, struct span payload, struct reader *r)
{
    struct auth_question *q = &a->question;
    bool has_signature = get_boolean(r);
    struct span algorithm = get_string(r), key_blob = get_string(r);
    struct span request = span_of(payload.p, (size_t)(r->p - payload.p));
    struct span signature = has_signature ? get_string(r) : (struct span){ 0 };
    if (!get_done(r)) {
        transport_fail(t, REASON_FORMAT);
        return false;
    }
    struct reader blob = reader_of(key_blob);
    struct span inner = get_string(&blob);
    *q = (struct auth_question){ .user = a->user, .key_blob = key_blob };
    q->type = find_type(t, algorithm);
    if (q->type == NULL || !span_equal(inner, algorithm) || key_blob.n > LIMIT_KEY_BLOB)
        q->proof = AUTH_REFUSED;
    else if (!has_signature)
        q->proof = AUTH_NONE;
    else
        q->proof = signature_good(t, q, request, signature) ? AUTH_PROVEN : AUTH_REFUSED;
    return true;
}

void publickey_ok(struct transport *t, const struct auth_question *q)
{
    struct writer w = message_start(t, MSG_USERAUTH_PK_OK);
    put_text(&w, q->type->name); /* public key algorithm name */
    put_string(&w, q->key_blob); /* public key blob */
    message_stop(t, &w);
}
