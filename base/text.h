/* Text without stdio: base64, decimal numbers, a printf-like builder and safe escaping.
 * stdio would cost more bytes than this whole room. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

/* Before the definition of what takes `...` and hands it on to text_vformat(), which knows no floating-point numbers:
 * else each would begin by saving eight registers that may hold some. Of other CPUs few have such, or none can be told. */
#if defined(__x86_64__) || defined(__aarch64__)
#define TEXT_NO_FLOATS __attribute__((target("general-regs-only")))
#else
#define TEXT_NO_FLOATS
#endif

/* Understands %s %d %u %x %o %c and %%, with l or ll, the flags - and 0 (for what is not negative), a width and (%s) a precision, both
 * also as *; nothing else. Longer results are cut. Always ends in a NUL; returns the length written. */
size_t text_format(char *to, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t text_vformat(char *to, size_t room, const char *format, va_list given)
    __attribute__((format(printf, 3, 0)));

/* Copy with everything but printable ASCII as \ooo (octal), a backslash doubled: one log line stays
 * one log line. Always ends in a NUL. */
size_t text_escape(char *to, size_t room, struct span from);

/* The bytes of the character a text begins with, if that is UTF-8 and none that would drive a terminal; else 0. */
size_t text_character(const char *text);

/* The cells that a terminal takes for so many bytes, at most; of what is no character, each byte is one ('?'). */
size_t text_cells(const char *text, size_t n);

/* A file's mode as `ls -l` has it: drwxr-xr-x. */
void text_mode(char to[11], uint32_t mode);

/* As decimal digits, of numbers that "%lu" does not hold on every CPU; where they begin. */
enum { TEXT_DECIMAL = 21 };
const char *text_decimal(char room[TEXT_DECIMAL], uint64_t v);

/* A whole decimal number no greater than `max`; false on anything else, an empty text included. */
bool text_number(struct span s, uint64_t max, uint64_t *value);
/* The same to another base, up to 16. */
bool text_digits(struct span s, unsigned base, uint64_t max, uint64_t *value);

/* RFC 4648 base64. Encoding needs 4 * ((n + 2) / 3) + 1 bytes and ends in a NUL. Decoding returns
 * the number of bytes, or -1 on a foreign character, bad padding or too little room. */
size_t base64_encode(char *to, struct span from, bool padded);
long base64_decode(uint8_t *to, size_t room, struct span from);

#endif
