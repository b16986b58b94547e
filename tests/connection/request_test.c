/* RFC 4254 sections 6.2 to 6.9: what a session channel can be asked for, field by field. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/pair.h"

static struct pair *with_channel(void)
{
    struct pair_options o = pair_defaults();
    struct pair *p = pair_open(&o);
    assert_int_equal(pair_channel(p, 21, 100000, 32768), 0);
    return p;
}

static void expect(struct pair *p, uint8_t type)
{
    struct reader r = pair_next(p, type);
    assert_int_equal(get_u32(&r), 21);
    assert_true(get_done(&r));
}

static const struct fake_event *last_event(const struct pair *p)
{
    assert_true(p->fake.n_events != 0);
    return &p->fake.events[p->fake.n_events - 1];
}

static void put_pty(struct writer *w)
{
    put_text(w, "xterm-256color");
    put_u32(w, 80);
    put_u32(w, 24);
    put_u32(w, 640);
    put_u32(w, 480);
    put_string(w, span_of("\x35\0\0\0\1\0", 6));
}

static void test_pty(void **state)
{
    (void)state;
    struct pair *p = with_channel();
    put_pty(client_request(&p->client, 0, "pty-req", true));
    client_send_built(&p->client);
    expect(p, MSG_CHANNEL_SUCCESS);
    const struct fake_event *e = last_event(p);
    assert_int_equal(e->event.channel.kind, CHANNEL_PTY);
    assert_true(span_is(span_of(e->name, e->name_n), "xterm-256color"));
    assert_true(span_equal(span_of(e->value, e->value_n), span_of("\x35\0\0\0\1\0", 6)));
    assert_int_equal(e->event.channel.columns, 80);
    assert_int_equal(e->event.channel.rows, 24);
    assert_int_equal(e->event.channel.width, 640);
    assert_int_equal(e->event.channel.height, 480);
    pair_stop(p);
}

static void test_env(void **state)
{
    (void)state;
    struct pair *p = with_channel();
    struct writer *w = client_request(&p->client, 0, "env", true);
    put_text(w, "LANG");
    put_text(w, "C.UTF-8");
    client_send_built(&p->client);
    expect(p, MSG_CHANNEL_SUCCESS);
    const struct fake_event *e = last_event(p);
    assert_int_equal(e->event.channel.kind, CHANNEL_ENV);
    assert_true(span_is(span_of(e->name, e->name_n), "LANG"));
    assert_true(span_is(span_of(e->value, e->value_n), "C.UTF-8"));
    pair_stop(p);
}

static void test_starts(void **state)
{
    (void)state;
    struct pair *p = with_channel();
    client_shell(&p->client, 0);
    expect(p, MSG_CHANNEL_SUCCESS);
    assert_int_equal(last_event(p)->event.channel.kind, CHANNEL_SHELL);
    pair_stop(p);

    p = with_channel();
    client_exec(&p->client, 0, "echo hello; exit 3");
    expect(p, MSG_CHANNEL_SUCCESS);
    const struct fake_event *e = last_event(p);
    assert_int_equal(e->event.channel.kind, CHANNEL_EXEC);
    assert_true(span_is(span_of(e->value, e->value_n), "echo hello; exit 3"));
    pair_stop(p);

    p = with_channel();
    put_text(client_request(&p->client, 0, "subsystem", true), "sftp");
    client_send_built(&p->client);
    expect(p, MSG_CHANNEL_SUCCESS);
    e = last_event(p);
    assert_int_equal(e->event.channel.kind, CHANNEL_SUBSYSTEM);
    assert_true(span_is(span_of(e->name, e->name_n), "sftp"));
    pair_stop(p);
}

/* Without want_reply nothing is answered, neither success nor failure nor the unknown. */
static void test_no_reply_wanted(void **state)
{
    (void)state;
    struct pair *p = with_channel();
    client_request(&p->client, 0, "eow@openssh.com", false);
    client_send_built(&p->client);
    put_pty(client_request(&p->client, 0, "pty-req", false));
    client_send_built(&p->client);
    put_text(client_request(&p->client, 0, "exec", false), "hold");
    client_send_built(&p->client);
    client_request(&p->client, 0, "shell", false); /* the second start fails */
    client_send_built(&p->client);
    p->fake.refused = 1u << CHANNEL_RESIZE;
    struct writer *w = client_request(&p->client, 0, "window-change", false);
    for (uint32_t i = 0; i < 4; i++)
        put_u32(w, i);
    client_send_built(&p->client);
    pair_nothing(p);
    assert_int_equal(p->fake.n_events, 3);
    pair_alive(p);
    pair_stop(p);
}

static void test_unknown(void **state)
{
    (void)state;
    static const char *const names[] = { "x11-req", "auth-agent-req", "xon-xoff",
                                         "",        "break",          "SHELL",
                                         "shell ",  "exit-status",    "exit-signal" };
    struct pair *p = with_channel();
    for (size_t i = 0; i < COUNT(names); i++) {
        put_text(client_request(&p->client, 0, names[i], true), "whatever follows");
        client_send_built(&p->client);
        expect(p, MSG_CHANNEL_FAILURE);
    }
    assert_int_equal(p->fake.n_events, 0);
    pair_exec(p, 0, "echo");
    pair_stop(p);
}

static void test_refused_by_the_server(void **state)
{
    (void)state;
    struct pair *p = with_channel();
    p->fake.refused = 1u << CHANNEL_PTY | 1u << CHANNEL_ENV | 1u << CHANNEL_RESIZE;
    put_pty(client_request(&p->client, 0, "pty-req", true));
    client_send_built(&p->client);
    expect(p, MSG_CHANNEL_FAILURE);
    struct writer *w = client_request(&p->client, 0, "env", true);
    put_text(w, "LD_PRELOAD");
    put_text(w, "x");
    client_send_built(&p->client);
    expect(p, MSG_CHANNEL_FAILURE);
    pair_exec(p, 0, "echo"); /* the start itself may still succeed */
    pair_stop(p);
}

/* RFC 4254 section 6.5: "Only one of these requests can succeed per channel." */
static void test_one_start(void **state)
{
    (void)state;
    static const char *const names[] = { "shell", "exec", "subsystem" };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct pair *p = with_channel();
        pair_exec(p, 0, "hold");
        struct writer *w = client_request(&p->client, 0, names[i], true);
        if (i != 0)
            put_text(w, "second");
        client_send_built(&p->client);
        expect(p, MSG_CHANNEL_FAILURE);
        assert_int_equal(p->fake.n_events, 1);
        pair_stop(p);
    }
}

/* … and so one that failed does not count: PuTTY's SFTP client falls back to exec on the same channel
 * when the subsystem is refused. */
static void test_start_after_a_refused_one(void **state)
{
    (void)state;
    struct pair *p = with_channel();
    p->fake.refused = 1u << CHANNEL_SUBSYSTEM;
    put_text(client_request(&p->client, 0, "subsystem", true), "sftp");
    client_send_built(&p->client);
    expect(p, MSG_CHANNEL_FAILURE);
    client_exec(&p->client, 0, "echo");
    expect(p, MSG_CHANNEL_SUCCESS);
    pair_stop(p);
}

static void test_too_late_for_the_setup(void **state)
{
    (void)state;
    struct pair *p = with_channel();
    pair_exec(p, 0, "hold");
    put_pty(client_request(&p->client, 0, "pty-req", true));
    client_send_built(&p->client);
    expect(p, MSG_CHANNEL_FAILURE);
    struct writer *w = client_request(&p->client, 0, "env", true);
    put_text(w, "LANG");
    put_text(w, "C");
    client_send_built(&p->client);
    expect(p, MSG_CHANNEL_FAILURE);
    assert_int_equal(p->fake.n_events, 1);
    pair_stop(p);
}

static void test_window_change(void **state)
{
    (void)state;
    struct pair *p = with_channel();
    pair_exec(p, 0, "hold");
    struct writer *w = client_request(&p->client, 0, "window-change", false);
    put_u32(w, 132);
    put_u32(w, 0xffffffff);
    put_u32(w, 1);
    put_u32(w, 2);
    client_send_built(&p->client);
    pair_nothing(p);
    const struct channel_event *e = &last_event(p)->event.channel;
    assert_int_equal(e->kind, CHANNEL_RESIZE);
    assert_int_equal(e->columns, 132);
    assert_int_equal(e->rows, 0xffffffff);
    assert_int_equal(e->width, 1);
    assert_int_equal(e->height, 2);
    pair_stop(p);
}

static void test_signals(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int number;
    } signals[] = {
        { "ABRT", SIGABRT }, { "ALRM", SIGALRM }, { "FPE", SIGFPE },   { "HUP", SIGHUP },
        { "ILL", SIGILL },   { "INT", SIGINT },   { "KILL", SIGKILL }, { "PIPE", SIGPIPE },
        { "QUIT", SIGQUIT }, { "SEGV", SIGSEGV }, { "TERM", SIGTERM }, { "USR1", SIGUSR1 },
        { "USR2", SIGUSR2 }, { "SIGTERM", 0 },    { "term", 0 },       { "", 0 },
        { "STOP", 0 },       { "9", 0 },          { "TERM ", 0 },
    };
    struct pair *p = with_channel();
    put_text(client_request(&p->client, 0, "signal", true), "TERM");
    client_send_built(&p->client);
    expect(p, MSG_CHANNEL_FAILURE); /* there is nobody to get it */
    pair_exec(p, 0, "hold");
    for (size_t i = 0; i < COUNT(signals); i++) {
        put_text(client_request(&p->client, 0, "signal", true), signals[i].name);
        client_send_built(&p->client);
        expect(p, signals[i].number ? MSG_CHANNEL_SUCCESS : MSG_CHANNEL_FAILURE);
        if (signals[i].number == 0)
            continue;
        assert_int_equal(last_event(p)->event.channel.kind, CHANNEL_SIGNAL);
        assert_int_equal(last_event(p)->event.channel.signal, signals[i].number);
    }
    pair_stop(p);
}

static void test_command_length(void **state)
{
    (void)state;
    char *command = malloc(LIMIT_COMMAND + 2);
    assert_non_null(command);
    memset(command, 'x', LIMIT_COMMAND + 1);
    command[LIMIT_COMMAND + 1] = 0;
    struct pair *p = with_channel();
    client_exec(&p->client, 0, command);
    expect(p, MSG_CHANNEL_FAILURE);
    assert_int_equal(p->fake.n_events, 0);
    command[LIMIT_COMMAND] = 0;
    client_exec(&p->client, 0, command);
    expect(p, MSG_CHANNEL_SUCCESS);
    assert_int_equal(last_event(p)->value_n, LIMIT_COMMAND);
    pair_stop(p);
    p = with_channel();
    client_exec(&p->client, 0, "");
    expect(p, MSG_CHANNEL_SUCCESS);
    assert_int_equal(last_event(p)->value_n, 0);
    free(command);
    pair_stop(p);
}

/* A known request with a field missing, cut or left over is a malformed message. */
static void put_fields(struct writer *w, size_t which)
{
    if (which == 0) {
        put_pty(w);
    } else if (which == 1) {
        put_text(w, "A");
        put_text(w, "B");
    } else if (which == 3) {
        put_text(w, "echo");
    } else if (which == 4) {
        put_text(w, "sftp");
    } else if (which == 5) {
        put_pty(w);
        w->p = w->start + 1 + 4 + 4 + 13 + 1 + 16; /* just the four numbers' room */
    } else if (which == 6) {
        put_text(w, "TERM");
    }
}

static void test_malformed(void **state)
{
    (void)state;
    static const char *const names[] = { "pty-req",   "env",           "shell", "exec",
                                         "subsystem", "window-change", "signal" };
    for (size_t i = 0; i < COUNT(names); i++)
        for (int longer = 0;; longer++) {
            struct pair *p = with_channel();
            struct writer *w = client_request(&p->client, 0, names[i], true);
            size_t head = writer_used(w);
            put_fields(w, i);
            size_t whole = writer_used(w);
            if (longer == 0)
                put_byte(w, 0);
            else if (head + (size_t)longer - 1 < whole)
                w->p = w->start + head + longer - 1;
            else
                longer = -1; /* as it should be: the last round */
            client_send_built(&p->client);
            if (longer >= 0) {
                pair_ended(p, REASON_FORMAT);
            } else {
                pair_run(p);
                assert_int_equal(session_reason(&p->fake.session), REASON_NONE);
            }
            assert_int_equal(p->fake.n_events != 0, longer < 0 && i != 6);
            pair_stop(p);
            if (longer < 0)
                break;
        }
}

/* auth-agent-req@openssh.com: before the start only. */
static void test_agent(void **state)
{
    (void)state;
    struct pair *p = with_channel();
    for (int yes = 0; yes < 2; yes++) {
        p->fake.refused = yes ? 0 : 1u << CHANNEL_AGENT;
        client_request(&p->client, 0, "auth-agent-req@openssh.com", true);
        client_send_built(&p->client);
        expect(p, yes ? MSG_CHANNEL_SUCCESS : MSG_CHANNEL_FAILURE);
        assert_int_equal(last_event(p)->event.channel.kind, CHANNEL_AGENT);
    }
    pair_exec(p, 0, "hold");
    client_request(&p->client, 0, "auth-agent-req@openssh.com", true);
    client_send_built(&p->client);
    expect(p, MSG_CHANNEL_FAILURE);
    assert_int_equal(p->fake.n_events, 3);
    put_byte(client_request(&p->client, 0, "auth-agent-req@openssh.com", true), 0);
    client_send_built(&p->client);
    pair_ended(p, REASON_FORMAT);
    pair_stop(p);
}

/* Requests on several channels do not mix. */
static void test_two_channels(void **state)
{
    (void)state;
    struct pair *p = with_channel();
    assert_int_equal(pair_channel(p, 22, 1000, 1000), 1);
    client_exec(&p->client, 1, "sink");
    struct reader r = pair_next(p, MSG_CHANNEL_SUCCESS);
    assert_int_equal(get_u32(&r), 22);
    assert_false(connection_channel(&p->fake.session.connection, 0)->started);
    client_shell(&p->client, 0);
    expect(p, MSG_CHANNEL_SUCCESS);
    pair_stop(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pty),
        cmocka_unit_test(test_env),
        cmocka_unit_test(test_starts),
        cmocka_unit_test(test_no_reply_wanted),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_refused_by_the_server),
        cmocka_unit_test(test_one_start),
        cmocka_unit_test(test_start_after_a_refused_one),
        cmocka_unit_test(test_too_late_for_the_setup),
        cmocka_unit_test(test_window_change),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_command_length),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_agent),
        cmocka_unit_test(test_two_channels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
