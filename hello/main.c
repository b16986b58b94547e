/* The smallest front that the session can have: one connection at a time, on blocking sockets. Whoever proves one of the
 * given keys gets one text for whatever command, and status 0. Nothing is ever started, opened or written
 * for a client, so there is no user to become, and any login name will do.
 *
 * The host key is made at the start and lives as long as the process; its fingerprint is the first output. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "crypto/host_key.h"
#include "hello/keys.h"
#include "profile/profile.h"
#include "session/session.h"

enum { EXIT_RUN = 1, EXIT_USAGE };
enum { PATIENCE_S = 20, PATIENCE_MOST = 3600, LOOK_S = 1, LINGER = 16, WAITING = 8 };
enum { BLOCKS = 4, KEYS_MAX = 65536 }; /* in, out, held, channels */

static const char text[] = "Hello from nano_ssh_server\n";
static const char usage[] = "usage: hello [-p PORT] [-a KEYS] [-t SECONDS]\n"
                            "2222, NANO_SSH_AUTHORIZED_KEYS, 20 to log in and when idle\n";

static struct block blocks[BLOCKS];
static struct pool pool;
static struct session session;
static struct host_key host_keys[HOST_KEYS];
static struct span keys; /* all lines were found to be plain */
static struct session_config config = {
    .transport = {
        .algorithms = &profile_algorithms,
        .host_keys = host_keys,
        .ident = "SSH-2.0-nano_ssh_server",
        .rekey_bytes = (uint64_t)1 << 30,
        .rekey_ms = 3600000,
    },
};

/* --- what a client asks for --- */
static uint8_t left[LIMIT_CHANNELS]; /* of the text, on each channel */

/* The channels' programs: as much of the text as can leave now, and behind it the end. */
static void greet(void)
{
    uint8_t *at;
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
        size_t room;
        while (left[i] != 0 && (room = session_write_room(&session, i, false, &at)) != 0) {
            size_t n = room < left[i] ? room : left[i];
            memcpy(at, text + sizeof text - 1 - left[i], n);
            session_write_done(&session, i, false, n);
            left[i] -= (uint8_t)n;
            if (left[i] == 0) {
                session_drained(&session, i);
                session_finish(&session, i, 0);
            }
        }
    }
}

static void handle(const struct event *e)
{
    if (e->kind == EVENT_AUTH) {
        session_auth(&session, keys_have(keys, e->auth.key_blob));
        return;
    }
    const struct channel_event *c = &e->channel;
    if (c->kind == CHANNEL_DATA)
        session_credit(&session, c->channel, c->value.n); /* nobody reads it */
    if (c->kind == CHANNEL_CLOSED) {
        left[c->channel] = 0;
        session_finish(&session, c->channel, 0);
    }
    if (c->kind == CHANNEL_DIRECT_TCP || c->kind == CHANNEL_DIRECT_UNIX)
        session_refused(&session, c->channel, OPEN_PROHIBITED, "");
    if (!c->asks)
        return;
    bool program = c->kind == CHANNEL_EXEC || c->kind == CHANNEL_SHELL;
    session_answer(&session, c->channel, program, 0);
    if (program)
        left[c->channel] = sizeof text - 1;
}

/* --- bytes --- */
static uint64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* false: the client takes nothing. */
static bool transmit(int fd)
{
    struct span out;
    while ((out = session_send_data(&session)).n != 0) {
        ssize_t n = send(fd, out.p, out.n, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        session_send_done(&session, (size_t)n);
    }
    return true;
}

/* false: nothing more will come. */
static bool receive(int fd)
{
    uint8_t *at;
    size_t room = session_recv_room(&session, &at);
    ssize_t n = recv(fd, at, room, 0);
    if (n > 0)
        session_recv_done(&session, (size_t)n);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* The socket gives up waiting once a second, so that session_tick() sees what is overdue. */
static void serve(int fd)
{
    struct event e;
    session_start(&session, &config, &pool, now());
    memset(left, 0, sizeof left);
    do {
        while (session_next(&session, &e))
            handle(&e);
        greet();
        session_tick(&session, now());
        while (session_next(&session, &e)) /* what became due by it, and by the text */
            handle(&e);
    } while (transmit(fd) && session_reason(&session) == REASON_NONE && receive(fd));
    session_stop(&session);
    /* The peer should see our last message: closing with bytes unread would throw it away. */
    shutdown(fd, SHUT_WR);
    for (int i = 0; i < LINGER && recv(fd, blocks[0].bytes, LIMIT_BLOCK_BYTES, 0) > 0; i++)
        ;
    close(fd);
}

/* --- the start --- */
static void say(int fd, const char *what)
{
    ssize_t ignored = write(fd, what, strlen(what));
    (void)ignored;
}

static _Noreturn void end(const char *why)
{
    say(STDERR_FILENO, why);
    if (why == usage) {
        say(STDERR_FILENO, crypto_provider);
        say(STDERR_FILENO, "\n");
    }
    exit(why == usage ? EXIT_USAGE : EXIT_RUN);
}

/* On all addresses, or all of IPv4's where there is no IPv6. What is accepted inherits the times. */
static int listen_on(uint16_t port)
{
    struct sockaddr_in6 a = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
    const struct timeval look = { .tv_sec = LOOK_S };
    int one = 1, fd = socket(AF_INET6, SOCK_STREAM, 0);
    if (fd < 0)
        fd = socket(a.sin6_family = AF_INET, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &look, sizeof look);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &look, sizeof look);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, WAITING) != 0)
        end("hello: cannot listen there\n");
    return fd;
}

static void load_keys(const char *file)
{
    const char *given = getenv("NANO_SSH_AUTHORIZED_KEYS");
    if (file != NULL) {
        static char room[KEYS_MAX];
        ssize_t n = read(open(file, O_RDONLY | O_CLOEXEC), room, sizeof room);
        keys = span_of(room, n > 0 && n < KEYS_MAX ? (size_t)n : 0);
    } else if (given != NULL) {
        keys = span_text(given);
    }
    if (keys.n == 0 || !keys_plain(keys))
        end("hello: no keys, or others than plain ssh-ed25519 without options\n");
}

static void number(const char *from, uint64_t most, uint64_t *to)
{
    if (!text_number(span_text(from), most, to))
        end(usage);
}

int main(int argc, char *argv[])
{
    const char *file = NULL;
    uint64_t port = 2222, patience = PATIENCE_S;
    char fingerprint[FINGERPRINT_MAX + 1] = { 0 };
    (void)argc;
    while (*++argv != NULL) {
        const char *option = *argv;
        if (strcmp(option, "-a") == 0 && argv[1] != NULL)
            file = *++argv;
        else if (strcmp(option, "-p") == 0 && argv[1] != NULL)
            number(*++argv, UINT16_MAX, &port);
        else if (strcmp(option, "-t") == 0 && argv[1] != NULL)
            number(*++argv, PATIENCE_MOST, &patience);
        else
            end(usage);
    }
    config.login_grace_ms = config.idle_ms = patience * 1000;
    load_keys(file);
    pool_start(&pool, blocks, BLOCKS);
    if (!crypto_start(NULL, 0) || !host_key_make(&host_keys[0]))
        end("hello: no cryptography\n");
    prctl(PR_SET_DUMPABLE, 0);
    int fd = listen_on((uint16_t)port);
    key_fingerprint(fingerprint, span_of(host_keys[0].blob, host_keys[0].blob_n));
    fingerprint[strlen(fingerprint)] = '\n';
    say(STDOUT_FILENO, fingerprint);
    for (;;) {
        int client = accept(fd, NULL, NULL);
        if (client >= 0)
            serve(client);
    }
}
