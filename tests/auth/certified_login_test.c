/* Logging in with a certificate: the question is put only where a CA's signature is good, and the
 * user's own signature is checked with the key inside. */
#include <string.h>

#include "auth/certificate.h"
#include "crypto/host_key.h"
#include "tests/support/pair.h"

static const char cert_name[] = "ssh-ed25519-cert-v01@openssh.com";

static const struct kex *const kex[] = { &kex_curve25519, NULL };
static const struct host_key_type *const host_keys[] = { &host_key_ed25519, NULL };
static const struct cipher *const ciphers[] = { &cipher_chachapoly, NULL };
static const struct user_key_type *const user_keys[] = {
    &user_key_ed25519_cert,
    &user_key_ed25519,
    NULL,
};
static const struct algorithms with_certificates = { kex, host_keys, ciphers, user_keys };

/* A certificate of this type, with a key id of so many bytes. */
static struct span certificate_for(const struct host_key *key, uint32_t type, size_t id_n,
                                   uint8_t *blob, size_t room)
{
    static const uint8_t seed[32] = "the certification authority";
    static const char id[LIMIT_KEY_BLOB];
    struct host_key ca = { 0 };
    assert_true(host_key_from_seed(&ca, seed));
    struct writer w = writer_of(blob, room);
    put_text(&w, cert_name);
    put_text(&w, "nonce");
    put_bytes(&w, key->blob + 15, 36); /* pk */
    put_bytes(&w, "\0\0\0\0\0\0\0\0", 8);
    put_u32(&w, type);
    put_string(&w, span_of(id, id_n));
    put_string(&w, span_of("\0\0\0\6tester", 10));
    put_bytes(&w, "\0\0\0\0\0\0\0\0", 8);
    put_bytes(&w, "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    put_text(&w, ""); /* critical options */
    put_text(&w, ""); /* extensions */
    put_text(&w, ""); /* reserved */
    put_string(&w, span_of(ca.blob, ca.blob_n));
    struct span message = span_of(blob, writer_used(&w));
    uint8_t *signature = put_string_start(&w);
    assert_true(host_key_ed25519.sign(&w, &ca, message));
    put_string_stop(&w, signature);
    assert_false(w.bad);
    return span_of(blob, writer_used(&w));
}

/* The client's key gets a certificate in its blob's place. */
static void certify(struct host_key *key, uint32_t type)
{
    uint8_t blob[sizeof key->blob];
    struct span s = certificate_for(key, type, 2, blob, sizeof blob);
    memcpy(key->blob, s.p, s.n);
    key->blob_n = s.n;
}

static struct pair *start(const struct algorithms *algorithms)
{
    struct pair_options o = pair_defaults();
    o.fake.algorithms = algorithms;
    struct pair *p = pair_auth(&o);
    certify(&p->fake.user_key, CERTIFICATE_USER);
    return p;
}

static void expect_failure(struct pair *p, enum auth_proof proof)
{
    struct reader r = pair_next(p, MSG_USERAUTH_FAILURE);
    assert_true(span_is(get_string(&r), "publickey"));
    assert_int_equal(p->fake.session.phase, PHASE_AUTH);
    assert_int_equal(p->fake.last_proof, proof);
}

static void test_query_then_signature(void **state)
{
    (void)state;
    struct pair *p = start(&with_certificates);
    const struct host_key *key = &p->fake.user_key;
    client_publickey(&p->client, "tester", key, false, FORGE_NOTHING);
    struct reader r = pair_next(p, MSG_USERAUTH_PK_OK);
    assert_true(span_is(get_string(&r), cert_name));
    assert_true(span_equal(get_string(&r), span_of(key->blob, key->blob_n)));
    assert_true(get_done(&r));
    assert_int_equal(p->fake.last_proof, AUTH_NONE);
    client_publickey(&p->client, "tester", key, true, FORGE_NOTHING);
    pair_next(p, MSG_USERAUTH_SUCCESS);
    assert_int_equal(p->fake.last_proof, AUTH_PROVEN);
    pair_stop(p);
}

static void test_forged(void **state)
{
    (void)state;
    static const enum forgery forgeries[] = { FORGE_SIGNATURE, FORGE_SESSION, FORGE_USER,
                                              FORGE_KEY,       FORGE_LONG,    FORGE_ALGORITHM };
    for (size_t i = 0; i < COUNT(forgeries); i++) {
        struct pair *p = start(&with_certificates);
        client_publickey(&p->client, "tester", &p->fake.user_key, true, forgeries[i]);
        expect_failure(p, AUTH_REFUSED);
        pair_stop(p);
    }
}

/* Neither named nor used: a no in both cases, whatever the answer to the question would be. */
static void expect_refused(struct pair *p)
{
    for (int sign = 0; sign < 2; sign++) {
        client_publickey(&p->client, "tester", &p->fake.user_key, sign, FORGE_NOTHING);
        expect_failure(p, AUTH_REFUSED);
    }
    pair_stop(p);
}

static void test_host_certificate(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.algorithms = &with_certificates;
    struct pair *p = pair_auth(&o);
    certify(&p->fake.user_key, CERTIFICATE_HOST);
    expect_refused(p);
}

static void test_damaged(void **state)
{
    (void)state;
    struct pair *p = start(&with_certificates);
    size_t n = p->fake.user_key.blob_n;
    pair_stop(p);
    for (size_t i = sizeof cert_name + 3; i < n; i += 7) {
        p = start(&with_certificates);
        p->fake.user_key.blob[i] ^= 1;
        expect_refused(p);
    }
    p = start(&with_certificates);
    p->fake.user_key.blob_n--;
    expect_refused(p);
}

/* In a build without certificate types they are unknown. */
static void test_unknown(void **state)
{
    (void)state;
    expect_refused(start(NULL));
}

static void name_key(struct pair *p, const char *algorithm, struct span blob)
{
    struct writer *w = client_build(&p->client, MSG_USERAUTH_REQUEST);
    put_text(w, "tester");
    put_text(w, "ssh-connection");
    put_text(w, "publickey");
    put_boolean(w, false);
    put_text(w, algorithm);
    put_string(w, blob);
    client_send_built(&p->client);
}

/* A certificate's blob under its plain type's name, and the other way round. */
static void test_mixed_names(void **state)
{
    (void)state;
    static const uint8_t seed[32] = "another";
    struct host_key plain = { 0 };
    assert_true(host_key_from_seed(&plain, seed));
    struct pair *p = start(&with_certificates);
    const struct host_key *key = &p->fake.user_key;
    name_key(p, "ssh-ed25519", span_of(key->blob, key->blob_n));
    expect_failure(p, AUTH_REFUSED);
    name_key(p, cert_name, span_of(plain.blob, plain.blob_n));
    expect_failure(p, AUTH_REFUSED);
    pair_stop(p);
}

/* The longest one is still repeated whole in the answer; a longer one cannot succeed. */
static void test_longest(void **state)
{
    (void)state;
    struct pair *p = start(&with_certificates);
    struct host_key plain = p->fake.user_key;
    uint8_t blob[LIMIT_KEY_BLOB + 1];
    memmove(plain.blob + 15, plain.blob + 4 + sizeof cert_name - 1 + 9, 36); /* pk, where it was */
    size_t rest = certificate_for(&plain, CERTIFICATE_USER, 0, blob, sizeof blob).n;
    p->fake.auth_later = true;
    for (size_t more = 0; more < 2; more++) {
        size_t id_n = LIMIT_KEY_BLOB - rest + more;
        struct span longest = certificate_for(&plain, CERTIFICATE_USER, id_n, blob, sizeof blob);
        name_key(p, cert_name, longest);
        pair_run(p);
        session_auth(&p->fake.session, true);
        if (more == 0) {
            struct reader r = pair_next(p, MSG_USERAUTH_PK_OK);
            assert_true(span_is(get_string(&r), cert_name));
            assert_true(span_equal(get_string(&r), longest));
        } else {
            expect_failure(p, AUTH_REFUSED);
        }
    }
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query_then_signature),
        cmocka_unit_test(test_forged),
        cmocka_unit_test(test_host_certificate),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_mixed_names),
        cmocka_unit_test(test_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
