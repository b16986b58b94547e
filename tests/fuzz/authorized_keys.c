/* A line of authorized_keys, before which a byte says who knocks, and what the rule makes of the line's
 * options. */
#include <string.h>

#include "auth/rule.h"
#include "base/text.h"
#include "tests/auth/certificates.h"
#include "tests/fuzz/support/check.h"

static void ask_rule(struct span line, const struct key_options *o, unsigned who)
{
    static struct permits permits;
    const char *why = NULL;
    const struct applicant a = {
        .user = "alice",
        .address = span_text(who & 4 ? "2001:db8::1" : "192.0.2.1"),
        .token = { who & 8, who & 16 },
        .now = 1700000000,
        .zone = who & 32 ? -3600 : 7200,
    };
    bool yes = login_rule(&a, o, &permits, &why);
    CHECK(yes == (why == NULL));
    CHECK(!yes || is_within(permits.command, span_of(permits.text, sizeof permits.text)));
    CHECK(!yes || is_within(permits.options, line));
}

static void walk_options(struct span line, const struct key_options *o)
{
    static const char *const names[] = { "environment", "permitopen", "permitlisten" };
    uint8_t text[LIMIT_KEYS_LINE];
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        struct span list = o->list, value, host;
        uint32_t port;
        while (key_options_next(&list, names[i], &value)) {
            struct writer w = writer_of(text, sizeof text);
            CHECK(is_within(value, line));
            key_options_text(&w, value);
            CHECK(!w.bad && writer_used(&w) <= value.n);
            if (i != 0) {
                CHECK(key_options_permit(value, i == 2, &host, &port));
                CHECK(port <= 65535 && host.n != 0);
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct span line = span_of(data, n);
    uint8_t user[64], ca[64];
    unsigned who = take_byte(&line);
    long user_n = base64_decode(user, sizeof user, span_text(blob_user));
    long ca_n = base64_decode(ca, sizeof ca, span_text(blob_ca));
    struct offered offered = { .key_blob = span_of(user, (size_t)user_n) };
    struct key_options o;
    const char *why = NULL;
    if (line.n > LIMIT_KEYS_LINE)
        return 0;
    if (who & 1)
        offered.ca_blob = span_of(ca, (size_t)ca_n);
    enum keys_verdict v = authorized_keys_line(line, &offered, &o, &why);
    CHECK(v != KEYS_REFUSED || why != NULL);
    if (v != KEYS_MATCH)
        return 0;
    CHECK(is_within(o.list, line) && is_within(o.command, line) && is_within(o.from, line));
    CHECK(!(o.flags & IS_AUTHORITY) == !(who & 1));
    ask_rule(line, &o, who);
    walk_options(line, &o);
    return 0;
}
