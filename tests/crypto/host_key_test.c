/* OpenSSH's private-key file (PROTOCOL.key): what ssh-keygen wrote, what we write, and everything
 * that is neither. */
#include "crypto/host_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "tests/crypto/test_keys.h"
#include "tests/support/bytes.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

static int start(void **state)
{
    (void)state;
    return crypto_start(NULL, 0) ? 0 : -1;
}

static const struct host_key_type *const types[] = { &host_key_ed25519, NULL };
static struct presence token;

static enum host_key_error parse(struct host_key *k, const char *text)
{
    return host_key_parse(k, span_text(text), types);
}

static void expect_public(const struct host_key *k, const char *base64)
{
    uint8_t blob[128];
    long n = base64_decode(blob, sizeof blob, span_text(base64));
    assert_int_equal(k->blob_n, n);
    assert_memory_equal(k->blob, blob, k->blob_n);
    assert_memory_equal(k->secret + 32, k->blob + k->blob_n - 32, 32);
}

static void test_ssh_keygens_file(void **state)
{
    (void)state;
    struct host_key k, without;
    char fingerprint[FINGERPRINT_MAX];
    assert_int_equal(parse(&k, file_ed25519), HOST_KEY_GOOD);
    expect_public(&k, public_ed25519);
    key_fingerprint(fingerprint, span_of(k.blob, k.blob_n));
    assert_string_equal(fingerprint, fingerprint_ed25519);
    assert_int_equal(parse(&without, file_no_comment), HOST_KEY_GOOD);
    assert_memory_not_equal(without.secret, k.secret, 64);
}

static void test_other_kinds(void **state)
{
    (void)state;
    struct host_key k;
    assert_int_equal(parse(&k, file_encrypted), HOST_KEY_ENCRYPTED);
    assert_int_equal(parse(&k, file_rsa), HOST_KEY_TYPE);
    assert_int_equal(parse(&k, file_ecdsa), HOST_KEY_TYPE);
    assert_int_equal(parse(&k, ""), HOST_KEY_NOT_OPENSSH);
    assert_int_equal(parse(&k, "\n"), HOST_KEY_NOT_OPENSSH);
    assert_int_equal(parse(&k, public_ed25519), HOST_KEY_NOT_OPENSSH);
    assert_int_equal(
        parse(&k, "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
        HOST_KEY_NOT_OPENSSH);
    for (int e = HOST_KEY_GOOD; e <= HOST_KEY_DAMAGED; e++)
        assert_true(strlen(host_key_error_text((enum host_key_error)e)) > 3);
}

/* Windows line ends, blanks, no line end at all, text behind the end: still the same key. */
static void test_layout_does_not_matter(void **state)
{
    (void)state;
    struct host_key want, k;
    char text[1024];
    size_t n = 0;
    assert_int_equal(parse(&want, file_ed25519), HOST_KEY_GOOD);
    for (const char *c = file_ed25519; *c != 0; c++) {
        if (*c == '\n')
            n += (size_t)snprintf(text + n, sizeof text - n, " \t\r");
        text[n++] = *c;
    }
    text[n] = 0;
    assert_int_equal(parse(&k, text), HOST_KEY_GOOD);
    assert_memory_equal(k.secret, want.secret, 64);
    size_t no_end = sizeof file_ed25519 - 2;
    assert_int_equal(host_key_parse(&k, span_of(file_ed25519, no_end), types), HOST_KEY_GOOD);
    snprintf(text, sizeof text, "%sand something else\n", file_ed25519);
    assert_int_equal(parse(&k, text), HOST_KEY_GOOD);
    assert_memory_equal(k.secret, want.secret, 64);
}

/* Every file cut anywhere before its last dash is refused, and nothing behind the cut is read. */
static void truncate_everywhere(const char *file)
{
    size_t whole = strlen(file) - 1;
    struct host_key k;
    for (size_t n = 0; n < whole; n++) {
        char *exact = malloc(n + 1);
        assert_non_null(exact);
        memcpy(exact, file, n);
        assert_int_not_equal(host_key_parse(&k, span_of(n ? exact : NULL, n), types),
                             HOST_KEY_GOOD);
        free(exact);
    }
}

static void test_every_truncation(void **state)
{
    (void)state;
    truncate_everywhere(file_ed25519);
    truncate_everywhere(file_no_comment);
    truncate_everywhere(file_encrypted);
    truncate_everywhere(file_rsa);
    truncate_everywhere(file_ecdsa);
}

/* One character changed, anywhere: refused, or (in the comment, whose bytes nothing vouches for) the
 * very same key. */
static void test_every_character_changed(void **state)
{
    (void)state;
    static const char replacements[] = "AB+/zZ09=- \n\x80";
    struct host_key want, k;
    char text[sizeof file_ed25519];
    size_t same = 0, tried = 0;
    assert_int_equal(parse(&want, file_ed25519), HOST_KEY_GOOD);
    memcpy(text, file_ed25519, sizeof text);
    for (size_t i = 0; i < sizeof text - 2; i++)
        for (const char *r = replacements; *r != 0; r++) {
            char before = text[i];
            bool blank = before == '\n' && (*r == ' ' || *r == '\n');
            if (*r == before || blank)
                continue;
            text[i] = *r;
            memset(&k, 0, sizeof k);
            tried++;
            if (host_key_parse(&k, span_of(text, sizeof text - 1), types) == HOST_KEY_GOOD) {
                assert_memory_equal(k.secret, want.secret, 64);
                assert_memory_equal(k.blob, want.blob, want.blob_n);
                same++;
            }
            text[i] = before;
        }
    /* 23 bytes of comment are 31 characters, each tried in up to 9 ways */
    assert_in_range(same, 1, 31 * 9);
    assert_true(tried > 4000);
}

/* The same on the binary below the base64: every bit of it. */
static void test_every_bit_changed(void **state)
{
    (void)state;
    struct host_key want, k;
    uint8_t binary[400];
    char base64[600], text[1024];
    assert_int_equal(parse(&want, file_no_comment), HOST_KEY_GOOD);
    size_t n = 0;
    for (const char *c = strchr(file_no_comment, '\n'); *c != '-'; c++)
        if (*c != '\n')
            base64[n++] = *c;
    long size = base64_decode(binary, sizeof binary, span_of(base64, n));
    assert_true(size > 200);
    for (size_t bit = 0; bit < 8 * (size_t)size; bit++) {
        binary[bit / 8] ^= (uint8_t)(1 << bit % 8);
        base64_encode(base64, span_of(binary, (size_t)size), true);
        snprintf(text, sizeof text, "%.36s%s\n-----END OPENSSH PRIVATE KEY-----\n", file_no_comment,
                 base64);
        if (parse(&k, text) == HOST_KEY_GOOD)
            fail_msg("bit %u of byte %u may change", (unsigned)bit % 8, (unsigned)bit / 8);
        binary[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

static void test_garbage(void **state)
{
    (void)state;
    struct random random = random_of(3);
    struct host_key k;
    for (int i = 0; i < 3000; i++) {
        uint8_t binary[700];
        char base64[1000], text[1200];
        size_t n = random_below(&random, i % 2 ? 600 : 700);
        random_fill(&random, binary, n);
        if (i % 3 == 0 && n >= 15)
            memcpy(binary, "openssh-key-v1", 15);
        base64_encode(base64, span_of(binary, n), true);
        snprintf(text, sizeof text, "%.36s%s\n-----END OPENSSH PRIVATE KEY-----\n", file_ed25519,
                 base64);
        assert_int_not_equal(parse(&k, text), HOST_KEY_GOOD);
    }
}

static void test_print_and_parse(void **state)
{
    (void)state;
    static const char *const comments[] = {
        "", "a", "nano_ssh_server", "with blanks and ümläuts", "1234567", "12345678"
    };
    struct host_key k, back;
    char text[HOST_KEY_FILE_MAX];
    for (size_t i = 0; i < COUNT(comments); i++) {
        assert_true(host_key_make(&k));
        size_t n = host_key_print(text, &k, comments[i]);
        assert_int_equal(n, strlen(text));
        assert_int_equal(parse(&back, text), HOST_KEY_GOOD);
        assert_memory_equal(back.secret, k.secret, 64);
        assert_int_equal(back.blob_n, k.blob_n);
        assert_memory_equal(back.blob, k.blob, k.blob_n);
        for (const char *line = text; *line != 0;) { /* as ssh-keygen: 70 characters a line */
            size_t length = strcspn(line, "\n");
            assert_in_range(length, 1, 70);
            line += length + 1;
        }
    }
}

static void test_made_keys_differ(void **state)
{
    (void)state;
    struct host_key a, b;
    assert_true(host_key_make(&a));
    assert_true(host_key_make(&b));
    assert_memory_not_equal(a.secret, b.secret, 32);
    assert_memory_not_equal(a.blob, b.blob, a.blob_n);
}

/* ssh-keygen itself reads what we write, and sees the same public key. */
static void test_ssh_keygen_reads_ours(void **state)
{
    struct host_key k;
    char text[HOST_KEY_FILE_MAX], output[512], base64[128], want[160], path[FILES_PATH_MAX];
    assert_true(host_key_make(&k));
    size_t n = host_key_print(text, &k, "a comment");
    snprintf(path, sizeof path, "%s", files_path(state, "key"));
    files_write(path, text, n, 0600);
    char *argv[] = { (char[]){ "ssh-keygen" }, (char[]){ "-y" }, (char[]){ "-f" }, path, NULL };
    int status = files_run(argv, output, sizeof output);
    if (status < 0)
        skip(); /* not installed */
    base64_encode(base64, span_of(k.blob, k.blob_n), true);
    snprintf(want, sizeof want, "ssh-ed25519 %s a comment\n", base64);
    assert_int_equal(status, 0);
    assert_string_equal(output, want);
}

static void test_signatures(void **state)
{
    (void)state;
    struct host_key k;
    uint8_t blob[SIGNATURE_BLOB_MAX];
    struct span message = span_text("what is signed");
    assert_int_equal(parse(&k, file_ed25519), HOST_KEY_GOOD);
    struct writer w = writer_of(blob, sizeof blob);
    assert_true(host_key_ed25519.sign(&w, &k, message));
    assert_int_equal(writer_used(&w), 4 + 11 + 4 + 64);
    struct span key = span_of(k.blob, k.blob_n), signature = span_of(blob, writer_used(&w));
    assert_true(user_key_ed25519.verify(key, signature, message, &token));
    assert_false(user_key_ed25519.verify(key, signature, span_text("something else"), &token));
    for (size_t room = 0; room < writer_used(&w); room++) {
        uint8_t less[SIGNATURE_BLOB_MAX];
        struct writer short_writer = writer_of(less, room);
        assert_false(host_key_ed25519.sign(&short_writer, &k, message));
    }
}

/* Blobs cut anywhere, with a byte behind, and with every byte changed: none of them verifies. */
static void test_signature_and_key_blobs(void **state)
{
    (void)state;
    struct host_key k;
    uint8_t blob[SIGNATURE_BLOB_MAX + 1] = { 0 }, key[HOST_KEY_BLOB_MAX + 1] = { 0 };
    struct span message = span_text("what is signed");
    assert_int_equal(parse(&k, file_ed25519), HOST_KEY_GOOD);
    struct writer w = writer_of(blob, SIGNATURE_BLOB_MAX);
    assert_true(host_key_ed25519.sign(&w, &k, message));
    size_t n = writer_used(&w);
    memcpy(key, k.blob, k.blob_n);
    for (size_t i = 0; i <= n + 1; i++)
        assert_int_equal(
            user_key_ed25519.verify(span_of(key, k.blob_n), span_of(blob, i), message, &token),
            i == n);
    for (size_t i = 0; i <= k.blob_n + 1; i++)
        assert_int_equal(
            user_key_ed25519.verify(span_of(key, i), span_of(blob, n), message, &token),
            i == k.blob_n);
    for (size_t i = 0; i < n; i++) {
        blob[i] ^= 1;
        assert_false(
            user_key_ed25519.verify(span_of(key, k.blob_n), span_of(blob, n), message, &token));
        blob[i] ^= 1;
    }
    for (size_t i = 0; i < k.blob_n; i++) {
        key[i] ^= 1;
        assert_false(
            user_key_ed25519.verify(span_of(key, k.blob_n), span_of(blob, n), message, &token));
        key[i] ^= 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ssh_keygens_file),
        cmocka_unit_test(test_other_kinds),
        cmocka_unit_test(test_layout_does_not_matter),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_character_changed),
        cmocka_unit_test(test_every_bit_changed),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_print_and_parse),
        cmocka_unit_test(test_made_keys_differ),
        cmocka_unit_test_setup_teardown(test_ssh_keygen_reads_ours, files_start, files_stop),
        cmocka_unit_test(test_signatures),
        cmocka_unit_test(test_signature_and_key_blobs),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
