/* The methods password (RFC 4252 section 8) and keyboard-interactive (RFC 4256): with both, getting in and
 * every way of not getting in; and a server that allows no passwords, which knows neither. */
#include <string.h>

#include "tests/support/pair.h"

static struct pair *start(void)
{
    struct pair_options o = pair_defaults();
    o.fake.passwords = true;
    return pair_auth(&o);
}

static void expect_failure(struct pair *p)
{
    struct reader r = pair_next(p, MSG_USERAUTH_FAILURE);
    assert_true(span_is(get_string(&r), "publickey,password,keyboard-interactive"));
    assert_false(get_boolean(&r));
    assert_true(get_done(&r));
    assert_int_equal(p->fake.session.phase, PHASE_AUTH);
}

static void expect_prompt(struct pair *p)
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

static void expect_success(struct pair *p)
{
    struct reader r = pair_next(p, MSG_USERAUTH_SUCCESS);
    assert_true(get_done(&r));
    assert_int_equal(p->fake.session.phase, PHASE_OPEN);
    pair_alive(p);
}

static void password(struct pair *p, const char *text)
{
    client_password(&p->client, "tester", span_text(text), NULL);
}

static void respond(struct pair *p, const char *text)
{
    client_response(&p->client, 1, span_text(text));
}

static void prompt(struct pair *p)
{
    client_interactive(&p->client, "tester");
    expect_prompt(p);
}

static void test_password(void **state)
{
    (void)state;
    struct pair *p = start();
    client_auth(&p->client, "tester", "none");
    expect_failure(p);
    password(p, "wrong");
    expect_failure(p);
    assert_int_equal(p->fake.session.auth.failures, 1);
    password(p, "secret");
    expect_success(p);
    assert_int_equal(p->fake.auth_questions, 2);
    assert_int_equal(p->fake.last_proof, AUTH_PASSWORD);
    assert_string_equal(p->fake.last_user, "tester");
    pair_stop(p);
}

static void test_prompt(void **state)
{
    (void)state;
    struct pair *p = start();
    prompt(p);
    pair_nothing(p);
    assert_int_equal(p->fake.auth_questions, 0);
    respond(p, "wrong");
    expect_failure(p);
    assert_int_equal(p->fake.session.auth.failures, 1);
    prompt(p);
    respond(p, "secret");
    expect_success(p);
    assert_int_equal(p->fake.last_proof, AUTH_PASSWORD);
    pair_stop(p);
}

static void test_in_portions(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.passwords = true;
    for (o.seed = 0; o.seed < 10; o.seed++) {
        o.to_server = o.seed == 0 ? FLOW_BYTE : FLOW_RANDOM;
        o.to_client = o.seed == 1 ? FLOW_BYTE : FLOW_RANDOM;
        struct pair *p = pair_auth(&o);
        prompt(p);
        respond(p, "wrong");
        expect_failure(p);
        password(p, "secret");
        expect_success(p);
        pair_stop(p);
    }
}

/* The key still lets in, before and after passwords were tried, and while a prompt is open. */
static void test_key_beside(void **state)
{
    (void)state;
    struct pair *p = start();
    password(p, "wrong");
    expect_failure(p);
    prompt(p);
    pair_login(p);
    assert_int_equal(p->fake.last_proof, AUTH_PROVEN);
    pair_stop(p);
}

/* Without passwords both are methods like any unknown one, the right password included. */
static void test_not_allowed(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    for (int i = 0; i < 4; i++) {
        if (i % 2)
            client_interactive(&p->client, "tester");
        else
            password(p, "secret");
        struct reader r = pair_next(p, MSG_USERAUTH_FAILURE);
        assert_true(span_is(get_string(&r), "publickey"));
        assert_int_equal(p->fake.session.auth.failures, i + 1);
    }
    assert_int_equal(p->fake.auth_questions, 0);
    respond(p, "secret");
    pair_ended(p, REASON_PHASE);
    pair_stop(p);
}

static void test_change_request(void **state)
{
    (void)state;
    struct pair *p = start();
    client_password(&p->client, "tester", span_text("secret"), "another");
    expect_failure(p);
    assert_int_equal(p->fake.session.auth.failures, 1);
    assert_int_equal(p->fake.last_proof, AUTH_REFUSED);
    p->fake.auth_later = true;
    client_password(&p->client, "tester", span_text("secret"), "another");
    pair_nothing(p);
    session_auth(&p->fake.session, true); /* a yes to it is none */
    expect_failure(p);
    p->fake.auth_later = false;
    password(p, "secret");
    expect_success(p);
    pair_stop(p);
}

/* Bytes of any kind and number come through as they are; what to make of them is the caller's matter. */
static void test_odd_passwords(void **state)
{
    (void)state;
    static uint8_t bytes[30000];
    static const size_t lengths[] = { 0, 1, 255, 256, 257, 5000, sizeof bytes };
    memset(bytes, 0, sizeof bytes);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct span sent = span_of(bytes, lengths[i]);
        struct pair *p = start();
        p->fake.auth_later = true;
        for (int k = 0; k < 2; k++) {
            if (k == 0) {
                client_password(&p->client, "tester", sent, NULL);
            } else {
                prompt(p);
                client_response(&p->client, 1, sent);
            }
            pair_nothing(p);
            assert_true(span_equal(p->fake.session.auth.question.password, sent));
            fake_auth(&p->fake);
            expect_failure(p);
        }
        assert_int_equal(p->fake.auth_questions, 2);
        pair_stop(p);
    }
}

/* Answered either way, the bytes are gone before anything else happens. */
static void test_wiped(void **state)
{
    (void)state;
    for (int yes = 0; yes < 2; yes++)
        for (int prompted = 0; prompted < 2; prompted++) {
            struct pair *p = start();
            p->fake.auth_later = true;
            if (prompted) {
                prompt(p);
                respond(p, "secret");
            } else {
                password(p, "secret");
            }
            pair_nothing(p);
            struct span at = p->fake.session.auth.question.password;
            assert_true(span_is(at, "secret"));
            session_auth(&p->fake.session, yes);
            assert_non_null(p->fake.session.transport.in); /* so it is not the pool's doing */
            assert_memory_equal(at.p, "\0\0\0\0\0", 6);
            assert_null(p->fake.session.auth.question.password.p);
            pair_stop(p);
        }
}

static void test_users(void **state)
{
    (void)state;
    size_t answered[2];
    for (int i = 0; i < 2; i++) { /* unknown, and known with a wrong password: the same bytes */
        struct pair *p = start();
        const char *user = i == 0 ? "nobody-here" : "tester";
        size_t before = p->bytes_to_client;
        client_password(&p->client, user, span_text(i == 0 ? "secret" : "wrong!"), NULL);
        expect_failure(p);
        client_interactive(&p->client, user);
        expect_prompt(p);
        respond(p, i == 0 ? "secret" : "wrong!");
        expect_failure(p);
        answered[i] = p->bytes_to_client - before;
        pair_stop(p);
    }
    assert_int_equal(answered[0], answered[1]);
    struct pair *p = start();
    prompt(p);
    client_password(&p->client, "root", span_text("secret"), NULL);
    pair_ended(p, REASON_USER_CHANGED);
    pair_stop(p);
    p = start();
    client_interactive(&p->client, "abcdefghijklmnopqrstuvwxyz0123456"); /* a byte too long */
    expect_failure(p);
    client_password(&p->client, "abcdefghijklmnopqrstuvwxyz0123456", span_text("secret"), NULL);
    expect_failure(p);
    assert_int_equal(p->fake.session.auth.failures, 2);
    assert_int_equal(p->fake.auth_questions, 0);
    pair_stop(p);
}

static void test_too_many_tries(void **state)
{
    (void)state;
    struct pair *p = start();
    for (int i = 1; i < LIMIT_TRIES; i++) {
        if (i % 2) {
            password(p, "wrong");
        } else {
            prompt(p);
            respond(p, "wrong");
        }
        expect_failure(p);
    }
    prompt(p);
    respond(p, "wrong");
    pair_ended(p, REASON_TRIES);
    pair_stop(p);
}

/* Asking for prompts and never answering is trying, too. */
static void test_abandoned_prompts(void **state)
{
    (void)state;
    struct pair *p = start();
    for (int i = 0; i < LIMIT_TRIES; i++) {
        prompt(p);
        assert_int_equal(p->fake.session.auth.failures, i);
    }
    client_interactive(&p->client, "tester");
    pair_ended(p, REASON_TRIES);
    pair_stop(p);

    p = start();
    prompt(p);
    client_auth(&p->client, "tester", "none"); /* counts by itself no try */
    expect_failure(p);
    assert_int_equal(p->fake.session.auth.failures, 1);
    respond(p, "secret"); /* to a prompt that is gone */
    pair_ended(p, REASON_PHASE);
    assert_int_equal(p->fake.auth_questions, 0);
    pair_stop(p);

    p = start();
    prompt(p);
    password(p, "secret");
    expect_success(p);
    pair_stop(p);
}

static void test_number_of_answers(void **state)
{
    (void)state;
    static const uint32_t wrong[] = { 0, 2, 3, 100 };
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct pair *p = start();
        prompt(p);
        client_response(&p->client, wrong[i], span_text("secret"));
        expect_failure(p);
        assert_int_equal(p->fake.session.auth.failures, 1);
        assert_int_equal(p->fake.last_proof, AUTH_REFUSED);
        prompt(p);
        respond(p, "secret");
        expect_success(p);
        pair_stop(p);
    }
    struct pair *p = start(); /* a number without any answers */
    prompt(p);
    put_u32(client_build(&p->client, MSG_USERAUTH_INFO_RESPONSE), 0xffffffff);
    client_send_built(&p->client);
    expect_failure(p);
    pair_stop(p);
}

/* 61 out of turn, at each stage of a login; and 60, which only a server says. */
static void test_response_out_of_turn(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.passwords = true;
    struct pair *p = pair_keyed(&o); /* before the service is asked for */
    respond(p, "secret");
    pair_ended(p, REASON_PHASE);
    pair_stop(p);
    p = start(); /* before any request */
    respond(p, "secret");
    pair_ended(p, REASON_PHASE);
    pair_stop(p);
    p = start(); /* to a request of another kind */
    password(p, "wrong");
    respond(p, "secret");
    expect_failure(p);
    pair_ended(p, REASON_PHASE);
    pair_stop(p);
    p = start(); /* twice */
    prompt(p);
    respond(p, "wrong");
    respond(p, "secret");
    expect_failure(p);
    pair_ended(p, REASON_PHASE);
    assert_int_equal(p->fake.auth_questions, 1);
    pair_stop(p);
    p = start(); /* twice, the first being right */
    prompt(p);
    respond(p, "secret");
    respond(p, "secret");
    pair_next(p, MSG_USERAUTH_SUCCESS);
    pair_ended(p, REASON_PHASE);
    pair_stop(p);
    p = pair_open(&o); /* after a login by key */
    respond(p, "secret");
    pair_ended(p, REASON_PHASE);
    pair_stop(p);
    p = start();
    prompt(p);
    client_build(&p->client, MSG_USERAUTH_INFO_REQUEST);
    client_send_built(&p->client);
    pair_ended(p, REASON_PHASE);
    pair_stop(p);
}

/* What cannot come between a prompt and its answer ends the connection; what can leaves it open. */
static void test_between_prompt_and_answer(void **state)
{
    (void)state;
    struct pair *p = start();
    prompt(p);
    pair_rekey(p);
    client_service(&p->client, "ssh-userauth");
    pair_next(p, MSG_SERVICE_ACCEPT);
    respond(p, "secret");
    expect_success(p);
    pair_stop(p);
    p = start();
    prompt(p);
    client_open(&p->client, 5, 1000, 1000);
    pair_ended(p, REASON_PHASE);
    pair_stop(p);
}

/* While the password is looked up nothing is parsed, and a second one waits its turn. */
static void test_pending_question(void **state)
{
    (void)state;
    struct pair *p = start();
    p->fake.auth_later = true;
    password(p, "wrong");
    password(p, "secret");
    pair_nothing(p);
    assert_int_equal(p->fake.auth_questions, 1);
    fake_auth(&p->fake);
    expect_failure(p);
    assert_int_equal(p->fake.auth_questions, 2);
    session_fail(&p->fake.session, REASON_SHUTDOWN);
    session_auth(&p->fake.session, true);
    assert_int_equal(p->fake.session.phase, PHASE_AUTH);
    pair_ended(p, REASON_SHUTDOWN);
    pair_stop(p);
}

static void test_after_success(void **state)
{
    (void)state;
    struct pair *p = start();
    password(p, "secret");
    expect_success(p);
    password(p, "secret");
    client_interactive(&p->client, "tester");
    pair_nothing(p);
    assert_int_equal(p->fake.auth_questions, 1);
    pair_alive(p);
    pair_stop(p);
}

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
        cmocka_unit_test(test_password),
        cmocka_unit_test(test_prompt),
        cmocka_unit_test(test_in_portions),
        cmocka_unit_test(test_key_beside),
        cmocka_unit_test(test_not_allowed),
        cmocka_unit_test(test_change_request),
        cmocka_unit_test(test_odd_passwords),
        cmocka_unit_test(test_wiped),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_too_many_tries),
        cmocka_unit_test(test_abandoned_prompts),
        cmocka_unit_test(test_number_of_answers),
        cmocka_unit_test(test_response_out_of_turn),
        cmocka_unit_test(test_between_prompt_and_answer),
        cmocka_unit_test(test_pending_question),
        cmocka_unit_test(test_after_success),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_every_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
