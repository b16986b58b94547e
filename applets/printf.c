#include <string.h>

#include "applets/out.h"
#include "applets/rows.h"
#include "base/text.h"

enum { WIDEST = 65535 };

static char **word; /* the next one, or NULL */
static int status;
static bool stopped; /* by \c */

/* Behind a backslash; where it goes on. In %b (`zero`) octal numbers begin with a 0 that does not count. */
static const char *put_escape(const char *p, bool zero)
{
    static const char letters[] = "abfnrtv\\", codes[] = "\a\b\f\n\r\t\v\\";
    const char *known = *p != 0 ? strchr(letters, *p) : NULL;
    unsigned value = 0, digits = 0;
    if (known != NULL) {
        out_char(codes[known - letters]);
        return p + 1;
    }
    if (*p == 'c' && zero) {
        stopped = true;
        return p;
    }
    if (zero && *p == '0')
        p++;
    for (; digits < 3 && *p >= '0' && *p <= '7'; digits++)
        value = value * 8 + (unsigned)(*p++ - '0');
    out_char((char)(digits != 0 ? value : '\\'));
    return p;
}

static void put_escaped(const char *p)
{
    while (*p != 0 && !stopped)
        if (*p == '\\')
            p = put_escape(p + 1, true);
        else
            out_char(*p++);
}

static const char *take(void)
{
    return *word != NULL ? *word++ : "";
}

static long long number(const char *text)
{
    uint64_t n = 0;
    unsigned base = 10, digit;
    const char *p = text;
    bool minus = *p == '-';
    p += minus || *p == '+';
    if (*p == '"' || *p == '\'')
        return (unsigned char)p[1];
    if (*p == '0') {
        base = (p[1] | 32) == 'x' ? 16 : 8;
        p += base == 16 ? 2 : 0;
    }
    for (; (digit = (unsigned)(*p <= '9' ? *p - '0' : (*p | 32) - 'a' + 10)) < base; p++)
        n = n * base + digit;
    if (*p != 0)
        status = applet_wrong(text, "not a number");
    return (long long)(minus ? 0 - n : n);
}

/* Of any length, which a format cannot be. */
static void put_padded(const char *text, size_t n, size_t width, char fill)
{
    for (; fill != '-' && n < width; width--)
        out_char(fill);
    out_bytes(text, n);
    for (; n < width; width--)
        out_char(' ');
}

static size_t take_width(const char **p)
{
    size_t n = 0;
    if (**p == '*') {
        ++*p;
        n = (size_t)number(take());
    }
    for (; **p >= '0' && **p <= '9'; ++*p)
        n = n * 10 + (size_t)(**p - '0');
    return n < WIDEST ? n : WIDEST;
}

static void put_number(char kind, size_t width, char fill)
{
    char digits[24], format[] = "%llu";
    long long value = number(take());
    bool minus = (kind == 'd' || kind == 'i') && value < 0;
    if (kind == 'o' || kind == 'x' || kind == 'X')
        format[3] = (char)(kind | 32);
    size_t n = text_format(digits, sizeof digits, format,
                           minus ? -(unsigned long long)value : (unsigned long long)value);
    for (char *p = digits; *p != 0 && kind == 'X'; p++)
        *p = (char)(*p >= 'a' ? *p - 32 : *p);
    if (minus && fill == '0') {
        out_char('-');
        width -= width != 0;
    } else if (minus) {
        memmove(digits + 1, digits, n++);
        digits[0] = '-';
    }
    put_padded(digits, n, width, fill);
}

/* Behind a %; where it goes on. */
static const char *put_field(const char *p)
{
    char fill = ' ';
    size_t width, most = (size_t)-1;
    for (; *p == '-' || *p == '0' || *p == '+' || *p == ' '; p++)
        if (fill != '-' && *p != '+')
            fill = *p;
    width = take_width(&p);
    if (*p == '.') {
        p++;
        most = take_width(&p);
    }
    if (*p == 'b') {
        put_escaped(take());
    } else if (*p == 's' || *p == 'c') {
        const char *text = take();
        put_padded(text, strnlen(text, *p == 'c' ? 1 : most), width, fill == '-' ? '-' : ' ');
    } else if (*p != 0 && strchr("diuoxX", *p) != NULL) {
        put_number(*p, width, fill);
    } else if (*p == '%') {
        out_char('%');
    } else {
        status = applet_wrong(p, "no such conversion");
        stopped = true;
        return p;
    }
    return p + 1;
}

static int run(struct args *a)
{
    status = 0;
    stopped = false;
    word = a->word + 1;
    if (a->words == 0)
        return applet_usage(a);
    char **before;
    do {
        before = word;
        for (const char *p = a->word[0]; *p != 0 && !stopped;) {
            if (*p == '%')
                p = put_field(p + 1);
            else if (*p == '\\')
                p = put_escape(p + 1, false);
            else
                out_char(*p++);
        }
    } while (*word != NULL && word != before && !stopped && !out_failed());
    return status;
}

const struct applet applet_printf = { "printf", NULL,
                                      "FORMAT [ARG...]\nPut out as printf(3): b c d i o s u x X",
                                      run, true };
