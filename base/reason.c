/* The texts are one array without pointers: pointers in a static PIE are relocated at the start and
 * kept in memory of their own, and these took 600 bytes of it. */
#include "base/reason.h"

#include <string.h>

#define ROW_TEXT(name, code, text) text "\0"
#define ROW_CODE(name, code, text) code,

static const char texts[] = REASONS(ROW_TEXT);
static const uint8_t codes[] = { REASONS(ROW_CODE) };

const char *reason_text(enum reason r)
{
    const char *text = texts;
    for (int i = 0; i < (int)r; i++)
        text += strlen(text) + 1;
    return text;
}

uint32_t reason_code(enum reason r)
{
    return codes[r];
}
