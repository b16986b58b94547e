/* Text made of other text: the printf-like builder, and escaping. */
#include <string.h>

#include "base/text.h"

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

/* One conversion: its flags, width, what it asks for. */
struct field {
    size_t width, precision;
    unsigned longs; /* how many l there were */
    bool left, zeros;
};

static void pad(struct out *o, char c, size_t n)
{
    while (n-- != 0)
        add(o, &c, 1);
}

static void add_field(struct out *o, const struct field *f, const char *s, size_t n)
{
    size_t blanks = n < f->width ? f->width - n : 0;
    pad(o, f->zeros ? '0' : ' ', f->left ? 0 : blanks);
    add(o, s, n);
    pad(o, ' ', f->left ? blanks : 0);
}

static void add_number(struct out *o, const struct field *f, uint64_t v, unsigned base, bool minus)
{
    char digits[24];
    size_t i = sizeof digits;
    do {
        digits[--i] = "0123456789abcdef"[v % base];
        v /= base;
    } while (v != 0);
    if (minus)
        digits[--i] = '-';
    add_field(o, f, digits + i, sizeof digits - i);
}

static size_t take_number(const char **f, va_list *list)
{
    size_t n = 0;
    if (**f == '*') {
        ++*f;
        return (size_t)va_arg(*list, int);
    }
    for (; **f >= '0' && **f <= '9'; ++*f)
        n = n * 10 + (size_t)(**f - '0');
    return n;
}

static struct field take_field(const char **f, va_list *list)
{
    struct field t = { .precision = (size_t)-1 };
    for (; **f == '-' || **f == '0'; ++*f) {
        t.left = t.left || **f == '-';
        t.zeros = t.zeros || **f == '0';
    }
    t.width = take_number(f, list);
    if (**f == '.') {
        ++*f;
        t.precision = take_number(f, list);
    }
    for (; **f == 'l'; ++*f)
        t.longs++;
    return t;
}

static uint64_t take_value(const struct field *f, bool is_signed, va_list *list)
{
    if (is_signed)
        return (uint64_t)(f->longs == 0   ? va_arg(*list, int)
                          : f->longs == 1 ? va_arg(*list, long)
                                          : va_arg(*list, long long));
    return f->longs == 0   ? va_arg(*list, unsigned)
           : f->longs == 1 ? va_arg(*list, unsigned long)
                           : va_arg(*list, unsigned long long);
}

static void convert(struct out *o, char kind, const struct field *t, va_list *list)
{
    const char *s = &kind;
    size_t n = 1;
    char c;
    uint64_t v;
    switch (kind) {
    case 'd':
        v = take_value(t, true, list);
        add_number(o, t, (int64_t)v < 0 ? 0 - v : v, 10, (int64_t)v < 0);
        return;
    case 'u':
    case 'o':
    case 'x':
        v = take_value(t, false, list);
        add_number(o, t, v, kind == 'u' ? 10 : kind == 'o' ? 8 : 16, false);
        return;
    case 's':
        s = va_arg(*list, const char *);
        n = strnlen(s, t->precision);
        break;
    case 'c':
        c = (char)va_arg(*list, int);
        s = &c;
        break;
    default:
        break;
    }
    add_field(o, t, s, n);
}

size_t text_vformat(char *to, size_t room, const char *format, va_list given)
{
    struct out o = { to, to + room - 1 };
    va_list list; /* a va_list parameter may be an array: only a copy has an address of its type */
    va_copy(list, given);
    for (const char *f = format; *f; f++) {
        if (*f != '%') {
            add(&o, f, 1);
            continue;
        }
        f++;
        struct field t = take_field(&f, &list);
        convert(&o, *f, &t, &list);
    }
    va_end(list);
    *o.p = 0;
    return (size_t)(o.p - to);
}

TEXT_NO_FLOATS size_t text_format(char *to, size_t room, const char *format, ...)
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
