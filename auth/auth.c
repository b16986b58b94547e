/* RFC 4252 sections 5-7. The methods' common part: who, for what, how often. */
#include "auth/auth.h"

#include <string.h>

#include "auth/password.h"
#include "auth/publickey.h"
#include "base/features.h"

static bool has_passwords(const struct auth *a)
{
    return features.passwords && a->passwords;
}

static void send_failure(struct auth *a, struct transport *t, bool counts)
{
    if (counts && ++a->failures >= LIMIT_TRIES) {
        transport_fail(t, REASON_TRIES);
        return;
    }
    struct writer w = message_start(t, MSG_USERAUTH_FAILURE);
    put_text(&w, has_passwords(a) ? "publickey,password,keyboard-interactive" : "publickey");
    put_boolean(&w, false); /* partial success */
    message_stop(t, &w);
}

/* RFC 4256 section 3.1: another request instead of the answer ends the prompt, as a failed try. */
static bool drop_prompt(struct auth *a, struct transport *t)
{
    if (features.passwords && a->prompted && ++a->failures >= LIMIT_TRIES)
        transport_fail(t, REASON_TRIES);
    a->prompted = false;
    return t->reason == REASON_NONE;
}

static void send_banner(struct auth *a, struct transport *t)
{
    if (!features.banner || a->banner_sent || a->banner.n == 0)
        return;
    struct writer w = message_start(t, MSG_USERAUTH_BANNER);
    put_string(&w, a->banner); /* message */
    put_text(&w, "");          /* language tag */
    message_stop(t, &w);
    a->banner_sent = true;
}

/* The name of the first request stays; a name that no user can have is a failed try. */
static bool same_user(struct auth *a, struct transport *t, struct span user)
{
    if (!a->user_known) {
        a->user_known = span_copy_text(user, a->user, sizeof a->user);
        if (!a->user_known)
            send_failure(a, t, true);
        return a->user_known;
    }
    if (!span_is(user, a->user)) {
        transport_fail(t, REASON_USER_CHANGED);
        return false;
    }
    return true;
}

void auth_start(struct auth *a, struct span banner, bool passwords)
{
    memset(a, 0, sizeof *a);
    a->banner = banner;
    a->passwords = passwords;
}

bool auth_request(struct auth *a, struct transport *t, struct span payload)
{
    struct reader r = reader_of(payload);
    get_byte(&r);
    struct span user = get_string(&r), service = get_string(&r), method = get_string(&r);
    if (r.bad) {
        transport_fail(t, REASON_FORMAT);
        return false;
    }
    if (!span_is(service, "ssh-connection")) {
        transport_fail(t, REASON_SERVICE);
        return false;
    }
    if (++a->requests > LIMIT_REQUESTS) {
        transport_fail(t, REASON_FLOOD);
        return false;
    }
    if (!drop_prompt(a, t))
        return false;
    send_banner(a, t);
    if (!same_user(a, t, user))
        return false;
    if (span_is(method, "publickey"))
        return publickey_request(a, t, payload, &r);
    if (has_passwords(a) && span_is(method, "password"))
        return password_request(a, t, &r);
    if (has_passwords(a) && span_is(method, "keyboard-interactive")) {
        prompt_request(a, t, &r);
        return false;
    }
    send_failure(a, t, !span_is(method, "none")); /* "none" asks what there is */
    return false;
}

bool auth_answer(struct auth *a, struct transport *t, bool yes)
{
    struct auth_question q = a->question;
    a->question = (struct auth_question){ 0 };
    if (features.passwords)
        password_wipe(&q);
    if (!yes || q.proof == AUTH_REFUSED) {
        send_failure(a, t, true);
        return false;
    }
    if (q.proof == AUTH_NONE) {
        publickey_ok(t, &q);
        return false;
    }
    struct writer w = message_start(t, MSG_USERAUTH_SUCCESS);
    message_stop(t, &w);
    return t->reason == REASON_NONE;
}
