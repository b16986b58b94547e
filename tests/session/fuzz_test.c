/* A conversation of a client's, mutated: raw bytes before there are keys, and payloads that are properly
 * sealed from then on, while programs run, end and time passes. Nothing is expected but what must
 * always hold (fake_check); the seeds are fixed, and the time is bounded. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/support/stages.h"

enum { TEMPLATES_MAX = 60, MESSAGE_MAX = 3000, MS_PER_TEST = 1500 };

struct template
{
    uint8_t bytes[MESSAGE_MAX];
    size_t n;
};

static struct template templates[TEMPLATES_MAX];
static size_t n_templates;
static struct random random_source;

static size_t below(size_t n)
{
    return random_below(&random_source, n);
}

/* Under a sanitizer fewer rounds fit into the time; the first are always the same. */
static bool time_left(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000 <
           MS_PER_TEST;
}

/* --- what a client says --- */
static void keep(struct client *c)
{
    struct span built = client_built(c);
    assert_true(n_templates < TEMPLATES_MAX && built.n <= MESSAGE_MAX);
    struct template *t = &templates[n_templates++];
    memcpy(t->bytes, built.p, built.n);
    t->n = built.n;
    bytes_drop(&c->out, bytes_used(&c->out));
}

static void keep_request(struct client *c, const char *name, const char *first, const char *second)
{
    struct writer *w = client_request(c, (uint32_t)below(3), name, true);
    if (first != NULL)
        put_text(w, first);
    if (second != NULL)
        put_text(w, second);
    keep(c);
}

static void keep_forwarding(struct client *c)
{
    static const char *const requests[] = { "tcpip-forward", "cancel-tcpip-forward",
                                            "streamlocal-forward@openssh.com",
                                            "cancel-streamlocal-forward@openssh.com" };
    client_direct(c, (uint32_t)below(5), (uint32_t)below(100000), 32768);
    keep(c);
    struct writer *w = client_opening(c, "direct-streamlocal@openssh.com", 1, 1000, 1000);
    put_text(w, "/run/socket");
    put_text(w, "");
    put_u32(w, 0);
    keep(c);
    for (uint32_t i = 0; i < 3; i++) {
        client_confirm(c, i, 10 + i, 100000, 1000 * i);
        keep(c);
        client_refuse(c, i, i);
        keep(c);
    }
    for (size_t i = 0; i < COUNT(requests); i++) {
        w = client_build(c, MSG_GLOBAL_REQUEST);
        put_text(w, requests[i]);
        put_boolean(w, true);
        put_text(w, "name");
        if (i < 2)
            put_u32(w, (uint32_t)below(2) * 8080);
        keep(c);
    }
    keep_request(c, "auth-agent-req@openssh.com", NULL, NULL);
}

static void keep_all(struct pair *p)
{
    static const uint8_t types[] = { 1,  2,  3,  4,  5,  7,  50, 80, 81,
                                     82, 90, 93, 94, 95, 96, 97, 98, 99 };
    struct client *c = &p->client;
    uint32_t seq = c->tx.seq; /* nothing of this is really sent */
    n_templates = 0;
    for (size_t i = 0; i < COUNT(types); i++) {
        if (types[i] == MSG_DISCONNECT)
            put_text(client_build(c, 1), "\0\0\0\2bye");
        else
            stage_build(c, types[i]);
        keep(c);
    }
    client_publickey(c, "tester", &p->fake.user_key, false, FORGE_NOTHING);
    keep(c);
    client_publickey(c, "tester", &p->fake.user_key, true, FORGE_NOTHING);
    keep(c);
    client_password(c, "tester", span_text("wrong"), NULL);
    keep(c);
    client_interactive(c, "tester");
    keep(c);
    client_response(c, 1, span_text("guess"));
    keep(c);
    put_text(client_build(c, MSG_KEX_ECDH_INIT), "01234567890123456789012345678901");
    keep(c);
    client_build(c, MSG_NEWKEYS);
    keep(c);
    client_send_kexinit(c);
    bytes_drop(&c->out, bytes_used(&c->out));
    put_bytes(client_build(c, MSG_KEXINIT), bytes_front(&c->i_c) + 1, bytes_used(&c->i_c) - 1);
    keep(c);
    c->kexinit_sent = false;
    keep_request(c, "shell", NULL, NULL);
    keep_request(c, "exec", "source 200000", NULL);
    keep_request(c, "exec", "hold", NULL);
    keep_request(c, "subsystem", "sftp", NULL);
    keep_request(c, "env", "LANG", "C");
    keep_request(c, "signal", "TERM", NULL);
    keep_request(c, "pty-req", "xterm\0\0\0\0\0", "");
    client_global(c, "no-more-sessions@openssh.com", false);
    keep(c);
    keep_forwarding(c);
    c->tx.seq = seq;
}

/* --- how it goes wrong --- */
static size_t mutate(uint8_t *p, size_t n, size_t room)
{
    static const uint32_t numbers[] = { 0,     1,     2,      9,          10,         255,
                                        32768, 32769, 262144, 0x7fffffff, 0x80000000, 0xffffffff };
    for (size_t times = 1 + below(4); times > 0; times--) {
        size_t at = n != 0 ? below(n) : 0, other = below(n_templates);
        switch (below(7)) {
        case 0:
            p[at] ^= (uint8_t)(1 << below(8));
            break;
        case 1:
            p[at] = (uint8_t)below(256);
            break;
        case 2:
            if (n >= 4)
                store_u32(p + below(n - 3), numbers[below(COUNT(numbers))]);
            break;
        case 3:
            n = at + 1;
            break;
        case 4:
            for (size_t more = below(40); more > 0 && n < room; more--)
                p[n++] = (uint8_t)below(256);
            break;
        case 5: /* a piece of another one */
            for (size_t i = below(templates[other].n); i < templates[other].n && at < n; i++)
                p[at++] = templates[other].bytes[i];
            break;
        case 6: /* bytes fall out */
            if (n - at > 4) {
                size_t gone = below(4);
                memmove(p + at, p + at + gone, n - at - gone);
                n -= gone;
            }
            break;
        }
    }
    return n != 0 ? n : 1;
}

static void send_mutated(struct pair *p, bool mutated)
{
    uint8_t bytes[MESSAGE_MAX + 200];
    const struct template *t = &templates[below(n_templates)];
    size_t n = t->n;
    memcpy(bytes, t->bytes, n);
    if (mutated)
        n = mutate(bytes, n, sizeof bytes);
    client_send(&p->client, span_of(bytes, n));
}

static enum channel_state state_of(const struct pair *p, unsigned channel)
{
    const struct channel *ch = connection_channel(&p->fake.session.connection, channel);
    return ch != NULL ? ch->state : CHANNEL_FREE;
}

static void program_does_something(struct pair *p)
{
    unsigned channel = (unsigned)below(10);
    struct fake_channel *ch = &p->fake.channels[channel];
    if (state_of(p, channel) < CHANNEL_OFFERED)
        return;
    if (below(3) == 0 && !ch->finished)
        fake_finish(&p->fake, channel, (int)below(65536));
    ch->appetite += below(100000);
    ch->to_stderr = below(2);
}

/* The question that is open, and one of the openings that wait. */
static void answer(struct pair *p)
{
    struct fake *f = &p->fake;
    unsigned channel = f->session.channel_asking;
    if (f->session.channel_pending) {
        bool yes = below(3) != 0;
        const struct channel *ch = connection_channel(&f->session.connection, channel);
        if (yes && ch != NULL && ch->starting)
            f->channels[channel].program = PROGRAM_ECHO;
        session_answer(&f->session, channel, yes, FAKE_PORT);
    }
    channel = (unsigned)below(10);
    if (state_of(p, channel) != CHANNEL_ASKED)
        return;
    f->channels[channel].program = PROGRAM_ECHO;
    if (below(3)) {
        session_opened(&f->session, channel);
    } else if (!connection_channel(&f->session.connection, channel)->opened) {
        f->channels[channel].program = PROGRAM_NONE;
        session_refused(&f->session, channel, OPEN_CONNECT_FAILED, "no");
    }
}

static void offer(struct pair *p)
{
    struct channel_offer o = { .kind = OFFER_TCP, .port = (uint32_t)below(65536) };
    if (p->fake.session.phase != PHASE_OPEN)
        return;
    if (below(2))
        o = (struct channel_offer){ .kind = below(2) ? OFFER_UNIX : OFFER_AGENT };
    o.address = o.from = span_text("address");
    session_offer(&p->fake.session, &o);
}

static void world_turns(struct pair *p)
{
    switch (below(14)) {
    case 0:
        p->to_server = (enum flow)below(3);
        break;
    case 1:
        p->to_client = (enum flow)below(4);
        break;
    case 2:
        p->fake.now_ms += below(20000);
        break;
    case 3:
        if (p->fake.session.auth_pending)
            fake_auth(&p->fake);
        p->fake.auth_later = below(4) == 0;
        break;
    case 4:
        program_does_something(p);
        break;
    case 5:
    case 6:
        answer(p);
        p->fake.answer_later = below(4) == 0;
        break;
    case 7:
        offer(p);
        break;
    default:
        break;
    }
    pair_step(p);
}

/* However it went: what is owed comes, and if the connection lives it is quiet in the end. */
static void wind_up(struct pair *p)
{
    p->to_server = p->to_client = FLOW_WHOLE;
    p->fake.auth_later = p->fake.answer_later = false;
    if (p->fake.session.auth_pending)
        fake_auth(&p->fake);
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++)
        p->fake.channels[i].appetite = LIMIT_WINDOW;
    for (int i = 0; i < 200; i++)
        answer(p);
    pair_run(p);
    enum reason r = session_reason(&p->fake.session);
    assert_int_not_equal(r, REASON_CRYPTO);
    assert_int_not_equal(r, REASON_MEMORY);
    if (r == REASON_NONE && p->fake.session.transport.kex == KEX_IDLE)
        assert_null(p->fake.session.transport.out);
    pair_stop(p);
}

static struct pair_options options(uint64_t seed)
{
    struct pair_options o = pair_defaults();
    o.seed = seed;
    o.client.strict = below(2);
    o.fake.banner = below(2) ? "banner" : NULL;
    o.fake.passwords = below(2);
    o.fake.rekey_bytes = below(3) ? 0 : 50000;
    o.fake.rekey_ms = below(3) ? 0 : 30000;
    o.fake.keepalive_ms = below(3) ? 0 : 15000;
    o.fake.keepalive_misses = 3;
    o.fake.idle_ms = below(3) ? 0 : 200000;
    return o;
}

static void sealed_round(uint64_t seed, enum stage stage)
{
    struct pair_options o = options(seed);
    struct pair *p = stage == OPEN ? pair_open(&o) : stage == AUTH ? pair_auth(&o) : pair_keyed(&o);
    keep_all(p);
    p->tolerant = true;
    if (stage == OPEN) {
        pair_channel(p, 7, 100000, 32768);
        pair_channel(p, 8, 100, 100);
        pair_exec(p, 0, below(2) ? "echo" : "hold");
    }
    size_t wrong = below(4); /* of four messages */
    for (int i = 0; i < 40 && session_reason(&p->fake.session) == REASON_NONE; i++) {
        send_mutated(p, below(4) < wrong);
        for (size_t k = below(6); k > 0; k--)
            world_turns(p);
    }
    wind_up(p);
}

static void test_sealed(void **state, enum stage stage, uint64_t rounds)
{
    (void)state;
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    random_source = random_of(stage);
    for (uint64_t seed = 0; seed < rounds && time_left(&start); seed++)
        sealed_round(seed, stage);
}

static void test_before_service(void **state)
{
    test_sealed(state, KEYED, 300);
}

static void test_before_login(void **state)
{
    test_sealed(state, AUTH, 800);
}

static void test_after_login(void **state)
{
    test_sealed(state, OPEN, 2000);
}

/* Ident, KEXINIT, share and whatever follows, as raw bytes and as frames around mutated payloads. */
static void clear_round(uint64_t seed)
{
    struct pair_options o = options(seed);
    o.to_server = (enum flow)below(3);
    struct pair *p = pair_start(&o);
    struct client *c = &p->client;
    p->tolerant = true;
    c->automatic = false;
    keep_all(p);
    client_send_ident(c);
    if (below(2)) {
        client_send_kexinit(c);
        client_send_share(c);
        uint8_t bytes[4096];
        size_t n = bytes_used(&c->out);
        memcpy(bytes, bytes_front(&c->out), n);
        bytes_drop(&c->out, n);
        n = mutate(bytes, n, sizeof bytes);
        client_send_bytes(c, bytes, n);
    } else {
        for (int i = 0; i < 6; i++)
            send_mutated(p, below(3));
    }
    for (int i = 0; i < 10; i++)
        world_turns(p);
    assert_false(p->fake.session.transport.keyed);
    wind_up(p);
}

static void test_before_keys(void **state)
{
    (void)state;
    struct timespec start;
    clock_gettime(CLOCK_MONOTONIC, &start);
    random_source = random_of(77);
    for (uint64_t seed = 0; seed < 4000 && time_left(&start); seed++)
        clear_round(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_keys),
        cmocka_unit_test(test_before_service),
        cmocka_unit_test(test_before_login),
        cmocka_unit_test(test_after_login),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
