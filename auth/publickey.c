/* RFC 4252 section 7. What is signed is the session identifier as a string and then the request
 * itself up to the signature, so it is taken from the received bytes as they are. */
#include "auth/publickey.h"

#include "auth/certificate.h"
#include "base/features.h"

enum { SIGNED_MAX = 4 + 32 + 256 + LIMIT_USER + LIMIT_KEY_BLOB };

static const struct user_key_type *find_type(const struct transport *t, struct span name)
{
    const struct user_key_type *const *k = t->config->algorithms->user_keys;
    while (*k != NULL && !span_is(name, (*k)->name))
        k++;
    return *k;
}

/* The key that signs: of a certificate the one inside, once its CA's signature is good. */
static bool signing_key(const struct transport *t, const struct auth_question *q,
                        uint8_t room[LIMIT_KEY_BLOB], struct span *key)
{
    struct certificate c;
    struct writer w = writer_of(room, LIMIT_KEY_BLOB);
    *key = q->key_blob;
    if (q->type->plain == NULL)
        return true;
    if (!features.certificates || !certificate_parse(&c, q->key_blob, q->type->fields) ||
        c.type != CERTIFICATE_USER || !certificate_signed(&c, t->config->algorithms))
        return false;
    certificate_plain_key(&w, &c, q->type->plain->blob_name);
    *key = span_of(room, writer_used(&w));
    return !w.bad;
}

static bool signature_good(const struct transport *t, struct auth_question *q, struct span key,
                           struct span request, struct span signature)
{
    uint8_t message[SIGNED_MAX];
    struct writer w = writer_of(message, sizeof message);
    put_string(&w, span_of(t->session_id, sizeof t->session_id));
    put_bytes(&w, request.p, request.n);
    return !w.bad && q->type->verify(key, signature, span_of(message, writer_used(&w)), &q->token);
}

static enum auth_proof proof_of(const struct transport *t, struct auth_question *q,
                                struct span request, const struct span *signature)
{
    uint8_t room[LIMIT_KEY_BLOB];
    struct span key;
    if (q->type == NULL || !span_is(blob_name(q->key_blob), q->type->blob_name) ||
        q->key_blob.n > LIMIT_KEY_BLOB || !signing_key(t, q, room, &key))
        return AUTH_REFUSED;
    if (signature == NULL)
        return AUTH_NONE;
    return signature_good(t, q, key, request, *signature) ? AUTH_PROVEN : AUTH_REFUSED;
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
    *q = (struct auth_question){ .user = a->user, .key_blob = key_blob };
    q->type = find_type(t, algorithm);
    q->proof = proof_of(t, q, request, has_signature ? &signature : NULL);
    return true;
}

void publickey_ok(struct transport *t, const struct auth_question *q)
{
    struct writer w = message_start(t, MSG_USERAUTH_PK_OK);
    put_text(&w, q->type->name); /* public key algorithm name */
    put_string(&w, q->key_blob); /* public key blob */
    message_stop(t, &w);
}
