/* The ways to misbehave; each ends by itself and fails unless the server reacts as it should. */
#include "tests/hostile/hostile.h"

#include <stdlib.h>
#include <string.h>

enum {
    CODE_PROTOCOL = 2,
    CODE_MAC = 5,
    CODE_APPLICATION = 11,
    CODE_NO_MORE_METHODS = 14,
    GRACE_MS = 150000, /* longer than any login grace that is tested */
};

/* --- before there are keys --- */
static void garbage(struct hostile *h)
{
    uint8_t bytes[8192];
    net_open(h, NULL);
    random_fill(&h->client.random, bytes, sizeof bytes);
    client_send_bytes(&h->client, bytes, sizeof bytes);
    net_expect_end(h, PATIENCE_MS);
    net_close(h);
}

static void http_request(struct hostile *h)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    net_open(h, NULL);
    client_send_bytes(&h->client, request, sizeof request - 1);
    net_expect_end(h, PATIENCE_MS);
    net_close(h);
}

static void endless_ident(struct hostile *h)
{
    net_open(h, NULL);
    client_send_bytes(&h->client, "SSH-2.0-", 8);
    for (int i = 0; i < 100; i++)
        client_send_bytes(&h->client, "and so on and on and on ", 24);
    net_expect_end(h, PATIENCE_MS);
    net_close(h);
}

static void oversized_first_packet(struct hostile *h)
{
    uint8_t body[40000] = { 4, MSG_KEXINIT };
    net_open(h, NULL);
    client_send_ident(&h->client);
    client_send_frame(&h->client, sizeof body, body, sizeof body);
    net_expect_disconnect(h, CODE_PROTOCOL);
    net_close(h);
}

static void absurd_length(struct hostile *h)
{
    uint8_t body[16] = { 4, MSG_KEXINIT };
    net_open(h, NULL);
    client_send_ident(&h->client);
    client_send_frame(&h->client, 0xffffffff, body, sizeof body);
    net_expect_disconnect(h, CODE_PROTOCOL);
    net_close(h);
    net_open(h, NULL);
    go_keyed(h);
    client_send_frame(&h->client, 0x7ffffff8, body, sizeof body);
    net_expect_disconnect(h, CODE_PROTOCOL);
    net_close(h);
}

static void terrapin_prefix(struct hostile *h)
{
    net_open(h, NULL);
    client_send_ident(&h->client);
    client_send(&h->client, span_of("\2\0\0\0\0", 5)); /* IGNORE, and only then KEXINIT */
    client_send_kexinit(&h->client);
    net_expect_disconnect(h, CODE_PROTOCOL);
    net_close(h);
}

static void silence(struct hostile *h)
{
    net_open(h, NULL);
    h->client.automatic = false;
    net_expect_end(h, GRACE_MS);
    net_close(h);
}

static void kexinit_only(struct hostile *h)
{
    net_open(h, NULL);
    h->client.automatic = false;
    client_send_ident(&h->client);
    client_send_kexinit(&h->client);
    net_expect_end(h, GRACE_MS);
    net_close(h);
}

/* --- before login --- */
static void flip_last_packet(struct client *c)
{
    c->out.p[c->out.tail - 5] ^= 1; /* within the tag */
}

static void bad_mac_before_login(struct hostile *h)
{
    net_open(h, NULL);
    go_keyed(h);
    net_flush(h);
    client_service(&h->client, "ssh-userauth");
    flip_last_packet(&h->client);
    net_expect_disconnect(h, CODE_MAC);
    net_close(h);
}

/* CVE-2025-32433's class: a program may not be had without a login. */
static void channel_before_login(struct hostile *h)
{
    net_open(h, NULL);
    go_service(h);
    client_open(&h->client, 0, 100000, 32768);
    client_exec(&h->client, 0, "true");
    net_expect_disconnect(h, CODE_PROTOCOL);
    net_close(h);
}

/* CVE-2018-10933's class: who is logged in is not the client's to say. */
static void client_says_success(struct hostile *h)
{
    const uint8_t success = MSG_USERAUTH_SUCCESS;
    net_open(h, NULL);
    go_service(h);
    client_send(&h->client, span_of(&success, 1));
    client_open(&h->client, 0, 100000, 32768);
    net_expect_disconnect(h, CODE_PROTOCOL);
    net_close(h);
}

static void auth_flood(struct hostile *h)
{
    net_open(h, NULL);
    go_service(h);
    for (int i = 0; i < 5000; i++)
        client_auth(&h->client, "root", "none");
    net_expect_disconnect(h, CODE_APPLICATION);
    net_close(h);
}

static void auth_tries(struct hostile *h)
{
    static const uint8_t seed[32] = "nobody's key";
    struct host_key key;
    if (!host_key_from_seed(&key, seed))
        fail("no key");
    net_open(h, NULL);
    go_service(h);
    for (int i = 0; i < 100 && !h->closed; i++) {
        client_publickey(&h->client, h->user, &key, true, FORGE_NOTHING);
        if (!net_await(h, MSG_USERAUTH_FAILURE, PATIENCE_MS))
            break;
    }
    net_expect_disconnect(h, CODE_NO_MORE_METHODS);
    net_close(h);
}

/* --- after login --- */
static void bad_mac_after_login(struct hostile *h)
{
    net_open(h, NULL);
    go_login(h);
    net_flush(h);
    client_global(&h->client, "keepalive@openssh.com", true);
    flip_last_packet(&h->client);
    net_expect_disconnect(h, CODE_MAC);
    net_close(h);
}

static void half_packet_then_vanish(struct hostile *h)
{
    for (int i = 0; i < 20; i++) {
        net_open(h, NULL);
        go_login(h);
        uint32_t channel = go_channel(h, 100000);
        client_exec(&h->client, channel, "cat");
        client_global(&h->client, "keepalive@openssh.com", true);
        h->client.out.tail -= 1 + random_below(&h->client.random, 40);
        net_flush(h);
        net_close(h);
    }
}

/* One byte at a time, and still a login and a program's output. */
static void slow_login(struct hostile *h)
{
    struct bytes slow = { 0 };
    net_open(h, NULL);
    struct client *c = &h->client;
    client_send_ident(c);
    client_send_kexinit(c);
    for (int step = 0; step < 3; step++) {
        if (step == 1)
            client_service(c, "ssh-userauth");
        if (step == 2)
            client_publickey(c, h->user, &h->key, true, FORGE_NOTHING);
        static const uint8_t until[] = { MSG_NEWKEYS, MSG_SERVICE_ACCEPT, MSG_USERAUTH_SUCCESS };
        bool done = false;
        while (!done) {
            bytes_add(&slow, bytes_front(&c->out), bytes_used(&c->out));
            bytes_drop(&c->out, bytes_used(&c->out));
            if (bytes_used(&slow) != 0) {
                client_send_bytes(c, bytes_front(&slow), 1);
                bytes_drop(&slow, 1);
                net_flush(h);
                net_pause(1);
                done = net_await(h, until[step], 0);
            } else {
                net_expect(h, until[step]);
                done = true;
            }
        }
        client_send_bytes(c, bytes_front(&slow), bytes_used(&slow));
        bytes_drop(&slow, bytes_used(&slow));
    }
    uint32_t channel = go_channel(h, 100000);
    client_exec(c, channel, "echo slow");
    net_expect(h, MSG_CHANNEL_DATA);
    if (h->last.n != 1 + 4 + 4 + 5 || memcmp(h->last.p + 9, "slow\n", 5) != 0)
        fail("the program's output is wrong");
    bytes_stop(&slow);
    net_close(h);
}

static void window_overrun(struct hostile *h)
{
    static const uint8_t zeros[32768];
    net_open(h, NULL);
    go_login(h);
    uint32_t channel = go_channel(h, 100000);
    client_exec(&h->client, channel, "sleep 20");
    for (int i = 0; i < 64; i++) /* 2 MB to a program that reads nothing */
        client_data(&h->client, channel, span_of(zeros, sizeof zeros));
    net_expect_disconnect(h, CODE_PROTOCOL);
    net_close(h);
}

static void thousand_channels(struct hostile *h)
{
    enum { ASKED = 1000 };
    unsigned opened = 0, refused = 0;
    net_open(h, NULL);
    go_login(h);
    for (uint32_t i = 0; i < ASKED; i++)
        client_open(&h->client, i, 100000, 32768);
    while (opened + refused < ASKED) {
        if (!net_await(h, 0, PATIENCE_MS))
            fail("%u opened, %u refused, and the rest without an answer", opened, refused);
        opened += h->last.p[0] == MSG_CHANNEL_OPEN_CONFIRMATION;
        refused += h->last.p[0] == MSG_CHANNEL_OPEN_FAILURE;
    }
    if (opened == 0 || opened > 100)
        fail("%u channels at once", opened);
    go_alive(h);
    net_close(h);
}

/* Programs are started, fed and closed without ever waiting for them. */
static void close_races(struct hostile *h)
{
    static const char *const commands[] = { "cat",
                                            "true",
                                            "exit 3",
                                            "echo hello",
                                            "kill -9 $$",
                                            "cat >/dev/null; echo bye",
                                            "yes | head -c 100000" };
    net_open(h, NULL);
    go_login(h);
    struct client *c = &h->client;
    for (unsigned i = 0; i < 70; i++) {
        uint32_t channel = go_channel(h, 100000);
        client_exec(c, channel, commands[i % (sizeof commands / sizeof *commands)]);
        if (i % 3 != 0)
            client_data(c, channel, span_text("some input\n"));
        if (i % 2 != 0)
            client_channel(c, MSG_CHANNEL_EOF, channel);
        if (i % 5 == 0)
            net_pause(2);
        client_channel(c, MSG_CHANNEL_CLOSE, channel);
        net_expect(h, MSG_CHANNEL_CLOSE);
    }
    go_alive(h);
    net_close(h);
}

/* The program hardly runs when its channel is closed: it must learn that all the same. */
static void closed_while_starting(struct hostile *h)
{
    net_open(h, NULL);
    go_login(h);
    for (int i = 0; i < 20; i++) {
        uint32_t channel = go_channel(h, 100000);
        client_exec(&h->client, channel, "sleep 300");
        client_channel(&h->client, MSG_CHANNEL_CLOSE, channel);
        net_expect(h, MSG_CHANNEL_CLOSE);
    }
    net_close(h);
}

static void rekey_storm(struct hostile *h)
{
    net_open(h, NULL);
    go_login(h);
    for (int i = 0; i < 200; i++) {
        client_send_kexinit(&h->client);
        net_expect(h, MSG_NEWKEYS);
        if (i % 10 == 0)
            go_alive(h);
    }
    net_close(h);
}

/* Endless output that nobody reads, and then nobody there. */
static void never_reads(struct hostile *h)
{
    net_open(h, NULL);
    go_login(h);
    for (int i = 0; i < 5; i++) {
        uint32_t channel = go_channel(h, 0);
        client_exec(&h->client, channel, "yes");
        client_adjust(&h->client, channel, 0x7fffffff);
    }
    net_pause(2000);
    net_close(h);
    net_open(h, NULL);
    go_login(h); /* others are served as ever */
    net_close(h);
}

const struct mode modes[] = {
    { "garbage", false, false, garbage, "random bytes" },
    { "http-request", false, false, http_request, "as a browser would" },
    { "endless-ident", false, false, endless_ident, "an identification line without end" },
    { "oversized-first-packet", false, false, oversized_first_packet, "40,000 bytes of KEXINIT" },
    { "absurd-length", false, false, absurd_length, "packet lengths beyond reason" },
    { "terrapin-prefix", false, false, terrapin_prefix,
      "IGNORE slipped in before a strict exchange" },
    { "silence", false, true, silence, "nothing, until the login grace is over" },
    { "kexinit-only", false, true, kexinit_only,
      "KEXINIT, then nothing, until the login grace is over" },
    { "bad-mac-before-login", false, false, bad_mac_before_login, "a changed bit" },
    { "channel-before-login", false, false, channel_before_login, "a program without login" },
    { "client-says-success", false, false, client_says_success,
      "USERAUTH_SUCCESS from the client" },
    { "auth-flood", false, false, auth_flood, "5,000 requests at once" },
    { "auth-tries", false, false, auth_tries, "wrong keys until it is enough" },
    { "bad-mac-after-login", true, false, bad_mac_after_login, "a changed bit" },
    { "half-packet-then-vanish", true, false, half_packet_then_vanish,
      "20 connections cut in a packet" },
    { "slow-login", true, false, slow_login, "a good login, byte by byte" },
    { "window-overrun", true, false, window_overrun, "more data than the window has room for" },
    { "thousand-channels", true, false, thousand_channels, "a thousand opens at once" },
    { "close-races", true, false, close_races, "programs closed at once" },
    { "closed-while-starting", true, false, closed_while_starting, "start and CLOSE in one write" },
    { "rekey-storm", true, false, rekey_storm, "200 key exchanges in a row" },
    { "never-reads", true, false, never_reads, "endless output, not read" },
    { NULL, false, false, NULL, NULL },
};
