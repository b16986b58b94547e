/* OpenSSH certificates (PROTOCOL.certkeys): the blob and its CA's signature. What a certificate
 * allows is rule.h's matter. */
#ifndef AUTH_CERTIFICATE_H
#define AUTH_CERTIFICATE_H

#include "base/wire.h"
#include "crypto/algorithm.h"

enum { CERTIFICATE_USER = 1, CERTIFICATE_HOST = 2 };

/* Spans point into the blob. */
struct certificate {
    struct span name; /* of the key type */
    struct span key;  /* the public key's fields as they stand in a plain key's blob */
    uint64_t serial;
    uint32_t type;
    struct span id;                     /* any bytes: escape it for a log */
    struct span principals;             /* strings */
    uint64_t valid_after, valid_before; /* Unix time: after <= now < before */
    struct span critical, extensions;   /* strings in pairs, no name twice */
    struct span ca_blob, signed_part, signature;
};

/* `fields` is how many strings the public key has (user_key_type.fields). false: it is not of this
 * form to its last byte, or longer than LIMIT_KEY_BLOB. Nobody has vouched for any of it yet. */
bool certificate_parse(struct certificate *c, struct span blob, unsigned fields);

/* The CA's signature is good, by one of these algorithms for plain keys. Whether this CA is
 * trusted is another question. */
bool certificate_signed(const struct certificate *c, const struct algorithms *a);

/* The blob of the plain key inside; `name` is the plain type's blob_name. */
void certificate_plain_key(struct writer *w, const struct certificate *c, const char *name);

/* The first string of a key's or a signature's blob; empty: it is malformed. */
struct span blob_name(struct span blob);

/* Takes the next pair off `critical` or `extensions`; false: no more. */
bool certificate_option(struct span *list, struct span *name, struct span *data);

#endif
