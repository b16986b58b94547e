/* Everything here is a reason to refuse: each function returns the first one, or NULL. */
#include "auth/rule.h"

#include <string.h>

#include "auth/match.h"
#include "base/features.h"

static const char malformed[] = "the certificate is malformed";

/* A clock that says less than this (2020) starts anew with the machine and has not been set yet. Then what
 * is for a time is for nobody: it may be over as well as not have begun. */
#define CLOCK_SET 1577836800
static const char no_clock[] = "the clock of this machine is not set";

static bool is_unknown(const struct applicant *a, uint64_t end)
{
    return a->now < CLOCK_SET && end != UINT64_MAX;
}

static const char *check_line(const struct applicant *a, const struct key_options *o)
{
    if (is_unknown(a, o->expires_utc & o->expires_local))
        return no_clock;
    if (o->expires_utc < a->now || o->expires_local < a->now + (uint64_t)(int64_t)a->zone)
        return "the line has expired";
    enum match from = o->from.p ? match_address(a->address, o->from, true) : MATCH_YES;
    return from == MATCH_YES  ? NULL
           : from == MATCH_NO ? "the line is not for this address"
                              : "the line's from= is malformed";
}

/* The line's principals, when it has any, stand for the user's name. */
static bool is_principal(const struct applicant *a, const struct key_options *o)
{
    struct reader r = reader_of(a->certificate->principals);
    while (!r.bad && r.p != r.end) {
        struct span name = get_string(&r);
        if (name.n != 0 && (o != NULL && o->principals.p ? name_list_has(o->principals, name)
                                                         : span_is(name, a->user)))
            return true;
    }
    return false;
}

/* An option's data is itself a string. */
static bool get_text(struct span data, struct span *text)
{
    struct reader r = reader_of(data);
    *text = get_string(&r);
    return get_done(&r) && (text->n == 0 || memchr(text->p, 0, text->n) == NULL);
}

static const char *take_critical(const struct applicant *a, struct permits *out, unsigned *flags)
{
    struct span list = a->certificate->critical, name, data, addresses;
    while (certificate_option(&list, &name, &data)) {
        if (span_is(name, "force-command")) {
            if (!get_text(data, &out->command))
                return malformed;
        } else if (span_is(name, "source-address")) {
            enum match m = get_text(data, &addresses) ? match_address(a->address, addresses, false)
                                                      : MATCH_MALFORMED;
            if (m != MATCH_YES)
                return m == MATCH_NO ? "the certificate is not for this address" : malformed;
        } else if (span_is(name, "verify-required")) {
            *flags |= NEED_VERIFIED;
            if (data.n != 0)
                return malformed;
        } else {
            return "the certificate has an unknown condition";
        }
    }
    return NULL;
}

static const char *take_extensions(const struct certificate *c, unsigned *flags)
{
    struct span list = c->extensions, name, data;
    while (certificate_option(&list, &name, &data)) {
        unsigned flag = 0;
        if (span_is(name, "no-touch-required"))
            flag = NEED_TOUCH;
        else if (span_starts(name, "permit-"))
            flag = key_options_allow(span_of(name.p + 7, name.n - 7));
        if (flag != 0 && data.n != 0)
            return malformed;
        *flags ^= flag; /* each name comes once at most */
    }
    return NULL;
}

static const char *check_certificate(const struct applicant *a, const struct key_options *o,
                                     struct permits *out, unsigned *flags)
{
    const struct certificate *c = a->certificate;
    *flags = NEED_TOUCH;
    const char *why = c->type != CERTIFICATE_USER      ? "the certificate is a host's"
                      : is_unknown(a, c->valid_before) ? no_clock
                      : a->now < c->valid_after        ? "the certificate is not valid yet"
                      : a->now >= c->valid_before      ? "the certificate has expired"
                      : !is_principal(a, o)            ? "the certificate is not for this user"
                                                       : take_critical(a, out, flags);
    return why != NULL ? why : take_extensions(c, flags);
}

/* The line's command; one of the certificate's must be the same. */
static const char *take_command(const struct key_options *o, struct permits *out)
{
    struct writer w = writer_of(out->text, sizeof out->text);
    key_options_text(&w, o->command);
    struct span command = span_of(out->text, writer_used(&w));
    if (w.bad || (out->command.p != NULL && !span_equal(out->command, command)))
        return "the certificate forces another command";
    out->command = command;
    return NULL;
}

bool login_rule(const struct applicant *a, const struct key_options *options, struct permits *out,
                const char **why)
{
    /* Who is not asked permits all and needs nothing. */
    unsigned line = ALLOW_ALL, certificate = ALLOW_ALL;
    *out = (struct permits){ 0 };
    *why = NULL;
    if (options != NULL) {
        line = options->flags;
        out->options = options->list;
        *why = features.key_options ? check_line(a, options) : NULL;
    }
    if (features.certificates && *why == NULL && a->certificate != NULL)
        *why = check_certificate(a, options, out, &certificate);
    if (features.key_options && *why == NULL && options != NULL && options->command.p != NULL)
        *why = take_command(options, out);
    unsigned all = line & certificate, any = line | certificate;
    if (*why == NULL &&
        ((any & NEED_TOUCH && !a->token.touched) || (any & NEED_VERIFIED && !a->token.verified)))
        *why = "the hardware key was not touched or unlocked";
    out->pty = all & ALLOW_PTY;
    out->port_forwarding = all & ALLOW_PORT_FORWARDING;
    out->agent_forwarding = all & ALLOW_AGENT_FORWARDING;
    return *why == NULL;
}
