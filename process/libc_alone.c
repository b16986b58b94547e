/* Less of what musl has for long texts: a byte at a time, 600 bytes less. For programs without hardening (HARDEN=no): here they meet
 * names, lines of files, and keys. The declarations are musl's. */
#include <stdint.h>
#include <string.h>

char *__strchrnul(const char *text, int c);

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the headers' names are glibc's where this is read */
void *memchr(const void *p, int c, size_t n)
{
    const unsigned char *at = p;
    for (; n != 0; n--, at++)
        if (*at == (unsigned char)c)
            return (void *)(uintptr_t)at;
    return NULL;
}

void *memset(void *to, int c, size_t n)
{
    void *at = to;
    __asm__ volatile("rep stosb" : "+D"(at), "+c"(n) : "a"(c) : "memory");
    return to;
}

size_t strnlen(const char *text, size_t most)
{
    size_t n = 0;
    while (n < most && text[n] != 0)
        n++;
    return n;
}

size_t strlen(const char *text)
{
    return strnlen(text, SIZE_MAX);
}

/* Of strchr() and getenv(), too. */
char *__strchrnul(const char *text, int c)
{
    while (*text != 0 && *text != (char)c)
        text++;
    return (char *)(uintptr_t)text;
}

char *strchrnul(const char *text, int c) __attribute__((alias("__strchrnul")));

int strncmp(const char *a, const char *b, size_t n)
{
    for (; n != 0; n--, a++, b++)
        if (*a != *b || *a == 0)
            return (unsigned char)*a - (unsigned char)*b;
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
