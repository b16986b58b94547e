/* Every cipher row of this build, whatever it is made of: what one side seals the other opens, packet
 * after packet and over every carry of a counter; a packet that is wrong in any bit, or not the one
 * that is due, is refused and not shown; a state can be moved and gives back all it owns. */
#include <stdlib.h>
#include <string.h>

#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "profile/profile.h"
#include "tests/support/bytes.h"
#include "tests/support/test.h"

enum { LENGTH = 4, LARGEST = 40000 };

/* Keys, initial IVs and MAC keys of one direction. */
struct keys {
    uint8_t key[CIPHER_KEY_MAX], iv[CIPHER_KEY_MAX], mac[CIPHER_KEY_MAX];
};

static int start(void **state)
{
    (void)state;
    return crypto_start(NULL, 0) ? 0 : -1;
}

/* --- the row under test --- */
static void each_row(void (*test)(const struct cipher *c))
{
    for (const struct cipher *const *c = profile_algorithms.ciphers; *c != NULL; c++)
        if ((*c)->here == NULL || (*c)->here())
            test(*c);
        else
            print_message("this CPU has no %s\n", (*c)->name);
}

#define EACH_ROW(NAME, TEST)                                                                       \
    static void NAME(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        each_row(TEST);                                                                            \
    }

/* A MAC over the plaintext, which is decrypted before anything can be said of it. */
static bool decrypts_first(const struct cipher *c)
{
    return c->mac != NULL && c->length_n == 0;
}

/* The sequence number goes into the nonce or the MAC, or the row counts for itself. */
static bool uses_seq(const struct cipher *c)
{
    return c->mac != NULL || c->iv_n == 0;
}

/* The nearest size from n on that a packet of this row can have. */
static size_t fitting(const struct cipher *c, size_t n)
{
    size_t outside = c->length_n ? 0 : LENGTH;
    while ((outside + n) % c->block != 0)
        n++;
    return n;
}

static struct keys keys_of(uint64_t seed)
{
    struct keys k;
    struct random r = random_of(seed);
    random_fill(&r, &k, sizeof k);
    return k;
}

static struct cipher_state started(const struct cipher *c, const struct keys *k)
{
    struct cipher_state s;
    assert_true(c->start(&s, k->key, k->iv, k->mac));
    return s;
}

static void stop(const struct cipher *c, struct cipher_state *s)
{
    if (c->stop != NULL)
        c->stop(s);
    memset(s, 0xee, sizeof *s);
}

/* --- packets, in memory of exactly their size --- */
static uint8_t *packet(const struct cipher *c, size_t n, uint64_t seed)
{
    uint8_t *p = malloc(LENGTH + n + c->tag_n);
    assert_non_null(p);
    struct random r = random_of(seed);
    random_fill(&r, p + LENGTH, n);
    store_u32(p, (uint32_t)n);
    return p;
}

static uint8_t *sealed(const struct cipher *c, struct cipher_state *s, uint32_t seq, size_t n,
                       uint64_t seed)
{
    uint8_t *p = packet(c, n, seed);
    assert_true(c->seal(s, seq, p, n));
    return p;
}

static bool is_plain(const uint8_t *p, size_t n, uint64_t seed)
{
    uint8_t *want = malloc(n);
    struct random r = random_of(seed);
    assert_non_null(want);
    random_fill(&r, want, n);
    bool same = memcmp(p + LENGTH, want, n) == 0;
    free(want);
    return same;
}

static void expect_opens(const struct cipher *c, struct cipher_state *s, uint32_t seq, uint8_t *p,
                         size_t n, uint64_t seed)
{
    assert_int_equal(c->length(s, seq, p), n);
    assert_true(c->open(s, seq, p, n));
    assert_true(is_plain(p, n, seed));
}

/* Refused by a fresh state, and nothing of it to be read. */
static void expect_refused(const struct cipher *c, const struct keys *k, uint32_t seq, uint8_t *p,
                           size_t n, uint64_t seed)
{
    struct cipher_state s = started(c, k);
    assert_false(c->open(&s, seq, p, n));
    assert_true(decrypts_first(c) || !is_plain(p, n, seed));
    stop(c, &s);
}

/* --- the row itself --- */
static void row_is_sound(const struct cipher *c)
{
    assert_true(c->key_n > 0 && c->key_n <= CIPHER_KEY_MAX);
    assert_true(c->iv_n <= CIPHER_KEY_MAX && c->mac_key_n <= CIPHER_KEY_MAX);
    assert_int_equal(c->mac != NULL, c->mac_key_n != 0);
    assert_true(c->block >= 8 && c->tag_n >= 16 && c->tag_n <= 64);
    assert_true(c->length_n == 0 || c->length_n == LENGTH);
}

EACH_ROW(test_rows, row_is_sound)

/* --- good packets --- */
static void sizes(const struct cipher *c)
{
    struct keys k = keys_of(1);
    struct cipher_state tx = started(c, &k), rx = started(c, &k);
    uint32_t seq = 0;
    for (size_t n = 1; n <= LARGEST; n += n < 600 ? 1 : n / 9) {
        size_t fit = fitting(c, n);
        uint8_t *p = sealed(c, &tx, seq, fit, n);
        assert_false(is_plain(p, fit, n));
        expect_opens(c, &rx, seq, p, fit, n);
        free(p);
        seq++;
    }
    stop(c, &tx);
    stop(c, &rx);
}

EACH_ROW(test_sizes, sizes)

/* Both directions at once, thousands of packets, sequence numbers over their end. */
static void long_talk(const struct cipher *c)
{
    struct keys k[2] = { keys_of(2), keys_of(3) };
    struct cipher_state tx[2], rx[2];
    struct random r = random_of(4);
    for (int i = 0; i < 2; i++) {
        tx[i] = started(c, &k[i]);
        rx[i] = started(c, &k[i]);
    }
    uint32_t seq = 0xffffffff - 700;
    for (uint64_t i = 0; i < 3000; i++, seq++)
        for (int way = 0; way < 2; way++) {
            size_t n = fitting(c, 1 + random_below(&r, 300));
            uint8_t *p = sealed(c, &tx[way], seq, n, i);
            expect_opens(c, &rx[way], seq, p, n, i);
            free(p);
        }
    for (int i = 0; i < 2; i++) {
        stop(c, &tx[i]);
        stop(c, &rx[i]);
    }
}

EACH_ROW(test_long_talk, long_talk)

/* The IV of the packet behind one of n bytes: AES-GCM counts packets in the last eight bytes (RFC 5647
 * section 7.1), AES-CTR counts blocks in all of them (RFC 4344 section 4). */
static void advance(const struct cipher *c, uint8_t *iv, size_t n)
{
    bool blocks = c->mac != NULL;
    size_t by = blocks ? (n + (c->length_n ? 0 : LENGTH)) / c->block : 1;
    size_t last = blocks ? 0 : c->iv_n - 8u;
    while (by-- != 0)
        for (size_t i = c->iv_n; i-- > last && ++iv[i] == 0;)
            ;
}

/* A packet in the middle of a talk is the first one of a talk whose IV is so much further. */
static void counter_carries(const struct cipher *c)
{
    if (c->iv_n == 0)
        return;
    for (size_t ones = 0; ones <= c->iv_n; ones++)
        for (size_t blocks = 1; blocks < 40; blocks += 6) {
            struct keys k = keys_of(ones), further;
            size_t n = fitting(c, blocks * c->block), other = fitting(c, 50);
            memset(k.iv + c->iv_n - ones, 0xff, ones);
            further = k;
            advance(c, further.iv, n);
            struct cipher_state a = started(c, &k), b = started(c, &further);
            free(sealed(c, &a, 1, n, 5));
            uint8_t *second = sealed(c, &a, 2, other, 6), *first = sealed(c, &b, 2, other, 6);
            assert_memory_equal(first, second, LENGTH + other + c->tag_n);
            free(first);
            free(second);
            stop(c, &a);
            stop(c, &b);
        }
}

EACH_ROW(test_counter_carries, counter_carries)

/* --- wrong packets --- */
static void flipped_bits(const struct cipher *c)
{
    static const size_t wanted[] = { 8, 40, 64, 136 };
    struct keys k = keys_of(7);
    for (size_t i = 0; i < COUNT(wanted); i++) {
        size_t n = fitting(c, wanted[i]), whole = LENGTH + n + c->tag_n;
        struct cipher_state tx = started(c, &k);
        uint8_t *p = sealed(c, &tx, 9, n, i), *tried = malloc(whole);
        assert_non_null(tried);
        for (size_t bit = 0; bit < 8 * whole; bit++) {
            memcpy(tried, p, whole);
            tried[bit / 8] ^= (uint8_t)(1 << bit % 8);
            expect_refused(c, &k, 9, tried, n, i);
        }
        memcpy(tried, p, whole);
        struct cipher_state rx = started(c, &k);
        expect_opens(c, &rx, 9, tried, n, i);
        stop(c, &rx);
        stop(c, &tx);
        free(p);
        free(tried);
    }
}

EACH_ROW(test_flipped_bits, flipped_bits)

static void flipped_in_the_largest(const struct cipher *c)
{
    struct keys k = keys_of(8);
    size_t n = fitting(c, LARGEST), whole = LENGTH + n + c->tag_n;
    struct cipher_state tx = started(c, &k);
    uint8_t *p = sealed(c, &tx, 1, n, 8), *tried = malloc(whole);
    assert_non_null(tried);
    for (size_t at = 0; at < whole; at += 997) {
        memcpy(tried, p, whole);
        tried[at] ^= 0x40;
        expect_refused(c, &k, 1, tried, n, 8);
    }
    stop(c, &tx);
    free(p);
    free(tried);
}

EACH_ROW(test_flipped_in_the_largest, flipped_in_the_largest)

/* Cut short, or with bytes put before the tag; the length field still says what it said. */
static void other_lengths(const struct cipher *c)
{
    struct keys k = keys_of(9);
    size_t n = fitting(c, 160), whole = LENGTH + n + c->tag_n;
    struct cipher_state tx = started(c, &k);
    uint8_t *p = sealed(c, &tx, 3, n, 9);
    for (size_t less = fitting(c, 1); less < n; less += c->block) {
        uint8_t *exact = malloc(LENGTH + less + c->tag_n);
        assert_non_null(exact);
        memcpy(exact, p, LENGTH + less + c->tag_n);
        expect_refused(c, &k, 3, exact, less, 10);
        memcpy(exact, p, LENGTH + less); /* the right tag, behind less */
        memcpy(exact + LENGTH + less, p + LENGTH + n, c->tag_n);
        expect_refused(c, &k, 3, exact, less, 10);
        free(exact);
    }
    uint8_t *more = calloc(1, whole + c->block);
    assert_non_null(more);
    memcpy(more, p, LENGTH + n);
    memcpy(more + LENGTH + n + c->block, p + LENGTH + n, c->tag_n);
    expect_refused(c, &k, 3, more, n + c->block, 10);
    stop(c, &tx);
    free(more);
    free(p);
}

EACH_ROW(test_other_lengths, other_lengths)

/* Every bit of the keys that the row asked for counts. */
static void wrong_keys(const struct cipher *c)
{
    struct keys k = keys_of(10);
    size_t n = fitting(c, 64), whole = LENGTH + n + c->tag_n;
    struct cipher_state tx = started(c, &k);
    uint8_t *p = sealed(c, &tx, 3, n, 11), *tried = malloc(whole);
    assert_non_null(tried);
    for (size_t bit = 0; bit < 8u * (c->key_n + c->iv_n + c->mac_key_n); bit++) {
        struct keys other = k;
        size_t at = bit / 8;
        uint8_t *byte = at < c->key_n             ? &other.key[at]
                        : at < c->key_n + c->iv_n ? &other.iv[at - c->key_n]
                                                  : &other.mac[at - c->key_n - c->iv_n];
        *byte ^= (uint8_t)(1 << bit % 8);
        memcpy(tried, p, whole);
        struct cipher_state rx = started(c, &other);
        /* with encrypt-then-MAC it may open, but not to what it was */
        assert_false(c->length(&rx, 3, tried) == n && c->open(&rx, 3, tried, n) &&
                     is_plain(tried, n, 11));
        stop(c, &rx);
    }
    stop(c, &tx);
    free(p);
    free(tried);
}

EACH_ROW(test_wrong_keys, wrong_keys)

/* Out of turn: repeated, left out, or under another number. */
static void out_of_turn(const struct cipher *c)
{
    struct keys k = keys_of(12);
    size_t n = fitting(c, 40), whole = LENGTH + n + c->tag_n;
    struct cipher_state tx = started(c, &k);
    uint8_t *first = sealed(c, &tx, 0, n, 1), *second = sealed(c, &tx, 1, n, 2);
    uint8_t *tried = malloc(whole);
    assert_non_null(tried);
    memcpy(tried, second, whole);
    expect_refused(c, &k, 0, tried, n, 2);
    struct cipher_state rx = started(c, &k);
    memcpy(tried, first, whole);
    expect_opens(c, &rx, 0, tried, n, 1);
    memcpy(tried, first, whole);
    assert_false(c->open(&rx, 1, tried, n));
    stop(c, &rx);
    static const uint32_t others[] = { 1, 255, 256, 0x10000, 0x80000000, 0xffffffff };
    for (size_t i = 0; uses_seq(c) && i < COUNT(others); i++) {
        memcpy(tried, first, whole);
        expect_refused(c, &k, others[i], tried, n, 1);
    }
    stop(c, &tx);
    free(first);
    free(second);
    free(tried);
}

EACH_ROW(test_out_of_turn, out_of_turn)

/* --- the state --- */
/* Asked for the length any number of times, of whatever bytes, it stays what it was. */
static void length_changes_nothing(const struct cipher *c)
{
    struct keys k = keys_of(13);
    struct cipher_state tx = started(c, &k), rx = started(c, &k), before;
    struct random r = random_of(14);
    for (uint32_t seq = 0; seq < 50; seq++) {
        size_t n = fitting(c, 1 + random_below(&r, 500));
        uint8_t *p = sealed(c, &tx, seq, n, seq), asked[LENGTH], noise[LENGTH];
        memcpy(asked, p, LENGTH);
        before = rx;
        for (int i = 0; i < 5; i++) {
            random_fill(&r, noise, LENGTH);
            c->length(&rx, seq + (uint32_t)i, noise);
            assert_int_equal(c->length(&rx, seq, p), n);
        }
        assert_memory_equal(&before, &rx, sizeof rx);
        assert_memory_equal(asked, p, LENGTH);
        expect_opens(c, &rx, seq, p, n, seq);
        free(p);
    }
    stop(c, &tx);
    stop(c, &rx);
}

EACH_ROW(test_length_changes_nothing, length_changes_nothing)

/* To a new place before every packet, the old one overwritten. */
static void can_be_moved(const struct cipher *c)
{
    struct keys k = keys_of(15);
    struct cipher_state places[2] = { started(c, &k) }, rx = started(c, &k), *now = &places[0];
    for (uint32_t seq = 0; seq < 20; seq++) {
        struct cipher_state *next = &places[(seq + 1) % 2];
        memcpy(next, now, sizeof *next);
        memset(now, 0xee, sizeof *now);
        now = next;
        size_t n = fitting(c, 100);
        uint8_t *p = sealed(c, now, seq, n, seq);
        expect_opens(c, &rx, seq, p, n, seq);
        free(p);
    }
    stop(c, now);
    stop(c, &rx);
}

EACH_ROW(test_can_be_moved, can_be_moved)

/* Nothing is left when it stops, used or not; the leak check of the sanitized build sees to it. */
static void starts_and_stops(const struct cipher *c)
{
    struct keys k = keys_of(16);
    for (uint64_t i = 0; i < 300; i++) {
        struct cipher_state s = started(c, &k);
        if (i % 2)
            free(sealed(c, &s, 0, fitting(c, 20), i));
        stop(c, &s);
    }
}

EACH_ROW(test_starts_and_stops, starts_and_stops)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),          cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_long_talk),     cmocka_unit_test(test_counter_carries),
        cmocka_unit_test(test_flipped_bits),  cmocka_unit_test(test_flipped_in_the_largest),
        cmocka_unit_test(test_other_lengths), cmocka_unit_test(test_wrong_keys),
        cmocka_unit_test(test_out_of_turn),   cmocka_unit_test(test_length_changes_nothing),
        cmocka_unit_test(test_can_be_moved),  cmocka_unit_test(test_starts_and_stops),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
