/* Made-up cipher rows with MACs, of a keystream and a tag that are worth nothing, for any build: both
 * framings (packet_length in clear or encrypted), tags of 32 and 64 bytes. A state owns memory, so
 * that one which is never stopped, stopped twice or used afterwards is found; starts and stops are
 * counted, of both sides together. */
#ifndef TESTS_SUPPORT_ROWS_H
#define TESTS_SUPPORT_ROWS_H

#include "crypto/algorithm.h"

struct rows_count {
    unsigned started, stopped;
    unsigned fail_in; /* the start that fails, counted from now; 0: none */
};

extern struct rows_count rows_count;

/* "fake-a" and "fake-b", each with "mac-clear-32", "mac-clear-64" and "mac-hidden-32"; then
 * "fake-own", which has no MAC beside it, and "fake-absent", which this CPU does not have. */
extern const struct cipher *const rows_all[];
extern const struct cipher row_own, row_absent;

/* curve25519, ed25519 and rows_all */
extern const struct algorithms rows_algorithms;

#endif
