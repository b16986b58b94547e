/* The shell's parser: text becomes commands, or one complaint; nothing is ever run. */
#include <setjmp.h>
#include <string.h>

#include "shell/internal.h"
#include "tests/fuzz/support/check.h"

static void count(const struct node *n, int depth, size_t most)
{
    for (; n != NULL; n = n->next) {
        CHECK(depth <= 3 * NESTED && n->kind <= ANDS);
        for (const struct word *w = n->words; w != NULL; w = w->next)
            CHECK(strlen(w->text) <= most);
        for (const struct redirect *r = n->redirects; r != NULL; r = r->next)
            CHECK(r->fd >= 0 && r->fd < 10 && r->word != NULL && r->kind <= REDIRECT_PLAIN);
        count(n->a, depth + 1, most);
        count(n->b, depth + 1, most);
        count(n->c, depth + 1, most);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct source s;
    static jmp_buf back;
    static struct buffer text;
    if (memchr(data, 0, n) != NULL)
        return 0; /* never reaches the parser */
    text.n = 0;
    buffer_add(&text, (const char *)data, n);
    s = (struct source){ .text = text, .fd = -1 };
    sh.prompt = &back;
    if (setjmp(back) == 0)
        while (peek(&s) != 0) {
            size_t before = s.at;
            count(parse_line(&s), 0, n);
            CHECK(s.at > before && s.at <= n && s.depth == 0);
        }
    arena_drop(&s.arena);
    return 0;
}
