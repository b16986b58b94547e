#include "auth/password.h"

#include <string.h>

static bool ask(struct auth *a, const char *method, struct span password)
{
    a->question = (struct auth_question){
        .proof = AUTH_PASSWORD, .method = method, .user = a->user, .password = password
    };
    return true;
}

bool password_request(struct auth *a, struct transport *t, struct reader *r)
{
    bool change = get_boolean(r);
    struct span password = get_string(r);
    if (change)
        get_string(r); /* the new one */
    if (!get_done(r)) {
        transport_fail(t, REASON_FORMAT);
        return false;
    }
    if (!change)
        return ask(a, "password", password);
    auth_fail(a, t); /* passwords are not changed here */
    return false;
}

void prompt_request(struct auth *a, struct transport *t, struct reader *r)
{
    get_string(r); /* language tag */
    get_string(r); /* submethods: a hint that may be ignored */
    if (!get_done(r)) {
        transport_fail(t, REASON_FORMAT);
        return;
    }
    struct writer w = message_start(t, MSG_USERAUTH_INFO_REQUEST);
    put_text(&w, ""); /* name */
    put_text(&w, ""); /* instruction */
    put_text(&w, ""); /* language tag */
    put_u32(&w, 1);   /* prompts */
    put_text(&w, "Password: ");
    put_boolean(&w, false); /* echo */
    message_stop(t, &w);
    a->prompted = true;
}

bool auth_response(struct auth *a, struct transport *t, struct span payload)
{
    struct reader r = reader_of(payload);
    get_byte(&r);
    uint32_t n = get_u32(&r);
    struct span password = n == 1 ? get_string(&r) : get_rest(&r);
    if (!a->prompted) {
        transport_fail(t, REASON_PHASE);
        return false;
    }
    a->prompted = false;
    if (!get_done(&r)) {
        transport_fail(t, REASON_FORMAT);
        return false;
    }
    if (n == 1)
        return ask(a, "keyboard-interactive", password);
    auth_fail(a, t); /* RFC 4256 section 3.4: as many as there were prompts */
    return false;
}

void password_wipe(const struct auth_question *q)
{
    /* It lies where it was decrypted, in the block that received it. */
    explicit_bzero((void *)(uintptr_t)q->password.p, q->password.n);
}
