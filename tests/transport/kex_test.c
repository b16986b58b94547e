/* RFC 4253 section 7, RFC 8731, RFC 8308: what is offered, what is chosen, what is refused. That both
 * sides derive the same keys is checked by the client, which has its own derivation. */
#include <string.h>

#include "tests/support/pair.h"

static void expect_names(struct reader *r, const char *names)
{
    struct span got = get_string(r);
    if (!span_is(got, names))
        fail_msg("\"%.*s\" instead of \"%s\"", (int)got.n, (const char *)got.p, names);
}

static void expect_kexinit(struct reader *r, const char *kex)
{
    get_bytes(r, 16); /* cookie */
    expect_names(r, kex);
    expect_names(r, "ssh-ed25519");
    expect_names(r, "chacha20-poly1305@openssh.com");
    expect_names(r, "chacha20-poly1305@openssh.com");
    expect_names(r, "hmac-sha2-256-etm@openssh.com");
    expect_names(r, "hmac-sha2-256-etm@openssh.com");
    expect_names(r, "none");
    expect_names(r, "none");
    expect_names(r, "");
    expect_names(r, "");
    assert_false(get_boolean(r));
    assert_int_equal(get_u32(r), 0);
    assert_true(get_done(r));
}

static void test_our_kexinit(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_start(&o);
    uint8_t cookie[16];
    client_send_ident(&p->client);
    struct reader r = pair_next(p, MSG_KEXINIT);
    memcpy(cookie, r.p, sizeof cookie);
    expect_kexinit(&r, "curve25519-sha256,curve25519-sha256@libssh.org,"
                       "kex-strict-s-v00@openssh.com");
    pair_run(p);
    assert_true(p->client.keyed);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    pair_next(p, MSG_EXT_INFO);
    client_send_kexinit(&p->client);
    r = pair_next(p, MSG_KEXINIT);
    assert_memory_not_equal(r.p, cookie, sizeof cookie);
    expect_kexinit(&r, "curve25519-sha256,curve25519-sha256@libssh.org"); /* the marker came once */
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    pair_nothing(p); /* EXT_INFO too is said only once */
    pair_stop(p);
}

static void test_ext_info(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_start(&o);
    struct reader r;
    client_send_ident(&p->client);
    assert_true(pair_skip_to(p, MSG_EXT_INFO, &r));
    assert_int_equal(get_u32(&r), 1);
    expect_names(&r, "server-sig-algs");
    expect_names(&r, "ssh-ed25519");
    assert_true(get_done(&r));
    pair_stop(p);
    o.client.ext_info = false;
    p = pair_keyed(&o); /* fails if anything follows NEWKEYS */
    pair_stop(p);
}

/* Agreements; each must lead all the way to a login. */
static void test_agreements(void **state)
{
    (void)state;
    static const struct client_options wishes[] = {
        { .kex = "curve25519-sha256" },
        { .kex = "curve25519-sha256@libssh.org" },
        { .kex = "mlkem768x25519-sha256,sntrup761x25519-sha512,curve25519-sha256,x" },
        { .kex = "unknown,,curve25519-sha256@libssh.org,curve25519-sha256" },
        { .host_keys = "rsa-sha2-512,ecdsa-sha2-nistp256,ssh-ed25519" },
        { .host_keys = "ssh-ed25519-cert-v01@openssh.com,ssh-ed25519" },
        { .cipher_in = "aes128-ctr,chacha20-poly1305@openssh.com" },
        { .cipher_out = "none,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes128-ctr" },
        { .mac = "umac-64@openssh.com" }, /* goes unused: the cipher has its own */
        { .mac = "" },
        { .compression = "none,zlib@openssh.com,zlib" },
        { .compression = "zlib@openssh.com,none" },
    };
    for (size_t i = 0; i < COUNT(wishes); i++) {
        struct pair_options o = pair_defaults();
        struct client_options *c = &o.client;
        const struct client_options *w = &wishes[i];
        c->kex = w->kex ? w->kex : c->kex;
        c->host_keys = w->host_keys ? w->host_keys : c->host_keys;
        c->cipher_in = w->cipher_in ? w->cipher_in : c->cipher_in;
        c->cipher_out = w->cipher_out ? w->cipher_out : c->cipher_out;
        c->mac = w->mac ? w->mac : c->mac;
        c->compression = w->compression ? w->compression : c->compression;
        struct pair *p = pair_open(&o);
        pair_stop(p);
    }
}

static void refused(struct client_options *c, const char **field, const char *names,
                    enum reason reason)
{
    const char *before = *field;
    *field = names;
    struct pair_options o = pair_defaults();
    o.client = *c;
    struct pair *p = pair_start(&o);
    client_send_ident(&p->client);
    client_send_kexinit(&p->client);
    pair_ended(p, reason);
    pair_stop(p);
    *field = before;
}

static void test_disagreements(void **state)
{
    (void)state;
    struct client_options c = client_defaults();
    refused(&c, &c.kex, "", REASON_NO_KEX);
    refused(&c, &c.kex, "diffie-hellman-group14-sha256", REASON_NO_KEX);
    refused(&c, &c.kex, "curve25519-sha25", REASON_NO_KEX);
    refused(&c, &c.kex, "curve25519-sha256x", REASON_NO_KEX);
    refused(&c, &c.kex, "CURVE25519-SHA256", REASON_NO_KEX);
    /* markers are no methods */
    refused(&c, &c.kex, "kex-strict-s-v00@openssh.com,ext-info-s", REASON_NO_KEX);
    refused(&c, &c.host_keys, "rsa-sha2-512", REASON_NO_HOST_KEY);
    refused(&c, &c.host_keys, "", REASON_NO_HOST_KEY);
    refused(&c, &c.cipher_in, "aes128-ctr", REASON_NO_CIPHER);
    refused(&c, &c.cipher_out, "aes128-ctr", REASON_NO_CIPHER);
    refused(&c, &c.cipher_out, "none", REASON_NO_CIPHER); /* cleartext is never agreed on */
    refused(&c, &c.cipher_in, "none", REASON_NO_CIPHER);
    refused(&c, &c.compression, "zlib", REASON_NO_COMPRESSION);
    refused(&c, &c.compression, "", REASON_NO_COMPRESSION);
}

/* RFC 4253 section 7: a guessed packet is dropped exactly when the guess was wrong. */
static void test_guesses(void **state)
{
    (void)state;
    for (int strict = 0; strict < 2; strict++)
        for (int right = 0; right < 2; right++)
            for (enum flow flow = FLOW_WHOLE; flow <= FLOW_RANDOM; flow++) {
                struct pair_options o = pair_defaults();
                o.client.strict = strict;
                o.client.follows = true;
                o.client.guess_right = right;
                o.to_server = flow;
                struct pair *p = pair_open(&o);
                pair_rekey(p); /* a guess may come with any exchange */
                pair_alive(p);
                pair_stop(p);
            }
}

/* The first host key type belongs to the guess as well. */
static void test_guess_of_host_key(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_start(&o);
    struct client *c = &p->client;
    c->options.follows = c->options.guess_right = true; /* right as to the method … */
    c->options.host_keys = "rsa-sha2-256,ssh-ed25519";  /* … but not as to the key */
    c->automatic = false;
    client_send_ident(c);
    client_send_kexinit(c);
    pair_next(p, MSG_KEXINIT);
    pair_nothing(p);
    assert_int_equal(p->fake.session.transport.kex,
                     KEX_SHARE); /* the guess was taken and dropped */
    client_send_share(c);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    pair_next(p, MSG_EXT_INFO);
    client_send_newkeys(c);
    pair_nothing(p);
    assert_true(c->keyed);
    pair_stop(p);
}

/* Up to the point where the server awaits the share. */
static struct pair *awaiting_share(bool strict)
{
    struct pair_options o = pair_defaults();
    o.client.strict = strict;
    struct pair *p = pair_start(&o);
    p->client.automatic = false;
    client_send_ident(&p->client);
    client_send_kexinit(&p->client);
    pair_next(p, MSG_KEXINIT);
    pair_nothing(p);
    return p;
}

static void test_bad_shares(void **state)
{
    (void)state;
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    };
    uint8_t share[64] = { 9 };
    for (size_t i = 0; i < COUNT(points) + 5; i++) {
        static const size_t lengths[] = { 0, 1, 31, 33, 64 };
        struct pair *p = awaiting_share(i & 1);
        size_t n = i < COUNT(points) ? hex_bytes(share, sizeof share, points[i])
                                     : lengths[i - COUNT(points)];
        put_string(client_build(&p->client, MSG_KEX_ECDH_INIT), span_of(share, n));
        client_send_built(&p->client);
        pair_ended(p, REASON_SHARE);
        assert_false(p->fake.session.transport.keyed);
        pair_stop(p);
    }
}

static void test_malformed_messages(void **state)
{
    (void)state;
    struct pair *p = awaiting_share(true);
    client_send(&p->client, span_of("\x1e", 1));
    pair_ended(p, REASON_FORMAT);
    pair_stop(p);

    p = awaiting_share(true);
    struct writer *w = client_build(&p->client, MSG_KEX_ECDH_INIT);
    put_string(w, span_of("12345678901234567890123456789012", 32));
    put_byte(w, 0);
    client_send_built(&p->client);
    pair_ended(p, REASON_FORMAT);
    pair_stop(p);

    p = awaiting_share(true);
    client_send_share(&p->client);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    client_send(&p->client, span_of("\x15\0", 2)); /* NEWKEYS with a byte too many */
    pair_ended(p, REASON_FORMAT);
    pair_stop(p);
}

/* Keys of 100 exchanges: among the shared secrets some start with a zero byte or a set bit, and
 * each time client and server must agree. */
static void test_many_exchanges(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    for (int strict = 0; strict < 2; strict++) {
        o.client.strict = strict;
        struct pair *p = pair_open(&o);
        uint8_t id[32];
        memcpy(id, p->client.session_id, sizeof id);
        for (int i = 0; i < 100; i++)
            pair_rekey(p);
        assert_memory_equal(p->fake.session.transport.session_id, id, sizeof id);
        pair_alive(p);
        pair_stop(p);
    }
}

/* A signature is made over the identifier of the first exchange, whatever came since. */
static void test_login_after_rekey(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_keyed(&o);
    pair_rekey(p);
    client_service(&p->client, "ssh-userauth");
    pair_next(p, MSG_SERVICE_ACCEPT);
    pair_rekey(p);
    pair_login(p);
    pair_stop(p);
}

/* What the peer's algorithms say in a later exchange is not bound to the first. */
static void test_rekey_renegotiates(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    p->client.options.kex = "curve25519-sha256@libssh.org";
    pair_rekey(p);
    p->client.options.cipher_out = "aes128-ctr";
    client_send_kexinit(&p->client);
    pair_ended(p, REASON_NO_CIPHER);
    pair_stop(p);
}

/* Before login a peer may make us work only so often; afterwards nobody counts. */
static void test_flood_before_login(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    for (int login = 0; login < 2; login++) {
        struct pair *p = login ? pair_open(&o) : pair_keyed(&o);
        for (int i = 0; i <= LIMIT_EARLY; i++) {
            put_text(client_build(&p->client, MSG_IGNORE), "");
            client_send_built(&p->client);
        }
        if (login)
            pair_alive(p);
        else
            pair_ended(p, REASON_FLOOD);
        pair_stop(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_our_kexinit),
        cmocka_unit_test(test_ext_info),
        cmocka_unit_test(test_agreements),
        cmocka_unit_test(test_disagreements),
        cmocka_unit_test(test_guesses),
        cmocka_unit_test(test_guess_of_host_key),
        cmocka_unit_test(test_bad_shares),
        cmocka_unit_test(test_malformed_messages),
        cmocka_unit_test(test_many_exchanges),
        cmocka_unit_test(test_login_after_rekey),
        cmocka_unit_test(test_rekey_renegotiates),
        cmocka_unit_test(test_flood_before_login),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
