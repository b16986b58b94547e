/* Every message number from 0 to 255 in every phase of a connection, with the outcome that a table
 * expects. The classes of CVE-2025-32433 (channel messages before login), CVE-2018-10933
 * (USERAUTH_SUCCESS from a client) and of Terrapin (anything in a strict exchange) are rows here. */
#include <string.h>

#include "tests/support/pair.h"
#include "tests/support/stages.h"

enum outcome {
    IGNORED,  /* nothing comes back and the connection goes on */
    ANSWERED, /* it does what it is for in this phase */
    UNIMPLEMENTED,
    PHASE, /* these end the connection … */
    CHANNEL,
    STRICT,
    DISCONNECTED,
};

struct range {
    uint8_t first, last;
    enum outcome outcome;
};

/* Common to all stages but the strict ones; a stage's own rows go before. */
static const struct range transport_rows[] = { { 1, 1, DISCONNECTED },
                                               { 2, 4, IGNORED },
                                               { 0, 49, UNIMPLEMENTED } };
static const struct range above_rows[] = {
    { 50, 53, PHASE },  { 60, 61, PHASE },          { 80, 82, PHASE },
    { 90, 100, PHASE }, { 50, 255, UNIMPLEMENTED },
};
static const struct range strict_rows[] = { { 1, 1, DISCONNECTED },
                                            { 20, 21, PHASE },
                                            { 30, 30, PHASE },
                                            { 0, 49, STRICT },
                                            { 50, 255, PHASE } };

enum { OWN_ROWS = 10 };

static const struct {
    const struct range own[OWN_ROWS]; /* ends in 0, 0 */
    const struct range *rest[2];
} stages[STAGES] = {
    [BEFORE_KEXINIT] = { { { 5, 5, PHASE },
                           { 7, 7, PHASE },
                           { 20, 20, ANSWERED },
                           { 21, 21, PHASE },
                           { 30, 30, PHASE },
                           { 50, 255, PHASE } },
                         { transport_rows } },
    [BEFORE_SHARE] = { { { 5, 5, PHASE },
                         { 7, 7, PHASE },
                         { 20, 21, PHASE },
                         { 30, 30, ANSWERED },
                         { 50, 255, PHASE } },
                       { transport_rows } },
    [BEFORE_SHARE_STRICT] = { { { 30, 30, ANSWERED } }, { strict_rows } },
    [BEFORE_NEWKEYS] = { { { 5, 5, PHASE },
                           { 7, 7, PHASE },
                           { 20, 20, PHASE },
                           { 21, 21, ANSWERED },
                           { 30, 30, PHASE },
                           { 50, 255, PHASE } },
                         { transport_rows } },
    [BEFORE_NEWKEYS_STRICT] = { { { 21, 21, ANSWERED } }, { strict_rows } },
    [GUESSED_WRONG] = { { { 5, 5, PHASE },
                          { 7, 7, PHASE },
                          { 20, 21, PHASE },
                          { 30, 49, IGNORED }, /* whatever the method it was meant for */
                          { 50, 255, PHASE } },
                        { transport_rows } },
    [KEYED] = { { { 5, 5, ANSWERED },
                  { 7, 7, IGNORED },
                  { 20, 20, ANSWERED },
                  { 21, 21, PHASE },
                  { 30, 30, PHASE } },
                { transport_rows, above_rows } },
    [AUTH] = { { { 5, 5, ANSWERED },
                 { 7, 7, IGNORED },
                 { 20, 20, ANSWERED },
                 { 21, 21, PHASE },
                 { 30, 30, PHASE },
                 { 50, 50, ANSWERED } },
               { transport_rows, above_rows } },
    [OPEN] = { { { 5, 5, ANSWERED },
                 { 7, 7, IGNORED },
                 { 20, 20, ANSWERED },
                 { 21, 21, PHASE },
                 { 30, 30, PHASE },
                 { 50, 50, IGNORED },
                 { 80, 80, ANSWERED },
                 { 81, 82, IGNORED },
                 { 90, 90, ANSWERED } },
               { transport_rows, above_rows } },
    [REKEY_SHARE] = { { { 5, 5, PHASE },
                        { 7, 7, PHASE },
                        { 20, 21, PHASE },
                        { 30, 30, ANSWERED },
                        { 50, 255, PHASE } },
                      { transport_rows } },
    [REKEY_NEWKEYS] = { { { 5, 5, PHASE },
                          { 7, 7, PHASE },
                          { 20, 20, PHASE },
                          { 21, 21, ANSWERED },
                          { 30, 30, PHASE },
                          { 50, 255, PHASE } },
                        { transport_rows } },
};

/* With a channel open its own messages have a meaning too; it was not offered (91, 92). */
static const struct range channel_rows[] = {
    { 93, 93, IGNORED },  { 94, 94, ANSWERED }, { 95, 95, IGNORED },
    { 96, 96, ANSWERED }, { 97, 97, ANSWERED }, { 98, 98, ANSWERED },
    { 99, 100, IGNORED }, { 91, 92, CHANNEL },  { 0, 0, PHASE },
};

static bool find_row(const struct range *rows, uint8_t type, enum outcome *o)
{
    if (rows == NULL)
        return false;
    for (; rows->last != 0; rows++) {
        if (type < rows->first || type > rows->last)
            continue;
        *o = rows->outcome;
        return true;
    }
    return false;
}

static enum outcome expected(enum stage stage, uint8_t type)
{
    enum outcome o = PHASE;
    static const struct range end = { 0, 0, PHASE };
    struct range rows[8];
    if (stage == OPEN && find_row(channel_rows, type, &o))
        return o;
    if (find_row(stages[stage].own, type, &o))
        return o;
    for (size_t i = 0; i < 2 && stages[stage].rest[i] != NULL; i++) {
        const struct range *rest = stages[stage].rest[i];
        size_t n = rest == transport_rows ? COUNT(transport_rows)
                   : rest == above_rows   ? COUNT(above_rows)
                                          : COUNT(strict_rows);
        memcpy(rows, rest, n * sizeof *rows);
        rows[n] = end;
        if (find_row(rows, type, &o))
            return o;
    }
    fail_msg("no row for message %u", type);
    return o;
}

static void expect_answer(struct pair *p, uint8_t type)
{
    static const uint8_t answers[][2] = {
        { 5, 6 },   { 20, 20 }, { 30, 31 }, { 50, 51 }, { 80, 82 },
        { 90, 91 }, { 94, 94 }, { 96, 96 }, { 97, 97 }, { 98, 99 },
    };
    if (type == MSG_KEXINIT && !p->client.keyed)
        return; /* the server's went out before */
    if (type == MSG_CHANNEL_CLOSE)
        pair_next(p, MSG_CHANNEL_REQUEST); /* the program was hung up: exit-signal */
    for (size_t i = 0; i < COUNT(answers); i++)
        if (answers[i][0] == type)
            pair_next(p, answers[i][1]);
}

static void try_one(enum stage stage, uint8_t type)
{
    struct pair *p = stage_reach(stage);
    struct client *c = &p->client;
    enum outcome o = expected(stage, type);
    bool pending_kex = c->kexinit_sent; /* automatic reactions would be in the way */
    c->automatic = !pending_kex && stage != BEFORE_KEXINIT;
    uint32_t seq = c->tx.seq;
    stage_message(p, type);
    switch (o) {
    case IGNORED:
        pair_nothing(p);
        stage_go_on(p);
        break;
    case UNIMPLEMENTED:
        pair_unimplemented(p, seq);
        stage_go_on(p);
        break;
    case ANSWERED:
        expect_answer(p, type);
        pair_run(p);
        assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
        break;
    case PHASE:
        pair_ended(p, REASON_PHASE);
        break;
    case CHANNEL:
        pair_ended(p, REASON_CHANNEL);
        break;
    case STRICT:
        pair_ended(p, REASON_STRICT);
        break;
    case DISCONNECTED:
        pair_ended(p, REASON_PEER_DISCONNECT);
        break;
    }
    if (stage < OPEN)
        assert_int_equal(p->fake.n_events, 0); /* no channel was ever touched */
    if (o >= PHASE && stage < OPEN)
        assert_int_not_equal(p->fake.session.phase, PHASE_OPEN);
    pair_stop(p);
}

static void try_all(enum stage stage)
{
    for (unsigned type = 0; type < 256; type++)
        try_one(stage, (uint8_t)type);
}

#define STAGE_TEST(name, stage)                                                                    \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        try_all(stage);                                                                            \
    }

STAGE_TEST(test_before_kexinit, BEFORE_KEXINIT)
STAGE_TEST(test_before_share, BEFORE_SHARE)
STAGE_TEST(test_before_share_strict, BEFORE_SHARE_STRICT)
STAGE_TEST(test_before_newkeys, BEFORE_NEWKEYS)
STAGE_TEST(test_before_newkeys_strict, BEFORE_NEWKEYS_STRICT)
STAGE_TEST(test_guessed_wrong, GUESSED_WRONG)
STAGE_TEST(test_keyed, KEYED)
STAGE_TEST(test_auth, AUTH)
STAGE_TEST(test_open, OPEN)
STAGE_TEST(test_rekey_share, REKEY_SHARE)
STAGE_TEST(test_rekey_newkeys, REKEY_NEWKEYS)

/* Before its ident a client may send nothing else, whatever number it bears. */
static void test_before_ident(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        struct pair_options o = pair_defaults();
        struct pair *p = pair_start(&o);
        stage_build(&p->client, (uint8_t)type);
        client_send_built(&p->client);
        pair_ended(p, REASON_IDENT);
        pair_stop(p);
    }
}

/* While a question is open nothing is parsed at all; after a no the message meets the same table. */
static void test_while_a_question_is_open(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        struct pair_options o = pair_defaults();
        struct pair *p = pair_auth(&o);
        enum outcome want = expected(AUTH, (uint8_t)type);
        p->fake.auth_later = true;
        client_publickey(&p->client, "nobody-here", &p->fake.user_key, true, FORGE_NOTHING);
        stage_message(p, (uint8_t)type);
        pair_nothing(p);
        assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
        fake_auth(&p->fake);
        struct reader r = pair_next(p, MSG_USERAUTH_FAILURE);
        get_string(&r);
        if (want == PHASE)
            pair_ended(p, REASON_PHASE);
        else if (want == DISCONNECTED)
            pair_ended(p, REASON_PEER_DISCONNECT);
        else
            assert_int_equal(session_reason(&p->fake.session),
                             type == MSG_USERAUTH_REQUEST ? REASON_USER_CHANGED : REASON_NONE);
        assert_int_equal(p->fake.session.phase, PHASE_AUTH);
        pair_stop(p);
    }
}

/* Our own KEXINIT is on its way: what the client sent before it saw that is still handled, replies
 * above 49 wait for the new keys, and nothing is lost. */
static void test_server_rekeys(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        struct pair_options o = pair_defaults();
        o.fake.rekey_ms = 1000;
        struct pair *p = pair_open(&o);
        enum outcome want = expected(OPEN, (uint8_t)type);
        assert_int_equal(pair_channel(p, 7, 1000, 1000), 0);
        pair_exec(p, 0, "echo");
        p->client.automatic = false;
        pair_wait(p, 1000);
        pair_next(p, MSG_KEXINIT);
        uint32_t seq = p->client.tx.seq;
        stage_message(p, (uint8_t)type);
        if (want == PHASE || want == CHANNEL) {
            pair_ended(p, want == PHASE ? REASON_PHASE : REASON_CHANNEL);
        } else if (want == DISCONNECTED) {
            pair_ended(p, REASON_PEER_DISCONNECT);
        } else {
            if (want == UNIMPLEMENTED)
                pair_unimplemented(p, seq);
            pair_nothing(p);
            if (type != MSG_KEXINIT)
                client_send_kexinit(&p->client);
            client_send_share(&p->client);
            pair_next(p, MSG_KEX_ECDH_REPLY);
            pair_next(p, MSG_NEWKEYS);
            if (want == ANSWERED && type != MSG_KEXINIT)
                expect_answer(p, (uint8_t)type); /* by the new keys */
            client_send_newkeys(&p->client);
            pair_run(p);
            assert_int_equal(p->client.exchanges, 2);
            assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
        }
        pair_stop(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_ident),
        cmocka_unit_test(test_before_kexinit),
        cmocka_unit_test(test_before_share),
        cmocka_unit_test(test_before_share_strict),
        cmocka_unit_test(test_before_newkeys),
        cmocka_unit_test(test_before_newkeys_strict),
        cmocka_unit_test(test_guessed_wrong),
        cmocka_unit_test(test_keyed),
        cmocka_unit_test(test_auth),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_rekey_share),
        cmocka_unit_test(test_rekey_newkeys),
        cmocka_unit_test(test_while_a_question_is_open),
        cmocka_unit_test(test_server_rekeys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
