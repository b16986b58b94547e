/* Messages 80-127 as a client might send them, made of a fuzzer's input and framed in the clear. */
#ifndef TESTS_FUZZ_MESSAGES_H
#define TESTS_FUZZ_MESSAGES_H

#include <stdint.h>

#include "base/wire.h"

/* What all of them together entitle the server to. */
struct messages {
    uint64_t window; /* bytes of data */
    unsigned globals, requests, opens;
};
extern struct messages messages;

void messages_start(void);

/* The next one, which is taken off the input; it stays until the one after it. */
struct span messages_next(struct span *input);

#endif
