/* Strict kex (OpenSSH's PROTOCOL section 1.10) against Terrapin (CVE-2023-48795), and sequence
 * numbers with and without it. */
#include <string.h>

#include "tests/support/pair.h"

static void inject(struct pair *p, uint8_t type)
{
    struct writer *w = client_build(&p->client, type);
    if (type == MSG_DEBUG)
        put_boolean(w, false);
    if (type == MSG_UNIMPLEMENTED)
        put_u32(w, 0);
    else
        put_text(w, "injected");
    if (type == MSG_DEBUG)
        put_text(w, "");
    client_send_built(&p->client);
}

static struct pair *start(bool strict)
{
    struct pair_options o = pair_defaults();
    o.client.strict = strict;
    struct pair *p = pair_start(&o);
    p->client.automatic = false;
    client_send_ident(&p->client);
    return p;
}

/* The prefix attack itself: a message slipped in before KEXINIT would shift the sequence number, so
 * that one could be cut out behind NEWKEYS. */
static void test_prefix_before_kexinit(void **state)
{
    (void)state;
    static const uint8_t types[] = { MSG_IGNORE, MSG_UNIMPLEMENTED, MSG_DEBUG, 8, 49 };
    for (size_t i = 0; i < COUNT(types); i++) {
        struct pair *p = start(true);
        inject(p, types[i]);
        client_send_kexinit(&p->client);
        pair_ended(p, REASON_STRICT);
        assert_false(p->fake.session.transport.keyed);
        pair_stop(p);
    }
}

static void test_between_kexinit_and_share(void **state)
{
    (void)state;
    static const uint8_t types[] = { MSG_IGNORE, MSG_UNIMPLEMENTED, MSG_DEBUG, 6, 31, 49 };
    for (size_t i = 0; i < COUNT(types); i++)
        for (int late = 0; late < 2; late++) {
            struct pair *p = start(true);
            client_send_kexinit(&p->client);
            pair_next(p, MSG_KEXINIT);
            if (late) {
                client_send_share(&p->client);
                pair_next(p, MSG_KEX_ECDH_REPLY);
            }
            inject(p, types[i]);
            pair_ended(p, REASON_STRICT);
            pair_stop(p);
        }
}

/* Without the marker the same messages are tolerated as RFC 4253 wants, and numbers go on. */
static void test_tolerated_without_it(void **state)
{
    (void)state;
    struct pair *p = start(false);
    inject(p, MSG_IGNORE);
    inject(p, MSG_DEBUG);
    client_send_kexinit(&p->client);
    inject(p, MSG_IGNORE);
    pair_next(p, MSG_KEXINIT);
    client_send_share(&p->client);
    inject(p, MSG_UNIMPLEMENTED);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    pair_next(p, MSG_EXT_INFO);
    client_send_newkeys(&p->client);
    assert_int_equal(p->client.tx.seq, 7);
    p->client.automatic = true;
    client_service(&p->client, "ssh-userauth");
    pair_next(p, MSG_SERVICE_ACCEPT);
    pair_login(p);
    pair_stop(p);
}

/* Numbers start anew behind every NEWKEYS, in each direction by itself; a rekey included. The
 * client derives its nonces from its own count, so any disagreement ends in a wrong tag. */
static void test_numbers_restart(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    struct transport *t = &p->fake.session.transport;
    assert_int_equal(t->rx.seq, p->client.tx.seq);
    assert_int_equal(t->rx.seq, 2); /* service, userauth */
    assert_int_equal(t->tx.seq, 3); /* EXT_INFO, accept, success */
    for (int i = 0; i < 3; i++) {
        client_send(&p->client, span_of("\xfe", 1));
        pair_unimplemented(p, p->client.tx.seq - 1);
        pair_rekey(p);
        assert_int_equal(t->rx.seq, 0);
        assert_int_equal(t->tx.seq, 0);
        assert_int_equal(p->client.tx.seq, 0);
        client_send(&p->client, span_of("\xfe", 1));
        pair_unimplemented(p, 0);
    }
    pair_stop(p);
}

static void test_numbers_go_on_without_it(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.client.strict = false;
    struct pair *p = pair_open(&o);
    struct transport *t = &p->fake.session.transport;
    uint32_t rx = t->rx.seq, tx = t->tx.seq;
    assert_int_equal(rx, 5); /* KEXINIT, share, NEWKEYS, service, userauth */
    pair_rekey(p);
    assert_int_equal(t->rx.seq, rx + 3);
    assert_int_equal(t->tx.seq, tx + 3);
    client_send(&p->client, span_of("\xfe", 1));
    pair_unimplemented(p, rx + 3);
    pair_stop(p);
}

/* The marker counts in the first exchange only: a later KEXINIT neither switches it on … */
static void test_marker_later_does_nothing(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.client.strict = false;
    struct pair *p = pair_open(&o);
    struct client_options strict = p->client.options;
    strict.strict = true;
    p->client.automatic = false;
    p->client.options = strict; /* the marker goes out … */
    client_send_kexinit(&p->client);
    p->client.options.strict = false; /* … but the client itself goes on counting */
    pair_next(p, MSG_KEXINIT);
    inject(p, MSG_IGNORE); /* and this stays allowed in a rekey */
    client_send_share(&p->client);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    client_send_newkeys(&p->client);
    p->client.automatic = true;
    pair_alive(p);
    assert_false(p->fake.session.transport.strict);
    pair_stop(p);
}

/* … nor off. */
static void test_marker_need_not_be_repeated(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    struct client *c = &p->client;
    c->automatic = false;
    c->options.strict = false;
    client_send_kexinit(c);
    c->options.strict = true;
    pair_next(p, MSG_KEXINIT);
    client_send_share(c);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    client_send_newkeys(c);
    c->automatic = true;
    assert_int_equal(c->tx.seq, 0);
    pair_alive(p);
    pair_stop(p);
}

/* In a rekey RFC 4253 section 7.1 holds as ever: IGNORE and DEBUG may come in between. */
static void test_ignore_during_rekey(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    p->client.automatic = false;
    client_send_kexinit(&p->client);
    inject(p, MSG_IGNORE);
    pair_next(p, MSG_KEXINIT);
    client_send_share(&p->client);
    inject(p, MSG_DEBUG);
    pair_next(p, MSG_KEX_ECDH_REPLY);
    pair_next(p, MSG_NEWKEYS);
    client_send_newkeys(&p->client);
    p->client.automatic = true;
    pair_alive(p);
    pair_stop(p);
}

/* Cutting the first sealed packet out, as Terrapin does, is seen by the next one's tag. */
static void test_deleted_packet(void **state)
{
    (void)state;
    for (int strict = 0; strict < 2; strict++) {
        struct pair_options o = pair_defaults();
        o.client.strict = strict;
        struct pair *p = pair_keyed(&o);
        client_send(&p->client, span_of("\2\0\0\0\0", 5));
        bytes_drop(&p->client.out, bytes_used(&p->client.out));
        client_service(&p->client, "ssh-userauth");
        pair_run(p);
        /* its length is hidden by the same nonce, so either of the two is seen first */
        enum reason r = session_reason(&p->fake.session);
        assert_true(r == REASON_LENGTH || r == REASON_MAC || r == REASON_NONE);
        assert_false(p->fake.session.transport.service_asked);
        pair_stop(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefix_before_kexinit),
        cmocka_unit_test(test_between_kexinit_and_share),
        cmocka_unit_test(test_tolerated_without_it),
        cmocka_unit_test(test_numbers_restart),
        cmocka_unit_test(test_numbers_go_on_without_it),
        cmocka_unit_test(test_marker_later_does_nothing),
        cmocka_unit_test(test_marker_need_not_be_repeated),
        cmocka_unit_test(test_ignore_during_rekey),
        cmocka_unit_test(test_deleted_packet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
