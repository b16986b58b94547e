/* The primitives against their standards: RFC 7748 (X25519), RFC 8032 (Ed25519), RFC 8439 (Poly1305),
 * FIPS 180-4 (SHA-256) and ChaCha20 in its original form (draft-strombergson-chacha-test-vectors);
 * and what a provider has to refuse. */
#include <string.h>

#include "crypto/crypto.h"
#include "tests/crypto/rfc8032.h"
#include "tests/support/bytes.h"
#include "tests/support/test.h"

static int start(void **state)
{
    (void)state;
    return crypto_start(NULL, 0) ? 0 : -1;
}

static void to_32(uint8_t to[32], const char *text)
{
    assert_int_equal(hex_bytes(to, 32, text), 32);
}

static void expect_32(const uint8_t got[32], const char *text)
{
    uint8_t want[32];
    to_32(want, text);
    assert_memory_equal(got, want, 32);
}

/* --- SHA-256 --- */
static void test_sha256(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        size_t times;
        const char *digest;
    } cases[] = {
        { "", 0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        { "aaaaaaaaaa", 100000,
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct sha256 h;
        uint8_t digest[32];
        sha256_start(&h);
        for (size_t k = 0; k < cases[i].times; k++)
            sha256_add(&h, cases[i].message, strlen(cases[i].message));
        sha256_stop(&h, digest);
        expect_32(digest, cases[i].digest);
    }
}

/* A copied state goes its own way: the exchange hash is prolonged from a stored transcript. */
static void test_sha256_state_can_be_copied(void **state)
{
    (void)state;
    struct sha256 h, copy;
    uint8_t digest[32];
    sha256_start(&h);
    sha256_add(&h, "a", 1);
    copy = h;
    sha256_add(&h, "x", 1);
    sha256_stop(&h, digest);
    sha256_add(&copy, "bc", 2);
    sha256_stop(&copy, digest);
    expect_32(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* --- X25519: RFC 7748 --- */
static void test_x25519_section_5_2(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        { "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
          "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
          "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
        /* its most significant bit must be ignored */
        { "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
          "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
          "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t scalar[32], point[32], out[32];
        to_32(scalar, cases[i][0]);
        to_32(point, cases[i][1]);
        assert_true(x25519(out, scalar, point));
        expect_32(out, cases[i][2]);
    }
}

static void test_x25519_iterated(void **state)
{
    (void)state;
    uint8_t k[32] = { 9 }, u[32] = { 9 }, next[32];
    for (int i = 1; i <= 1000; i++) {
        assert_true(x25519(next, k, u));
        memcpy(u, k, 32);
        memcpy(k, next, 32);
        if (i == 1)
            expect_32(k, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
    }
    expect_32(k, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

static void test_x25519_section_6_1(void **state)
{
    (void)state;
    uint8_t a[32], b[32], a_public[32], b_public[32], k[32];
    to_32(a, "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
    to_32(b, "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    assert_true(x25519_base(a_public, a));
    expect_32(a_public, "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    assert_true(x25519_base(b_public, b));
    expect_32(b_public, "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    assert_true(x25519(k, a, b_public));
    expect_32(k, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    assert_true(x25519(k, b, a_public));
    expect_32(k, "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
}

/* Points of order 1, 2, 4 and 8 and their other spellings: the result would be zero whatever the
 * secret (RFC 7748 section 6.1, RFC 8731 section 3). */
static void test_x25519_small_order(void **state)
{
    (void)state;
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    uint8_t secret[32] = "any secret at all ............. ", point[32], out[32];
    for (size_t i = 0; i < COUNT(points); i++)
        for (int top = 0; top < 2; top++) {
            to_32(point, points[i]);
            point[31] |= (uint8_t)(top << 7);
            assert_false(x25519(out, secret, point));
        }
    point[0] = 9;
    memset(point + 1, 0, 31);
    assert_true(x25519(out, secret, point));
}

/* --- Ed25519: RFC 8032 --- */
static void test_ed25519_section_7_1(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rfc8032); i++) {
        uint8_t seed[32], public_key[32], secret[64], message[1024], signature[64], want[64];
        to_32(seed, rfc8032[i].secret);
        struct span m = span_of(message, hex_bytes(message, sizeof message, rfc8032[i].message));
        assert_int_equal(hex_bytes(want, sizeof want, rfc8032[i].signature), 64);
        assert_true(ed25519_key(public_key, secret, seed));
        expect_32(public_key, rfc8032[i].public_key);
        assert_memory_equal(secret, seed, 32);
        assert_memory_equal(secret + 32, public_key, 32);
        assert_true(ed25519_sign(signature, m, secret));
        assert_memory_equal(signature, want, 64);
        assert_true(ed25519_verify(signature, m, public_key));
    }
}

static void test_ed25519_refuses_every_flipped_bit(void **state)
{
    (void)state;
    static const uint8_t seed[32] = { 42 };
    uint8_t public_key[32], secret[64], signature[64], message[16] = "sixteen bytes .";
    struct span m = span_of(message, sizeof message);
    assert_true(ed25519_key(public_key, secret, seed));
    assert_true(ed25519_sign(signature, m, secret));
    for (size_t bit = 0; bit < 8 * sizeof signature; bit++) {
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(ed25519_verify(signature, m, public_key));
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * sizeof public_key; bit++) {
        public_key[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(ed25519_verify(signature, m, public_key));
        public_key[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t bit = 0; bit < 8 * sizeof message; bit++) {
        message[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(ed25519_verify(signature, m, public_key));
        message[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    assert_false(ed25519_verify(signature, span_of(message, 15), public_key));
    assert_true(ed25519_verify(signature, m, public_key));
}

/* S + L signs the same message in the bare equation; RFC 8032 section 5.1.7 wants S < L. */
static void test_ed25519_refuses_malleated_s(void **state)
{
    (void)state;
    static const uint8_t seed[32] = { 7 };
    uint8_t public_key[32], secret[64], signature[64], order[32];
    to_32(order, "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    assert_true(ed25519_key(public_key, secret, seed));
    for (uint8_t i = 0; i < 8; i++) {
        unsigned carry = 0;
        struct span m = span_of(&i, 1);
        assert_true(ed25519_sign(signature, m, secret));
        for (size_t k = 0; k < 32; k++) {
            carry += (unsigned)signature[32 + k] + order[k];
            signature[32 + k] = (uint8_t)carry;
            carry >>= 8;
        }
        assert_false(ed25519_verify(signature, m, public_key));
    }
}

/* With a public key of small order anybody could make a signature that fits many messages. */
static void test_ed25519_refuses_small_order_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "0100000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    };
    /* R the neutral point, S zero: S B = R + h A for the neutral A, and now and then for others */
    uint8_t signature[64] = { 1 }, key[32];
    for (size_t i = 0; i < COUNT(keys); i++)
        for (uint8_t message = 0; message < 64; message++) {
            to_32(key, keys[i]);
            assert_false(ed25519_verify(signature, span_of(&message, 1), key));
        }
}

/* --- ChaCha20, original form --- */
static void test_chacha20_keystream(void **state)
{
    (void)state;
    static const struct {
        const char *key, *nonce, *stream;
    } cases[] = {
        { "0000000000000000000000000000000000000000000000000000000000000000", "0000000000000000",
          "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
          "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586" },
        { "0000000000000000000000000000000000000000000000000000000000000001", "0000000000000000",
          "4540f05a9f1fb296d7736e7b208e3c96eb4fe1834688d2604f450952ed432d41"
          "bbe2a0b6ea7566d2a5d1e7e20d42af2c53d792b1c43fea817e9ad275ae546963" },
        { "0000000000000000000000000000000000000000000000000000000000000000", "0000000000000001",
          "de9cba7bf3d69ef5e786dc63973f653a0b49e015adbff7134fcb7df137821031"
          "e85a050278a7084527214f73efc7fa5b5277062eb7a0433e445f41e31afab757" },
        { "0000000000000000000000000000000000000000000000000000000000000000", "0100000000000000",
          "ef3fdfd6c61578fbf5cf35bd3dd33b8009631634d21e42ac33960bd138e50d32"
          "111e4caf237ee53ca8ad6426194a88545ddc497a0b466e7d6bbdb0041b2f586b" },
        { "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "0001020304050607",
          "f798a189f195e66982105ffb640bb7757f579da31602fc93ec01ac56f85ac3c1"
          "34a4547b733b46413042c9440049176905d3be59ea1c53f15916155c2be8241a"
          "38008b9a26bc35941e2444177c8ade6689de95264986d95889fb60e84629c9bd"
          "9a5acb1cc118be563eb9b3a4a472f82e09a7e778492b562ef7130e88dfe031c7"
          "9db9d4f7c7a899151b9a475032b63fc385245fe054e3dd5a97a5f576fe064025" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t key[32], nonce[8], want[160], stream[160] = { 0 };
        to_32(key, cases[i].key);
        assert_int_equal(hex_bytes(nonce, sizeof nonce, cases[i].nonce), 8);
        size_t n = hex_bytes(want, sizeof want, cases[i].stream);
        assert_true(chacha20_xor(stream, stream, n, nonce, 0, key));
        assert_memory_equal(stream, want, n);
        for (size_t at = 64; at < n; at += 64) { /* the counter counts blocks */
            uint8_t block[64] = { 0 };
            size_t rest = n - at < 64 ? n - at : 64;
            assert_true(chacha20_xor(block, block, rest, nonce, at / 64, key));
            assert_memory_equal(block, want + at, rest);
        }
    }
}

/* The counter has 64 bits: block 2^32 is not block 0. */
static void test_chacha20_long_counter(void **state)
{
    (void)state;
    uint8_t key[32] = { 1 }, nonce[8] = { 0 }, zero[64] = { 0 }, both[128] = { 0 };
    uint8_t low[64], high[64];
    assert_true(chacha20_xor(low, zero, 64, nonce, 0, key));
    assert_true(chacha20_xor(high, zero, 64, nonce, (uint64_t)1 << 32, key));
    assert_memory_not_equal(low, high, 64);
    assert_true(chacha20_xor(both, both, 128, nonce, 0xffffffff, key));
    assert_memory_equal(both + 64, high, 64);
}

/* --- Poly1305: RFC 8439 section 2.5.2 and appendix A.3 --- */
static void test_poly1305(void **state)
{
    (void)state;
    static const struct {
        const char *key, *message, *tag;
    } cases[] = {
        { "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b",
          "43727970746f6772617068696320466f72756d2052657365617263682047726f7570",
          "a8061dc1305136c6c22b8baf0c0127a9" },
        /* A.3 #1 */
        { "0000000000000000000000000000000000000000000000000000000000000000",
          "0000000000000000000000000000000000000000000000000000000000000000"
          "0000000000000000000000000000000000000000000000000000000000000000",
          "00000000000000000000000000000000" },
        /* A.3 #7: the sum reaches 2^130 - 5 */
        { "0200000000000000000000000000000000000000000000000000000000000000",
          "ffffffffffffffffffffffffffffffff", "03000000000000000000000000000000" },
        /* A.3 #8: adding s carries beyond 2^128 */
        { "02000000000000000000000000000000ffffffffffffffffffffffffffffffff",
          "02000000000000000000000000000000", "03000000000000000000000000000000" },
        /* A.3 #9 */
        { "0100000000000000000000000000000000000000000000000000000000000000",
          "fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff"
          "11000000000000000000000000000000",
          "05000000000000000000000000000000" },
        /* A.3 #10 */
        { "0100000000000000000000000000000000000000000000000000000000000000",
          "fffffffffffffffffffffffffffffffffbfefefefefefefefefefefefefefefe"
          "01010101010101010101010101010101",
          "00000000000000000000000000000000" },
        /* A.3 #11 */
        { "0200000000000000000000000000000000000000000000000000000000000000",
          "fdffffffffffffffffffffffffffffff", "faffffffffffffffffffffffffffffff" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t key[32], message[64], tag[16], want[16];
        to_32(key, cases[i].key);
        size_t n = hex_bytes(message, sizeof message, cases[i].message);
        assert_int_equal(hex_bytes(want, sizeof want, cases[i].tag), 16);
        assert_true(poly1305(tag, message, n, key));
        assert_memory_equal(tag, want, 16);
    }
}

/* --- the rest --- */
static void test_equal_and_wipe(void **state)
{
    (void)state;
    uint8_t a[33] = "thirty-two bytes and one after ..", b[33];
    memcpy(b, a, sizeof b);
    assert_true(crypto_equal(a, b, 0));
    for (size_t bit = 0; bit < 8 * 32; bit++) {
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(crypto_equal(a, b, 32));
        b[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    b[32] ^= 1; /* behind what is compared */
    assert_true(crypto_equal(a, b, 32));
    crypto_wipe(a, 32);
    for (size_t i = 0; i < 32; i++)
        assert_int_equal(a[i], 0);
    assert_int_equal(a[32], '.');
}

static void test_random_differs(void **state)
{
    (void)state;
    uint8_t bytes[64][16];
    uint8_t seen = 0;
    for (size_t i = 0; i < 64; i++) {
        crypto_random(bytes[i], 16);
        seen |= bytes[i][15];
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(bytes[i], bytes[k], 16);
    }
    assert_int_equal(seen, 0xff); /* the last byte is written as well */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sha256),
        cmocka_unit_test(test_sha256_state_can_be_copied),
        cmocka_unit_test(test_x25519_section_5_2),
        cmocka_unit_test(test_x25519_iterated),
        cmocka_unit_test(test_x25519_section_6_1),
        cmocka_unit_test(test_x25519_small_order),
        cmocka_unit_test(test_ed25519_section_7_1),
        cmocka_unit_test(test_ed25519_refuses_every_flipped_bit),
        cmocka_unit_test(test_ed25519_refuses_malleated_s),
        cmocka_unit_test(test_ed25519_refuses_small_order_keys),
        cmocka_unit_test(test_chacha20_keystream),
        cmocka_unit_test(test_chacha20_long_counter),
        cmocka_unit_test(test_poly1305),
        cmocka_unit_test(test_equal_and_wipe),
        cmocka_unit_test(test_random_differs),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
