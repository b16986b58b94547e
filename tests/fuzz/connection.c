/* A logged-in client's messages, in the clear: the session has really logged in once, with a cipher that is none, and each input
 * begins with a copy of it. The input is a program of messages with plausible fields, raw messages, and what a server does meanwhile:
 * it answers, takes data, writes, ends. */
#include <string.h>

#include "session/session.h"
#include "tests/fuzz/support/check.h"
#include "tests/fuzz/support/messages.h"
#include "tests/support/pair.h"

enum { STEPS_MAX = 400, OUT_MAX = 1 << 20 };

static struct pair *pair;
static struct session logged_in, s;
static struct span input;
static uint64_t now_ms;
static bool lost; /* an event came that this does not know */

static struct child {
    bool running, finished, hung_up;
    bool asked;  /* the peer wants it opened, and nobody has answered yet */
    size_t held; /* input not yet taken */
} children[LIMIT_CHANNELS];

/* A question of which the answer comes later. */
static bool later;
static struct channel_event asked;

/* --- what the server said, as the client sees it --- */
static uint8_t out[OUT_MAX];
static size_t out_n;
static uint64_t data_bytes;
static unsigned count[256]; /* of messages of each type */

static void look_at(struct span payload)
{
    struct reader r = reader_of(payload);
    uint8_t type = get_byte(&r);
    count[type]++;
    if (type == MSG_CHANNEL_DATA || type == MSG_CHANNEL_EXTENDED_DATA) {
        get_u32(&r);
        if (type == MSG_CHANNEL_EXTENDED_DATA)
            CHECK(get_u32(&r) == 1);
        struct span data = get_string(&r);
        CHECK(get_done(&r) && data.n != 0);
        data_bytes += data.n;
    }
    CHECK(type < MSG_USERAUTH_REQUEST || type >= MSG_GLOBAL_REQUEST);
    CHECK(type != MSG_KEXINIT && type <= MSG_CHANNEL_FAILURE);
}

static void check_counts(void)
{
    CHECK(data_bytes <= messages.window);
    CHECK(count[MSG_REQUEST_SUCCESS] + count[MSG_REQUEST_FAILURE] <= messages.globals);
    CHECK(count[MSG_CHANNEL_SUCCESS] + count[MSG_CHANNEL_FAILURE] <= messages.requests);
    CHECK(count[MSG_CHANNEL_OPEN_CONFIRMATION] + count[MSG_CHANNEL_OPEN_FAILURE] <= messages.opens);
    CHECK(count[MSG_CHANNEL_CLOSE] <=
          count[MSG_CHANNEL_OPEN_CONFIRMATION] + count[MSG_CHANNEL_OPEN]);
    CHECK(count[MSG_DISCONNECT] <= 1);
}

static void client_reads(size_t most)
{
    struct span data = session_send_data(&s);
    size_t n = data.n < most ? data.n : most, at = 0;
    if (n == 0)
        return;
    CHECK(out_n + n <= OUT_MAX);
    memcpy(out + out_n, data.p, n);
    session_send_done(&s, n);
    out_n += n;
    while (out_n - at >= 4) {
        uint32_t whole = 4 + load_u32(out + at);
        CHECK(whole >= 16 && whole <= LIMIT_PACKET && whole % 8 == 0);
        if (out_n - at < whole)
            break;
        uint8_t padding = out[at + 4];
        CHECK(padding >= 4 && padding < whole - 5);
        look_at(span_of(out + at + 5, whole - 5 - padding));
        at += whole;
    }
    memmove(out, out + at, out_n - at);
    out_n -= at;
    check_counts();
}

/* --- what the server does --- */
static void answer(const struct channel_event *e)
{
    bool yes = take_byte(&input) % 8 != 0;
    session_answer(&s, e->channel, yes, 4321);
    if (yes &&
        (e->kind == CHANNEL_SHELL || e->kind == CHANNEL_EXEC || e->kind == CHANNEL_SUBSYSTEM)) {
        CHECK(!children[e->channel].running);
        children[e->channel].running = true;
    }
}

static void answer_later(void)
{
    if (later)
        answer(&asked);
    later = false;
}

static void answer_opening(unsigned channel)
{
    struct child *p = &children[channel];
    bool yes = take_byte(&input) % 4 != 0;
    *p = (struct child){ .running = yes };
    if (yes)
        session_opened(&s, channel);
    else
        session_refused(&s, channel, OPEN_CONNECT_FAILED, "no");
}

static void on_notice(const struct channel_event *e, struct child *p)
{
    if (e->kind == CHANNEL_DATA) {
        CHECK(e->value.n != 0 && e->value.p[0] + e->value.p[e->value.n - 1] >= 0);
        p->held += e->value.n;
    } else if (e->kind == CHANNEL_CLOSED) {
        p->hung_up = true;
        p->held = 0;
        if (!p->running || p->finished)
            *p = (struct child){ 0 };
    } else if (e->kind == CHANNEL_DIRECT_TCP || e->kind == CHANNEL_DIRECT_UNIX) {
        CHECK(!p->running && e->name.n != 0 && e->name.n <= LIMIT_HOST);
        p->asked = true;
        if (take_byte(&input) % 2)
            answer_opening(e->channel);
    } else if (e->kind == CHANNEL_REFUSED) {
        CHECK(p->running);
        *p = (struct child){ 0 };
    }
}

static void on_channel(const struct channel_event *e)
{
    CHECK(e->channel < LIMIT_CHANNELS || (e->channel == CHANNEL_NONE && e->asks));
    if (!e->asks) {
        on_notice(e, &children[e->channel]);
        return;
    }
    later = take_byte(&input) % 4 == 0;
    asked = *e;
    if (!later)
        answer(e);
}

static void offer(uint8_t what)
{
    struct channel_offer o = { .kind = what % 3,
                               .address = span_text("localhost"),
                               .port = 80,
                               .from = span_text("127.0.0.1"),
                               .from_port = 1024 };
    int channel = session_offer(&s, &o);
    CHECK(channel < LIMIT_CHANNELS);
    if (channel < 0)
        return;
    CHECK(!children[channel].running && children[channel].held == 0);
    children[channel] = (struct child){ .running = true };
}

static void handle_events(void)
{
    struct event e;
    size_t held = 0;
    while (!lost && session_next(&s, &e)) {
        switch (e.kind) {
        case EVENT_CHANNEL:
            on_channel(&e.channel);
            break;
        default:
            lost = true;
        }
    }
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++)
        held += children[i].held;
    CHECK(held <= LIMIT_PROMISE);
    CHECK(session_reason(&s) != REASON_CRYPTO && session_reason(&s) != REASON_MEMORY);
}

static void send_message(void)
{
    answer_later();
    struct span rest = messages_next(&input);
    while (rest.n != 0 && !lost && session_reason(&s) == REASON_NONE) {
        uint8_t *at = NULL;
        size_t room = session_recv_room(&s, &at);
        if (room == 0) {
            answer_later();
            client_reads(SIZE_MAX);
            handle_events();
            room = session_recv_room(&s, &at);
        }
        CHECK(room != 0 || lost || session_reason(&s) != REASON_NONE);
        struct span part = take_part(&rest, room);
        if (part.n != 0)
            memcpy(at, part.p, part.n);
        session_recv_done(&s, part.n);
        handle_events();
    }
}

static void program_writes(unsigned channel)
{
    uint8_t how = take_byte(&input);
    uint8_t *at;
    size_t room = session_write_room(&s, channel, how & 1, &at), n = (size_t)how << 8;
    CHECK(room <= LIMIT_CHANNEL_DATA);
    n = n < room ? n : room;
    if (n != 0)
        memset(at, how, n);
    session_write_done(&s, channel, how & 1, n);
}

static void program_does(uint8_t what)
{
    unsigned channel = take_byte(&input) % LIMIT_CHANNELS;
    struct child *p = &children[channel];
    size_t n = p->held / (1 + take_byte(&input) % 4);
    if (what == 0 && n != 0 && !p->hung_up) {
        p->held -= n;
        session_credit(&s, channel, n);
    }
    if (p->asked)
        answer_opening(channel);
    if (!p->running || p->finished)
        return;
    if (what == 1)
        program_writes(channel);
    if (what == 2)
        session_drained(&s, channel);
    if (what == 3 || p->hung_up) {
        if (!p->hung_up)
            session_drained(&s, channel);
        session_finish(&s, channel, take_byte(&input) | (n % 2 ? 0 : 0x0100));
        p->finished = true;
        if (p->hung_up)
            *p = (struct child){ 0 };
    }
}

static void step(void)
{
    uint8_t what = take_byte(&input);
    switch (what % 8) {
    default:
        send_message();
        break;
    case 4:
    case 5:
        program_does(what / 8 % 4);
        break;
    case 6:
        if (what & 64)
            offer(what >> 3);
        client_reads(what & 128 ? SIZE_MAX : (size_t)take_byte(&input) << 4);
        break;
    case 7:
        now_ms += 100u * take_byte(&input);
        session_now(&s, now_ms);
        session_tick(&s, now_ms);
        session_rest(&s);
        break;
    }
    handle_events();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static struct cipher clear;
    static const struct kex *const kex[] = { &kex_curve25519, NULL };
    static const struct host_key_type *const host_keys[] = { &host_key_ed25519, NULL };
    static const struct cipher *const ciphers[] = { &clear, NULL };
    static const struct user_key_type *const user_keys[] = { &user_key_ed25519, NULL };
    static const struct algorithms algorithms = { kex, host_keys, ciphers, user_keys };
    struct pair_options o = pair_defaults();
    (void)argc, (void)argv;
    clear = cipher_none;
    o.client.cipher_out = o.client.cipher_in = clear.name = "clear";
    o.client.ciphers = ciphers;
    o.fake.algorithms = &algorithms;
    o.fake.keepalive_ms = 15000;
    o.fake.keepalive_misses = 3;
    pair = pair_open(&o);
    session_rest(&pair->fake.session);
    CHECK(pair->fake.pool.n_lent == 0);
    logged_in = pair->fake.session;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    s = logged_in;
    input = span_of(data, n);
    now_ms = s.now_ms;
    lost = later = false;
    out_n = 0;
    data_bytes = 0;
    memset(count, 0, sizeof count);
    memset(children, 0, sizeof children);
    messages_start();
    for (int i = 0; i < STEPS_MAX && input.n != 0 && !lost; i++)
        step();
    client_reads(SIZE_MAX);
    session_stop(&s);
    CHECK(pair->fake.pool.n_lent == 0);
    return 0;
}
