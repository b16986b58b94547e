/* One line of an authorized_keys file (sshd(8), AUTHORIZED_KEYS FILE FORMAT). Pure text parsing; who
 * reads the file, and whether it may be trusted, is not decided here. */
#ifndef AUTH_AUTHORIZED_KEYS_H
#define AUTH_AUTHORIZED_KEYS_H

#include "auth/key_options.h"
#include "base/wire.h"

enum keys_verdict {
    KEYS_OTHER,   /* empty, a comment, or another key */
    KEYS_MATCH,   /* this line lets the key in */
    KEYS_REFUSED, /* the key is on this line, but the line cannot be honoured: *why says so */
};

/* What the client came with. */
struct offered {
    struct span key_blob; /* of its key; not looked at when there is a certificate */
    struct span ca_blob;  /* of the key that signed its certificate; empty: it has none */
};

/* `line` is without its line end. KEYS_MATCH: the plain key is on the line, or, on a line with
 * cert-authority, the certificate's CA; `options` (spans into the line) have still to be asked, see
 * rule.h. `why` is a constant text. */
enum keys_verdict authorized_keys_line(struct span line, const struct offered *k,
                                       struct key_options *options, const char **why);

/* Takes the next word off a line: up to a blank outside double quotes; a quote after \ is none. */
struct span keys_word(struct span *line);

#endif
