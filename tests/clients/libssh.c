/* A client made of libssh, for tests/interop/libraries.bats:
 *
 *   libssh HOST PORT USER KEY HOST-KEY COMMAND
 *
 * KEY is a private key file, HOST-KEY the public key (base64) that the server must show. Standard input,
 * both outputs and the exit status are COMMAND's; what was negotiated is on standard error with
 * NANO_SSH_VERBOSE set. */
#include <libssh/libssh.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ssh_session session;

static void fail(const char *what)
{
    fprintf(stderr, "libssh: %s: %s\n", what, session ? ssh_get_error(session) : "");
    exit(255);
}

static void check_host_key(const char *wanted)
{
    ssh_key key;
    char *got;
    if (ssh_get_server_publickey(session, &key) != SSH_OK ||
        ssh_pki_export_pubkey_base64(key, &got) != SSH_OK)
        fail("host key");
    if (strcmp(got, wanted) != 0)
        fail("another host key");
    ssh_string_free_char(got);
    ssh_key_free(key);
}

static void log_in(const char *file)
{
    ssh_key key;
    if (ssh_pki_import_privkey_file(file, NULL, NULL, NULL, &key) != SSH_OK)
        fail("private key");
    if (ssh_userauth_publickey(session, NULL, key) != SSH_AUTH_SUCCESS)
        fail("login");
    ssh_key_free(key);
}

static void write_all(int fd, const char *p, int n)
{
    while (n > 0) {
        ssize_t wrote = write(fd, p, (size_t)n);
        if (wrote < 0)
            fail("output");
        p += wrote;
        n -= (int)wrote;
    }
}

/* Everything that has come for one output; whether there was something. */
static int take(ssh_channel channel, int is_stderr, int fd)
{
    char buffer[32768];
    int n, some = 0;
    while ((n = ssh_channel_read_nonblocking(channel, buffer, sizeof buffer, is_stderr)) > 0) {
        write_all(fd, buffer, n);
        some = 1;
    }
    if (n == SSH_ERROR)
        fail("read");
    return some;
}

/* Input to the channel, no more than it has room for, and both outputs from it, until the other side
 * has ended. */
static void carry(ssh_channel channel)
{
    char buffer[32768];
    int in_open = 1;
    for (;;) {
        int ended = ssh_channel_is_eof(channel);
        int some = take(channel, 0, 1) | take(channel, 1, 2);
        uint32_t room = ssh_channel_window_size(channel);
        if (some)
            continue;
        if (ended)
            return;
        struct pollfd p[2] = { { .fd = ssh_get_fd(session), .events = POLLIN },
                               { .fd = in_open && room ? 0 : -1, .events = POLLIN } };
        poll(p, 2, 50); /* what libssh has read already, no poll tells */
        if (!p[1].revents)
            continue;
        ssize_t n = read(0, buffer, room < sizeof buffer ? room : sizeof buffer);
        if (n > 0 ? ssh_channel_write(channel, buffer, (uint32_t)n) != n
                  : ssh_channel_send_eof(channel) != SSH_OK)
            fail("write");
        in_open = n > 0;
    }
}

int main(int argc, char **argv)
{
    if (argc != 7 || ssh_init() != SSH_OK || !(session = ssh_new()))
        fail("usage: libssh HOST PORT USER KEY HOST-KEY COMMAND");
    int no = 0;
    ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(session, SSH_OPTIONS_HOST, argv[1]);
    ssh_options_set(session, SSH_OPTIONS_PORT_STR, argv[2]);
    ssh_options_set(session, SSH_OPTIONS_USER, argv[3]);
    if (ssh_connect(session) != SSH_OK)
        fail("connect");
    if (getenv("NANO_SSH_VERBOSE"))
        fprintf(stderr, "kex %s cipher %s %s\n", ssh_get_kex_algo(session),
                ssh_get_cipher_in(session), ssh_get_cipher_out(session));
    check_host_key(argv[5]);
    log_in(argv[4]);
    ssh_channel channel = ssh_channel_new(session);
    if (!channel || ssh_channel_open_session(channel) != SSH_OK ||
        ssh_channel_request_exec(channel, argv[6]) != SSH_OK)
        fail("command");
    carry(channel);
    int status = ssh_channel_get_exit_status(channel);
    ssh_channel_free(channel);
    ssh_disconnect(session);
    ssh_free(session);
    ssh_finalize();
    return status;
}
