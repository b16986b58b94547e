/* May this key in, and what may it do? What an authorized_keys line and a certificate say together,
 * as sshd(8) has it: of permissions only those that both give, of demands those that either makes. */
#ifndef AUTH_RULE_H
#define AUTH_RULE_H

#include "auth/authorized_keys.h"
#include "auth/certificate.h"
#include "base/limits.h"

/* Who knocks. */
struct applicant {
    const char *user;
    struct span address;                   /* the client's, as address_text() prints it */
    const struct certificate *certificate; /* its CA's signature was good; NULL: a plain key */
    struct presence token; /* as the user's signature had it; both true for a mere question */
    uint64_t now;          /* Unix time */
    int32_t zone;          /* local time's seconds east of UTC */
};

struct permits {
    bool pty, port_forwarding, agent_forwarding;
    struct span command; /* to run instead of any other; p == NULL: none is forced */
    struct span options; /* the line's, for key_options_next(): environment, permitopen, … */
    uint8_t text[LIMIT_KEYS_LINE]; /* where the line's command is, its \" as plain quotes */
};

/* `options` are those of the line that the key or its CA is on (authorized_keys_line said
 * KEYS_MATCH). NULL only for a certificate, by a CA that the server trusts for every user; its
 * principals then must name the user. true: let in, with what `out` permits (its spans point into
 * the line, the certificate and itself). Else `*why` is a constant text, and `out` not to be used. */
bool login_rule(const struct applicant *a, const struct key_options *options, struct permits *out,
                const char **why);

#endif
