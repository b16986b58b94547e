/* RFC 4251 section 5. Every length is checked against what is left before it is used; no arithmetic
 * on a received length can wrap because only `end - p` is compared with it. */
#include "base/wire.h"

#include <string.h>

struct span span_of(const void *p, size_t n)
{
    return (struct span){ p, n };
}

struct span span_text(const char *text)
{
    return (struct span){ (const uint8_t *)text, strlen(text) };
}

bool span_equal(struct span a, struct span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_is(struct span s, const char *text)
{
    return span_equal(s, span_text(text));
}

bool span_starts(struct span s, const char *text)
{
    size_t n = strlen(text);
    return s.n >= n && memcmp(s.p, text, n) == 0;
}

bool span_copy_text(struct span s, char *to, size_t room)
{
    to[0] = 0;
    if (s.n >= room || (s.n != 0 && memchr(s.p, 0, s.n) != NULL))
        return false;
    if (s.n != 0)
        memcpy(to, s.p, s.n);
    to[s.n] = 0;
    return true;
}

bool span_cut(struct span *rest, char at, struct span *item)
{
    const uint8_t *found = rest->n ? memchr(rest->p, at, rest->n) : NULL;
    *item = span_of(rest->p, found ? (size_t)(found - rest->p) : rest->n);
    size_t step = item->n + (found != NULL);
    *rest = span_of(rest->p + step, rest->n - step);
    return found != NULL;
}

struct reader reader_of(struct span s)
{
    return (struct reader){ s.p, s.p + s.n, false };
}

struct span get_bytes(struct reader *r, size_t n)
{
    if (r->bad || (size_t)(r->end - r->p) < n) {
        r->bad = true;
        return (struct span){ r->p, 0 };
    }
    struct span s = { r->p, n };
    r->p += n;
    return s;
}

uint8_t get_byte(struct reader *r)
{
    struct span s = get_bytes(r, 1);
    return s.n ? s.p[0] : 0;
}

bool get_boolean(struct reader *r)
{
    return get_byte(r) != 0; /* RFC 4251: all non-zero values are TRUE */
}

uint32_t get_u32(struct reader *r)
{
    struct span s = get_bytes(r, 4);
    return s.n ? load_u32(s.p) : 0;
}

uint64_t get_u64(struct reader *r)
{
    uint64_t high = get_u32(r);
    return high << 32 | get_u32(r); /* half a number is bad, and then nobody asks for its value */
}

struct span get_string(struct reader *r)
{
    uint32_t n = get_u32(r);
    return get_bytes(r, n);
}

struct span get_rest(struct reader *r)
{
    return get_bytes(r, r->bad ? 0 : (size_t)(r->end - r->p));
}

bool get_done(const struct reader *r)
{
    return !r->bad && r->p == r->end;
}

struct writer writer_of(void *p, size_t room)
{
    return (struct writer){ p, (uint8_t *)p + room, p, false };
}

size_t writer_used(const struct writer *w)
{
    return (size_t)(w->p - w->start);
}

void put_bytes(struct writer *w, const void *p, size_t n)
{
    if (w->bad || (size_t)(w->end - w->p) < n) {
        w->bad = true;
        return;
    }
    if (n != 0)
        memcpy(w->p, p, n);
    w->p += n;
}

void put_byte(struct writer *w, uint8_t v)
{
    put_bytes(w, &v, 1);
}

void put_boolean(struct writer *w, bool v)
{
    put_byte(w, v);
}

void put_u32(struct writer *w, uint32_t v)
{
    uint8_t b[4];
    store_u32(b, v);
    put_bytes(w, b, 4);
}

void put_u64(struct writer *w, uint64_t v)
{
    uint8_t b[8];
    store_u64(b, v);
    put_bytes(w, b, 8);
}

void put_string(struct writer *w, struct span s)
{
    put_u32(w, (uint32_t)s.n);
    put_bytes(w, s.p, s.n);
}

void put_text(struct writer *w, const char *text)
{
    put_string(w, span_text(text));
}

void put_mpint(struct writer *w, struct span big_endian)
{
    struct span v = big_endian;
    while (v.n != 0 && v.p[0] == 0) {
        v.p++;
        v.n--;
    }
    bool sign = v.n != 0 && (v.p[0] & 0x80); /* a leading zero keeps the number positive */
    put_u32(w, (uint32_t)v.n + sign);
    if (sign)
        put_byte(w, 0);
    put_bytes(w, v.p, v.n);
}

uint8_t *put_string_start(struct writer *w)
{
    put_u32(w, 0);
    return w->p;
}

void put_string_stop(struct writer *w, uint8_t *start)
{
    if (!w->bad)
        store_u32(start - 4, (uint32_t)(w->p - start));
}

uint32_t load_u32(const uint8_t p[4])
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void store_u32(uint8_t p[4], uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

void store_u64(uint8_t p[8], uint64_t v)
{
    store_u32(p, (uint32_t)(v >> 32));
    store_u32(p + 4, (uint32_t)v);
}

struct span name_list_next(struct span *list)
{
    struct span name;
    span_cut(list, ',', &name);
    return name;
}

bool name_list_has(struct span list, struct span name)
{
    while (list.n != 0)
        if (span_equal(name_list_next(&list), name))
            return true;
    return false;
}
