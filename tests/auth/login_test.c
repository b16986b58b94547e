/* RFC 4252 as a whole: logging in, whole and byte by byte, and every way of not getting in. */
#include <string.h>

#include "tests/support/pair.h"

/* From the first byte to an echo through a channel and a clean close. */
static void log_in_and_echo(const struct pair_options *o)
{
    struct pair *p = pair_open(o);
    uint32_t channel = pair_channel(p, 42, 100000, 32768);
    pair_exec(p, channel, "echo");
    client_data(&p->client, channel, span_text("hello, world"));
    struct reader r = pair_next(p, MSG_CHANNEL_DATA);
    assert_int_equal(get_u32(&r), 42);
    assert_true(span_is(get_string(&r), "hello, world"));
    assert_true(get_done(&r));
    client_channel(&p->client, MSG_CHANNEL_EOF, channel);
    r = pair_next(p, MSG_CHANNEL_EOF);
    r = pair_next(p, MSG_CHANNEL_REQUEST);
    assert_int_equal(get_u32(&r), 42);
    assert_true(span_is(get_string(&r), "exit-status"));
    assert_false(get_boolean(&r));
    assert_int_equal(get_u32(&r), 0);
    assert_true(get_done(&r));
    r = pair_next(p, MSG_CHANNEL_CLOSE);
    client_channel(&p->client, MSG_CHANNEL_CLOSE, channel);
    pair_nothing(p);
    assert_int_equal(p->fake.pool.n_lent, 0); /* an idle connection holds nothing */
    client_disconnect(&p->client);
    pair_ended(p, REASON_PEER_DISCONNECT);
    assert_int_equal(p->fake.session.transport.peer_code, 11);
    assert_string_equal(p->fake.session.transport.peer_text, "bye");
    pair_stop(p);
}

static void test_whole(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    log_in_and_echo(&o);
}

static void test_byte_by_byte(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.to_server = FLOW_BYTE;
    log_in_and_echo(&o);
    o.to_client = FLOW_BYTE;
    log_in_and_echo(&o);
    o.to_server = FLOW_WHOLE;
    log_in_and_echo(&o);
}

static void test_random_portions(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.to_server = o.to_client = FLOW_RANDOM;
    for (o.seed = 0; o.seed < 40; o.seed++) {
        o.client.strict = o.seed & 1;
        o.client.ext_info = o.seed & 2;
        log_in_and_echo(&o);
    }
}

static void expect_failure(struct pair *p)
{
    struct reader r = pair_next(p, MSG_USERAUTH_FAILURE);
    assert_true(span_is(get_string(&r), "publickey"));
    assert_false(get_boolean(&r));
    assert_true(get_done(&r));
    assert_int_equal(p->fake.session.phase, PHASE_AUTH);
}

static void test_none_says_what_there_is(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    for (int i = 0; i < LIMIT_TRIES + 2; i++) { /* it does not count as a try */
        client_auth(&p->client, "tester", "none");
        expect_failure(p);
    }
    assert_int_equal(p->fake.auth_questions, 0);
    pair_login(p);
    pair_stop(p);
}

static void test_banner_comes_once(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.banner = "No trespassing.\r\n";
    struct pair *p = pair_auth(&o);
    pair_nothing(p);
    client_auth(&p->client, "tester", "none");
    struct reader r = pair_next(p, MSG_USERAUTH_BANNER);
    assert_true(span_is(get_string(&r), "No trespassing.\r\n"));
    assert_int_equal(get_string(&r).n, 0);
    assert_true(get_done(&r));
    expect_failure(p);
    client_auth(&p->client, "tester", "none");
    expect_failure(p);
    pair_stop(p);
}

static void test_query_then_signature(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    client_publickey(&p->client, "tester", &p->fake.user_key, false, FORGE_NOTHING);
    struct reader r = pair_next(p, MSG_USERAUTH_PK_OK);
    assert_true(span_is(get_string(&r), "ssh-ed25519"));
    assert_true(
        span_equal(get_string(&r), span_of(p->fake.user_key.blob, p->fake.user_key.blob_n)));
    assert_true(get_done(&r));
    assert_int_equal(p->fake.last_proof, AUTH_NONE);
    assert_int_equal(p->fake.session.phase, PHASE_AUTH); /* naming a key lets nobody in */
    pair_login(p);
    assert_int_equal(p->fake.last_proof, AUTH_PROVEN);
    assert_string_equal(p->fake.last_user, "tester");
    pair_stop(p);
}

static void test_forgeries(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    for (enum forgery f = FORGE_SIGNATURE; f <= FORGE_LONG; f++) {
        struct pair *p = pair_auth(&o);
        client_publickey(&p->client, "tester", &p->fake.user_key, true, f);
        expect_failure(p);
        assert_int_equal(p->fake.auth_questions, 1);
        assert_int_equal(p->fake.last_proof, AUTH_REFUSED);
        pair_login(p); /* the connection itself is none the worse */
        pair_stop(p);
    }
}

/* A yes for a request that proved nothing must not let in: the caller's mistake is caught. */
static void test_yes_to_refused_is_no(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    p->fake.auth_later = true;
    client_publickey(&p->client, "tester", &p->fake.user_key, true, FORGE_SIGNATURE);
    pair_nothing(p);
    session_auth(&p->fake.session, true);
    expect_failure(p);
    client_publickey(&p->client, "tester", &p->fake.user_key, true, FORGE_UNKNOWN);
    pair_nothing(p);
    session_auth(&p->fake.session, true);
    expect_failure(p);
    pair_stop(p);
}

/* What an unknown user and a known user with a foreign key see is the same, byte for byte. */
static void test_unknown_user_and_key_look_alike(void **state)
{
    (void)state;
    static const uint8_t seed[32] = "somebody else's seed";
    struct pair_options o = pair_defaults();
    struct host_key other;
    size_t answered[3];
    assert_true(crypto_start(NULL, 0));
    assert_true(host_key_from_seed(&other, seed));
    for (int i = 0; i < 3; i++) {
        struct pair *p = pair_auth(&o);
        const struct host_key *key = i == 0 ? &p->fake.user_key : &other;
        size_t before = p->bytes_to_client;
        client_publickey(&p->client, i == 1 ? "tester" : "nobody-here", key, false, FORGE_NOTHING);
        expect_failure(p);
        client_publickey(&p->client, i == 1 ? "tester" : "nobody-here", key, true, FORGE_NOTHING);
        expect_failure(p);
        answered[i] = p->bytes_to_client - before;
        assert_int_equal(p->fake.session.auth.failures, 2);
        pair_stop(p);
    }
    assert_int_equal(answered[0], answered[1]);
    assert_int_equal(answered[1], answered[2]);
}

static void test_user_may_not_change(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    client_auth(&p->client, "tester", "none");
    expect_failure(p);
    client_publickey(&p->client, "root", &p->fake.user_key, true, FORGE_NOTHING);
    pair_ended(p, REASON_USER_CHANGED);
    pair_stop(p);
}

static void test_other_service(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    struct writer *w = client_build(&p->client, MSG_USERAUTH_REQUEST);
    put_text(w, "tester");
    put_text(w, "ssh-userauth");
    put_text(w, "none");
    client_send_built(&p->client);
    pair_ended(p, REASON_SERVICE);
    pair_stop(p);
}

static void test_names_no_user_can_have(void **state)
{
    (void)state;
    static const struct span names[] = {
        { (const uint8_t *)"abcdefghijklmnopqrstuvwxyz0123456", LIMIT_USER + 1 },
        { (const uint8_t *)"tes\0er", 6 },
        { (const uint8_t *)"tester\0", 7 },
    };
    struct pair_options o = pair_defaults();
    for (size_t i = 0; i < COUNT(names); i++) {
        struct pair *p = pair_auth(&o);
        struct writer *w = client_build(&p->client, MSG_USERAUTH_REQUEST);
        put_string(w, names[i]);
        put_text(w, "ssh-connection");
        put_text(w, "none");
        client_send_built(&p->client);
        expect_failure(p);
        assert_int_equal(p->fake.session.auth.failures, 1);
        assert_int_equal(p->fake.auth_questions, 0);
        pair_stop(p);
    }
}

static void test_longest_name(void **state)
{
    (void)state;
    static const char name[] = "abcdefghijklmnopqrstuvwxyz012345";
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    p->fake.user = name;
    client_publickey(&p->client, name, &p->fake.user_key, true, FORGE_NOTHING);
    pair_next(p, MSG_USERAUTH_SUCCESS);
    assert_string_equal(p->fake.last_user, name);
    pair_stop(p);
}

static void test_too_many_tries(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    for (int i = 1; i < LIMIT_TRIES; i++) {
        client_publickey(&p->client, "tester", &p->fake.user_key, true, FORGE_SIGNATURE);
        expect_failure(p);
    }
    client_publickey(&p->client, "tester", &p->fake.user_key, true, FORGE_SIGNATURE);
    pair_ended(p, REASON_TRIES);
    assert_int_equal(reason_code(REASON_TRIES), 14);
    pair_stop(p);
}

/* Unknown methods count as tries too, whatever follows their name. */
static void test_other_methods(void **state)
{
    (void)state;
    static const char *const methods[] = { "password",  "keyboard-interactive",
                                           "hostbased", "gssapi-with-mic",
                                           "",          "PUBLICKEY" };
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    for (size_t i = 0; i + 1 < COUNT(methods); i++) {
        struct writer *w = client_build(&p->client, MSG_USERAUTH_REQUEST);
        put_text(w, "tester");
        put_text(w, "ssh-connection");
        put_text(w, methods[i]);
        put_boolean(w, false);
        put_text(w, "secret");
        client_send_built(&p->client);
        expect_failure(p);
    }
    client_auth(&p->client, "tester", methods[5]);
    pair_ended(p, REASON_TRIES);
    pair_stop(p);
}

static void test_flood(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    for (int i = 0; i < LIMIT_REQUESTS; i++) {
        client_publickey(&p->client, "tester", &p->fake.user_key, false, FORGE_NOTHING);
        pair_next(p, MSG_USERAUTH_PK_OK);
    }
    client_publickey(&p->client, "tester", &p->fake.user_key, false, FORGE_NOTHING);
    pair_ended(p, REASON_FLOOD);
    pair_stop(p);
}

/* While the answer is worked out nothing is read or parsed; what came meanwhile is taken then. */
static void test_pending_question(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    uint8_t *at = NULL;
    struct event e;
    p->fake.auth_later = true;
    client_publickey(&p->client, "tester", &p->fake.user_key, true, FORGE_NOTHING);
    client_open(&p->client, 5, 1000, 1000);
    pair_nothing(p);
    assert_true(p->fake.session.auth_pending);
    assert_int_equal(session_recv_room(&p->fake.session, &at), 0);
    assert_false(session_next(&p->fake.session, &e));
    assert_int_equal(p->fake.session.phase, PHASE_AUTH);
    client_global(&p->client, "keepalive@openssh.com", true);
    pair_nothing(p);
    fake_auth(&p->fake);
    pair_next(p, MSG_USERAUTH_SUCCESS);
    pair_next(p, MSG_CHANNEL_OPEN_CONFIRMATION);
    pair_next(p, MSG_REQUEST_FAILURE);
    pair_stop(p);
}

static void test_session_ends_while_pending(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    p->fake.auth_later = true;
    client_publickey(&p->client, "tester", &p->fake.user_key, true, FORGE_NOTHING);
    pair_nothing(p);
    session_fail(&p->fake.session, REASON_SHUTDOWN);
    session_auth(&p->fake.session, true);
    assert_int_equal(p->fake.session.phase, PHASE_AUTH);
    pair_ended(p, REASON_SHUTDOWN);
    pair_stop(p);
}

/* RFC 4252 section 5.1: further requests after success are silently ignored. */
static void test_requests_after_success(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    client_auth(&p->client, "root", "none");
    client_publickey(&p->client, "root", &p->fake.user_key, true, FORGE_NOTHING);
    pair_nothing(p);
    assert_int_equal(p->fake.auth_questions, 1);
    pair_alive(p);
    pair_stop(p);
}

static void test_service_requests(void **state)
{
    (void)state;
    static const char *const wrong[] = { "ssh-connection", "", "ssh-userauth ", "telnet" };
    struct pair_options o = pair_defaults();
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct pair *p = pair_keyed(&o);
        client_service(&p->client, wrong[i]);
        pair_ended(p, REASON_SERVICE);
        pair_stop(p);
    }
    struct pair *p = pair_keyed(&o);
    client_auth(&p->client, "tester", "none"); /* before the service was asked for */
    pair_ended(p, REASON_PHASE);
    pair_stop(p);
}

/* A key blob as long as allowed and one byte more; a foreign type with any content. */
static void test_key_blob_sizes(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    uint8_t blob[LIMIT_KEY_BLOB + 1] = { 0, 0, 0, 11 };
    memcpy(blob + 4, "ssh-ed25519", 11);
    for (size_t n = LIMIT_KEY_BLOB; n <= LIMIT_KEY_BLOB + 1; n++) {
        struct pair *p = pair_auth(&o);
        struct writer *w = client_build(&p->client, MSG_USERAUTH_REQUEST);
        put_text(w, "tester");
        put_text(w, "ssh-connection");
        put_text(w, "publickey");
        put_boolean(w, false);
        put_text(w, "ssh-ed25519");
        put_string(w, span_of(blob, n));
        client_send_built(&p->client);
        expect_failure(p);
        assert_int_equal(p->fake.last_proof, n > LIMIT_KEY_BLOB ? AUTH_REFUSED : AUTH_NONE);
        pair_stop(p);
    }
}

/* The algorithm is named twice, and both names must agree before anybody is asked. */
static void test_blob_of_another_type(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_auth(&o);
    struct writer *w = client_build(&p->client, MSG_USERAUTH_REQUEST);
    put_text(w, "tester");
    put_text(w, "ssh-connection");
    put_text(w, "publickey");
    put_boolean(w, false);
    put_text(w, "ssh-ed25519");
    put_string(w, span_of("\0\0\0\7ssh-rsa\0\0\0\1x", 16));
    client_send_built(&p->client);
    expect_failure(p);
    assert_int_equal(p->fake.last_proof, AUTH_REFUSED);
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_random_portions),
        cmocka_unit_test(test_none_says_what_there_is),
        cmocka_unit_test(test_banner_comes_once),
        cmocka_unit_test(test_query_then_signature),
        cmocka_unit_test(test_forgeries),
        cmocka_unit_test(test_yes_to_refused_is_no),
        cmocka_unit_test(test_unknown_user_and_key_look_alike),
        cmocka_unit_test(test_user_may_not_change),
        cmocka_unit_test(test_other_service),
        cmocka_unit_test(test_names_no_user_can_have),
        cmocka_unit_test(test_longest_name),
        cmocka_unit_test(test_too_many_tries),
        cmocka_unit_test(test_other_methods),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_pending_question),
        cmocka_unit_test(test_session_ends_while_pending),
        cmocka_unit_test(test_requests_after_success),
        cmocka_unit_test(test_service_requests),
        cmocka_unit_test(test_key_blob_sizes),
        cmocka_unit_test(test_blob_of_another_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
