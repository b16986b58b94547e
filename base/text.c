#include "base/text.h"

#include <string.h>

size_t text_character(const char *text)
{
    const uint8_t *p = (const uint8_t *)text;
    if (*p < 0x80)
        return *p >= ' ' && *p != 0x7f;
    /* A control character of ISO 8859, or what has a shorter form. */
    if (*p < 0xc2 || *p > 0xf4 || ((*p == 0xc2 || *p == 0xe0) && p[1] < 0xa0))
        return 0;
    size_t n = 2 + (*p >= 0xe0) + (*p >= 0xf0);
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

/* Two are for what begins with U+3000 (but for private ones), which is nearly all that is wide and little that is not:
 * the table would be larger than the editor. */
size_t text_cells(const char *text, size_t n)
{
    size_t cells = 0;
    for (size_t i = 0; i < n && text[i] != 0; cells++) {
        size_t bytes = text_character(text + i);
        uint8_t first = (uint8_t)text[i];
        i += bytes != 0 ? bytes : 1;
        cells += bytes > 2 && first >= 0xe3 && first != 0xee;
    }
    return cells;
}

void text_mode(char to[11], uint32_t mode)
{
    static const char types[] = "?pc?d?b?-?l?s???", letters[] = "rwxrwxrwx", special[] = "sst";
    to[0] = types[mode >> 12 & 15];
    memset(to + 1, '-', 9);
    for (unsigned i = 0; i < 9; i++)
        if (mode >> (8 - i) & 1)
            to[1 + i] = letters[i];
    for (unsigned i = 0; i < 3; i++) { /* set-user-ID, set-group-ID, sticky: small with x */
        char *x = &to[3 + 3 * i];
        if (mode >> (11 - i) & 1)
            *x = (char)(*x == 'x' ? special[i] : special[i] - 'a' + 'A');
    }
    to[10] = 0;
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

bool text_digits(struct span s, unsigned base, uint64_t max, uint64_t *value)
{
    uint64_t v = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = s.p[i] - (unsigned)'0', letter = (s.p[i] | 0x20u) - 'a';
        if (letter < 6)
            digit = letter + 10;
        if (digit >= base || v > (max - digit) / base || digit > max)
            return false;
        v = v * base + digit;
    }
    *value = v;
    return s.n != 0;
}

bool text_number(struct span s, uint64_t max, uint64_t *value)
{
    return text_digits(s, 10, max, value);
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
