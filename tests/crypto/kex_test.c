/* The key exchange rows: both sides come to the same secret, encoded as their documents say (RFC 8731
 * section 3.1: an mpint; draft-ietf-sshm-mlkem-hybrid-kex: a string), and no share that is too short,
 * too long, not reduced or of small order is answered. The client's ML-KEM is not the provider's. */
#include <string.h>

#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "tests/support/bytes.h"
#include "tests/support/mlkem.h"
#include "tests/support/test.h"

enum { POINT = 32, HYBRID = MLKEM768_KEY + POINT, Q = 3329, COEFFICIENTS = 768 };

static struct random randomness;

static int start(void **state)
{
    (void)state;
    randomness = random_of(1);
    return crypto_start(NULL, 0) ? 0 : -1;
}

/* --- the client's side --- */
struct client_secret {
    uint8_t scalar[POINT], mlkem[MLKEM_SECRET];
};

static void make_point(struct client_secret *s, uint8_t share[POINT])
{
    random_fill(&randomness, s->scalar, sizeof s->scalar);
    assert_true(x25519_base(share, s->scalar));
}

static void make_hybrid(struct client_secret *s, uint8_t share[HYBRID])
{
    uint8_t seed[64];
    random_fill(&randomness, seed, sizeof seed);
    mlkem_keys(share, s->mlkem, seed);
    make_point(s, share + MLKEM768_KEY);
}

static void secret_is_string(const struct kex_result *k, const uint8_t *p, size_t n)
{
    assert_int_equal(k->secret_n, 4 + n);
    assert_int_equal(load_u32(k->secret), n);
    assert_memory_equal(k->secret + 4, p, n);
}

/* RFC 4251 section 5: no leading zero, but one before a set bit. */
static size_t secret_is_mpint(const struct kex_result *k, const uint8_t shared[POINT])
{
    uint8_t number[1 + POINT] = { 0 };
    size_t first = 1;
    memcpy(number + 1, shared, POINT);
    while (first < POINT && number[first] == 0)
        first++;
    if (number[first] & 0x80)
        first--;
    secret_is_string(k, number + first, sizeof number - first);
    return sizeof number - first;
}

/* --- curve25519-sha256 --- */
/* Until shared secrets were seen with a leading zero byte that goes, one that stays, and without. */
static void test_curve25519_secrets(void **state)
{
    (void)state;
    unsigned shorter = 0, as_it_is = 0, longer = 0, hidden_zero = 0;
    for (int i = 0; i < 60000 && (shorter == 0 || hidden_zero == 0 || i < 50); i++) {
        struct client_secret s;
        struct kex_result k;
        uint8_t share[POINT], shared[POINT];
        make_point(&s, share);
        assert_true(kex_curve25519.answer(&k, span_of(share, sizeof share)));
        assert_int_equal(k.share_n, POINT);
        assert_true(x25519(shared, s.scalar, k.share));
        size_t n = secret_is_mpint(&k, shared);
        longer += n == POINT + 1;
        as_it_is += n == POINT;
        shorter += n < POINT;
        hidden_zero += shared[0] == 0 && shared[1] >= 0x80;
    }
    assert_true(longer > 0 && as_it_is > 0 && shorter > 0 && hidden_zero > 0);
}

static void test_two_names(void **state)
{
    (void)state;
    assert_string_equal(kex_curve25519.name, "curve25519-sha256");
    assert_string_equal(kex_curve25519_libssh.name, "curve25519-sha256@libssh.org");
    assert_true(kex_curve25519.answer == kex_curve25519_libssh.answer);
}

static void only_length(const struct kex *row, const uint8_t *share, size_t right)
{
    static const size_t lengths[] = { 0,    1,    31,   32,   33,   64,   65,   1088, 1120,
                                      1152, 1183, 1184, 1185, 1215, 1216, 1217, 1248, 2432 };
    uint8_t longer[2432] = { 0 };
    struct kex_result k;
    memcpy(longer, share, right);
    for (size_t i = 0; i < COUNT(lengths); i++)
        assert_int_equal(row->answer(&k, span_of(longer, lengths[i])), lengths[i] == right);
}

static void test_lengths(void **state)
{
    (void)state;
    struct client_secret s;
    uint8_t share[HYBRID];
    make_hybrid(&s, share);
    only_length(&kex_mlkem768x25519, share, HYBRID);
    only_length(&kex_curve25519, share + MLKEM768_KEY, POINT);
}

/* The points of order 1, 2, 4 and 8 in all their spellings. Each also comes with the top bit, which
 * X25519 ignores; what lists of bad points have besides are numbers of 256 bits, and no points of small
 * order once that bit is gone. */
static const char *const small_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void test_small_order(void **state)
{
    (void)state;
    struct client_secret s;
    struct kex_result k;
    uint8_t share[HYBRID];
    make_hybrid(&s, share);
    for (size_t i = 0; i < COUNT(small_order); i++)
        for (int top = 0; top < 2; top++) {
            uint8_t *point = share + MLKEM768_KEY;
            assert_int_equal(hex_bytes(point, POINT, small_order[i]), POINT);
            point[POINT - 1] |= (uint8_t)(top << 7);
            assert_false(kex_curve25519.answer(&k, span_of(point, POINT)));
            assert_false(kex_mlkem768x25519.answer(&k, span_of(share, sizeof share)));
        }
}

/* Points that are not reduced are other spellings of good ones (RFC 7748 section 5), the top bit means
 * nothing: both sides must still agree. */
static void test_other_spellings(void **state)
{
    (void)state;
    static const char *const points[] = {
        "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", /* p + 9 */
        "0900000000000000000000000000000000000000000000000000000000000080",
        "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    for (size_t i = 0; i < COUNT(points); i++) {
        struct kex_result k;
        uint8_t point[POINT];
        assert_int_equal(hex_bytes(point, POINT, points[i]), POINT);
        assert_true(kex_curve25519.answer(&k, span_of(point, POINT)));
        secret_is_mpint(&k,
                        k.share); /* against the base point the secret is the server's own share */
    }
}

/* --- mlkem768x25519-sha256 --- */
static void digest_of_both(uint8_t digest[32], const uint8_t pq[32], const uint8_t classic[32])
{
    struct sha256 h;
    sha256_start(&h);
    sha256_add(&h, pq, 32);
    sha256_add(&h, classic, 32);
    sha256_stop(&h, digest);
}

static void test_hybrid_secret(void **state)
{
    (void)state;
    unsigned high = 0;
    for (int i = 0; i < 30; i++) {
        struct client_secret s;
        struct kex_result k;
        uint8_t share[HYBRID], pq[32], classic[32], digest[32];
        make_hybrid(&s, share);
        assert_true(kex_mlkem768x25519.answer(&k, span_of(share, sizeof share)));
        assert_int_equal(k.share_n, MLKEM768_CIPHERTEXT + POINT);
        mlkem_decapsulate(pq, k.share, s.mlkem);
        assert_true(x25519(classic, s.scalar, k.share + MLKEM768_CIPHERTEXT));
        digest_of_both(digest, pq, classic);
        secret_is_string(&k, digest, sizeof digest); /* 32 bytes, whatever the first bit */
        high += digest[0] >= 0x80;
        k.share[i * 36] ^= 1; /* a server that answers something else knows another secret */
        mlkem_decapsulate(pq, k.share, s.mlkem);
        digest_of_both(digest, pq, classic);
        assert_memory_not_equal(k.secret + 4, digest, sizeof digest);
    }
    assert_in_range(high, 1, 29);
}

/* Nothing of an exchange is repeated in the next. */
static void test_fresh_every_time(void **state)
{
    (void)state;
    struct client_secret s;
    struct kex_result a, b;
    uint8_t share[HYBRID];
    make_hybrid(&s, share);
    assert_true(kex_mlkem768x25519.answer(&a, span_of(share, sizeof share)));
    assert_true(kex_mlkem768x25519.answer(&b, span_of(share, sizeof share)));
    assert_memory_not_equal(a.share, b.share, MLKEM768_CIPHERTEXT);
    assert_memory_not_equal(a.share + MLKEM768_CIPHERTEXT, b.share + MLKEM768_CIPHERTEXT, POINT);
    assert_memory_not_equal(a.secret, b.secret, 36);
}

static void set_coefficient(uint8_t *key, size_t i, unsigned v)
{
    uint8_t *p = key + i / 2 * 3;
    if (i % 2 == 0) {
        p[0] = (uint8_t)v;
        p[1] = (uint8_t)((p[1] & 0xf0) | v >> 8);
    } else {
        p[1] = (uint8_t)((p[1] & 0x0f) | v << 4);
        p[2] = (uint8_t)(v >> 4);
    }
}

/* FIPS 203 section 7.2: a coefficient of Q or more, in whatever place, makes the key invalid. */
static void test_coefficients(void **state)
{
    (void)state;
    static const unsigned wrong[] = { Q, Q + 1, 3584, 4095 };
    struct client_secret s;
    struct kex_result k;
    uint8_t good[HYBRID], share[HYBRID];
    make_hybrid(&s, good);
    for (size_t i = 0; i < COEFFICIENTS; i++) {
        for (size_t v = 0; v < COUNT(wrong); v++) {
            memcpy(share, good, sizeof share);
            set_coefficient(share, i, wrong[v]);
            assert_false(kex_mlkem768x25519.answer(&k, span_of(share, sizeof share)));
        }
        memcpy(share, good, sizeof share);
        set_coefficient(share, i, Q - 1);
        if (i % 16 == 0 || i == COEFFICIENTS - 1)
            assert_true(kex_mlkem768x25519.answer(&k, span_of(share, sizeof share)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curve25519_secrets),
        cmocka_unit_test(test_two_names),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_small_order),
        cmocka_unit_test(test_other_spellings),
        cmocka_unit_test(test_hybrid_secret),
        cmocka_unit_test(test_fresh_every_time),
        cmocka_unit_test(test_coefficients),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
