/* Every message a client can send, cut at every byte, with every four bytes in turn made 0, 1,
 * 0x7fffffff and 0xffffffff, and with bytes too many: refused as malformed, or harmless. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/stages.h"

enum effect {
    MALFORMED, /* every cut ends the connection as malformed */
    LENIENT,   /* its fields do not matter: a cut one is as good */
};

struct sample {
    const char *name;
    enum stage stage;
    uint8_t type;
    enum effect effect;
    bool trailing; /* bytes behind the last field are tolerated (RFC: fields specific to a type) */
};

/* Numbers above 255 in `type` are requests by name; see make(). */
static const struct sample samples[] = {
    { "KEXINIT", BEFORE_KEXINIT, MSG_KEXINIT, MALFORMED, false },
    { "KEXINIT again", OPEN, MSG_KEXINIT, MALFORMED, false },
    { "KEX_ECDH_INIT", BEFORE_SHARE_STRICT, MSG_KEX_ECDH_INIT, MALFORMED, false },
    { "DISCONNECT", OPEN, MSG_DISCONNECT, LENIENT, true },
    { "IGNORE", OPEN, MSG_IGNORE, LENIENT, true },
    { "DEBUG", OPEN, MSG_DEBUG, LENIENT, true },
    { "UNIMPLEMENTED", OPEN, MSG_UNIMPLEMENTED, LENIENT, true },
    { "EXT_INFO", KEYED, MSG_EXT_INFO, LENIENT, true },
    { "SERVICE_REQUEST", KEYED, MSG_SERVICE_REQUEST, MALFORMED, false },
    { "USERAUTH_REQUEST", AUTH, MSG_USERAUTH_REQUEST, MALFORMED, true },
    { "GLOBAL_REQUEST", OPEN, MSG_GLOBAL_REQUEST, MALFORMED, true },
    { "CHANNEL_OPEN", OPEN, MSG_CHANNEL_OPEN, MALFORMED, false }, /* of a session */
    { "WINDOW_ADJUST", OPEN, MSG_CHANNEL_WINDOW_ADJUST, MALFORMED, false },
    { "DATA", OPEN, MSG_CHANNEL_DATA, MALFORMED, false },
    { "EXTENDED_DATA", OPEN, MSG_CHANNEL_EXTENDED_DATA, MALFORMED, false },
    { "EOF", OPEN, MSG_CHANNEL_EOF, MALFORMED, false },
    { "CLOSE", OPEN, MSG_CHANNEL_CLOSE, MALFORMED, false },
    { "SUCCESS", OPEN, MSG_CHANNEL_SUCCESS, MALFORMED, false },
    { "REQUEST", OPEN, MSG_CHANNEL_REQUEST, MALFORMED, false },
};

static uint8_t message[8192];

static size_t make(struct pair *p, const struct sample *s)
{
    struct client *c = &p->client;
    if (s->type == MSG_KEXINIT) {
        client_send_kexinit(c);
        bytes_drop(&c->out, bytes_used(&c->out));
        c->tx.seq--;
        memcpy(message, bytes_front(&c->i_c), bytes_used(&c->i_c));
        return bytes_used(&c->i_c);
    }
    if (s->type == MSG_KEX_ECDH_INIT) {
        put_string(client_build(c, s->type), span_of("01234567890123456789012345678901", 32));
    } else if (s->type == MSG_DISCONNECT) {
        struct writer *w = client_build(c, s->type);
        put_u32(w, 11);
        put_text(w, "a reason");
        put_text(w, "en");
    } else {
        stage_build(c, s->type);
    }
    struct span built = client_built(c);
    memcpy(message, built.p, built.n);
    return built.n;
}

/* A publickey request with its signature is the longest parser of all. */
static size_t make_publickey(struct pair *p)
{
    struct client *c = &p->client;
    client_publickey(c, "tester", &p->fake.user_key, true, FORGE_NOTHING);
    bytes_drop(&c->out, bytes_used(&c->out));
    c->tx.seq--;
    struct span built = client_built(c);
    memcpy(message, built.p, built.n);
    return built.n;
}

static struct pair *reach(enum stage stage)
{
    struct pair *p = stage_reach(stage);
    p->client.automatic = false;
    p->tolerant = true;
    return p;
}

static void expect_cut(struct pair *p, const struct sample *s, size_t n)
{
    pair_run(p);
    enum reason r = session_reason(&p->fake.session);
    enum reason want = s->type == MSG_DISCONNECT ? REASON_PEER_DISCONNECT
                       : s->effect == MALFORMED  ? REASON_FORMAT
                                                 : REASON_NONE;
    if (r != want)
        fail_msg("%s of %zu bytes: \"%s\"", s->name, n, reason_text(r));
    assert_true(r == REASON_NONE || bytes_used(&p->client.in) == 0 || p->client.broken);
}

static void test_every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        const struct sample *s = &samples[i];
        size_t whole = 2;
        for (size_t n = 1; n < whole; n++) {
            struct pair *p = reach(s->stage);
            whole = make(p, s);
            client_send(&p->client, span_of(message, n));
            expect_cut(p, s, n);
            pair_stop(p);
        }
    }
}

static void test_every_cut_of_a_publickey_request(void **state)
{
    (void)state;
    static const struct sample s = { "publickey", AUTH, MSG_USERAUTH_REQUEST, MALFORMED, false };
    size_t whole = 2;
    for (size_t n = 1; n <= whole; n++) {
        struct pair *p = reach(AUTH);
        whole = make_publickey(p);
        /* up to its algorithm's name it is cut within the common fields or becomes another method */
        client_send(&p->client, span_of(message, n));
        if (n < whole)
            expect_cut(p, &s, n);
        else
            pair_next(p, MSG_USERAUTH_SUCCESS);
        assert_int_equal(p->fake.session.phase == PHASE_OPEN, n == whole);
        pair_stop(p);
    }
}

static void test_bytes_too_many(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(samples); i++) {
        const struct sample *s = &samples[i];
        struct pair *p = reach(s->stage);
        size_t n = make(p, s);
        message[n] = 0;
        client_send(&p->client, span_of(message, n + 1));
        pair_run(p);
        enum reason want = s->type == MSG_DISCONNECT ? REASON_PEER_DISCONNECT
                           : s->trailing             ? REASON_NONE
                                                     : REASON_FORMAT;
        if (session_reason(&p->fake.session) != want)
            fail_msg("%s with a byte too many: \"%s\"", s->name,
                     reason_text(session_reason(&p->fake.session)));
        pair_stop(p);
    }
}

/* A peer's last words go into the log: cut to what is kept, and dropped when they hide something. */
static void test_last_words(void **state)
{
    (void)state;
    for (size_t n = 0; n < 1000; n += n < 130 ? 1 : 97) {
        struct pair *p = stage_reach(OPEN);
        struct transport *t = &p->fake.session.transport;
        struct writer *w = client_build(&p->client, MSG_DISCONNECT);
        put_u32(w, 0xfffffffe);
        uint8_t *text = put_string_start(w);
        for (size_t i = 0; i < n; i++)
            put_byte(w, (uint8_t)('a' + i % 26));
        put_string_stop(w, text);
        client_send_built(&p->client);
        pair_ended(p, REASON_PEER_DISCONNECT);
        assert_int_equal(t->peer_code, 0xfffffffe);
        size_t kept = n < sizeof t->peer_text ? n : sizeof t->peer_text - 1;
        assert_int_equal(strlen(t->peer_text), kept);
        for (size_t i = 0; i < kept; i++)
            assert_int_equal(t->peer_text[i], 'a' + i % 26);
        pair_stop(p);
    }
    struct pair *p = stage_reach(OPEN);
    put_bytes(client_build(&p->client, MSG_DISCONNECT), "\0\0\0\2\0\0\0\3a\0b", 11);
    client_send_built(&p->client);
    pair_ended(p, REASON_PEER_DISCONNECT);
    assert_string_equal(p->fake.session.transport.peer_text, "");
    pair_stop(p);
}

/* What a length or number gone wrong may lead to: an error of the message's own, never of ours. */
static void expect_sane(struct pair *p, const struct sample *s, size_t at, uint32_t value)
{
    pair_run(p);
    enum reason r = session_reason(&p->fake.session);
    switch (r) {
    case REASON_MEMORY:
    case REASON_CRYPTO:
    case REASON_MAC:
    case REASON_LENGTH:
    case REASON_PADDING:
        fail_msg("%s with %08x at %zu: \"%s\"", s->name, value, at, reason_text(r));
        break;
    default:
        break;
    }
    if (s->stage < OPEN)
        assert_int_not_equal(p->fake.session.phase, PHASE_OPEN);
}

static void test_every_number(void **state)
{
    (void)state;
    static const uint32_t values[] = { 0, 1, 0x7fffffff, 0xffffffff };
    for (size_t i = 0; i < COUNT(samples); i++) {
        const struct sample *s = &samples[i];
        size_t whole = 6;
        for (size_t at = 1; at + 4 <= whole; at++)
            for (size_t v = 0; v < COUNT(values); v++) {
                struct pair *p = reach(s->stage);
                whole = make(p, s);
                store_u32(message + at, values[v]);
                client_send(&p->client, span_of(message, whole));
                expect_sane(p, s, at, values[v]);
                pair_stop(p);
            }
    }
}

static void test_every_number_of_a_publickey_request(void **state)
{
    (void)state;
    static const struct sample s = { "publickey", AUTH, MSG_USERAUTH_REQUEST, MALFORMED, false };
    static const uint32_t values[] = { 0, 1, 0x7fffffff, 0xffffffff };
    size_t whole = 6;
    for (size_t at = 1; at + 4 <= whole; at++)
        for (size_t v = 0; v < COUNT(values); v++) {
            struct pair *p = reach(AUTH);
            whole = make_publickey(p);
            if (load_u32(message + at) == values[v]) {
                pair_stop(p);
                continue;
            }
            store_u32(message + at, values[v]);
            client_send(&p->client, span_of(message, whole));
            expect_sane(p, &s, at, values[v]);
            pair_stop(p);
        }
}

/* Random bytes instead of a message, in every stage. */
static void test_random_messages(void **state)
{
    (void)state;
    for (enum stage stage = BEFORE_KEXINIT; stage < STAGES; stage++)
        for (uint64_t seed = 0; seed < 40; seed++) {
            struct random random = random_of(seed * STAGES + stage);
            struct pair *p = reach(stage);
            for (int i = 0; i < 10; i++) {
                size_t n = 1 + random_below(&random, 300);
                random_fill(&random, message, n);
                if (i % 2)
                    message[0] = (uint8_t)(90 + random_below(&random, 12));
                client_send(&p->client, span_of(message, n));
            }
            struct sample s = { "random bytes", stage, 0, LENIENT, true };
            expect_sane(p, &s, 0, 0);
            pair_stop(p);
        }
}

/* Random bytes instead of a conversation. */
static void test_random_streams(void **state)
{
    (void)state;
    struct random random = random_of(9);
    for (int i = 0; i < 300; i++) {
        struct pair_options o = pair_defaults();
        o.to_server = i % 2 ? FLOW_RANDOM : FLOW_WHOLE;
        o.seed = (uint64_t)i;
        struct pair *p = pair_start(&o);
        uint8_t garbage[5000];
        p->tolerant = true;
        if (i % 3)
            client_send_ident(&p->client);
        random_fill(&random, garbage, sizeof garbage);
        if (i % 3 == 2)
            store_u32(garbage, (uint32_t)(8 * random_below(&random, 600) + 4));
        client_send_bytes(&p->client, garbage, sizeof garbage);
        pair_run(p);
        assert_int_not_equal(session_reason(&p->fake.session), REASON_NONE);
        assert_false(p->fake.session.transport.keyed);
        pair_stop(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_every_cut_of_a_publickey_request),
        cmocka_unit_test(test_bytes_too_many),
        cmocka_unit_test(test_last_words),
        cmocka_unit_test(test_every_number),
        cmocka_unit_test(test_every_number_of_a_publickey_request),
        cmocka_unit_test(test_random_messages),
        cmocka_unit_test(test_random_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
