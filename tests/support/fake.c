#include "tests/support/fake.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "crypto/host_key.h"
#include "tests/support/test.h"

enum { STEP_MAX = 30000, SOURCE_MAX = 20000000 };

static const uint8_t host_seed[32] = "host key of the fake server .. .";
static const uint8_t user_seed[32] = "key of the user who may log in .";

/* Most tests want a region of the same size one after another: the last one is kept. */
static void *spare_region;

static void *region_take(size_t blocks)
{
    void *region = blocks == LIMIT_BLOCKS ? spare_region : NULL;
    if (region == NULL)
        region = malloc(blocks * sizeof(struct block));
    else
        spare_region = NULL;
    assert_non_null(region);
    return region;
}

static void region_give(void *region, size_t blocks)
{
    if (blocks == LIMIT_BLOCKS && spare_region == NULL)
        spare_region = region;
    else
        free(region);
}

/* The same whatever the profile and the provider under test have. */
static const struct kex *const kex[] = { &kex_curve25519, &kex_curve25519_libssh, NULL };
static const struct host_key_type *const host_keys[] = { &host_key_ed25519, NULL };
static const struct cipher *const ciphers[] = { &cipher_chachapoly, NULL };
static const struct user_key_type *const user_keys[] = { &user_key_ed25519, NULL };
static const struct algorithms algorithms = { kex, host_keys, ciphers, user_keys };

bool fake_turn;

void fake_start(struct fake *f, const struct fake_options *o)
{
    memset(f, 0, sizeof *f);
    f->blocks = o->blocks != 0 ? o->blocks : LIMIT_BLOCKS;
    f->region = region_take(f->blocks);
    assert_true(host_key_from_seed(&f->host_keys[0], host_seed));
    if (o->host_keys != NULL)
        memcpy(f->host_keys, o->host_keys, sizeof f->host_keys);
    assert_true(host_key_from_seed(&f->user_key, user_seed));
    f->user = "tester";
    f->password = "secret";
    f->now_ms = 1000000;
    f->config = (struct session_config){
        .transport = { .algorithms = o->algorithms ? o->algorithms : &algorithms,
                       .host_keys = f->host_keys,
                       .ident = "SSH-2.0-nano_ssh_server_test",
                       .rekey_bytes = o->rekey_bytes ? o->rekey_bytes : UINT64_MAX,
                       .rekey_ms = o->rekey_ms ? o->rekey_ms : UINT64_MAX / 2 },
        .banner = o->banner ? span_text(o->banner) : (struct span){ 0 },
        .passwords = o->passwords,
        .login_grace_ms = o->login_grace_ms,
        .idle_ms = o->idle_ms,
        .keepalive_ms = o->keepalive_ms,
        .keepalive_misses = o->keepalive_misses,
    };
    pool_start(&f->pool, f->region, f->blocks);
    session_start(&f->session, &f->config, &f->pool, f->now_ms);
    f->next_ms = UINT64_MAX;
}

void fake_stop(struct fake *f)
{
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
        queue_stop(&f->channels[i].queue, &f->pool);
        bytes_stop(&f->channels[i].taken);
    }
    session_stop(&f->session);
    assert_int_equal(f->pool.n_lent, 0);
    region_give(f->region, f->blocks);
}

uint8_t fake_byte(size_t i)
{
    return (uint8_t)(i * 131 + (i >> 8) * 29 + (i >> 16));
}

/* --- questions --- */
void fake_auth(struct fake *f)
{
    const struct auth_question *q = &f->session.auth.question;
    bool known = q->proof == AUTH_PASSWORD
                     ? span_is(q->password, f->password)
                     : span_equal(q->key_blob, span_of(f->user_key.blob, f->user_key.blob_n));
    session_auth(&f->session, known && strcmp(q->user, f->user) == 0 && q->proof != AUTH_REFUSED);
}

static void on_auth(struct fake *f, const struct auth_question *q)
{
    f->auth_questions++;
    f->last_proof = q->proof;
    assert_int_equal(q->password.p == NULL, q->proof != AUTH_PASSWORD && q->key_blob.p != NULL);
    assert_true(q->password.p == NULL || f->config.passwords);
    text_format(f->last_user, sizeof f->last_user, "%s", q->user);
    if (!f->auth_later)
        fake_auth(f);
}

static bool run(struct fake_channel *ch, struct span command)
{
    ch->program = PROGRAM_ECHO;
    if (span_is(command, "sink")) {
        ch->program = PROGRAM_SINK;
    } else if (span_is(command, "hold")) {
        ch->program = PROGRAM_HOLD;
    } else if (span_starts(command, "source ")) {
        uint64_t n = 0;
        ch->program = PROGRAM_SOURCE;
        if (!text_number(span_of(command.p + 7, command.n - 7), SOURCE_MAX, &n))
            return false;
        ch->wanted = (size_t)n;
    }
    return true;
}

static bool answer(struct fake *f, const struct channel_event *e)
{
    struct fake_channel *ch = &f->channels[e->channel];
    if (f->refused >> e->kind & 1)
        return false;
    if (e->kind == CHANNEL_SHELL || e->kind == CHANNEL_EXEC || e->kind == CHANNEL_SUBSYSTEM)
        return run(ch, e->value);
    return true;
}

static size_t keep(uint8_t to[300], struct span s)
{
    if (s.n != 0)
        memcpy(to, s.p, s.n < 300 ? s.n : 300);
    return s.n;
}

static void record(struct fake *f, const struct event *e)
{
    if (f->n_events == FAKE_EVENTS)
        return;
    struct fake_event *kept = &f->events[f->n_events++];
    memset(kept, 0, sizeof *kept);
    kept->event = *e;
    kept->name_n = keep(kept->name, e->channel.name);
    kept->value_n = keep(kept->value, e->channel.value);
}

static void forget(struct fake_channel *ch)
{
    bytes_stop(&ch->taken);
    *ch = (struct fake_channel){ 0 };
}

/* A forward echoes. */
static void on_direct(struct fake *f, const struct channel_event *e)
{
    if (f->answer_later)
        return;
    if (f->refused & 1u << e->kind) {
        session_refused(&f->session, e->channel, OPEN_CONNECT_FAILED, "refused");
        return;
    }
    f->channels[e->channel].program = PROGRAM_ECHO;
    session_opened(&f->session, e->channel);
}

static void on_channel(struct fake *f, const struct event *whole)
{
    const struct channel_event *e = &whole->channel;
    assert_in_range(e->channel, 0, LIMIT_CHANNELS);
    struct fake_channel *ch = e->channel != CHANNEL_NONE ? &f->channels[e->channel] : NULL;
    if (e->kind != CHANNEL_DATA)
        record(f, whole);
    if (e->asks && f->answer_later) {
        assert_false(session_next(&f->session, &(struct event){ 0 }));
    } else if (e->asks) {
        session_answer(&f->session, e->channel, answer(f, e), FAKE_PORT);
    } else if (e->kind == CHANNEL_DIRECT_TCP || e->kind == CHANNEL_DIRECT_UNIX) {
        on_direct(f, e);
    } else if (e->kind == CHANNEL_ACCEPTED) {
        ch->program = PROGRAM_ECHO;
    } else if (e->kind == CHANNEL_REFUSED) {
        forget(ch);
    } else if (e->kind == CHANNEL_DATA) {
        if (!queue_push(&ch->queue, &f->pool, e->value)) {
            assert_true(f->blocks < LIMIT_BLOCKS); /* a window is a promise */
            session_fail(&f->session, REASON_MEMORY);
        }
    } else if (e->kind == CHANNEL_EOF) {
        ch->eof = true;
    } else if (e->kind == CHANNEL_CLOSED) {
        queue_stop(&ch->queue, &f->pool);
        ch->hung_up = true;
        if (ch->program == PROGRAM_NONE || ch->finished)
            forget(ch);
    }
}

bool fake_events(struct fake *f)
{
    struct event e;
    bool moved = false;
    while (session_next(&f->session, &e)) {
        moved = true;
        if (e.kind == EVENT_AUTH)
            on_auth(f, &e.auth);
        else
            on_channel(f, &e);
        fake_check(f);
    }
    return moved;
}

/* --- programs --- */
static size_t take(struct fake *f, unsigned channel, size_t most)
{
    struct fake_channel *ch = &f->channels[channel];
    struct span front = queue_front(&ch->queue);
    size_t n = front.n < most ? front.n : most;
    if (n == 0)
        return 0;
    bytes_add(&ch->taken, front.p, n);
    queue_drop(&ch->queue, &f->pool, n);
    session_credit(&f->session, channel, n);
    return n;
}

static size_t echo(struct fake *f, unsigned channel)
{
    struct fake_channel *ch = &f->channels[channel];
    struct span front = queue_front(&ch->queue);
    uint8_t *at = NULL;
    if (front.n == 0)
        return 0;
    size_t room = session_write_room(&f->session, channel, ch->to_stderr, &at);
    size_t n = front.n < room ? front.n : room;
    if (n != 0) {
        memcpy(at, front.p, n);
        session_write_done(&f->session, channel, ch->to_stderr, n);
    }
    return n == 0 ? 0 : take(f, channel, n);
}

static size_t produce(struct fake *f, unsigned channel)
{
    struct fake_channel *ch = &f->channels[channel];
    uint8_t *at = NULL;
    size_t left = ch->wanted - ch->produced;
    if (left == 0)
        return 0;
    size_t room = session_write_room(&f->session, channel, ch->to_stderr, &at);
    size_t n = left < room ? left : room;
    n = n < STEP_MAX ? n : STEP_MAX;
    for (size_t i = 0; i < n; i++)
        at[i] = fake_byte(ch->produced + i);
    if (n != 0)
        session_write_done(&f->session, channel, ch->to_stderr, n);
    ch->produced += n;
    return n;
}

void fake_finish(struct fake *f, unsigned channel, int wait_status)
{
    session_drained(&f->session, channel);
    session_finish(&f->session, channel, wait_status);
    f->channels[channel].finished = true;
    if (f->channels[channel].hung_up)
        forget(&f->channels[channel]);
}

static bool over(const struct fake_channel *ch)
{
    if (ch->finished || ch->stay || ch->program == PROGRAM_NONE || ch->queue.n != 0)
        return false;
    return ch->program == PROGRAM_SOURCE ? ch->produced == ch->wanted : ch->eof;
}

static bool run_program(struct fake *f, unsigned channel)
{
    struct fake_channel *ch = &f->channels[channel];
    size_t moved = 0;
    if (ch->hung_up && !ch->stay) {
        session_finish(&f->session, channel, SIGHUP);
        forget(ch);
        return true;
    }
    switch (ch->hung_up ? PROGRAM_NONE : ch->program) {
    case PROGRAM_ECHO:
        moved = echo(f, channel);
        break;
    case PROGRAM_SOURCE:
        moved = produce(f, channel) + take(f, channel, STEP_MAX);
        break;
    case PROGRAM_HOLD:
        moved = take(f, channel, ch->appetite);
        ch->appetite -= moved;
        break;
    case PROGRAM_SINK: /* the one that always keeps up */
        for (size_t n = 1; n != 0; moved += n)
            n = take(f, channel, STEP_MAX);
        break;
    case PROGRAM_NONE: /* a server without a program drops input too */
        moved = take(f, channel, STEP_MAX);
        break;
    }
    if (moved != 0 || !over(ch))
        return moved != 0;
    fake_finish(f, channel, ch->wait_status);
    return true;
}

bool fake_work(struct fake *f)
{
    bool moved = fake_events(f);
    for (unsigned i = 0; i < f->session.connection.used && !f->blocked; i++)
        if (fake_is_open(f, i) && session_reason(&f->session) == REASON_NONE)
            moved = run_program(f, i) || moved;
    fake_check(f);
    return moved;
}

void fake_tick(struct fake *f)
{
    f->next_ms = session_tick(&f->session, f->now_ms);
    session_rest(&f->session);
    fake_check(f);
}

/* --- what must always hold --- */
static size_t queue_blocks(const struct queue *q)
{
    size_t n = 0;
    for (const struct block *b = q->first; b != NULL; b = b->next)
        n++;
    return n;
}

bool fake_is_open(const struct fake *f, unsigned channel)
{
    const struct channel *ch = connection_channel(&f->session.connection, channel);
    return ch != NULL && ch->state == CHANNEL_OPEN;
}

void fake_check(const struct fake *f)
{
    const struct transport *t = &f->session.transport;
    const struct connection *c = &f->session.connection;
    size_t lent = f->elsewhere + (t->in != NULL) + (t->out != NULL) + (t->held != NULL);
    uint32_t share = 0;
    lent += c->more != NULL;
    for (unsigned i = 0; i < c->used; i++) {
        const struct channel *ch = connection_channel(c, i);
        const struct fake_channel *mine = &f->channels[i];
        lent +=
            queue_blocks(&mine->queue); /* no queue is left where there is no channel any more */
        if (ch->state == CHANNEL_FREE) {
            assert_int_equal(mine->queue.n, 0);
            continue;
        }
        assert_in_range(ch->window, LIMIT_WINDOW_LEAST, LIMIT_WINDOW);
        share += ch->window - LIMIT_WINDOW_LEAST;
        if (!ch->close_out && !ch->close_in && session_reason(&f->session) == REASON_NONE)
            assert_int_equal(ch->recv_window + ch->credit + mine->queue.n, ch->window);
    }
    assert_int_equal(c->share, share);
    assert_true(share <= LIMIT_SHARE);
    assert_int_equal(f->pool.n_lent, lent);
    if (f->session.phase != PHASE_OPEN)
        assert_int_equal(c->used, 0);
}
