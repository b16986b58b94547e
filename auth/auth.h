/* User authentication (RFC 4252): which messages say what, how often one may try. Who may log in is
 * not decided here: every request that could succeed becomes a question, and its answer comes back
 * by auth_answer(). A signature is verified before the question is put. */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "base/limits.h"
#include "base/wire.h"
#include "transport/transport.h"

enum {
    MSG_USERAUTH_REQUEST = 50,
    MSG_USERAUTH_FAILURE = 51,
    MSG_USERAUTH_SUCCESS = 52,
    MSG_USERAUTH_BANNER = 53,
    MSG_USERAUTH_PK_OK = 60,
    MSG_USERAUTH_INFO_REQUEST = 60, /* RFC 4256: what 60 and 61 mean depends on the method */
    MSG_USERAUTH_INFO_RESPONSE = 61,
};

enum auth_proof {
    AUTH_NONE,     /* the key was only named: may it be used? */
    AUTH_PROVEN,   /* its signature is good: let the user in? */
    AUTH_PASSWORD, /* is it the user's? Then let the user in */
    /* cannot succeed (bad signature, unknown key type, a change of password); the answer must be no */
    AUTH_REFUSED,
};

struct auth_question {
    enum auth_proof proof;
    const char *user;
    const struct user_key_type *type; /* NULL for an unknown key type */
    struct presence token;            /* AUTH_PROVEN: what the signature says of its human */
    struct span key_blob;             /* stays until the answer */
    /* Of a question about a password; else .p is NULL. The same, and wiped by the answer. Any bytes, in
     * any number. */
    struct span password;
};

struct auth {
    struct span banner; /* sent before the first answer; empty: none */
    bool user_known;    /* `user` was set by a first request; it may not change */
    bool banner_sent;
    bool passwords; /* may be tried; else their methods are as unknown as any other */
    bool prompted;  /* an INFO_RESPONSE is awaited */
    uint8_t failures, requests;
    struct auth_question question; /* the one that waits for its answer */
    char user[LIMIT_USER + 1];
};

void auth_start(struct auth *a, struct span banner, bool passwords);

/* One USERAUTH_REQUEST. true: a->question must be answered before the next message is parsed. */
bool auth_request(struct auth *a, struct transport *t, struct span payload);

/* The same for an INFO_RESPONSE. */
bool auth_response(struct auth *a, struct transport *t, struct span payload);

/* true: the user is logged in now, and SUCCESS was sent */
bool auth_answer(struct auth *a, struct transport *t, bool yes);

#endif
