/* Everything this build offers, put to use: a login, data both ways and new keys with every key
 * exchange and every cipher, and from any of them to any other in the middle of a talk. */
#include <string.h>

#include "profile/profile.h"
#include "tests/support/pair.h"

static const char no_mac[] = "none-that-anybody-has";

static struct pair_options everything(void)
{
    struct pair_options o = pair_defaults();
    o.fake.algorithms = &profile_algorithms;
    return o;
}

static bool here(const struct cipher *c)
{
    return c->here == NULL || c->here();
}

static void want(struct client_options *o, const struct cipher *out, const struct cipher *in)
{
    o->cipher_out = out->name;
    o->cipher_in = in->name;
    o->mac = out->mac != NULL ? out->mac : no_mac;
    o->mac_in = in->mac != NULL ? in->mac : no_mac;
}

static void expect_used(const struct pair *p, const struct cipher *out, const struct cipher *in)
{
    const struct transport *t = &p->fake.session.transport;
    assert_ptr_equal(t->rx.cipher, out);
    assert_ptr_equal(t->tx.cipher, in);
}

/* --- data both ways --- */
static uint32_t echo_open(struct pair *p)
{
    uint32_t channel = pair_channel(p, 9, 0x7fffffff, 32768);
    pair_exec(p, channel, "echo");
    return channel;
}

static void echo(struct pair *p, uint32_t channel, size_t n)
{
    static uint8_t piece[32768];
    struct bytes back = { 0 };
    for (size_t i = 0; i < n; i++)
        piece[i] = fake_byte(i + n);
    client_data(&p->client, channel, span_of(piece, n));
    while (bytes_used(&back) < n) { /* window adjustments come between */
        struct reader r;
        size_t before = bytes_used(&back);
        pair_data(p, 9, &back);
        if (pair_waiting(p) != 0) {
            r = pair_pop(p);
            assert_int_equal(p->current.p[0], MSG_CHANNEL_WINDOW_ADJUST);
            assert_false(r.bad);
        } else if (bytes_used(&back) == before) {
            fail_msg("%zu of %zu bytes came back", before, n);
        }
    }
    assert_int_equal(bytes_used(&back), n);
    assert_memory_equal(bytes_front(&back), piece, n);
    bytes_stop(&back);
}

static void echo_sizes(struct pair *p, uint32_t channel)
{
    for (size_t n = 1; n < 70; n++)
        echo(p, channel, n);
    echo(p, channel, 1000);
    echo(p, channel, 32768);
}

/* What else is waiting is of no interest any more. */
static void rekey(struct pair *p)
{
    unsigned before = p->client.exchanges;
    struct reader r;
    client_send_kexinit(&p->client);
    assert_true(pair_skip_to(p, MSG_NEWKEYS, &r));
    pair_run(p);
    assert_int_equal(p->client.exchanges, before + 1);
}

static void test_every_kex(void **state)
{
    (void)state;
    for (const struct kex *const *k = profile_algorithms.kex; *k != NULL; k++)
        for (enum flow flow = FLOW_WHOLE; flow <= FLOW_RANDOM; flow++) {
            struct pair_options o = everything();
            o.client.kex = (*k)->name;
            o.to_server = o.to_client = flow;
            struct pair *p = pair_open(&o);
            assert_ptr_equal(p->fake.session.transport.method, *k);
            uint32_t channel = echo_open(p);
            for (int i = 0; i < 5; i++) {
                echo(p, channel, 1000);
                rekey(p);
            }
            pair_alive(p);
            pair_stop(p);
        }
}

/* From each method to each other one; the guess that comes along is right or wrong. */
static void test_from_kex_to_kex(void **state)
{
    (void)state;
    for (const struct kex *const *a = profile_algorithms.kex; *a != NULL; a++)
        for (const struct kex *const *b = profile_algorithms.kex; *b != NULL; b++)
            for (int follows = 0; follows < 2; follows++) {
                struct pair_options o = everything();
                o.client.kex = (*a)->name;
                struct pair *p = pair_open(&o);
                p->client.options.kex = (*b)->name;
                p->client.options.follows = follows;
                p->client.options.guess_right = b == profile_algorithms.kex;
                rekey(p);
                assert_ptr_equal(p->fake.session.transport.method, *b);
                pair_alive(p);
                pair_stop(p);
            }
}

static void test_every_cipher(void **state)
{
    (void)state;
    for (const struct cipher *const *c = profile_algorithms.ciphers; *c != NULL; c++)
        for (enum flow flow = FLOW_WHOLE; here(*c) && flow <= FLOW_RANDOM; flow++)
            for (int strict = 0; strict < 2; strict++) {
                struct pair_options o = everything();
                want(&o.client, *c, *c);
                o.client.strict = strict;
                o.to_server = o.to_client = flow;
                struct pair *p = pair_open(&o);
                expect_used(p, *c, *c);
                uint32_t channel = echo_open(p);
                echo_sizes(p, channel);
                rekey(p);
                echo_sizes(p, channel);
                pair_alive(p);
                pair_stop(p);
            }
}

/* Out by one, in by the other, then the other way round. */
static void test_from_cipher_to_cipher(void **state)
{
    (void)state;
    for (const struct cipher *const *a = profile_algorithms.ciphers; *a != NULL; a++)
        for (const struct cipher *const *b = profile_algorithms.ciphers; *b != NULL; b++) {
            struct pair_options o = everything();
            if (!here(*a) || !here(*b))
                continue;
            want(&o.client, *a, *b);
            struct pair *p = pair_open(&o);
            uint32_t channel = echo_open(p);
            for (int i = 0; i < 4; i++) {
                expect_used(p, i % 2 ? *b : *a, i % 2 ? *a : *b);
                echo(p, channel, 20000);
                want(&p->client.options, i % 2 ? *a : *b, i % 2 ? *b : *a);
                rekey(p);
            }
            pair_stop(p);
        }
}

/* A bit that is wrong on the way ends the session, whatever cipher it was, and what was in that packet
 * is not delivered. */
static void test_damage(void **state)
{
    (void)state;
    for (const struct cipher *const *c = profile_algorithms.ciphers; *c != NULL; c++)
        for (size_t from_end = 1; here(*c) && from_end < 150; from_end += 7) {
            struct pair_options o = everything();
            want(&o.client, *c, *c);
            struct pair *p = pair_open(&o);
            uint32_t channel = echo_open(p);
            client_data(&p->client, channel,
                        span_of("0123456789abcdef0123456789abcdef"
                                "0123456789abcdef0123456789abcdef"
                                "0123456789abcdef0123456789abcdef",
                                96));
            struct bytes *sent = &p->client.out;
            size_t at = from_end < bytes_used(sent) - 4 ? from_end : bytes_used(sent) - 4;
            sent->p[sent->tail - at] ^= 0x04;
            pair_ended(p, REASON_MAC);
            assert_int_equal(bytes_used(&p->fake.channels[channel].taken), 0);
            pair_stop(p);
        }
}

/* Among rows that share a cipher's name each MAC goes with it: a client sees one list of MACs and may
 * choose by it whatever the cipher (RFC 4253 section 7.1). */
static void test_every_mac_with_every_cipher(void **state)
{
    (void)state;
    const struct cipher *const *all = profile_algorithms.ciphers;
    for (const struct cipher *const *a = all; *a != NULL; a++)
        for (const struct cipher *const *b = all; *b != NULL; b++) {
            bool found = (*a)->mac == NULL || (*b)->mac == NULL;
            assert_true(strcmp((*a)->name, (*b)->name) != 0 ||
                        ((*a)->mac == NULL) == ((*b)->mac == NULL));
            for (const struct cipher *const *c = all; *c != NULL && !found; c++)
                found = strcmp((*c)->name, (*a)->name) == 0 && (*c)->mac != NULL &&
                        strcmp((*c)->mac, (*b)->mac) == 0;
            assert_true(found);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kex),    cmocka_unit_test(test_from_kex_to_kex),
        cmocka_unit_test(test_every_cipher), cmocka_unit_test(test_from_cipher_to_cipher),
        cmocka_unit_test(test_damage),       cmocka_unit_test(test_every_mac_with_every_cipher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
