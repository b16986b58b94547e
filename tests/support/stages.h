/* The stages of a connection in which messages mean different things, and one well-formed message of
 * every kind. */
#ifndef TESTS_SUPPORT_STAGES_H
#define TESTS_SUPPORT_STAGES_H

#include "tests/support/pair.h"

enum stage {
    BEFORE_KEXINIT,      /* the client's has not come */
    BEFORE_SHARE,        /* both KEXINITs were exchanged, not strict … */
    BEFORE_SHARE_STRICT, /* … strict */
    BEFORE_NEWKEYS,      /* the server's NEWKEYS came, the client's is due */
    BEFORE_NEWKEYS_STRICT,
    GUESSED_WRONG, /* KEXINIT announced a guess, which has not come */
    KEYED,         /* no service was asked for yet */
    AUTH,
    OPEN,
    REKEY_SHARE, /* as above, but in a later exchange of a strict connection */
    REKEY_NEWKEYS,
    STAGES
};

/* In OPEN channel 0 runs "echo"; the client's number for it is 7. During an exchange the client is not
 * automatic. */
struct pair *stage_reach(enum stage stage);

/* The connection is as good as new: whatever is missing to a login, and then a request, succeeds. */
void stage_go_on(struct pair *p);

/* A well-formed message of this type; those of the key exchange are only sent, not built. */
void stage_build(struct client *c, uint8_t type);
void stage_message(struct pair *p, uint8_t type);

#endif
