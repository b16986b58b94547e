/* The start-up self-test: silent on this build, and names every row that computes something else. Rows
 * are altered here, one thing at a time. */
#include <string.h>

#include "crypto/algorithm.h"
#include "crypto/known.h"
#include "profile/profile.h"
#include "tests/support/test.h"

static int start(void **state)
{
    (void)state;
    return crypto_start(NULL, 0) ? 0 : -1;
}

static const struct kex *const no_kex[] = { NULL };
static const struct host_key_type *const no_host_keys[] = { NULL };
static const struct cipher *const no_ciphers[] = { NULL };
static const struct user_key_type *const no_user_keys[] = { NULL };

static void test_this_build(void **state)
{
    (void)state;
    const char *wrong = self_test(&profile_algorithms);
    if (wrong != NULL)
        fail_msg("%s is wrong", wrong);
}

/* --- ciphers --- */
static const struct cipher *good; /* the row behind the altered ones */

static const char *test_row(const struct cipher *c)
{
    const struct cipher *const ciphers[] = { &cipher_chachapoly, c, &cipher_chachapoly, NULL };
    struct algorithms a = { no_kex, no_host_keys, ciphers, no_user_keys };
    return self_test(&a);
}

static bool start_fails(struct cipher_state *s, const uint8_t *key, const uint8_t *iv,
                        const uint8_t *mac_key)
{
    (void)s, (void)key, (void)iv, (void)mac_key;
    return false;
}

static unsigned starts;

static bool second_start_fails(struct cipher_state *s, const uint8_t *key, const uint8_t *iv,
                               const uint8_t *mac_key)
{
    return starts++ == 0 && good->start(s, key, iv, mac_key);
}

static uint32_t length_wrong(const struct cipher_state *s, uint32_t seq, const uint8_t p[4])
{
    return good->length(s, seq, p) ^ 0x100;
}

static bool seal_fails(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    return good->seal(s, seq, p, n) && n == 0;
}

static bool seal_wrong_body(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    bool sealed = good->seal(s, seq, p, n);
    p[4 + n / 2] ^= 0x10;
    return sealed;
}

static bool seal_wrong_tag(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    bool sealed = good->seal(s, seq, p, n);
    p[4 + n + good->tag_n - 1u] ^= 1;
    return sealed;
}

static bool open_refuses(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    return good->open(s, seq, p, n) && n == 0;
}

static bool open_takes_all(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    good->open(s, seq, p, n);
    return true;
}

static bool open_wrong_body(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    bool opened = good->open(s, seq, p, n);
    p[4 + n - 1] ^= 0x80;
    return opened;
}

static void each_cipher(void (*test)(struct cipher c))
{
    for (const struct cipher *const *c = profile_algorithms.ciphers; *c != NULL; c++)
        if ((*c)->here == NULL || (*c)->here()) {
            struct cipher copy = **c;
            copy.name = "altered";
            good = *c;
            assert_null(test_row(&copy));
            test(copy);
        }
}

static void expect_named(const struct cipher *c)
{
    const char *wrong = test_row(c);
    assert_non_null(wrong);
    assert_string_equal(wrong, "altered");
}

static void altered_answers(struct cipher c)
{
    for (size_t bit = 0; bit < 8 * sizeof c.known; bit++) {
        c.known[bit / 8] ^= (uint8_t)(1 << bit % 8);
        expect_named(&c);
        c.known[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void altered_functions(struct cipher c)
{
    struct cipher same = c;
    c.start = start_fails;
    expect_named(&c);
    starts = 0;
    c.start = second_start_fails;
    expect_named(&c);
    c = same;
    c.length = length_wrong;
    expect_named(&c);
    static bool (*const seals[])(struct cipher_state *, uint32_t, uint8_t *,
                                 size_t) = { seal_fails, seal_wrong_body, seal_wrong_tag };
    static bool (*const opens[])(struct cipher_state *, uint32_t, uint8_t *,
                                 size_t) = { open_refuses, open_takes_all, open_wrong_body };
    for (size_t i = 0; i < COUNT(seals); i++) {
        c = same;
        c.seal = seals[i];
        expect_named(&c);
        c = same;
        c.open = opens[i];
        expect_named(&c);
    }
}

static bool nowhere(void)
{
    return false;
}

/* What this CPU does not have is never negotiated, so it is not computed either. */
static void absent(struct cipher c)
{
    c.here = nowhere;
    c.start = start_fails;
    assert_null(test_row(&c));
}

static void test_altered_ciphers(void **state)
{
    (void)state;
    each_cipher(altered_answers);
    each_cipher(altered_functions);
    each_cipher(absent);
}

/* A cipher of another: its key is that of its neighbour, its answer too. */
static void test_exchanged_ciphers(void **state)
{
    (void)state;
    for (const struct cipher *const *a = profile_algorithms.ciphers; *a != NULL; a++)
        for (const struct cipher *const *b = profile_algorithms.ciphers; *b != NULL; b++) {
            struct cipher c = **a;
            if (a == b || (c.here != NULL && !c.here()))
                continue;
            c.name = "altered";
            memcpy(c.known, (*b)->known, sizeof c.known);
            expect_named(&c);
        }
}

/* --- the other tables --- */
static bool wrong(void)
{
    return false;
}

static bool right(void)
{
    return true;
}

static void test_other_tables(void **state)
{
    (void)state;
    static const struct kex kex[] = { { .name = "one", .test = right },
                                      { .name = "two" },
                                      { .name = "three", .test = wrong } };
    static const struct host_key_type host[] = { { .name = "four", .test = right },
                                                 { .name = "five", .test = wrong } };
    static const struct user_key_type user[] = { { .name = "six" },
                                                 { .name = "seven", .test = wrong } };
    static const struct kex *const bad_kex[] = { &kex[0], &kex[1], &kex[2], NULL };
    static const struct kex *const good_kex[] = { &kex[0], &kex[1], NULL };
    static const struct host_key_type *const bad_host[] = { &host[0], &host[1], NULL };
    static const struct host_key_type *const good_host[] = { &host[0], NULL };
    static const struct user_key_type *const bad_user[] = { &user[0], &user[1], NULL };
    static const struct user_key_type *const good_user[] = { &user[0], NULL };
    struct algorithms a = { good_kex, good_host, no_ciphers, good_user };
    assert_null(self_test(&a));
    a.kex = bad_kex;
    assert_string_equal(self_test(&a), "three");
    a.kex = good_kex;
    a.host_keys = bad_host;
    assert_string_equal(self_test(&a), "five");
    a.host_keys = good_host;
    a.user_keys = bad_user;
    assert_string_equal(self_test(&a), "seven");
}

/* Each of the build's names is computed: by its own row, or by one that does the same. */
static void test_every_row_is_computed(void **state)
{
    (void)state;
    static const uint8_t none[8];
    unsigned kex = 0, keys = 0;
    for (const struct kex *const *k = profile_algorithms.kex; *k != NULL; k++) {
        bool computed = false;
        for (const struct kex *const *other = profile_algorithms.kex; *other != NULL; other++)
            computed = computed || ((*other)->answer == (*k)->answer && (*other)->test != NULL);
        assert_true(computed);
        kex++;
    }
    for (const struct cipher *const *c = profile_algorithms.ciphers; *c != NULL; c++)
        assert_memory_not_equal((*c)->known, none, sizeof none);
    for (const struct host_key_type *const *h = profile_algorithms.host_keys; *h != NULL; h++)
        keys += (*h)->test != NULL;
    assert_true(kex > 0 && keys > 0);
}

/* Known input has no pattern that an error could keep, and reduced ML-KEM coefficients only. */
static void test_known_input(void **state)
{
    (void)state;
    uint8_t bytes[1184], again[1184], other[1184];
    known_input(bytes, sizeof bytes, 4);
    known_input(again, sizeof again, 4);
    known_input(other, sizeof other, 5);
    assert_memory_equal(bytes, again, sizeof bytes);
    assert_memory_not_equal(bytes, other, 32);
    for (size_t i = 0; i + 2 < sizeof bytes; i += 3) {
        assert_true((bytes[i] | (bytes[i + 1] & 15) << 8) < 3329);
        assert_true((bytes[i + 1] >> 4 | bytes[i + 2] << 4) < 3329);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_this_build),
        cmocka_unit_test(test_altered_ciphers),
        cmocka_unit_test(test_exchanged_ciphers),
        cmocka_unit_test(test_other_tables),
        cmocka_unit_test(test_every_row_is_computed),
        cmocka_unit_test(test_known_input),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
