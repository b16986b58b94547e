/* The wire codec: RFC 4251 section 5 data types over borrowed memory.
 *
 * A reader walks received bytes and never leaves them; its `bad` flag is sticky, so a parser takes
 * every field first and asks once, with get_done(). A writer fills a buffer and is sticky the same
 * way. Neither owns memory: spans point into the caller's bytes and live as long as those do. */
#ifndef BASE_WIRE_H
#define BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
    const uint8_t *p;
    size_t n;
};

struct reader {
    const uint8_t *p, *end;
    bool bad;
};

struct writer {
    uint8_t *p, *end;
    uint8_t *start;
    bool bad;
};

/* --- spans --- */
struct span span_of(const void *p, size_t n);
struct span span_text(const char *text);
bool span_equal(struct span a, struct span b); /* not constant-time: for public bytes only */
bool span_is(struct span s, const char *text);
bool span_starts(struct span s, const char *text);

/* What stands before the first `at`, which is taken off too; false: there was none, and all was taken. */
bool span_cut(struct span *rest, char at, struct span *item);

/* Copy into a NUL-terminated buffer of `room` bytes; false (and an empty string) when it does not
 * fit or holds a NUL. */
bool span_copy_text(struct span s, char *to, size_t room);

/* --- reading; after a bad read every further one gives 0, false or an empty span --- */
struct reader reader_of(struct span s);
uint8_t get_byte(struct reader *r);
bool get_boolean(struct reader *r);
uint32_t get_u32(struct reader *r);
uint64_t get_u64(struct reader *r);
struct span get_bytes(struct reader *r, size_t n);
struct span get_string(struct reader *r);
struct span get_rest(struct reader *r);
bool get_done(const struct reader *r); /* nothing was bad and nothing is left over */

/* --- writing --- */
struct writer writer_of(void *p, size_t room);
size_t writer_used(const struct writer *w);
void put_byte(struct writer *w, uint8_t v);
void put_boolean(struct writer *w, bool v);
void put_u32(struct writer *w, uint32_t v);
void put_u64(struct writer *w, uint64_t v);
void put_bytes(struct writer *w, const void *p, size_t n);
void put_string(struct writer *w, struct span s);
void put_text(struct writer *w, const char *text);        /* a string field */
void put_mpint(struct writer *w, struct span big_endian); /* a non-negative number */

/* A string whose length is known only afterwards: the place to patch is returned. */
uint8_t *put_string_start(struct writer *w);
void put_string_stop(struct writer *w, uint8_t *start);

uint32_t load_u32(const uint8_t p[4]);
void store_u32(uint8_t p[4], uint32_t v);
void store_u64(uint8_t p[8], uint64_t v);

/* --- name-lists (RFC 4251 section 5): comma-separated, no empty names --- */
struct span name_list_next(struct span *list); /* an empty span at the end */
bool name_list_has(struct span list, struct span name);

#endif
