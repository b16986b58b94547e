#include "tests/fuzz/support/messages.h"

#include <string.h>

#include "connection/connection.h"
#include "tests/fuzz/support/check.h"

enum { PAYLOAD_MAX = 33000, HEADER = 5 };
#define COUNT(array) (sizeof(array) / sizeof *(array))

struct messages messages;
static uint8_t frame[PAYLOAD_MAX + 300];
static struct span *from;

static const char *const open_types[] = {
    "session",
    "session",
    "direct-tcpip",
    "direct-streamlocal@openssh.com",
    "forwarded-tcpip",
    "auth-agent@openssh.com",
    "x11",
};
static const char *const globals[] = {
    "tcpip-forward",
    "cancel-tcpip-forward",
    "streamlocal-forward@openssh.com",
    "cancel-streamlocal-forward@openssh.com",
    "keepalive@openssh.com",
    "no-more-sessions@openssh.com",
};
/* Fields: s text, u number */
static const struct {
    const char *name, *fields;
} requests[] = { { "shell", "" },       { "exec", "s" },
                 { "subsystem", "s" },  { "pty-req", "suuuus" },
                 { "env", "ss" },       { "window-change", "uuuu" },
                 { "signal", "s" },     { "eow@openssh.com", "" },
                 { "xon-xoff", "u" },   { "auth-agent-req@openssh.com", "" },
                 { "exit-status", "u" } };
static const char *const texts[] = { "",          "sftp", "127.0.0.1", "localhost", "LANG", "TERM",
                                     "/tmp/path", "a.b",  "::1",       "xterm",     "C",    "ls" };
static const uint32_t numbers[] = { 0,     1,     80,           1024,       32768,
                                    32769, 65536, LIMIT_WINDOW, 0x7fffffff, 0xffffffff };

static uint8_t byte(void)
{
    return take_byte(from);
}

static uint32_t number(void)
{
    uint8_t b = byte();
    return b < 128 ? numbers[b % COUNT(numbers)] : (uint32_t)(b & 127) << (byte() % 16);
}

/* Of a channel: few, so that they are hit. */
static uint32_t channel(void)
{
    uint8_t b = byte();
    return b < 240 ? b % 4 : b < 250 ? b % (LIMIT_CHANNELS + 1) : number();
}

static void put_word(struct writer *w)
{
    uint8_t b = byte();
    if (b < 128)
        put_text(w, texts[b % COUNT(texts)]);
    else
        put_string(w, take_part(from, b & 31));
}

static void put_open(struct writer *w)
{
    const char *type = open_types[byte() % COUNT(open_types)];
    put_text(w, type);
    put_u32(w, byte() % 4u); /* sender channel */
    put_u32(w, number());    /* initial window size */
    put_u32(w, number());    /* maximum packet size */
    if (strcmp(type, "direct-tcpip") == 0 || strcmp(type, "forwarded-tcpip") == 0) {
        put_word(w);
        put_u32(w, number());
        put_word(w);
        put_u32(w, number());
    } else if (strncmp(type, "direct-s", 8) == 0) {
        put_word(w);
        put_word(w);
        put_u32(w, 0);
    }
}

static void put_global(struct writer *w)
{
    const char *name = globals[byte() % COUNT(globals)];
    put_text(w, name);
    put_boolean(w, byte() % 4 != 0);
    if (strstr(name, "forward") != NULL)
        put_word(w);
    if (strstr(name, "tcpip") != NULL)
        put_u32(w, number());
}

static void put_request(struct writer *w)
{
    uint8_t which = byte() % COUNT(requests);
    put_u32(w, channel());
    put_text(w, requests[which].name);
    put_boolean(w, byte() % 4 != 0);
    for (const char *f = requests[which].fields; *f != 0; f++)
        if (*f == 's')
            put_word(w);
        else
            put_u32(w, number());
}

static void put_data(struct writer *w, bool extended)
{
    static const uint8_t zeros[LIMIT_CHANNEL_DATA + 1];
    put_u32(w, channel());
    if (extended)
        put_u32(w, 1);
    uint32_t n = number();
    put_string(w, span_of(zeros, n <= sizeof zeros ? n : n % 1000));
}

static void put_fields(struct writer *w, uint8_t type)
{
    switch (type) {
    case MSG_CHANNEL_OPEN:
        put_open(w);
        break;
    case MSG_GLOBAL_REQUEST:
        put_global(w);
        break;
    case MSG_CHANNEL_REQUEST:
        put_request(w);
        break;
    case MSG_CHANNEL_DATA:
    case MSG_CHANNEL_EXTENDED_DATA:
        put_data(w, type == MSG_CHANNEL_EXTENDED_DATA);
        break;
    case MSG_REQUEST_SUCCESS:
        if (byte() % 2)
            put_u32(w, number());
        break;
    case MSG_REQUEST_FAILURE:
        break;
    default: /* a channel's, then numbers and, of a failure, texts */
        put_u32(w, channel());
        if (type == MSG_CHANNEL_OPEN_CONFIRMATION)
            put_u32(w, byte() % 4u);
        if (type == MSG_CHANNEL_OPEN_CONFIRMATION || type == MSG_CHANNEL_OPEN_FAILURE ||
            type == MSG_CHANNEL_WINDOW_ADJUST)
            put_u32(w, number());
        if (type == MSG_CHANNEL_OPEN_CONFIRMATION)
            put_u32(w, number());
        if (type == MSG_CHANNEL_OPEN_FAILURE) {
            put_word(w);
            put_text(w, "");
        }
    }
}

/* Whatever it was made of: what it says. */
static void tally(struct span payload)
{
    struct reader r = reader_of(payload);
    uint8_t type = get_byte(&r);
    if (type == MSG_GLOBAL_REQUEST) {
        messages.globals++;
    } else if (type == MSG_CHANNEL_REQUEST) {
        messages.requests++;
    } else if (type == MSG_CHANNEL_WINDOW_ADJUST) {
        get_u32(&r);
        messages.window += get_u32(&r);
    } else if (type == MSG_CHANNEL_OPEN || type == MSG_CHANNEL_OPEN_CONFIRMATION) {
        messages.opens += type == MSG_CHANNEL_OPEN;
        if (type == MSG_CHANNEL_OPEN)
            get_string(&r);
        else
            get_u32(&r);
        get_u32(&r);
        messages.window += get_u32(&r);
    }
}

void messages_start(void)
{
    memset(&messages, 0, sizeof messages);
}

struct span messages_next(struct span *input)
{
    static const uint8_t types[] = { 80, 81, 82, 90, 90, 90, 91, 92, 93, 94, 94,
                                     94, 95, 96, 97, 98, 98, 98, 98, 99, 100 };
    struct writer w = writer_of(frame, sizeof frame);
    from = input;
    uint8_t which = byte();
    put_u32(&w, 0);
    put_byte(&w, 0);
    if (which >= 240) {
        put_byte(&w, 80 + byte() % 48);
        struct span raw = take_part(from, byte());
        put_bytes(&w, raw.p, raw.n);
    } else {
        put_byte(&w, types[which % COUNT(types)]);
        put_fields(&w, types[which % COUNT(types)]);
        if (which >= 232) /* cut */
            w.p -= byte() % (writer_used(&w) - HEADER);
    }
    CHECK(!w.bad);
    size_t n = writer_used(&w), padding = 8 + (8 - n % 8) % 8;
    tally(span_of(frame + HEADER, n - HEADER));
    memset(w.p, 0, padding);
    store_u32(frame, (uint32_t)(n + padding - 4));
    frame[4] = (uint8_t)padding;
    return span_of(frame, n + padding);
}
