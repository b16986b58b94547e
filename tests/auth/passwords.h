/* Steps of a login by password that its tests share. */
#ifndef TESTS_AUTH_PASSWORDS_H
#define TESTS_AUTH_PASSWORDS_H

#include <string.h>

#include "tests/support/pair.h"

static inline struct pair *start(void)
{
    struct pair_options o = pair_defaults();
    o.fake.passwords = true;
    return pair_auth(&o);
}

static inline void expect_failure(struct pair *p)
{
    struct reader r = pair_next(p, MSG_USERAUTH_FAILURE);
    assert_true(span_is(get_string(&r), "publickey,password,keyboard-interactive"));
    assert_false(get_boolean(&r));
    assert_true(get_done(&r));
    assert_int_equal(p->fake.session.phase, PHASE_AUTH);
}

static inline void expect_prompt(struct pair *p)
{
    struct reader r = pair_next(p, MSG_USERAUTH_INFO_REQUEST);
    assert_int_equal(get_string(&r).n, 0);
    assert_int_equal(get_string(&r).n, 0);
    assert_int_equal(get_string(&r).n, 0);
    assert_int_equal(get_u32(&r), 1);
    assert_true(span_is(get_string(&r), "Password: "));
    assert_false(get_boolean(&r));
    assert_true(get_done(&r));
    assert_int_equal(p->fake.session.phase, PHASE_AUTH);
}

static inline void expect_success(struct pair *p)
{
    struct reader r = pair_next(p, MSG_USERAUTH_SUCCESS);
    assert_true(get_done(&r));
    assert_int_equal(p->fake.session.phase, PHASE_OPEN);
    pair_alive(p);
}

static inline void password(struct pair *p, const char *text)
{
    client_password(&p->client, "tester", span_text(text), NULL);
}

static inline void respond(struct pair *p, const char *text)
{
    client_response(&p->client, 1, span_text(text));
}

static inline void prompt(struct pair *p)
{
    client_interactive(&p->client, "tester");
    expect_prompt(p);
}

#endif
