/* RFC 4253 section 6: packets of every size, whole and in pieces, and packets that are none. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/pair.h"

enum { LARGEST_PLAIN = 34996, LARGEST_SEALED = 34992 };

/* Keys in use (or not yet), no strict kex in the way of IGNORE. */
static struct pair *start(bool keyed)
{
    struct pair_options o = pair_defaults();
    o.client.strict = false;
    if (keyed)
        return pair_open(&o);
    struct pair *p = pair_start(&o);
    p->client.automatic = false;
    client_send_ident(&p->client);
    pair_next(p, MSG_KEXINIT);
    return p;
}

/* An unknown message is answered: that says it was taken for a packet. */
static void send_unknown(struct client *c, size_t payload, size_t more_padding)
{
    uint8_t *bytes = calloc(1, payload);
    assert_non_null(bytes);
    bytes[0] = 19;
    client_send_padded(c, span_of(bytes, payload), more_padding);
    free(bytes);
}

static void test_every_small_size(void **state)
{
    (void)state;
    for (int keyed = 0; keyed < 2; keyed++) {
        struct pair *p = start(keyed);
        for (size_t n = 1; n <= 300; n++) {
            send_unknown(&p->client, n, 0);
            pair_unimplemented(p, p->client.tx.seq - 1);
        }
        pair_stop(p);
    }
}

static void test_every_padding(void **state)
{
    (void)state;
    for (int keyed = 0; keyed < 2; keyed++) {
        struct pair *p = start(keyed);
        for (size_t more = 0; more <= 240; more += 8) {
            send_unknown(&p->client, 5, more);
            pair_unimplemented(p, p->client.tx.seq - 1);
        }
        pair_stop(p);
    }
}

/* The largest that is taken, and the next larger one, which is refused before its body has come. */
static void test_largest(void **state)
{
    (void)state;
    for (int keyed = 0; keyed < 2; keyed++)
        for (enum flow flow = FLOW_WHOLE; flow <= FLOW_RANDOM; flow++) {
            uint32_t largest = keyed ? LARGEST_SEALED : LARGEST_PLAIN;
            struct pair *p = start(keyed);
            p->to_server = flow;
            uint8_t *body = calloc(1, largest);
            assert_non_null(body);
            body[0] = 4;
            body[1] = 19;
            for (int i = 0; i < 4; i++) {
                client_send_frame(&p->client, largest, body, largest);
                pair_unimplemented(p, p->client.tx.seq - 1);
            }
            client_send_frame(&p->client, largest + 8, body, 16);
            pair_ended(p, REASON_LENGTH);
            free(body);
            pair_stop(p);
        }
}

static void test_absurd_lengths(void **state)
{
    (void)state;
    static const uint32_t lengths[] = { 0,          1,          2,          3,          4,
                                        5,          6,          7,          9,          10,
                                        11,         13,         17,         35000,      35004,
                                        65536,      0x7fffffff, 0x80000000, 0xfffffffc, 0xfffffff8,
                                        0xfffffff4, 0xffffffff };
    uint8_t body[64] = { 4, 19 };
    for (int keyed = 0; keyed < 2; keyed++)
        for (size_t i = 0; i < COUNT(lengths); i++) {
            struct pair *p = start(keyed);
            client_send_frame(&p->client, lengths[i], body, sizeof body);
            pair_ended(p, REASON_LENGTH);
            pair_stop(p);
        }
}

/* Every length up to 64, right or wrong by what the block size says. */
static void test_block_sizes(void **state)
{
    (void)state;
    uint8_t body[64] = { 4, 19 };
    for (int keyed = 0; keyed < 2; keyed++)
        for (uint32_t n = 0; n <= sizeof body; n++) {
            struct pair *p = start(keyed);
            bool good = (n + (keyed ? 0 : 4)) % 8 == 0 && n >= 8;
            client_send_frame(&p->client, n, body, n);
            if (good) {
                pair_unimplemented(p, p->client.tx.seq - 1);
                assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
            } else {
                pair_ended(p, REASON_LENGTH);
            }
            pair_stop(p);
        }
}

static void test_every_padding_length(void **state)
{
    (void)state;
    for (int keyed = 0; keyed < 2; keyed++) {
        uint32_t n = keyed ? 24 : 28;
        for (unsigned padding = 0; padding < 256; padding++) {
            uint8_t body[28] = { (uint8_t)padding, 19 };
            struct pair *p = start(keyed);
            client_send_frame(&p->client, n, body, n);
            if (padding < 4 || padding > n - 2)
                pair_ended(p, REASON_PADDING);
            else
                pair_unimplemented(p, p->client.tx.seq - 1);
            pair_stop(p);
        }
    }
}

/* Any bit of a sealed packet: never taken, and nothing behind it either. */
static void test_every_flipped_bit(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    size_t whole = 4 + 24 + 16;
    for (size_t bit = 0; bit < 8 * whole; bit++) {
        struct pair *p = pair_auth(&o);
        send_unknown(&p->client, 19, 0);
        assert_int_equal(bytes_used(&p->client.out), whole);
        p->client.out.p[p->client.out.head + bit / 8] ^= (uint8_t)(1 << bit % 8);
        client_service(&p->client, "ssh-userauth");
        if (bit < 32) { /* a length that is merely larger waits for more: it comes */
            uint8_t more[35000] = { 0 };
            client_send_bytes(&p->client, more, sizeof more);
        }
        pair_run(p);
        enum reason r = session_reason(&p->fake.session);
        assert_true(r == REASON_MAC || (bit < 32 && r == REASON_LENGTH));
        pair_ended(p, r);
        pair_stop(p);
    }
}

static void swap(struct client *c, size_t first, size_t second)
{
    uint8_t kept[200];
    uint8_t *p = c->out.p + c->out.head;
    memcpy(kept, p, first);
    memmove(p, p + first, second);
    memcpy(p + second, kept, first);
}

static void test_replayed_and_swapped(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    for (int replay = 0; replay < 2; replay++) {
        struct pair *p = pair_open(&o);
        send_unknown(&p->client, 19, 0);
        if (replay) {
            uint8_t again[44];
            memcpy(again, bytes_front(&p->client.out), sizeof again);
            pair_unimplemented(p, p->client.tx.seq - 1);
            client_send_bytes(&p->client, again, sizeof again);
        } else {
            send_unknown(&p->client, 19, 0);
            swap(&p->client, 44, 44);
        }
        uint8_t more[35000] = { 0 };
        client_send_bytes(&p->client, more, sizeof more);
        pair_run(p);
        enum reason r = session_reason(&p->fake.session);
        assert_true(r == REASON_MAC || r == REASON_LENGTH);
        pair_ended(p, r);
        pair_stop(p);
    }
}

/* Packets of all sizes in portions of all sizes: every one comes through, in order. */
static void test_streams(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++) {
        struct random random = random_of(seed);
        struct pair *p = start(seed & 1);
        uint32_t first = p->client.tx.seq;
        size_t n = 400;
        for (size_t i = 0; i < n; i++) {
            size_t most = random_below(&random, 20) ? 200 : 34000;
            send_unknown(&p->client, 1 + random_below(&random, most),
                         8 * random_below(&random, 30));
        }
        p->to_server = p->to_client = seed & 2 ? FLOW_RANDOM : FLOW_WHOLE;
        for (size_t i = 0; i < n; i++)
            pair_unimplemented(p, first + (uint32_t)i);
        assert_int_equal(p->fake.pool.n_lent, 0);
        pair_stop(p);
    }
}

/* One packet cut in two at every place, with pauses in which the session rests. */
static void test_cut_everywhere(void **state)
{
    (void)state;
    for (int keyed = 0; keyed < 2; keyed++) {
        struct pair *p = start(keyed);
        send_unknown(&p->client, 50, 0);
        size_t whole = bytes_used(&p->client.out);
        for (size_t cut = 1; cut < whole; cut++) {
            size_t back = bytes_used(&p->client.out) - cut;
            p->client.out.tail -= back; /* hold the rest back … */
            pair_nothing(p);
            p->client.out.tail += back;
            pair_unimplemented(p, p->client.tx.seq - 1);
            send_unknown(&p->client, 50, 0);
        }
        pair_stop(p);
    }
}

/* Ours: padded to the block, at least 4 bytes, lengths right. The client checks each; here the sizes
 * around the limits are made to occur. */
static void test_ours_are_well_formed(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    uint32_t channel = pair_channel(p, 1, 0, 32768);
    struct bytes got = { 0 };
    pair_exec(p, channel, "source 100000");
    for (uint32_t n = 1; n <= 80; n++) {
        client_adjust(&p->client, channel, n);
        size_t before = bytes_used(&got);
        pair_data(p, 1, &got);
        assert_int_equal(bytes_used(&got) - before, n);
    }
    bytes_stop(&got);
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_small_size),
        cmocka_unit_test(test_every_padding),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_absurd_lengths),
        cmocka_unit_test(test_block_sizes),
        cmocka_unit_test(test_every_padding_length),
        cmocka_unit_test(test_every_flipped_bit),
        cmocka_unit_test(test_replayed_and_swapped),
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_cut_everywhere),
        cmocka_unit_test(test_ours_are_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
