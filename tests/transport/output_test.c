/* Messages out, at the edges of a block: what fits leaves whole, what does not ends the connection, and
 * nothing is ever written behind the block's end. */
#include <string.h>

#include "tests/support/pair.h"

enum { LOCAL_MESSAGE = 192, BYTE = 0x6b };

/* A message of `n` bytes in all; false: it did not fit. */
static bool send_sized(struct transport *t, size_t n)
{
    struct writer w = message_start(t, LOCAL_MESSAGE);
    for (size_t i = 1; i < n; i++)
        put_byte(&w, BYTE);
    bool fits = !w.bad;
    message_stop(t, &w);
    return fits;
}

/* The largest that a fresh block takes, found by trying. */
static size_t largest(bool held)
{
    size_t low = 1, high = 2 * LIMIT_BLOCK_BYTES;
    while (low + 1 < high) {
        struct pair_options o = pair_defaults();
        o.fake.rekey_ms = 1000;
        struct pair *p = pair_open(&o);
        size_t n = (low + high) / 2;
        p->client.automatic = false;
        if (held)
            pair_wait(p, 1000);
        *(send_sized(&p->fake.session.transport, n) ? &low : &high) = n;
        pair_stop(p);
    }
    return low;
}

static void expect_sized(struct pair *p, size_t n)
{
    struct reader r = pair_next(p, LOCAL_MESSAGE);
    struct span rest = get_rest(&r);
    assert_int_equal(rest.n, n - 1);
    for (size_t i = 0; i < rest.n; i++)
        assert_int_equal(rest.p[i], BYTE);
}

static void test_largest_message(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    size_t most = largest(false);
    assert_true(most >= LIMIT_REPLY && most + 4 + 1 + 4 + 16 <= LIMIT_BLOCK_BYTES);
    for (size_t n = most - 16; n <= most; n++) {
        struct pair *p = pair_open(&o);
        assert_true(send_sized(&p->fake.session.transport, n));
        assert_true(p->fake.session.transport.out->tail <= LIMIT_BLOCK_BYTES);
        expect_sized(p, n);
        pair_alive(p);
        pair_stop(p);
    }
    struct pair *p = pair_open(&o);
    assert_false(send_sized(&p->fake.session.transport, most + 1));
    pair_ended(p, REASON_MEMORY);
    pair_stop(p);
}

/* As large as any reply may be, until the room that is promised to one is used up. */
static void test_replies_until_full(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    struct transport *t = &p->fake.session.transport;
    size_t sent = 0;
    p->to_client = FLOW_STOP;
    while (transport_ready(t)) {
        assert_true(send_sized(t, LIMIT_REPLY - 200));
        assert_true(t->out->tail <= LIMIT_BLOCK_BYTES);
        sent++;
    }
    assert_in_range(sent, LIMIT_BLOCK_BYTES / LIMIT_REPLY - 2, LIMIT_BLOCK_BYTES / LIMIT_REPLY + 1);
    p->to_client = FLOW_RANDOM;
    for (size_t i = 0; i < sent; i++)
        expect_sized(p, LIMIT_REPLY - 200);
    pair_alive(p);
    pair_stop(p);
}

/* Held over an exchange a message is the same afterwards. */
static void test_held_message(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 2, 100, LIMIT_REPLY, 5 * LIMIT_REPLY };
    struct pair_options o = pair_defaults();
    o.fake.rekey_ms = 1000;
    assert_true(largest(true) < LIMIT_BLOCK_BYTES);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct pair *p = pair_open(&o);
        p->client.automatic = false;
        pair_wait(p, 1000);
        pair_next(p, MSG_KEXINIT);
        assert_true(send_sized(&p->fake.session.transport, sizes[i]));
        pair_nothing(p);
        client_send_kexinit(&p->client);
        client_send_share(&p->client);
        pair_next(p, MSG_KEX_ECDH_REPLY);
        pair_next(p, MSG_NEWKEYS);
        expect_sized(p, sizes[i]);
        pair_stop(p);
    }
}

/* A caller who does not reply asks first; the answer is no in every state in which it could not leave. */
static void test_ready(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    o.fake.rekey_ms = 1000;
    struct pair *p = pair_start(&o);
    struct transport *t = &p->fake.session.transport;
    assert_false(transport_ready(t));
    client_send_ident(&p->client);
    pair_run(p);
    assert_true(transport_ready(t));
    client_service(&p->client, "ssh-userauth");
    pair_run(p);
    p->client.automatic = false;
    pair_wait(p, 1000);
    assert_false(transport_ready(t)); /* our exchange is open */
    client_send_kexinit(&p->client);
    client_send_share(&p->client);
    pair_run(p);
    assert_true(transport_ready(t)); /* our new keys are in use */
    client_send_newkeys(&p->client);
    pair_run(p);
    assert_true(transport_ready(t));
    session_fail(&p->fake.session, REASON_SHUTDOWN);
    assert_false(transport_ready(t));
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_largest_message),
        cmocka_unit_test(test_replies_until_full),
        cmocka_unit_test(test_held_message),
        cmocka_unit_test(test_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
