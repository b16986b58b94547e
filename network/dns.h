/* DNS messages (RFC 1035 section 4) for a host's addresses, and nothing else. No system calls. */
#ifndef NETWORK_DNS_H
#define NETWORK_DNS_H

#include "network/resolve.h"

enum { DNS_V6, DNS_V4, DNS_FAMILIES }; /* AAAA and A */

enum { DNS_HEADER = 12, DNS_NAME = 255, DNS_QUERY = DNS_HEADER + DNS_NAME + 4 };

/* Two questions that differ in a byte; they share their id. */
struct dns_query {
    uint8_t p[DNS_QUERY + 2];
    size_t n;
    unsigned open; /* a bit for each family that is not answered yet */
};

/* Asks for `name` with the labels of `domain` behind it, which may be empty. The id is the caller's to
 * put in. False when that is no name: a label of 0 or more than 63 bytes, more than 253 in all. */
bool dns_query(struct dns_query *q, struct span name, struct span domain);

/* Makes it the question for one of the families. */
void dns_query_for(struct dns_query *q, unsigned family);

enum dns_answer {
    DNS_OTHER,  /* nothing that was asked for: wait on */
    DNS_FAILED, /* the server cannot tell */
    DNS_CUT,    /* not even one address had room in the datagram */
    DNS_DONE,   /* all that there is; the family is no longer open */
};

/* What a message says to the open families. Adds addresses in the order they stand in, whatever name they
 * stand under (that of the question or of its last alias); more than half of what there is room for are left
 * out, so that the other family has some. What stands before a malformed record counts. */
enum dns_answer dns_answer(struct dns_query *q, struct span message, struct resolved *found);

/* A trailing dot does not belong to the labels. */
struct span dns_bare(struct span name);

/* ASCII letters alike in both cases, as names have it. */
bool dns_equal(struct span a, struct span b);

#endif
