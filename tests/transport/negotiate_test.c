/* RFC 4253 section 7.1 with more to choose from than one build has: ciphers that want a MAC beside
 * them, names that several rows share, what this CPU or the loaded host keys leave out. What the
 * server should choose is worked out here from the lists alone. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/pair.h"
#include "tests/support/rows.h"

enum { LIST_MAX = 200 };

static struct pair_options with_rows(void)
{
    struct pair_options o = pair_defaults();
    o.client.ciphers = rows_all;
    o.fake.algorithms = &rows_algorithms;
    return o;
}

/* Both KEXINITs are exchanged, and no guess behind it whatever was announced. */
static struct pair *both_kexinits(const struct pair_options *o)
{
    struct pair *p = pair_start(o);
    struct client *c = &p->client;
    c->automatic = false;
    client_send_kexinit(c);
    bytes_drop(&c->out, bytes_used(&c->out));
    c->tx.seq = 0;
    client_send_ident(c);
    client_send(c, span_of(bytes_front(&c->i_c), bytes_used(&c->i_c)));
    pair_run(p);
    return p;
}

/* --- lists at random --- */
static void add_name(char list[LIST_MAX], const char *name)
{
    if (list[0] != 0)
        strcat(list, ",");
    strcat(list, name);
}

/* Some of the names, perhaps none, in any order. */
static void shuffle(char list[LIST_MAX], struct random *r, const char *const *names, size_t n)
{
    const char *order[8] = { 0 };
    list[0] = 0;
    assert_true(n <= COUNT(order));
    for (size_t i = 0; i < n; i++) {
        size_t to = random_below(r, i + 1);
        order[i] = order[to];
        order[to] = names[i];
    }
    for (size_t i = random_below(r, n + 1); i-- != 0;)
        add_name(list, order[i]);
}

static const char *const some_ciphers[] = { "fake-a",      "fake-b",    "fake-own",
                                            "fake-absent", "fake-none", "none" };
static const char *const some_macs[] = { "mac-clear-32", "mac-clear-64", "mac-hidden-32",
                                         "hmac-sha2-256-etm@openssh.com", "mac-clear-3" };

/* --- what should be chosen --- */
static bool offered(struct span name, bool macs)
{
    for (const struct cipher *const *c = rows_all; *c != NULL; c++)
        if (*c != &row_absent && (!macs || (*c)->mac != NULL) &&
            span_is(name, macs ? (*c)->mac : (*c)->name))
            return true;
    return false;
}

static struct span first_offered(const char *list, bool macs)
{
    struct span rest = span_text(list);
    while (rest.n != 0) {
        struct span name = name_list_next(&rest);
        if (offered(name, macs))
            return name;
    }
    return rest;
}

static enum reason expected(const char *ciphers, const char *macs, struct span *cipher,
                            struct span *mac)
{
    *cipher = first_offered(ciphers, false);
    *mac = first_offered(macs, true);
    if (cipher->n == 0)
        return REASON_NO_CIPHER;
    return mac->n == 0 && !span_is(*cipher, "fake-own") ? REASON_NO_MAC : REASON_NONE;
}

static void expect_row(const struct cipher *row, struct span cipher, struct span mac)
{
    assert_true(span_is(cipher, row->name));
    assert_true(row->mac == NULL ? row == &row_own : span_is(mac, row->mac));
}

static void test_ciphers_and_macs(void **state)
{
    (void)state;
    struct random r = random_of(1);
    unsigned seen[REASON_CRYPTO + 1] = { 0 };
    for (int i = 0; i < 4000; i++) {
        char lists[4][LIST_MAX];
        struct span cipher[2], mac[2];
        struct pair_options o = with_rows();
        for (int way = 0; way < 2; way++) {
            shuffle(lists[way], &r, some_ciphers, COUNT(some_ciphers));
            shuffle(lists[2 + way], &r, some_macs, COUNT(some_macs));
        }
        o.client.cipher_out = lists[0];
        o.client.cipher_in = lists[1];
        o.client.mac = lists[2];
        o.client.mac_in = lists[3];
        struct pair *p = both_kexinits(&o);
        enum reason out = expected(lists[0], lists[2], &cipher[0], &mac[0]);
        enum reason in = expected(lists[1], lists[3], &cipher[1], &mac[1]);
        enum reason want = out != REASON_NONE ? out : in;
        seen[want]++;
        if (want == REASON_NONE) {
            assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
            expect_row(p->fake.session.transport.next_rx, cipher[0], mac[0]);
            expect_row(p->fake.session.transport.next_tx, cipher[1], mac[1]);
        } else {
            pair_ended(p, want);
        }
        pair_stop(p);
    }
    assert_true(seen[REASON_NONE] > 500 && seen[REASON_NO_MAC] > 100);
    assert_true(seen[REASON_NO_CIPHER] > 500);
}

static void expect_names(struct reader *r, const char *names)
{
    struct span got = get_string(r);
    if (!span_is(got, names))
        fail_msg("\"%.*s\" instead of \"%s\"", (int)got.n, (const char *)got.p, names);
}

/* Names that several rows share come once, those of an absent CPU feature not at all. */
static void test_our_lists(void **state)
{
    (void)state;
    struct pair_options o = with_rows();
    struct pair *p = pair_start(&o);
    client_send_ident(&p->client);
    p->client.automatic = false;
    struct reader r = pair_next(p, MSG_KEXINIT);
    get_bytes(&r, 16);
    expect_names(&r, "curve25519-sha256,kex-strict-s-v00@openssh.com");
    expect_names(&r, "ssh-ed25519");
    for (int way = 0; way < 2; way++)
        expect_names(&r, "fake-a,fake-own,fake-b");
    for (int way = 0; way < 2; way++)
        expect_names(&r, "mac-clear-64,mac-hidden-32,mac-clear-32");
    pair_stop(p);
}

/* --- host keys --- */
static const struct host_key_type one_cert = { .name = "one-cert",
                                               .key_name = "one",
                                               .certified = true };
static const struct host_key_type one = { .name = "one", .key_name = "one" };
static const struct host_key_type two_cert = { .name = "two-cert",
                                               .key_name = "two",
                                               .certified = true };
static const struct host_key_type two_a = { .name = "two-a", .key_name = "two" };
static const struct host_key_type two_b = { .name = "two-b", .key_name = "two" };
static const struct host_key_type *const key_types[] = { &two_cert, &one_cert, &two_a,
                                                         &one,      &two_b,    NULL };
static const struct kex *const key_methods[] = { &kex_curve25519, &kex_curve25519_libssh, NULL };
static const struct user_key_type *const no_users[] = { NULL };
static const struct algorithms key_algorithms = { key_methods, key_types, rows_all, no_users };

/* What is loaded: of each key nothing, the key, or also its certificate; in either order. */
static struct pair_options with_keys(struct host_key keys[HOST_KEYS], unsigned which)
{
    struct pair_options o = with_rows();
    struct host_key *first = &keys[which / 9 % 2], *second = &keys[2 - which / 9 % 2];
    memset(keys, 0, HOST_KEYS * sizeof *keys);
    if (which % 3 != 0)
        *first = (struct host_key){ .type = &one, .certificate_n = which % 3 == 2 ? 9 : 0 };
    if (which / 3 % 3 != 0)
        *second = (struct host_key){ .type = &two_a, .certificate_n = which / 3 % 3 == 2 ? 9 : 0 };
    o.fake.algorithms = &key_algorithms;
    o.fake.host_keys = keys;
    o.client.cipher_in = o.client.cipher_out = "fake-own";
    return o;
}

static const struct host_key *key_for(const struct host_key keys[HOST_KEYS],
                                      const struct host_key_type *type)
{
    for (size_t i = 0; i < HOST_KEYS; i++)
        if (keys[i].type != NULL && keys[i].type->key_name == type->key_name &&
            (!type->certified || keys[i].certificate_n != 0))
            return &keys[i];
    return NULL;
}

static void offered_keys(char list[LIST_MAX], const struct host_key keys[HOST_KEYS])
{
    list[0] = 0;
    for (const struct host_key_type *const *t = key_types; *t != NULL; t++)
        if (key_for(keys, *t) != NULL)
            add_name(list, (*t)->name);
}

static void test_host_keys_offered(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 18; which++) {
        struct host_key keys[HOST_KEYS];
        char list[LIST_MAX];
        struct pair_options o = with_keys(keys, which);
        struct pair *p = pair_start(&o);
        p->client.automatic = false;
        client_send_ident(&p->client);
        struct reader r = pair_next(p, MSG_KEXINIT);
        get_bytes(&r, 16);
        get_string(&r);
        offered_keys(list, keys);
        expect_names(&r, list);
        pair_stop(p);
    }
}

static const struct host_key_type *first_key(const char *wanted, const struct host_key *keys)
{
    struct span rest = span_text(wanted);
    while (rest.n != 0) {
        struct span name = name_list_next(&rest);
        for (const struct host_key_type *const *t = key_types; *t != NULL; t++)
            if (span_is(name, (*t)->name) && key_for(keys, *t) != NULL)
                return *t;
    }
    return NULL;
}

static void test_host_keys_chosen(void **state)
{
    (void)state;
    static const char *const names[] = { "one", "one-cert", "two-a", "two-b", "two-cert", "three" };
    struct random r = random_of(2);
    for (unsigned i = 0; i < 1800; i++) {
        struct host_key keys[HOST_KEYS];
        char wanted[LIST_MAX];
        struct pair_options o = with_keys(keys, i % 18);
        shuffle(wanted, &r, names, COUNT(names));
        o.client.host_keys = wanted;
        struct pair *p = both_kexinits(&o);
        const struct transport *t = &p->fake.session.transport;
        const struct host_key_type *want = first_key(wanted, keys);
        if (want == NULL) {
            pair_ended(p, REASON_NO_HOST_KEY);
        } else {
            assert_int_equal(t->kex, KEX_SHARE);
            assert_ptr_equal(t->signing, want);
            assert_string_equal(t->signing_key->type->key_name, want->key_name);
            assert_true(!want->certified || t->signing_key->certificate_n != 0);
        }
        pair_stop(p);
    }
}

/* RFC 4253 section 7: a guess is right when both sides list the same method and host key first, and what
 * is not loaded is not listed. */
static void test_guesses(void **state)
{
    (void)state;
    static const char *const methods[] = { "curve25519-sha256,curve25519-sha256@libssh.org",
                                           "curve25519-sha256@libssh.org,curve25519-sha256",
                                           "unknown,curve25519-sha256" };
    unsigned right = 0;
    for (unsigned which = 1; which < 18; which++)
        for (size_t m = 0; m < COUNT(methods); m++)
            for (const struct host_key_type *const *t = key_types; *t != NULL; t++) {
                struct host_key keys[HOST_KEYS];
                char wanted[LIST_MAX] = "", list[LIST_MAX];
                struct pair_options o = with_keys(keys, which);
                offered_keys(list, keys);
                if (list[0] == 0)
                    continue;
                add_name(wanted, (*t)->name);
                add_name(wanted, list);
                o.client.kex = methods[m];
                o.client.host_keys = wanted;
                o.client.follows = o.client.guess_right = true;
                struct pair *p = both_kexinits(&o);
                struct span names = span_text(list);
                bool same = m == 0 && span_is(name_list_next(&names), (*t)->name);
                assert_int_equal(p->fake.session.transport.kex, same ? KEX_SHARE : KEX_SKIP);
                right += same;
                pair_stop(p);
            }
    assert_in_range(right, 10, 30);
}

/* --- everything at once --- */
static const char *const all_kex[] = { "mlkem768x25519-sha256", "curve25519-sha256",
                                       "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256" };
static const char *const all_keys[] = { "ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512",
                                        "rsa-sha2-256" };
static const char *const all_certs[] = { "ssh-ed25519-cert-v01@openssh.com",
                                         "ecdsa-sha2-nistp256-cert-v01@openssh.com",
                                         "rsa-sha2-512-cert-v01@openssh.com",
                                         "rsa-sha2-256-cert-v01@openssh.com" };
static const char *const all_ciphers[] = { "chacha20-poly1305@openssh.com",
                                           "aes256-gcm@openssh.com", "aes128-gcm@openssh.com",
                                           "aes256-ctr", "aes128-ctr" };
static const char *const all_macs[] = { "hmac-sha2-256-etm@openssh.com",
                                        "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256" };

/* The rows of crypto/algorithm.h by name; not all of them are linked into every build. */
static void test_all_rows_fit(void **state)
{
    (void)state;
    struct kex methods[4];
    struct host_key_type types[8];
    struct cipher rows[5 * 3];
    const struct kex *kex[5] = { 0 };
    const struct host_key_type *keys[9] = { 0 };
    const struct cipher *ciphers[16] = { 0 };
    struct host_key loaded[HOST_KEYS] = { { 0 } };
    for (size_t i = 0; i < 4; i++) {
        methods[i] = kex_curve25519;
        methods[i].name = all_kex[i];
        kex[i] = &methods[i];
        types[2 * i] = (struct host_key_type){ all_certs[i], "any", true, 0, 0, 0, 0 };
        types[2 * i + 1] = (struct host_key_type){ all_keys[i], "any", false, 0, 0, 0, 0 };
        keys[2 * i] = &types[2 * i];
        keys[2 * i + 1] = &types[2 * i + 1];
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        rows[i] = row_own;
        rows[i].name = all_ciphers[i / 3];
        rows[i].mac = all_macs[i % 3];
        ciphers[i] = &rows[i];
    }
    loaded[0].type = &types[1];
    loaded[0].certificate_n = 9;
    struct algorithms all = { kex, keys, ciphers, no_users };
    struct pair_options o = pair_defaults();
    o.fake.algorithms = &all;
    o.fake.host_keys = loaded;
    struct pair *p = pair_start(&o);
    p->client.automatic = false;
    client_send_ident(&p->client);
    pair_next(p, MSG_KEXINIT);
    print_message("a KEXINIT with every row: %zu bytes\n", p->current.n);
    assert_in_range(p->current.n, 700, 1023 - 64); /* and a name or two may still be added */
    pair_stop(p);
}

/* The largest reply: a certificate, a share and a signature of the sizes that are allowed. */
static bool answer_largest(struct kex_result *out, struct span share)
{
    (void)share;
    memset(out, 0x5a, sizeof *out);
    out->share_n = KEX_SHARE_MAX;
    out->secret_n = KEX_SECRET_MAX;
    return true;
}

static bool sign_largest(struct writer *w, const struct host_key *k, struct span message)
{
    static const uint8_t signature[SIGNATURE_BLOB_MAX];
    (void)k, (void)message;
    put_bytes(w, signature, sizeof signature);
    return !w->bad;
}

static void test_largest_reply_fits(void **state)
{
    (void)state;
    static const struct kex largest = { "curve25519-sha256", answer_largest, NULL };
    static const struct host_key_type type = { "ssh-ed25519", "any", true, 0, 0, sign_largest, 0 };
    static const struct kex *const kex[] = { &largest, NULL };
    static const struct host_key_type *const keys[] = { &type, NULL };
    static const struct algorithms algorithms = { kex, keys, rows_all, no_users };
    static struct host_key loaded[HOST_KEYS] = { { .type = &type,
                                                   .certificate_n = HOST_CERTIFICATE_MAX } };
    struct pair_options o = with_keys((struct host_key[HOST_KEYS]){ { 0 } }, 0);
    o.fake.algorithms = &algorithms;
    o.fake.host_keys = loaded;
    struct pair *p = both_kexinits(&o);
    p->tolerant = true; /* this client cannot check what it gets */
    client_send_share(&p->client);
    pair_run(p);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    assert_int_equal(p->fake.session.transport.kex, KEX_NEWKEYS);
    assert_true(p->bytes_to_client > HOST_CERTIFICATE_MAX + KEX_SHARE_MAX + SIGNATURE_BLOB_MAX);
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ciphers_and_macs),
        cmocka_unit_test(test_our_lists),
        cmocka_unit_test(test_host_keys_offered),
        cmocka_unit_test(test_host_keys_chosen),
        cmocka_unit_test(test_guesses),
        cmocka_unit_test(test_all_rows_fit),
        cmocka_unit_test(test_largest_reply_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
