/* chacha20-poly1305@openssh.com against packets of another implementation (make_packets.py) and of
 * OpenSSH's sshd, and every way a packet can be wrong. */
#include <stdlib.h>
#include <string.h>

#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "tests/crypto/openssh_packets.h"
#include "tests/crypto/packets.h"
#include "tests/support/bytes.h"
#include "tests/support/test.h"

enum { LENGTH = 4, TAG = 16, LARGEST = 34992 };

static struct cipher_state keys, other;
static uint8_t *buffer;

static int start(void **state)
{
    (void)state;
    uint8_t key[64];
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)(37 * i + 11);
    cipher_chachapoly.start(&keys, key, NULL, NULL);
    key[0] ^= 1;
    cipher_chachapoly.start(&other, key, NULL, NULL);
    buffer = malloc(LENGTH + LARGEST + TAG);
    return crypto_start(NULL, 0) && buffer != NULL ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    free(buffer);
    return 0;
}

static void plain(uint8_t *p, size_t n)
{
    store_u32(p, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        p[LENGTH + i] = (uint8_t)(7 * i + n);
}

static void seal(uint8_t *p, size_t n, uint32_t seq)
{
    plain(p, n);
    assert_true(cipher_chachapoly.seal(&keys, seq, p, n));
}

static void expect_plain(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_int_equal(p[LENGTH + i], (uint8_t)(7 * i + n));
}

static void test_row(void **state)
{
    (void)state;
    assert_string_equal(cipher_chachapoly.name, "chacha20-poly1305@openssh.com");
    assert_int_equal(cipher_chachapoly.key_n, 64);
    assert_int_equal(cipher_chachapoly.iv_n, 0);
    assert_int_equal(cipher_chachapoly.block, 8);
    assert_int_equal(cipher_chachapoly.tag_n, TAG);
    assert_int_equal(cipher_chachapoly.length_n, LENGTH);
}

static void test_known_packets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(packets); i++) {
        uint8_t want[300];
        size_t n = packets[i].n;
        assert_int_equal(hex_bytes(want, sizeof want, packets[i].packet), LENGTH + n + TAG);
        seal(buffer, n, packets[i].seq);
        assert_memory_equal(buffer, want, LENGTH + n + TAG);
        assert_int_equal(cipher_chachapoly.length(&keys, packets[i].seq, want), n);
        assert_memory_equal(buffer, want, LENGTH); /* asking changes nothing */
        assert_true(cipher_chachapoly.open(&keys, packets[i].seq, want, n));
        expect_plain(want, n);
    }
}

/* Opened it is what sshd said, and sealed again, padding and all, what sshd sent. */
static void test_recorded_from_openssh(void **state)
{
    (void)state;
    struct cipher_state theirs;
    uint8_t key[64];
    assert_int_equal(hex_bytes(key, sizeof key, openssh_key), 64);
    cipher_chachapoly.start(&theirs, key, NULL, NULL);
    for (size_t i = 0; i < COUNT(openssh_packets); i++) {
        uint8_t sent[400], opened[400], payload[400];
        uint32_t seq = openssh_packets[i].seq;
        size_t whole = hex_bytes(sent, sizeof sent, openssh_packets[i].packet);
        size_t want = hex_bytes(payload, sizeof payload, openssh_packets[i].payload);
        size_t n = whole - LENGTH - TAG;
        memcpy(opened, sent, whole);
        assert_int_equal(cipher_chachapoly.length(&theirs, seq, opened), n);
        assert_true(cipher_chachapoly.open(&theirs, seq, opened, n));
        assert_int_equal(opened[LENGTH], n - 1 - want);
        assert_memory_equal(opened + LENGTH + 1, payload, want);
        store_u32(opened, (uint32_t)n);
        assert_true(cipher_chachapoly.seal(&theirs, seq, opened, n));
        assert_memory_equal(opened, sent, whole);
    }
}

static void expect_digest(struct sha256 *h, const char *text)
{
    uint8_t got[32], want[32];
    sha256_stop(h, got);
    assert_int_equal(hex_bytes(want, sizeof want, text), 32);
    assert_memory_equal(got, want, 32);
}

static void test_every_length(void **state)
{
    (void)state;
    struct sha256 h;
    sha256_start(&h);
    for (size_t n = 1; n <= 320; n++) {
        seal(buffer, n, (uint32_t)n);
        sha256_add(&h, buffer, LENGTH + n + TAG);
        assert_int_equal(cipher_chachapoly.length(&keys, (uint32_t)n, buffer), n);
        assert_true(cipher_chachapoly.open(&keys, (uint32_t)n, buffer, n));
        expect_plain(buffer, n);
    }
    expect_digest(&h, packets_1_to_320);
}

static void test_largest(void **state)
{
    (void)state;
    struct sha256 h;
    sha256_start(&h);
    seal(buffer, LARGEST, 12345);
    sha256_add(&h, buffer, LENGTH + LARGEST + TAG);
    expect_digest(&h, packet_34992);
    assert_true(cipher_chachapoly.open(&keys, 12345, buffer, LARGEST));
    expect_plain(buffer, LARGEST);
}

/* Length, body and tag: no bit may change, and what fails is not decrypted. */
static void test_every_flipped_bit(void **state)
{
    (void)state;
    static const size_t sizes[] = { 8, 16, 64, 72, 136 };
    uint8_t sealed[LENGTH + 136 + TAG], tried[sizeof sealed];
    for (size_t i = 0; i < COUNT(sizes); i++) {
        size_t n = sizes[i], whole = LENGTH + n + TAG;
        seal(sealed, n, 9);
        for (size_t bit = 0; bit < 8 * whole; bit++) {
            memcpy(tried, sealed, whole);
            tried[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_false(cipher_chachapoly.open(&keys, 9, tried, n));
            tried[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_memory_equal(tried, sealed, whole);
        }
        assert_true(cipher_chachapoly.open(&keys, 9, sealed, n));
    }
}

static void test_every_flipped_bit_of_the_largest(void **state)
{
    (void)state;
    seal(buffer, LARGEST, 1);
    for (size_t i = 0; i < LENGTH + LARGEST + TAG; i += 97) {
        buffer[i] ^= 0x40;
        assert_false(cipher_chachapoly.open(&keys, 1, buffer, LARGEST));
        buffer[i] ^= 0x40;
    }
    assert_true(cipher_chachapoly.open(&keys, 1, buffer, LARGEST));
}

static void test_wrong_sequence_number(void **state)
{
    (void)state;
    static const uint32_t seqs[] = { 0, 1, 255, 256, 65535, 0x7fffffff, 0xfffffffe, 0xffffffff };
    for (size_t i = 0; i < COUNT(seqs); i++)
        for (size_t k = 0; k < COUNT(seqs); k++) {
            seal(buffer, 40, seqs[i]);
            assert_int_equal(cipher_chachapoly.open(&keys, seqs[k], buffer, 40), i == k);
        }
}

static void test_wrong_key_and_length(void **state)
{
    (void)state;
    seal(buffer, 40, 5);
    assert_false(cipher_chachapoly.open(&other, 5, buffer, 40));
    assert_false(cipher_chachapoly.open(&keys, 5, buffer, 32));
    assert_false(cipher_chachapoly.open(&keys, 5, buffer, 24));
    buffer[LENGTH + 40 + TAG] = 0;
    assert_false(cipher_chachapoly.open(&keys, 5, buffer, 41));
    assert_true(cipher_chachapoly.open(&keys, 5, buffer, 40));
}

/* Only the second half of the key hides the length; the first half has no part in it. */
static void test_length_has_its_own_key(void **state)
{
    (void)state;
    seal(buffer, 40, 5);
    assert_int_equal(cipher_chachapoly.length(&other, 5, buffer), 40);
    assert_int_not_equal(cipher_chachapoly.length(&keys, 6, buffer), 40);
}

static void test_none_changes_nothing(void **state)
{
    (void)state;
    uint8_t before[LENGTH + 40 + TAG];
    plain(buffer, 40);
    memcpy(before, buffer, sizeof before);
    cipher_none.start(&other, NULL, NULL, NULL);
    assert_int_equal(cipher_none.length(&other, 3, buffer), 40);
    assert_true(cipher_none.seal(&other, 3, buffer, 40));
    assert_true(cipher_none.open(&other, 7, buffer, 40));
    assert_memory_equal(buffer, before, sizeof before);
    assert_int_equal(cipher_none.tag_n, 0);
    assert_int_equal(cipher_none.length_n, 0);
    assert_int_equal(cipher_none.block, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_row),
        cmocka_unit_test(test_known_packets),
        cmocka_unit_test(test_recorded_from_openssh),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_every_flipped_bit),
        cmocka_unit_test(test_every_flipped_bit_of_the_largest),
        cmocka_unit_test(test_wrong_sequence_number),
        cmocka_unit_test(test_wrong_key_and_length),
        cmocka_unit_test(test_length_has_its_own_key),
        cmocka_unit_test(test_none_changes_nothing),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
