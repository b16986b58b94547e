/*
 * What musl's crypt(3) and assert(3) bring along that this server has no use for, answered here so that
 * the linker leaves it out. How that works: crypto/sodium_trim.c. For the static ELF only; tests are built with
 * the libc of the machine as it is.
 *
 * The hashes write their result with sprintf() and read "rounds=" with strtoul(), which would bring
 * stdio and its number formats (11 KB) into the server for this alone. These two do as much as is
 * asked of them there. That it is enough is proven each time: before it answers, every one of the
 * hashes computes a known one in the same way and compares ("self test").
 *
 * DES, by which a hash without a $ would be checked (9 KB of tables and code), is never asked for:
 * process/password.c knows what may be.
 *
 * The declarations are musl's; the headers are not included since they make macros of some of them.
 */

#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/text.h"

enum { RESULT_MAX = 128 }; /* musl's buffer for a result, the largest that is written to */

int sprintf(char *restrict to, const char *restrict format, ...);
unsigned long strtoul(const char *restrict text, char **restrict end, int base);
long strtol(const char *restrict text, char **restrict end, int base);
_Noreturn void abort(void);
_Noreturn void __assert_fail(const char *expr, const char *file, int line, const char *func);
char *__crypt_des(const char *key, const char *setting, char *output);

int sprintf(char *restrict to, const char *restrict format, ...)
{
    va_list list;
    va_start(list, format);
    size_t n = text_vformat(to, RESULT_MAX, format, list);
    va_end(list);
    return (int)n;
}

/* Decimal digits and nothing before them. */
unsigned long strtoul(const char *restrict text, char **restrict end, int base)
{
    unsigned long value = 0;
    (void)base;
    for (; *text >= '0' && *text <= '9'; text++) {
        unsigned long digit = (unsigned long)(*text - '0');
        value = value > (ULONG_MAX - digit) / 10 ? ULONG_MAX : value * 10 + digit;
    }
    *end = (char *)(uintptr_t)text;
    return value;
}

/* Lies beside strtoul() in libc.a, and libcrypto refers to it from what is not linked in the end. */
long strtol(const char *restrict text, char **restrict end, int base)
{
    (void)text, (void)end, (void)base;
    abort();
}

char *__crypt_des(const char *key, const char *setting, char *output)
{
    (void)key, (void)setting, (void)output;
    return (char *)(uintptr_t) "*";
}

static struct iovec part(const char *text)
{
    return (struct iovec){ (void *)(uintptr_t)text, strlen(text) };
}

/*
 * A failed assertion says so through stdio in musl, which thereby would be in the server for this
 * alone (12 KB). The assertions themselves, libsodium's and ours, stay: this says the same in one
 * write and ends the process as well.
 */
_Noreturn void __assert_fail(const char *expr, const char *file, int line, const char *func)
{
    char digits[12] = "";
    char *at = digits + sizeof digits - 1;

    do {
        *--at = (char)('0' + line % 10);
        line /= 10;
    } while (line > 0 && at > digits);

    struct iovec parts[] = {
        part("nano_ssh_server: assertion failed: "),
        part(expr),
        part(" ("),
        part(file),
        part(":"),
        part(at),
        part(", "),
        part(func),
        part(")\n"),
    };
    ssize_t ignored = writev(STDERR_FILENO, parts, sizeof parts / sizeof parts[0]);
    (void)ignored;
    abort();
}
