/* The messages of the methods password and keyboard-interactive, cut at every byte and prolonged by
 * one, and with every number of answers. */
#include <string.h>

#include "tests/auth/passwords.h"

/* --- every cut, and a byte too many --- */
enum sample { PASSWORD, CHANGE, INTERACTIVE, RESPONSE, SAMPLES };

static struct span build(struct pair *p, enum sample s)
{
    struct client *c = &p->client;
    if (s == PASSWORD || s == CHANGE)
        client_password(c, "tester", span_text("secret"), s == CHANGE ? "another" : NULL);
    else if (s == INTERACTIVE)
        client_interactive(c, "tester");
    else
        respond(p, "secret");
    bytes_drop(&c->out, bytes_used(&c->out)); /* not sent as it is */
    c->tx.seq--;
    return client_built(c);
}

static void test_every_cut(void **state)
{
    (void)state;
    uint8_t bytes[200] = { 0 };
    struct pair_options o = pair_defaults();
    o.fake.passwords = true;
    o.client.strict = true;
    for (enum sample s = PASSWORD; s < SAMPLES; s++) {
        size_t whole = 2;
        for (size_t n = 1; n <= whole + 1; n++) {
            struct pair *p = pair_auth(&o);
            if (s == RESPONSE)
                prompt(p);
            p->client.automatic = false;
            p->tolerant = true; /* its stream cipher has run on for nothing */
            struct span built = build(p, s);
            whole = built.n;
            memset(bytes, 0, sizeof bytes);
            memcpy(bytes, built.p, built.n);
            client_send(&p->client, span_of(bytes, n));
            pair_run(p);
            enum reason want = n == whole ? REASON_NONE : REASON_FORMAT;
            if (session_reason(&p->fake.session) != want)
                fail_msg("sample %u of %zu bytes: \"%s\"", s, n,
                         reason_text(session_reason(&p->fake.session)));
            bool in = n == whole && (s == PASSWORD || s == RESPONSE);
            assert_int_equal(p->fake.session.phase == PHASE_OPEN, in);
            assert_int_equal(p->fake.auth_questions, n == whole && s != INTERACTIVE);
            pair_stop(p);
        }
    }
}

static void test_every_number(void **state)
{
    (void)state;
    static const uint32_t values[] = { 0, 1, 7, 0x7fffffff, 0xffffffff };
    uint8_t bytes[200];
    struct pair_options o = pair_defaults();
    o.fake.passwords = true;
    for (enum sample s = PASSWORD; s < SAMPLES; s++) {
        size_t whole = 6;
        for (size_t at = 1; at + 4 <= whole; at++)
            for (size_t v = 0; v < COUNT(values); v++) {
                struct pair *p = pair_auth(&o);
                if (s == RESPONSE)
                    prompt(p);
                p->tolerant = true;
                struct span built = build(p, s);
                whole = built.n;
                memcpy(bytes, built.p, built.n);
                bool same = load_u32(bytes + at) == values[v];
                store_u32(bytes + at, values[v]);
                client_send(&p->client, span_of(bytes, whole));
                pair_run(p);
                if (!same)
                    assert_int_not_equal(p->fake.session.phase, PHASE_OPEN);
                pair_stop(p);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_every_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
