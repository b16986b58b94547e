/* A pattern and a text: a byte of flags, the pattern up to a NUL, the text. Looked for: matches that are none, and inputs that take
 * more time (the runner's limit) than their length allows. */
#include <stdlib.h>
#include <string.h>

#include "applets/regex.h"
#include "tests/fuzz/support/check.h"

static void search(const struct regex *r, struct span text)
{
    size_t at[2 * REGEX_GROUPS];
    for (size_t from = 0, i = 0; i < 50 && from <= text.n && regex_find(r, text, from, at); i++) {
        CHECK(from <= at[0] && at[0] <= at[1] && at[1] <= text.n);
        for (unsigned k = 2; k < r->slots; k++)
            CHECK(at[k] == SIZE_MAX || (at[0] <= at[k] && at[k] <= at[1]));
        from = at[1] + (at[0] == at[1]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n == 0)
        return 0;
    const uint8_t *end = memchr(data + 1, 0, n - 1);
    size_t pattern = end != NULL ? (size_t)(end - data - 1) : n - 1;
    size_t length = end != NULL ? n - pattern - 2 : 0;
    uint8_t *copy = malloc(length + 1); /* its end is where a sanitizer sees it */
    struct regex r;
    if (copy == NULL)
        return 0;
    if (length != 0)
        memcpy(copy, end + 1, length);
    if (regex_compile(&r, span_of(data + 1, pattern), data[0] & 127))
        search(&r, span_of(copy, length));
    regex_forget();
    free(copy);
    return 0;
}
