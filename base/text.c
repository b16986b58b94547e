#include "base/text.h"

#include <string.h>

struct out {
    char *p, *end; /* end leaves room for the NUL */
};

static void add(struct out *o, const char *s, size_t n)
{
    size_t room = (size_t)(o->end - o->p);
    if (n > room)
        n = room;
    if (n != 0)
        memcpy(o->p, s, n);
    o->p += n;
}

static void add_number(struct out *o, unsigned long v, unsigned base)
{
    char digits[24];
    size_t i = sizeof digits;
    do {
        digits[--i] = (char)('0' + v % base);
        v /= base;
    } while (v != 0);
    add(o, digits + i, sizeof digits - i);
}

static void add_signed(struct out *o, int v)
{
    if (v < 0)
        add(o, "-", 1);
    add_number(o, v < 0 ? 0ul - (unsigned long)v : (unsigned long)v, 10);
}

size_t text_vformat(char *to, size_t room, const char *format, va_list list)
{
    struct out o = { to, to + room - 1 };
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            add(&o, f, 1);
            continue;
        }
        size_t precision = (size_t)-1;
        if (f[1] == '.' && f[2] == '*') {
            precision = (size_t)va_arg(list, int);
            f += 2;
        }
        bool is_long = f[1] == 'l';
        f += 1 + is_long;
        if (*f == 's') {
            const char *s = va_arg(list, const char *);
            add(&o, s, strnlen(s, precision));
        } else if (*f == 'd') {
            add_signed(&o, va_arg(list, int));
        } else if (*f == 'u' || *f == 'o') {
            unsigned long v = is_long ? va_arg(list, unsigned long) : va_arg(list, unsigned);
            add_number(&o, v, *f == 'u' ? 10 : 8);
        } else if (*f == 'c') {
            char c = (char)va_arg(list, int);
            add(&o, &c, 1);
        } else {
            add(&o, f, 1);
        }
    }
    *o.p = 0;
    return (size_t)(o.p - to);
}

size_t text_format(char *to, size_t room, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t n = text_vformat(to, room, format, list);
    va_end(list);
    return n;
}

size_t text_escape(char *to, size_t room, struct span from)
{
    struct out o = { to, to + room - 1 };
    for (size_t i = 0; i < from.n; i++) {
        uint8_t c = from.p[i];
        char octal[4] = { '\\', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)),
                          (char)('0' + (c & 7)) };
        if (c == '\\')
            add(&o, "\\\\", 2);
        else if (c >= 0x20 && c < 0x7f)
            add(&o, (const char *)&c, 1);
        else
            add(&o, octal, 4);
    }
    *o.p = 0;
    return (size_t)(o.p - to);
}

const char *text_decimal(char room[TEXT_DECIMAL], uint64_t v)
{
    unsigned i = TEXT_DECIMAL - 1;
    room[i] = 0;
    do {
        room[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    return &room[i];
}

bool text_number(struct span s, uint64_t max, uint64_t *value)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = s.p[i] - (unsigned)'0';
        if (digit > 9 || v > (max - digit) / 10 || digit > max)
            return false;
        v = v * 10 + digit;
    }
    *value = v;
    return s.n != 0;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encode(char *to, struct span from, bool padded)
{
    char *p = to;
    for (size_t i = 0; i < from.n; i += 3) {
        size_t left = from.n - i, n = left < 3 ? left : 3;
        uint32_t v = (uint32_t)from.p[i] << 16;
        if (n > 1)
            v |= (uint32_t)from.p[i + 1] << 8;
        if (n > 2)
            v |= from.p[i + 2];
        for (size_t k = 0; k < 4; k++, v <<= 6) {
            if (k <= n)
                *p++ = alphabet[v >> 18 & 63];
            else if (padded)
                *p++ = '=';
        }
    }
    *p = 0;
    return (size_t)(p - to);
}

long base64_decode(uint8_t *to, size_t room, struct span from)
{
    if (from.n % 4 != 0)
        return -1;
    size_t padding = 0;
    while (padding < 2 && padding < from.n && from.p[from.n - 1 - padding] == '=')
        padding++;
    size_t n = from.n / 4 * 3 - padding;
    if (n > room)
        return -1;
    size_t done = 0;
    for (size_t i = 0; i < from.n; i += 4) {
        uint32_t v = 0;
        for (size_t k = 0; k < 4; k++) {
            const char *at =
                i + k >= from.n - padding ? alphabet : memchr(alphabet, from.p[i + k], 64);
            if (at == NULL)
                return -1;
            v = v << 6 | (uint32_t)(at - alphabet);
        }
        for (size_t k = 0; k < 3; k++, v <<= 8)
            if (done < n)
                to[done++] = (uint8_t)(v >> 16);
            else if (v >> 16 & 0xff)
                return -1; /* padding bits must be zero: one text for one key */
    }
    return (long)n;
}
