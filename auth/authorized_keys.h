/* One line of an authorized_keys file (sshd(8), AUTHORIZED_KEYS FILE FORMAT). Pure text parsing; who
 * reads the file, and whether it may be trusted, is not decided here. */
#ifndef AUTH_AUTHORIZED_KEYS_H
#define AUTH_AUTHORIZED_KEYS_H

#include "base/wire.h"

enum keys_verdict {
    KEYS_OTHER,   /* empty, a comment, or another key */
    KEYS_MATCH,   /* this line lets the key in */
    KEYS_REFUSED, /* the key is on this line, but the line cannot be honoured: *why says so */
};

/* `line` is without its line end. `why` is a constant text. */
enum keys_verdict authorized_keys_line(struct span line, struct span key_blob, const char **why);

#endif
