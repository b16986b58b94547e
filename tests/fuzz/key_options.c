/* Text of options and patterns. The first byte says what the rest is: a list of options, a HOST:PORT, an address (or pattern's text)
 * and a list behind a NUL, or a name. */
#include <string.h>

#include "auth/key_options.h"
#include "auth/match.h"
#include "base/limits.h"
#include "tests/fuzz/support/check.h"

static void parse(struct span list)
{
    struct key_options o;
    const char *why = key_options_parse(&o, list);
    if (why != NULL)
        return;
    CHECK(is_within(o.list, list) && is_within(o.command, list) && is_within(o.from, list));
    CHECK(is_within(o.principals, list));
    for (struct span rest = o.list, value; key_options_next(&rest, "environment", &value);)
        CHECK(is_within(value, list) && is_within(rest, list));
}

static void permit(struct span value)
{
    for (int listen = 0; listen < 2; listen++) {
        struct span host;
        uint32_t port;
        if (!key_options_permit(value, listen, &host, &port))
            continue;
        CHECK(port <= 65535 && host.n != 0);
        CHECK(is_within(host, value) || span_is(host, "*"));
    }
}

static void match(struct span input)
{
    const uint8_t *nul = input.n != 0 ? memchr(input.p, 0, input.n) : NULL;
    struct span list = input, text = take_part(&list, nul != NULL ? (size_t)(nul - input.p) : 0);
    take_byte(&list);
    match_pattern(text, list);
    enum match with = match_address(text, list, true), without = match_address(text, list, false);
    CHECK(with <= MATCH_MALFORMED && without <= MATCH_MALFORMED);
    CHECK(match_pattern(text, span_text("*")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct span input = span_of(data, n);
    switch (take_byte(&input) % 4) {
    case 0:
        parse(input);
        break;
    case 1:
        permit(input);
        break;
    case 2:
        match(input);
        break;
    default:
        key_options_allow(input);
        match_name(input, "permit-pty");
    }
    return 0;
}
