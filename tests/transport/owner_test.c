/* Ciphers whose states own memory: framing in both shapes through whole sessions, and every state that
 * was started is stopped once, however the session ended: in the middle of any exchange, on a bad
 * share, without a signature, without keys. That none is used afterwards is for the sanitized build
 * to see: the memory is gone then. */
#include <string.h>

#include "tests/support/pair.h"
#include "tests/support/rows.h"

/* A row's cipher and MAC, in the direction that the client calls out and the one it calls in. */
static void want(struct client_options *o, const struct cipher *out, const struct cipher *in)
{
    o->cipher_out = out->name;
    o->cipher_in = in->name;
    o->mac = out->mac != NULL ? out->mac : "";
    o->mac_in = in->mac != NULL ? in->mac : "";
}

static struct pair_options with_rows(const struct algorithms *a)
{
    struct pair_options o = pair_defaults();
    o.client.ciphers = rows_all;
    o.fake.algorithms = a;
    want(&o.client, rows_all[1], rows_all[2]);
    rows_count = (struct rows_count){ 0 };
    return o;
}

static void stop_and_count(struct pair *p)
{
    pair_stop(p);
    assert_int_equal(rows_count.started, rows_count.stopped);
}

/* --- whole sessions --- */
static uint32_t echo_open(struct pair *p)
{
    uint32_t channel = pair_channel(p, 3, 0x7fffffff, 32768);
    pair_exec(p, channel, "echo");
    return channel;
}

static void echo(struct pair *p, uint32_t channel, size_t n)
{
    uint8_t piece[100];
    struct bytes back = { 0 };
    memset(piece, (int)n, sizeof piece);
    client_data(&p->client, channel, span_of(piece, n));
    pair_data(p, 3, &back);
    assert_int_equal(bytes_used(&back), n);
    assert_memory_equal(bytes_front(&back), piece, n);
    bytes_stop(&back);
}

/* Each row out with each row in, with payloads of every length that padding can make a difference to,
 * then new keys the other way round. */
static void test_sessions(void **state)
{
    (void)state;
    for (size_t out = 1; rows_all[out] != NULL; out++)
        for (size_t in = 1; rows_all[in] != NULL; in++)
            for (int i = 0; i < 4; i++) {
                struct pair_options o = with_rows(&rows_algorithms);
                want(&o.client, rows_all[out], rows_all[in]);
                o.client.strict = i & 1;
                o.to_client = o.to_server = i & 2 ? FLOW_RANDOM : FLOW_WHOLE;
                struct pair *p = pair_open(&o);
                uint32_t channel = echo_open(p);
                for (size_t n = 1; n < 40; n++)
                    echo(p, channel, n);
                want(&p->client.options, rows_all[in], rows_all[out]);
                pair_rekey(p);
                assert_ptr_equal(p->fake.session.transport.rx.cipher, rows_all[in]);
                assert_ptr_equal(p->fake.session.transport.tx.cipher, rows_all[out]);
                for (size_t n = 1; n < 40; n++)
                    echo(p, channel, n);
                pair_rekey(p);
                pair_alive(p);
                assert_int_equal(rows_count.started, rows_count.stopped + 4);
                stop_and_count(p);
            }
}

static void take_source(struct pair *p, size_t wanted)
{
    size_t got = 0;
    while (pair_waiting(p) != 0) {
        struct reader r = pair_pop(p);
        if (p->current.p[0] != MSG_CHANNEL_DATA)
            continue;
        get_u32(&r);
        struct span data = get_string(&r);
        for (size_t i = 0; i < data.n; i++)
            assert_int_equal(data.p[i], fake_byte(got++));
    }
    assert_int_equal(got, wanted);
}

/* Data in flight, new keys every 50,000 bytes. */
static void test_rekeys_under_data(void **state)
{
    (void)state;
    for (size_t row = 1; rows_all[row] != NULL; row++)
        for (int strict = 0; strict < 2; strict++) {
            struct pair_options o = with_rows(&rows_algorithms);
            want(&o.client, &row_own, rows_all[row]);
            o.client.strict = strict;
            o.fake.rekey_bytes = 50000;
            o.to_client = FLOW_RANDOM;
            struct pair *p = pair_open(&o);
            client_exec(&p->client, pair_channel(p, 3, 0x7fffffff, 32768), "source 500000");
            pair_run(p);
            take_source(p, 500000);
            assert_true(p->client.exchanges > 3);
            stop_and_count(p);
        }
}

/* Bits of a packet, length and tag included: refused, or waited for. */
static void test_flipped_bits(void **state)
{
    (void)state;
    for (size_t row = 1; rows_all[row] != NULL; row++)
        for (size_t bit = 0; bit < 8 * 150; bit += 5) {
            struct pair_options o = with_rows(&rows_algorithms);
            want(&o.client, rows_all[row], rows_all[row]);
            struct pair *p = pair_keyed(&o);
            client_service(&p->client, "ssh-userauth");
            struct bytes *sent = &p->client.out;
            if (bit < 8 * bytes_used(sent)) {
                sent->p[sent->head + bit / 8] ^= (uint8_t)(1 << bit % 8);
                pair_run(p);
                enum reason r = session_reason(&p->fake.session);
                assert_true(r == REASON_MAC || r == REASON_LENGTH || bit < 32);
                assert_false(p->fake.session.transport.service_asked);
            }
            stop_and_count(p);
        }
}

/* --- ends in the middle --- */
enum moment { AFTER_KEXINIT, AFTER_REPLY, AFTER_NEWKEYS, MOMENTS };
enum ending { END_CLOSED, END_DISCONNECT, END_BAD_MAC, END_NONSENSE, ENDINGS };

static void exchange_until(struct pair *p, enum moment m)
{
    client_send_kexinit(&p->client);
    pair_next(p, MSG_KEXINIT);
    if (m == AFTER_KEXINIT)
        return;
    client_send_share(&p->client);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    if (m == AFTER_NEWKEYS)
        client_send_newkeys(&p->client);
}

static void end(struct pair *p, enum ending e)
{
    static const uint8_t unsealed[128] = { 0, 0, 0, 48 };
    if (e == END_DISCONNECT)
        client_disconnect(&p->client);
    else if (e == END_BAD_MAC)
        client_send_bytes(&p->client, unsealed, sizeof unsealed);
    else if (e == END_NONSENSE)
        client_send(&p->client, span_of("\x1e", 1)); /* a share, but without one */
    pair_run(p);
    assert_int_equal(session_reason(&p->fake.session) == REASON_NONE, e == END_CLOSED);
}

static void test_ends_in_an_exchange(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++)
        for (enum moment m = 0; m < MOMENTS; m++)
            for (enum ending e = 0; e < ENDINGS; e++) {
                struct pair_options o = with_rows(&rows_algorithms);
                o.client.ext_info = false;
                if (!again && m != AFTER_NEWKEYS && e == END_BAD_MAC)
                    continue; /* nothing is sealed yet */
                struct pair *p = again ? pair_open(&o) : pair_start(&o);
                if (!again)
                    client_send_ident(&p->client);
                p->client.automatic = false;
                exchange_until(p, m);
                end(p, e);
                stop_and_count(p);
                assert_int_equal(rows_count.started, 4 * again + (m == AFTER_KEXINIT ? 0 : 4));
            }
}

/* --- an exchange that fails --- */
static bool answer_nothing(struct kex_result *out, struct span share)
{
    (void)out, (void)share;
    return false;
}

static unsigned signatures_left;

static bool sign_sometimes(struct writer *w, const struct host_key *k, struct span message)
{
    if (signatures_left-- != 0)
        return host_key_ed25519.sign(w, k, message);
    put_text(w, "ssh-ed25519"); /* fails when it is half done */
    return false;
}

/* Into the exchange that is to fail, the first or a later one; what comes is only why it ended. */
static void expect_failed(struct pair *p, enum reason why)
{
    client_send_kexinit(&p->client);
    pair_next(p, MSG_KEXINIT);
    client_send_share(&p->client);
    struct reader r = pair_next(p, MSG_DISCONNECT);
    assert_int_equal(get_u32(&r), reason_code(why));
    pair_nothing(p);
    assert_int_equal(session_reason(&p->fake.session), why);
    assert_int_equal(p->fake.session.transport.keyed, p->client.keyed);
    stop_and_count(p);
}

static struct pair *before_exchange(const struct pair_options *o, bool again)
{
    struct pair *p = again ? pair_open(o) : pair_start(o);
    if (!again)
        client_send_ident(&p->client);
    p->client.automatic = false;
    return p;
}

static void test_no_answer(void **state)
{
    (void)state;
    static struct kex sometimes;
    static const struct kex *const kex[] = { &sometimes, NULL };
    struct algorithms a = rows_algorithms;
    a.kex = kex;
    for (int again = 0; again < 2; again++) {
        sometimes = kex_curve25519;
        struct pair_options o = with_rows(&a);
        struct pair *p = before_exchange(&o, again);
        sometimes.answer = answer_nothing;
        expect_failed(p, REASON_SHARE);
        assert_int_equal(rows_count.started, 4 * again);
    }
}

static void test_no_signature(void **state)
{
    (void)state;
    struct host_key_type sometimes = host_key_ed25519;
    const struct host_key_type *const types[] = { &sometimes, NULL };
    struct algorithms a = rows_algorithms;
    sometimes.sign = sign_sometimes;
    a.host_keys = types;
    for (unsigned again = 0; again < 2; again++) {
        struct pair_options o = with_rows(&a);
        signatures_left = again;
        expect_failed(before_exchange(&o, again), REASON_CRYPTO);
        assert_int_equal(rows_count.started, 4 * again + 2); /* the server's two, given back */
    }
}

/* The first start is of what the server will receive, the second of what it will send. */
static void test_no_keys(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++)
        for (unsigned which = 1; which <= 2; which++) {
            struct pair_options o = with_rows(&rows_algorithms);
            struct pair *p = before_exchange(&o, again);
            rows_count.fail_in = which;
            expect_failed(p, REASON_CRYPTO);
            assert_int_equal(rows_count.started, 4 * again + which - 1);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sessions),     cmocka_unit_test(test_rekeys_under_data),
        cmocka_unit_test(test_flipped_bits), cmocka_unit_test(test_ends_in_an_exchange),
        cmocka_unit_test(test_no_answer),    cmocka_unit_test(test_no_signature),
        cmocka_unit_test(test_no_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
