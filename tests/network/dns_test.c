/* Messages without a socket: names to questions, and messages damaged in every way. */
#include "network/dns.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/bytes.h"
#include "tests/support/test.h"

static const struct span none = { (const uint8_t *)"", 0 };

static void expect_query(const char *name, const char *domain, const void *labels, size_t n)
{
    struct dns_query q;
    assert_true(dns_query(&q, span_text(name), span_text(domain)));
    assert_int_equal(q.n, DNS_HEADER + n + 4);
    assert_memory_equal(q.p, "\0\0\1\0\0\1\0\0\0\0\0\0", DNS_HEADER);
    assert_memory_equal(q.p + DNS_HEADER, labels, n);
    dns_query_for(&q, DNS_V4);
    assert_memory_equal(q.p + q.n - 4, "\0\1\0\1", 4);
    dns_query_for(&q, DNS_V6);
    assert_memory_equal(q.p + q.n - 4, "\0\34\0\1", 4);
}

static void test_query(void **state)
{
    (void)state;
    expect_query("a", "", "\1a", 3);
    expect_query("ab.c", "", "\2ab\1c", 6);
    expect_query("ab", "c.de", "\2ab\1c\2de", 9);
    assert_true(span_is(dns_bare(span_text("a.b.")), "a.b"));
    assert_true(span_is(dns_bare(span_text("a..")), "a."));
    assert_int_equal(dns_bare(span_text(".")).n, 0);
    assert_int_equal(dns_bare(none).n, 0);
}

/* Lengths around 63 and 253, in the name and as the sum of name and domain. */
static void test_query_limits(void **state)
{
    (void)state;
    static const char *const no_names[] = { "", ".", "..", ".a", "a..", "a..b", "a." };
    struct dns_query q;
    for (size_t i = 0; i < COUNT(no_names); i++)
        assert_int_equal(dns_query(&q, span_text(no_names[i]), none), false);
    for (size_t i = 0; i < COUNT(no_names) - 1; i++)
        assert_int_equal(dns_query(&q, span_text(no_names[i]), span_text("test")), false);
    assert_false(dns_query(&q, span_text("a"), span_text("b..c")));
    assert_false(dns_query(&q, span_text("a"), span_text("b.")));
    char text[2000];
    memset(text, 'x', sizeof text);
    for (size_t n = 1; n < 300; n++) {
        assert_int_equal(dns_query(&q, span_of(text, n), none), n <= 63);
        assert_int_equal(dns_query(&q, span_text("a"), span_of(text, n)), n <= 63);
    }
    for (size_t i = 49; i < sizeof text; i += 50)
        text[i] = '.';
    for (size_t n = 1; n < sizeof text; n++) {
        if (n % 50 == 0)
            continue; /* it ends in a dot */
        bool fits = n <= 253;
        assert_int_equal(dns_query(&q, span_of(text, n), none), fits);
        assert_int_equal(dns_query(&q, span_of(text, n), span_text("b")), n + 2 <= 253);
        assert_int_equal(dns_query(&q, span_text("b"), span_of(text, n)), n + 2 <= 253);
        if (fits) {
            assert_true(dns_query(&q, span_of(text, n), none));
            assert_int_equal(q.n, DNS_HEADER + n + 2 + 4);
        }
    }
}

static void test_equal(void **state)
{
    (void)state;
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            uint8_t x = (uint8_t)a, y = (uint8_t)b;
            bool letter = (a | 32) >= 'a' && (a | 32) <= 'z';
            bool same = a == b || (letter && (a ^ b) == 32);
            assert_int_equal(dns_equal(span_of(&x, 1), span_of(&y, 1)), same);
        }
    assert_false(dns_equal(span_text("ab"), span_text("a")));
    assert_true(dns_equal(none, none));
}

/* A good answer with `count` records of the question's name; returns its length. */
static size_t make_answer(const struct dns_query *q, uint8_t *to, size_t room, unsigned count)
{
    unsigned size = q->p[q->n - 3] == 1 ? 4 : 16;
    struct writer w = writer_of(to, room);
    put_bytes(&w, q->p, q->n);
    to[2] = 0x81;
    to[7] = (uint8_t)count;
    for (unsigned i = 0; i < count; i++) {
        put_bytes(&w, "\xc0\x0c", 2);
        put_bytes(&w, q->p + q->n - 4, 4);
        put_u32(&w, 60);
        put_byte(&w, 0);
        put_byte(&w, (uint8_t)size);
        for (unsigned k = 1; k < size; k++)
            put_byte(&w, 10);
        put_byte(&w, (uint8_t)(i + 1));
    }
    assert_false(w.bad);
    return writer_used(&w);
}

static void start(struct dns_query *q, unsigned family)
{
    assert_true(dns_query(q, span_text("host.test"), none));
    dns_query_for(q, family);
    q->p[0] = 0x12;
    q->p[1] = 0x34;
}

static void test_answers(void **state)
{
    (void)state;
    uint8_t m[1000];
    struct dns_query q;
    struct resolved found = { .n = 0 };
    start(&q, DNS_V6);
    size_t n = make_answer(&q, m, sizeof m, 6);
    assert_int_equal(dns_answer(&q, span_of(m, n), &found), DNS_DONE);
    assert_int_equal(found.n, RESOLVE_MAX / 2); /* the rest is for IPv4 */
    assert_int_equal(found.list[3].any.sa_family, AF_INET6);
    assert_int_equal(found.list[3].v6.sin6_addr.s6_addr[15], 4);
    assert_int_equal(q.open, 1 << DNS_V4);
    assert_int_equal(dns_answer(&q, span_of(m, n), &found), DNS_OTHER); /* once is enough */
    dns_query_for(&q, DNS_V4);
    n = make_answer(&q, m, sizeof m, 5);
    assert_int_equal(dns_answer(&q, span_of(m, n), &found), DNS_DONE);
    assert_int_equal(found.n, RESOLVE_MAX);
    assert_int_equal(found.list[7].any.sa_family, AF_INET);
    assert_int_equal(q.open, 0);
}

static void test_codes(void **state)
{
    (void)state;
    uint8_t m[1000];
    for (unsigned code = 0; code < 16; code++)
        for (unsigned cut = 0; cut < 2; cut++)
            for (unsigned count = 0; count < 2; count++) {
                struct dns_query q;
                struct resolved found = { .n = 0 };
                start(&q, DNS_V4);
                size_t n = make_answer(&q, m, sizeof m, count);
                m[2] |= (uint8_t)(cut << 1);
                m[3] = (uint8_t)(0x80 | code);
                enum dns_answer want = code == 0 && cut && count == 0 ? DNS_CUT
                                       : code == 0 || code == 3       ? DNS_DONE
                                                                      : DNS_FAILED;
                assert_int_equal(dns_answer(&q, span_of(m, n), &found), want);
                assert_int_equal(found.n, code == 0 ? count : 0);
                assert_int_equal(q.open >> DNS_V4 & 1, want != DNS_DONE);
            }
}

/* Cut anywhere, in memory that ends there: the question whole or nothing, then the whole records. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    uint8_t m[1000];
    struct dns_query q;
    start(&q, DNS_V4);
    size_t n = make_answer(&q, m, sizeof m, 3);
    for (size_t i = 0; i <= n; i++) {
        struct resolved found = { .n = 0 };
        uint8_t *end = malloc(i + (i == 0));
        memcpy(end, m, i);
        start(&q, DNS_V4);
        enum dns_answer got = dns_answer(&q, span_of(end, i), &found);
        unsigned whole = i < q.n ? 0 : (unsigned)(i - q.n) / 16;
        assert_int_equal(found.n, whole);
        assert_int_equal(got, i < q.n ? DNS_OTHER : whole > 0 ? DNS_DONE : DNS_FAILED);
        free(end);
    }
}

/* Every bit of the question part matters but the case of letters and what the flags leave open. */
static void test_changed_bits(void **state)
{
    (void)state;
    uint8_t m[1000];
    struct dns_query q;
    start(&q, DNS_V4);
    size_t n = make_answer(&q, m, sizeof m, 1);
    for (size_t bit = 0; bit < q.n * 8; bit++) {
        size_t i = bit / 8;
        struct resolved found = { .n = 0 };
        bool letter = i >= DNS_HEADER && (m[i] | 32) >= 'a' && (m[i] | 32) <= 'z';
        bool ours = i == 0 || i == 1 || i == 4 || i == 5 || (i == 2 && bit % 8 >= 3) ||
                    (i >= DNS_HEADER && !(letter && bit % 8 == 5));
        m[i] ^= (uint8_t)(1 << bit % 8);
        start(&q, DNS_V4);
        enum dns_answer got = dns_answer(&q, span_of(m, n), &found);
        if ((got == DNS_OTHER) != ours)
            fail_msg("byte %zu, bit %zu: %d", i, bit % 8, got);
        m[i] ^= (uint8_t)(1 << bit % 8);
    }
}

static void test_random_damage(void **state)
{
    (void)state;
    struct random random = random_of(53);
    uint8_t m[1000];
    for (unsigned round = 0; round < 100000; round++) {
        struct dns_query q;
        struct resolved found = { .n = 0 };
        start(&q, round & 1);
        size_t n = make_answer(&q, m, sizeof m, 1 + (unsigned)random_below(&random, 9));
        n -= random_below(&random, n - q.n);
        for (size_t changes = random_below(&random, 6); changes > 0; changes--)
            m[6 + random_below(&random, n - 6)] = (uint8_t)random_next(&random);
        uint8_t *end = malloc(n);
        memcpy(end, m, n);
        dns_answer(&q, span_of(end, n), &found);
        assert_in_range(found.n, 0, RESOLVE_MAX / 2);
        free(end);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query),        cmocka_unit_test(test_query_limits),
        cmocka_unit_test(test_equal),        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_codes),        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_changed_bits), cmocka_unit_test(test_random_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
