/* The methods password (RFC 4252 section 8) and keyboard-interactive (RFC 4256): with both, getting in and
 * every way of not getting in; and a server that allows no passwords, which knows neither. */
#include <string.h>

#include "tests/auth/passwords.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
