/* OpenSSH certificates (PROTOCOL.certkeys): ssh-keygen's are understood to the last field, and
 * nothing that differs from them passes. */
#include "auth/certificate.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "tests/auth/certificates.h"
#include "tests/support/bytes.h"
#include "tests/support/test.h"

enum { ROOM = 4096 };

static const struct user_key_type *const user_keys[] = {
    &user_key_ed25519_cert,
    &user_key_ed25519,
    &user_key_sk_ed25519,
    &user_key_sk_ed25519_cert,
    NULL,
};
static const struct algorithms algorithms = { .user_keys = user_keys };

static struct span decoded(const char *text, uint8_t to[ROOM])
{
    long n = base64_decode(to, ROOM, span_text(text));
    assert_true(n > 0);
    return span_of(to, (size_t)n);
}

/* In memory of its own, so that the sanitizer sees a step too far. */
static bool parses(struct span blob, unsigned fields)
{
    struct certificate c;
    uint8_t *exact = malloc(blob.n + (blob.n == 0));
    assert_non_null(exact);
    memcpy(exact, blob.p, blob.n);
    bool good = certificate_parse(&c, span_of(exact, blob.n), fields);
    if (good) /* what comes next must not leave it either */
        certificate_signed(&c, &algorithms);
    free(exact);
    return good;
}

static struct certificate parsed(const char *text, uint8_t to[ROOM], unsigned fields)
{
    struct certificate c;
    assert_true(certificate_parse(&c, decoded(text, to), fields));
    return c;
}

static void test_every_field(void **state)
{
    (void)state;
    uint8_t blob[ROOM], ca[ROOM];
    struct certificate c = parsed(cert_plain, blob, 1);
    struct span list = c.extensions, name, data;
    assert_true(span_is(c.name, "ssh-ed25519-cert-v01@openssh.com"));
    assert_int_equal(c.key.n, 36);
    assert_int_equal(c.serial, 7);
    assert_int_equal(c.type, CERTIFICATE_USER);
    assert_true(span_is(c.id, "plain"));
    assert_true(span_equal(c.principals, span_of("\0\0\0\5alice", 9)));
    assert_int_equal(c.valid_after, 0x5e0be100);
    assert_int_equal(c.valid_before, 0x83aa7e80);
    assert_int_equal(c.critical.n, 0);
    assert_true(certificate_option(&list, &name, &data));
    assert_true(span_is(name, "permit-X11-forwarding"));
    assert_int_equal(data.n, 0);
    for (int i = 0; i < 4; i++)
        assert_true(certificate_option(&list, &name, &data));
    assert_true(span_is(name, "permit-user-rc"));
    assert_false(certificate_option(&list, &name, &data));
    assert_true(span_equal(c.ca_blob, decoded(blob_ca, ca)));
    assert_true(certificate_signed(&c, &algorithms));
}

static void test_plain_key(void **state)
{
    (void)state;
    static const struct {
        const char *certificate, *key, *name;
        unsigned fields;
    } cases[] = {
        { cert_plain, blob_user, "ssh-ed25519", 1 },
        { cert_sk, blob_sk, "sk-ssh-ed25519@openssh.com", 2 },
        { cert_rsa, blob_user_rsa, "ssh-rsa", 2 },
        { cert_ecdsa, blob_user_ecdsa, "ecdsa-sha2-nistp256", 2 },
        { cert_by_rsa512, blob_user, "ssh-ed25519", 1 },
        { cert_host, blob_user, "ssh-ed25519", 1 },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t blob[ROOM], want[ROOM], plain[ROOM];
        struct certificate c = parsed(cases[i].certificate, blob, cases[i].fields);
        struct writer w = writer_of(plain, sizeof plain);
        certificate_plain_key(&w, &c, cases[i].name);
        assert_false(w.bad);
        assert_true(span_equal(span_of(plain, writer_used(&w)), decoded(cases[i].key, want)));
        for (unsigned fields = 0; fields < 6; fields++) /* only the right number of fields fits */
            if (parses(span_of(blob, (size_t)(c.signature.p + c.signature.n - blob)), fields))
                assert_int_equal(fields, cases[i].fields);
    }
}

static void test_signatures(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned fields;
        bool good;
    } cases[] = {
        { cert_plain, 1, true },      { cert_restricted, 1, true },
        { cert_host, 1, true },       { cert_sk, 2, true },
        { cert_rsa, 2, true },        { cert_ecdsa, 2, true },
        { cert_forever, 1, true },    { cert_critical, 1, true },
        { cert_by_rsa512, 1, false }, /* an algorithm that is not in the table */
        { cert_by_rsa1, 1, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t blob[ROOM];
        struct certificate c = parsed(cases[i].text, blob, cases[i].fields);
        assert_int_equal(certificate_signed(&c, &algorithms), cases[i].good);
    }
    uint8_t blob[ROOM], other[ROOM];
    struct certificate c = parsed(cert_plain, blob, 1);
    c.ca_blob = decoded(blob_user, other);
    assert_false(certificate_signed(&c, &algorithms));
}

/* --- which row checks a CA's signature --- */
static unsigned asked;

static bool verify_rsa(struct span key, struct span signature, struct span message,
                       struct presence *token)
{
    assert_true(span_is(blob_name(key), "ssh-rsa"));
    assert_true(signature.n > 256 && message.n > 256);
    *token = (struct presence){ true, true };
    asked++;
    return true;
}

/* The signature's algorithm decides; SHA-1's ("ssh-rsa") is no row, whatever the key's name. */
static void test_rows(void **state)
{
    (void)state;
    static const struct user_key_type rsa512 = { "rsa-sha2-512", "ssh-rsa",  "RSA", 2,
                                                 NULL,           verify_rsa, NULL };
    static const struct user_key_type rsa256 = { "rsa-sha2-256", "ssh-rsa",  "RSA", 2,
                                                 NULL,           verify_rsa, NULL };
    static const struct user_key_type *const rows[] = { &rsa256, &rsa512, NULL };
    static const struct user_key_type *const rows256[] = { &rsa256, NULL };
    const struct algorithms both = { .user_keys = rows }, less = { .user_keys = rows256 };
    uint8_t blob[ROOM];
    struct certificate c = parsed(cert_by_rsa512, blob, 1);
    assert_true(certificate_signed(&c, &both));
    assert_int_equal(asked, 1);
    assert_false(certificate_signed(&c, &less));
    c = parsed(cert_by_rsa1, blob, 1);
    assert_false(certificate_signed(&c, &both));
    c = parsed(cert_plain, blob,
               1); /* an ed25519 signature by a CA that says it is RSA, and back */
    c.ca_blob = span_of("\0\0\0\7ssh-rsa", 11);
    assert_false(certificate_signed(&c, &algorithms));
    assert_false(certificate_signed(&c, &both));
    c.signature = span_of("\0\0\0\x0crsa-sha2-512\0\0\0\0", 20);
    c.ca_blob = span_of("\0\0\0\x0bssh-ed25519", 15);
    assert_false(certificate_signed(&c, &both));
    assert_int_equal(asked, 1);
}

/* A certificate is no CA, even where a signature and a key type go by a certificate's name. */
static void test_no_chains(void **state)
{
    (void)state;
    uint8_t blob[ROOM], other[ROOM], signature[ROOM];
    struct certificate c = parsed(cert_plain, blob, 1);
    struct reader r = reader_of(c.signature);
    get_string(&r);
    struct writer w = writer_of(signature, sizeof signature);
    put_text(&w, "ssh-ed25519-cert-v01@openssh.com");
    put_string(&w, get_string(&r));
    c.signature = span_of(signature, writer_used(&w));
    c.ca_blob = decoded(cert_plain, other);
    assert_false(certificate_signed(&c, &algorithms));
}

/* --- damaged --- */
static void test_every_truncation(void **state)
{
    (void)state;
    static const char *const texts[] = { cert_plain, cert_restricted, cert_sk, cert_by_rsa512 };
    for (size_t i = 0; i < COUNT(texts); i++) {
        uint8_t blob[ROOM];
        struct span whole = decoded(texts[i], blob);
        unsigned fields = texts[i] == cert_sk ? 2 : 1;
        assert_true(parses(whole, fields));
        for (size_t n = 0; n < whole.n; n++)
            assert_false(parses(span_of(blob, n), fields));
        blob[whole.n] = 0;
        assert_false(parses(span_of(blob, whole.n + 1), fields));
    }
}

/* No change of any byte survives both the parser and the signature. */
static void test_every_flip(void **state)
{
    (void)state;
    uint8_t blob[ROOM];
    struct span whole = decoded(cert_restricted, blob);
    for (size_t i = 0; i < whole.n; i++)
        for (unsigned bits = 1; bits < 256; bits = bits == 0x80 ? 0xff : bits == 1 ? 0x80 : 256) {
            struct certificate c;
            blob[i] ^= (uint8_t)bits;
            if (certificate_parse(&c, whole, 1) && certificate_signed(&c, &algorithms))
                fail_msg("byte %zu", i);
            blob[i] ^= (uint8_t)bits;
        }
    assert_true(parses(whole, 1));
}

/* Every length field there could be, at every place, says as much as can be said. */
static void test_huge_lengths(void **state)
{
    (void)state;
    static const uint8_t lengths[][4] = { { 0xff, 0xff, 0xff, 0xff },
                                          { 0xff, 0xff, 0xff, 0xfc },
                                          { 0x7f, 0xff, 0xff, 0xff },
                                          { 0x80, 0, 0, 0 } };
    uint8_t blob[ROOM], damaged[ROOM];
    struct span whole = decoded(cert_restricted, blob);
    for (size_t i = 0; i + 4 <= whole.n; i++)
        for (size_t k = 0; k < COUNT(lengths); k++) {
            memcpy(damaged, blob, whole.n);
            memcpy(damaged + i, lengths[k], 4);
            struct certificate c;
            if (memcmp(damaged, blob, whole.n) != 0 &&
                certificate_parse(&c, span_of(damaged, whole.n), 1))
                assert_false(certificate_signed(&c, &algorithms));
        }
}

/* --- made by hand --- */
struct draft {
    uint32_t type;
    struct span principals, critical, extensions;
};

static struct span drawn(const struct draft *d, uint8_t *to, size_t room)
{
    struct writer w = writer_of(to, room);
    put_text(&w, "ssh-ed25519-cert-v01@openssh.com");
    put_text(&w, "");                                                /* nonce */
    put_string(&w, span_of("0123456789abcdef0123456789abcdef", 32)); /* pk */
    put_bytes(&w, "\0\0\0\0\0\0\0\0", 8);                            /* serial */
    put_u32(&w, d->type);
    put_text(&w, ""); /* key id */
    put_string(&w, d->principals);
    put_bytes(&w, "\0\0\0\0\0\0\0\0", 8);                 /* valid after */
    put_bytes(&w, "\xff\xff\xff\xff\xff\xff\xff\xff", 8); /* valid before */
    put_string(&w, d->critical);
    put_string(&w, d->extensions);
    put_text(&w, "ignored"); /* reserved */
    put_text(&w, "");        /* signature key */
    put_text(&w, "");        /* signature */
    assert_false(w.bad);
    return span_of(to, writer_used(&w));
}

static bool draft_parses(const struct draft *d)
{
    uint8_t blob[ROOM];
    return parses(drawn(d, blob, sizeof blob), 1);
}

#define BYTES(text) span_of(text, sizeof text - 1)

static void test_types(void **state)
{
    (void)state;
    for (uint32_t type = 0; type < 5; type++) {
        struct draft d = { .type = type };
        assert_int_equal(draft_parses(&d), type == CERTIFICATE_USER || type == CERTIFICATE_HOST);
    }
    struct draft d = { .type = 0xffffffff };
    assert_false(draft_parses(&d));
}

static void test_lists(void **state)
{
    (void)state;
    const struct {
        struct span list;
        bool principals, options;
    } cases[] = {
        { { NULL, 0 }, true, true },
        { BYTES("\0\0\0\1a"), true, false },
        { BYTES("\0\0\0\1a\0\0\0\0"), true, true },
        { BYTES("\0\0\0\0\0\0\0\0"), true, true }, /* no name is a name: unknown */
        { BYTES("\0\0\0\1a\0\0\0\1b\0\0\0\1a\0\0\0\0"), true, false }, /* a twice */
        { BYTES("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), true, false },
        { BYTES("\0\0\0\1b\0\0\0\0\0\0\0\1a\0\0\0\0"), true, true }, /* out of order */
        { BYTES("\0\0\0\1a\0\0\0\1b\0\0\0\1c"), true, false },
        { BYTES("\0\0\0\1a\0"), false, false },
        { BYTES("\0\0\0"), false, false },
        { BYTES("\0\0\0\2a"), false, false },
        { BYTES("\0\0\0\1a\0\0\0\2b"), false, false },
        { BYTES("\xff\xff\xff\xff"), false, false },
        { BYTES("\0\0\0\1a\xff\xff\xff\xff"), false, false },
        { BYTES("\0\0\0\1a\0\0\0\0\xff\xff\xff\xfc\0\0\0\0"), false, false },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct draft d = { .type = CERTIFICATE_USER, .principals = cases[i].list };
        assert_int_equal(draft_parses(&d), cases[i].principals);
        d = (struct draft){ .type = CERTIFICATE_USER, .critical = cases[i].list };
        assert_int_equal(draft_parses(&d), cases[i].options);
        d = (struct draft){ .type = CERTIFICATE_USER, .extensions = cases[i].list };
        assert_int_equal(draft_parses(&d), cases[i].options);
    }
}

/* As many names as fit are fine; beyond the limit nothing is. */
static void test_many(void **state)
{
    (void)state;
    enum { MANY = 10000, BIG = MANY * 8 + 1000 };
    uint8_t *names = malloc(BIG), *blob = malloc(BIG);
    assert_non_null(names);
    assert_non_null(blob);
    for (unsigned count = 1; count <= MANY; count *= 10) {
        struct writer w = writer_of(names, BIG);
        for (unsigned i = 0; i < count; i++) {
            uint8_t name[4];
            store_u32(name, i);
            put_string(&w, span_of(name, 4));
        }
        struct draft d = { .type = CERTIFICATE_USER,
                           .principals = span_of(names, writer_used(&w)) };
        assert_int_equal(parses(drawn(&d, blob, BIG), 1), count <= 100);
        w = writer_of(names, BIG);
        for (unsigned i = 0; i < count; i++) {
            put_text(&w, "");
        }
        d.principals = span_of(names, writer_used(&w));
        assert_int_equal(parses(drawn(&d, blob, BIG), 1), count <= 100);
    }
    free(names);
    free(blob);
}

static void test_garbage(void **state)
{
    (void)state;
    struct random random = random_of(9);
    uint8_t blob[ROOM], damaged[ROOM];
    struct span whole = decoded(cert_restricted, blob);
    for (int i = 0; i < 20000; i++) {
        size_t at = random_below(&random, whole.n), n = random_below(&random, whole.n - at);
        memcpy(damaged, blob, whole.n);
        random_fill(&random, damaged + at, n > 12 && i & 1 ? 12 : n);
        parses(span_of(damaged, whole.n), 1 + (i >> 1 & 1));
    }
}

static int start(void **state)
{
    (void)state;
    return crypto_start(NULL, 0) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_field), cmocka_unit_test(test_plain_key),
        cmocka_unit_test(test_signatures),  cmocka_unit_test(test_rows),
        cmocka_unit_test(test_no_chains),   cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_every_flip),  cmocka_unit_test(test_huge_lengths),
        cmocka_unit_test(test_types),       cmocka_unit_test(test_lists),
        cmocka_unit_test(test_many),        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
