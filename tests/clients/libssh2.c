/* A client made of libssh2, for tests/interop/libraries.bats:
 *
 *   libssh2 HOST PORT USER KEY HOST-KEY COMMAND
 *
 * KEY is a private key file with its .pub beside it, HOST-KEY the public key (base64) that the server must
 * show. Standard input, both outputs and the exit status are COMMAND's; what was negotiated is on standard
 * error with NANO_SSH_VERBOSE set. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libssh2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static LIBSSH2_SESSION *session;

static void fail(const char *what)
{
    char *why = "";
    if (session)
        libssh2_session_last_error(session, &why, NULL, 0);
    fprintf(stderr, "libssh2: %s: %s\n", what, why);
    exit(255);
}

static int connected(const char *host, const char *port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (inet_pton(AF_INET, host, &to.sin_addr) != 1 ||
        connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail("connect");
    return fd;
}

static void check_host_key(const char *wanted)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char text[4096];
    size_t length, n = 0;
    int type;
    const unsigned char *key =
        (const unsigned char *)libssh2_session_hostkey(session, &length, &type);
    if (!key || length > sizeof text / 2)
        fail("host key");
    for (size_t i = 0; i < length; i += 3) {
        unsigned v = (unsigned)key[i] << 16;
        v |= i + 1 < length ? (unsigned)key[i + 1] << 8 : 0;
        v |= i + 2 < length ? key[i + 2] : 0;
        text[n++] = letters[v >> 18];
        text[n++] = letters[v >> 12 & 63];
        text[n++] = letters[v >> 6 & 63];
        text[n++] = letters[v & 63];
    }
    for (size_t i = length % 3; i != 0 && i < 3; i++)
        text[n - 3 + i] = '=';
    text[n] = 0;
    if (strcmp(text, wanted) != 0)
        fail("another host key");
}

static void write_all(int fd, const char *p, ssize_t n)
{
    while (n > 0) {
        ssize_t wrote = write(fd, p, (size_t)n);
        if (wrote < 0)
            fail("output");
        p += wrote;
        n -= wrote;
    }
}

/* Everything that has come for one output; whether there was something. */
static int take(LIBSSH2_CHANNEL *channel, int stream, int fd)
{
    char buffer[32768];
    ssize_t n;
    int some = 0;
    while ((n = libssh2_channel_read_ex(channel, stream, buffer, sizeof buffer)) > 0) {
        write_all(fd, buffer, n);
        some = 1;
    }
    if (n < 0 && n != LIBSSH2_ERROR_EAGAIN)
        fail("read");
    return some;
}

/* Input to the channel, both outputs from it, until the other side has ended. */
static void carry(LIBSSH2_CHANNEL *channel, int fd)
{
    char buffer[32768];
    ssize_t have = 0, sent = 0;
    int in_open = 1, eof_due = 0;
    while (!libssh2_channel_eof(channel)) {
        int some = take(channel, 0, 1) | take(channel, SSH_EXTENDED_DATA_STDERR, 2);
        if (sent < have) {
            ssize_t n = libssh2_channel_write(channel, buffer + sent, (size_t)(have - sent));
            if (n < 0 && n != LIBSSH2_ERROR_EAGAIN)
                fail("write");
            sent += n > 0 ? n : 0;
            some |= n > 0;
        }
        if (eof_due && libssh2_channel_send_eof(channel) != LIBSSH2_ERROR_EAGAIN)
            eof_due = 0;
        if (some)
            continue;
        int more = in_open && sent == have, out = libssh2_session_block_directions(session);
        struct pollfd p[2] = {
            { .fd = fd,
              .events = (short)(POLLIN | (out & LIBSSH2_SESSION_BLOCK_OUTBOUND ? POLLOUT : 0)) },
            { .fd = more ? 0 : -1, .events = POLLIN }
        };
        poll(p, 2, 50); /* reading for one output may have got something for the other */
        if (more && p[1].revents) {
            have = read(0, buffer, sizeof buffer);
            sent = 0;
            if (have <= 0) {
                have = 0;
                in_open = 0;
                eof_due = 1;
            }
        }
    }
}

int main(int argc, char **argv)
{
    char public[4096];
    if (argc != 7 || libssh2_init(0) != 0)
        fail("usage: libssh2 HOST PORT USER KEY HOST-KEY COMMAND");
    int fd = connected(argv[1], argv[2]);
    session = libssh2_session_init();
    if (!session || libssh2_session_handshake(session, fd) != 0)
        fail("handshake");
    if (getenv("NANO_SSH_VERBOSE"))
        fprintf(stderr, "kex %s cipher %s %s mac %s\n",
                libssh2_session_methods(session, LIBSSH2_METHOD_KEX),
                libssh2_session_methods(session, LIBSSH2_METHOD_CRYPT_SC),
                libssh2_session_methods(session, LIBSSH2_METHOD_CRYPT_CS),
                libssh2_session_methods(session, LIBSSH2_METHOD_MAC_CS));
    check_host_key(argv[5]);
    snprintf(public, sizeof public, "%s.pub", argv[4]);
    if (libssh2_userauth_publickey_fromfile(session, argv[3], public, argv[4], NULL) != 0)
        fail("login");
    LIBSSH2_CHANNEL *channel = libssh2_channel_open_session(session);
    if (!channel || libssh2_channel_exec(channel, argv[6]) != 0)
        fail("command");
    libssh2_session_set_blocking(session, 0);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    carry(channel, fd);
    libssh2_session_set_blocking(session, 1);
    if (libssh2_channel_close(channel) != 0 || libssh2_channel_wait_closed(channel) != 0)
        fail("close");
    int status = libssh2_channel_get_exit_status(channel);
    libssh2_channel_free(channel);
    libssh2_session_disconnect(session, "done");
    libssh2_session_free(session);
    libssh2_exit();
    return status;
}
