/* Patterns and address lists (ssh_config(5), PATTERNS; sshd(8), from=). Pure text. */
#ifndef AUTH_MATCH_H
#define AUTH_MATCH_H

#include "base/wire.h"

enum match {
    MATCH_NO,
    MATCH_YES,
    MATCH_MALFORMED, /* some item is not of the list's form; nothing is to be let in by it */
};

/* `*` stands for any characters, `?` for one; letters match in either case. */
bool match_pattern(struct span text, struct span pattern);

/* The same text but for the case of its letters. `name` is a constant: of a peer's, stars and question marks
 * would match anything. */
bool match_name(struct span text, const char *name);

/* `address` is a client's as address_text() prints it; one that is not numeric (unix, vsock:3,
 * UNKNOWN) is matched by patterns alone. Items of the comma-separated list are addresses and
 * networks, addr/bits without bits set behind the prefix, and, with `patterns`, patterns over the
 * text and items behind a `!`, of which one that fits means no. IPv4 inside IPv6 (::ffff:0:0/96)
 * is IPv4. */
enum match match_address(struct span address, struct span list, bool patterns);

#endif
