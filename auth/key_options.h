/* The options of an authorized_keys line (sshd(8), AUTHORIZED_KEYS FILE FORMAT). Pure text: what is
 * not understood as a whole is an error, since an option left out could widen what was meant. */
#ifndef AUTH_KEY_OPTIONS_H
#define AUTH_KEY_OPTIONS_H

#include "base/wire.h"

/* A certificate's extensions go by the same names. */
enum {
    ALLOW_PTY = 1,
    ALLOW_PORT_FORWARDING = 2,
    ALLOW_AGENT_FORWARDING = 4,
    ALLOW_X11_FORWARDING = 8,
    ALLOW_USER_RC = 16,
    ALLOW_ALL = 31,
    NEED_TOUCH = 32,    /* of a hardware token's keys */
    NEED_VERIFIED = 64, /* by PIN or fingerprint, likewise */
    IS_AUTHORITY = 128, /* cert-authority: the line's key signs certificates */
};

/* Spans point into the line. Values are as they stand there, between the quotes; one that was not
 * given has p == NULL. In `command` and in environment= a quote is written \" (key_options_text). */
struct key_options {
    struct span list; /* all of them, for key_options_next() */
    struct span command, from, principals;
    uint64_t expires_utc, expires_local; /* last second, Unix time; UINT64_MAX: never. The local
                                          * one is the clock's on the wall as if that were UTC */
    unsigned flags;
};

/* `list` is the line's first word, or empty. NULL, or what is wrong, a constant text. */
const char *key_options_parse(struct key_options *o, struct span list);

/* The next value of an option that may repeat (environment, permitopen, permitlisten), from a list
 * that was parsed, which it shortens; false: no more. */
bool key_options_next(struct span *list, const char *name, struct span *value);

/* A value with its \" as plain quotes. */
void key_options_text(struct writer *w, struct span value);

/* HOST:PORT of permitopen and permitlisten; HOST may be a * or [in brackets], which are taken off,
 * and with `listen` be left out, which is a *. Port 0 stands for *. */
bool key_options_permit(struct span value, bool listen, struct span *host, uint32_t *port);

/* The ALLOW_ flag with this very name; 0: none has it. */
unsigned key_options_allow(struct span name);

#endif
