#include "auth/password.h"

#include <string.h>

#include "base/features.h"

static bool ask(struct auth *a, bool possible, struct span password)
{
    a->question = (struct auth_question){
        .proof = possible ? AUTH_PASSWORD : AUTH_REFUSED,
        .user = a->user,
        .password = password,
    };
    return true;
}

bool password_request(struct auth *a, struct transport *t, struct reader *r)
{
    bool change = get_boolean(r); /* which is not done here */
    struct span password = get_string(r);
    if (change)
        get_string(r); /* the new one */
    if (!get_done(r)) {
        transport_fail(t, REASON_FORMAT);
        return false;
    }
    password.n = (size_t)(r->end - password.p); /* both are to be wiped */
    return ask(a, !change, password);
}

void prompt_request(struct auth *a, struct transport *t, struct reader *r)
{
    static const char fields[] = "\0\0\0\0"             /* name */
                                 "\0\0\0\0"             /* instruction */
                                 "\0\0\0\0"             /* language tag */
                                 "\0\0\0\1"             /* prompts */
                                 "\0\0\0\12Password: "; /* and, by the text's NUL, no echo */
    get_string(r);                                      /* language tag */
    get_string(r);                                      /* submethods: a hint that may be ignored */
    if (!get_done(r)) {
        transport_fail(t, REASON_FORMAT);
        return;
    }
    struct writer w = message_start(t, MSG_USERAUTH_INFO_REQUEST);
    put_bytes(&w, fields, sizeof fields);
    message_stop(t, &w);
    a->prompted = true;
}

bool auth_response(struct auth *a, struct transport *t, struct span payload)
{
    struct reader r = reader_of(payload);
    get_byte(&r);
    bool one = get_u32(&r) == 1; /* RFC 4256 section 3.4: as many answers as there were prompts */
    struct span password = one ? get_string(&r) : get_rest(&r);
    bool prompted = features.passwords && a->prompted;
    a->prompted = false;
    if (prompted && get_done(&r))
        return ask(a, one, password);
    transport_fail(t, prompted ? REASON_FORMAT : REASON_PHASE);
    return false;
}

void password_wipe(const struct auth_question *q)
{
    if (q->password.p != NULL) /* in the block that received it, where it was decrypted */
        explicit_bzero((void *)(uintptr_t)q->password.p, q->password.n);
}
