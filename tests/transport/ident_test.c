/* RFC 4253 section 4.2: the identification line, ours and the client's. */
#include <string.h>

#include "tests/support/pair.h"

/* Ident and KEXINIT leave before anything was read. */
static void test_ours_comes_first(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_start(&o);
    p->client.automatic = false;
    struct span first = session_send_data(&p->fake.session);
    assert_true(span_starts(first, "SSH-2.0-nano_ssh_server_test\r\n"));
    pair_next(p, MSG_KEXINIT);
    pair_nothing(p);
    assert_string_equal(p->client.server_ident, "SSH-2.0-nano_ssh_server_test");
    pair_stop(p);
}

static void test_longest_of_ours(void **state)
{
    (void)state;
    char ident[300] = "SSH-2.0-";
    struct pair_options o = pair_defaults();
    struct pair *p = pair_start(&o);
    memset(ident + 8, 'x', 253 - 8);
    session_stop(&p->fake.session);
    p->fake.config.transport.ident = ident;
    session_start(&p->fake.session, &p->fake.config, &p->fake.pool, p->fake.now_ms);
    client_send_ident(&p->client);
    client_send_kexinit(&p->client);
    pair_next(p, MSG_KEXINIT);
    assert_int_equal(strlen(p->client.server_ident), 253);
    pair_next(p, MSG_KEX_ECDH_REPLY); /* and it went into the exchange hash as a whole */
    pair_stop(p);
}

/* The line as sent, and what of it counts for the exchange hash; NULL: how it must end. */
struct line {
    const char *sent;
    const char *ident;
    enum reason reason;
};

static void try_line(const struct pair_options *o, struct span sent, const char *ident,
                     enum reason reason)
{
    struct pair *p = pair_start(o);
    client_send_bytes(&p->client, sent.p, sent.n);
    if (ident != NULL) {
        p->client.options.ident = ident;
        client_send_kexinit(&p->client);
        pair_next(p, MSG_KEXINIT);
        pair_next(p, MSG_KEX_ECDH_REPLY);
        pair_next(p, MSG_NEWKEYS);
        pair_next(p, MSG_EXT_INFO);
        pair_run(p);
        assert_int_equal(p->client.exchanges, 1);
        assert_string_equal(p->fake.session.transport.ident, ident);
    } else {
        pair_ended(p, reason);
        assert_false(p->fake.session.transport.ident_done);
    }
    pair_stop(p);
}

static void try_both_ways(struct span sent, const char *ident, enum reason reason)
{
    struct pair_options o = pair_defaults();
    try_line(&o, sent, ident, reason);
    o.to_server = FLOW_BYTE;
    try_line(&o, sent, ident, reason);
}

static void test_accepted(void **state)
{
    (void)state;
    static const struct line lines[] = {
        { "SSH-2.0-OpenSSH_9.9 Debian-3\r\n", "SSH-2.0-OpenSSH_9.9 Debian-3", REASON_NONE },
        { "SSH-2.0-x\n", "SSH-2.0-x", REASON_NONE },
        { "SSH-2.0-\r\n", "SSH-2.0-", REASON_NONE },
        { "SSH-1.99-old\r\n", "SSH-1.99-old", REASON_NONE },
        { "SSH-2.0-a\r\r\n", "SSH-2.0-a\r", REASON_NONE }, /* only one CR is the line's end */
    };
    for (size_t i = 0; i < COUNT(lines); i++)
        try_both_ways(span_text(lines[i].sent), lines[i].ident, REASON_NONE);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct line lines[] = {
        { "SSH-1.5-ancient\r\n", NULL, REASON_VERSION },
        { "SSH-3.0-future\r\n", NULL, REASON_VERSION },
        { "SSH-2.0\r\n", NULL, REASON_VERSION },
        { "SSH-\n", NULL, REASON_VERSION },
        { "\r\n", NULL, REASON_IDENT },
        { "\n", NULL, REASON_IDENT },
        { "ssh-2.0-x\r\n", NULL, REASON_IDENT },
        { " SSH-2.0-x\r\n", NULL, REASON_IDENT },
        { "hello\r\nSSH-2.0-x\r\n", NULL, REASON_IDENT }, /* only a server may say more before */
        { "GET / HTTP/1.1", NULL, REASON_IDENT }, /* at once, without awaiting the line's end */
        { "X", NULL, REASON_IDENT },
        { "SSX", NULL, REASON_IDENT },
        { "\x16\x03\x01\x02\x00\x01", NULL, REASON_IDENT }, /* TLS */
    };
    for (size_t i = 0; i < COUNT(lines); i++)
        try_both_ways(span_text(lines[i].sent), NULL, lines[i].reason);
    try_both_ways(span_of("SSH-2.0-a\0b\r\n", 13), NULL, REASON_IDENT);
    try_both_ways(span_of("\0", 1), NULL, REASON_IDENT);
}

/* 255 bytes with CR LF are the most; the line that goes on for ever is not waited for. */
static void test_longest(void **state)
{
    (void)state;
    char line[600] = "SSH-2.0-", ident[256];
    memset(line + 8, 'y', sizeof line - 8);
    memcpy(ident, line, 253);
    ident[253] = 0;
    line[253] = '\r';
    line[254] = '\n';
    try_both_ways(span_of(line, 255), ident, REASON_NONE);
    line[253] = 'y';
    line[254] = '\r';
    line[255] = '\n';
    try_both_ways(span_of(line, 256), NULL, REASON_IDENT);
    line[254] = line[255] = 'y';
    try_both_ways(span_of(line, 255), NULL, REASON_IDENT);
    try_both_ways(span_of(line, 600), NULL, REASON_IDENT);
}

static void test_254_bytes_are_waited_for(void **state)
{
    (void)state;
    char line[254] = "SSH-2.0-";
    struct pair_options o = pair_defaults();
    struct pair *p = pair_start(&o);
    memset(line + 8, 'y', sizeof line - 8);
    p->client.automatic = false;
    client_send_bytes(&p->client, line, sizeof line);
    pair_next(p, MSG_KEXINIT);
    pair_nothing(p);
    assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
    client_send_bytes(&p->client, "\n", 1);
    pair_nothing(p);
    assert_true(p->fake.session.transport.ident_done);
    pair_stop(p);
}

/* Nothing but the line is taken as long as it has not come: no packet, however well-formed. */
static void test_packet_before_ident(void **state)
{
    (void)state;
    struct pair_options o = pair_defaults();
    struct pair *p = pair_start(&o);
    client_send_kexinit(&p->client);
    client_send_ident(&p->client);
    pair_ended(p, REASON_IDENT);
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ours_comes_first),
        cmocka_unit_test(test_longest_of_ours),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_254_bytes_are_waited_for),
        cmocka_unit_test(test_packet_before_ident),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
