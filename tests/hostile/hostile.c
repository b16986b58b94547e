/* Misbehaves towards a live server in one chosen way, and says by its exit status whether the server
 * reacted as it should (0), did not (1), or could not be asked (2). Whatever the mode, the server must
 * still greet the next connection afterwards. */
#include "tests/hostile/hostile.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "profile/profile.h"

enum { STATUS_WRONG = 1, STATUS_CANNOT = 2, KEY_FILE_MAX = 4096 };

static const char *mode_name = "";

void fail(const char *format, ...)
{
    va_list list;
    fprintf(stderr, "hostile %s: ", mode_name);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fprintf(stderr, "\n");
    exit(STATUS_WRONG);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void net_pause(unsigned ms)
{
    poll(NULL, 0, (int)ms);
}

/* --- the connection --- */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo want = { .ai_socktype = SOCK_STREAM }, *list = NULL;
    int fd = -1, on = 1;
    if (getaddrinfo(host, port, &want, &list) == 0)
        for (struct addrinfo *a = list; a != NULL && fd < 0; a = a->ai_next) {
            fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
            if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
                close(fd);
                fd = -1;
            }
        }
    if (list != NULL)
        freeaddrinfo(list);
    if (fd < 0) {
        fprintf(stderr, "hostile: cannot connect to %s port %s: %s\n", host, port, strerror(errno));
        exit(STATUS_CANNOT);
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    return fd;
}

void net_open(struct hostile *h, const struct client_options *o)
{
    struct client_options usual = client_defaults();
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    client_start(&h->client, o != NULL ? o : &usual,
                 (uint64_t)t.tv_nsec ^ (uint64_t)getpid() << 32);
    h->fd = connect_to(h->host, h->port);
    h->closed = false;
    h->code = 0;
    h->last = (struct packet){ 0 };
}

void net_close(struct hostile *h)
{
    free(h->last.p);
    client_stop(&h->client);
    close(h->fd);
    h->fd = -1;
}

/* Moves bytes both ways for at most so long; false: nothing moved. */
static bool move(struct hostile *h, int wait_ms)
{
    struct client *c = &h->client;
    uint8_t bytes[65536];
    struct pollfd p = { .fd = h->fd, .events = POLLIN };
    if (bytes_used(&c->out) != 0)
        p.events |= POLLOUT;
    if (h->closed || poll(&p, 1, wait_ms) <= 0)
        return false;
    if (p.revents & POLLOUT) {
        ssize_t n = send(h->fd, bytes_front(&c->out), bytes_used(&c->out), MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) /* it will not take any more */
            n = (ssize_t)bytes_used(&c->out);
        bytes_drop(&c->out, n > 0 ? (size_t)n : 0);
    }
    if (p.revents & (POLLIN | POLLHUP | POLLERR)) {
        ssize_t n = recv(h->fd, bytes, sizeof bytes, 0);
        if (n > 0)
            bytes_add(&c->in, bytes, (size_t)n);
        else if (n == 0 || errno != EAGAIN)
            h->closed = true;
    }
    return true;
}

void net_flush(struct hostile *h)
{
    uint64_t end = now_ms() + PATIENCE_MS;
    while (bytes_used(&h->client.out) != 0 && !h->closed)
        if (!move(h, 100) && now_ms() > end)
            fail("the server does not read");
}

/* --- messages --- */
static bool take(struct hostile *h)
{
    free(h->last.p);
    h->last = (struct packet){ 0 };
    int n = client_take(&h->client, &h->last);
    if (n < 0)
        fail("the server broke the protocol: %s", h->client.broken);
    if (n == 1 && h->last.p[0] == MSG_DISCONNECT && h->last.n >= 5)
        h->code = load_u32(h->last.p + 1);
    return n == 1;
}

bool net_await(struct hostile *h, uint8_t type, unsigned ms)
{
    uint64_t end = now_ms() + ms;
    for (;;) {
        while (take(h))
            if (type == 0 || h->last.p[0] == type)
                return true;
        uint64_t now = now_ms();
        if (h->closed || now >= end)
            return false;
        move(h, (int)(end - now));
    }
}

void net_expect(struct hostile *h, uint8_t type)
{
    if (net_await(h, type, PATIENCE_MS))
        return;
    if (h->closed)
        fail("message %u did not come: the server closed the connection (code %u)", type, h->code);
    fail("message %u did not come in %u ms", type, PATIENCE_MS);
}

void net_expect_end(struct hostile *h, unsigned ms)
{
    net_await(h, 255, ms);
    if (!h->closed)
        fail("the server left the connection open");
}

void net_expect_disconnect(struct hostile *h, uint32_t code)
{
    net_expect_end(h, PATIENCE_MS);
    if (h->code != code)
        fail("DISCONNECT with code %u instead of %u", h->code, code);
}

/* --- a well-behaved client's steps --- */
void go_keyed(struct hostile *h)
{
    client_send_ident(&h->client);
    client_send_kexinit(&h->client);
    net_expect(h, MSG_NEWKEYS);
}

void go_service(struct hostile *h)
{
    go_keyed(h);
    client_service(&h->client, "ssh-userauth");
    net_expect(h, MSG_SERVICE_ACCEPT);
}

void go_login(struct hostile *h)
{
    go_service(h);
    client_publickey(&h->client, h->user, &h->key, true, FORGE_NOTHING);
    net_expect(h, MSG_USERAUTH_SUCCESS);
}

uint32_t go_channel(struct hostile *h, uint32_t window)
{
    client_open(&h->client, 0, window, 32768);
    net_expect(h, MSG_CHANNEL_OPEN_CONFIRMATION);
    return load_u32(h->last.p + 5);
}

void go_alive(struct hostile *h)
{
    client_global(&h->client, "keepalive@openssh.com", true);
    net_expect(h, MSG_REQUEST_FAILURE);
}

/* --- main --- */
static void still_serves(struct hostile *h)
{
    net_open(h, NULL);
    client_send_ident(&h->client);
    net_expect(h, MSG_KEXINIT);
    net_close(h);
}

static bool read_key(struct host_key *k, const char *path)
{
    uint8_t text[KEY_FILE_MAX];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof text) : -1;
    if (fd >= 0)
        close(fd);
    return n > 0 && host_key_parse(k, span_of(text, (size_t)n), profile_algorithms.host_keys) ==
                        HOST_KEY_GOOD;
}

static int usage(void)
{
    fprintf(stderr, "usage: hostile HOST PORT MODE|all [KEYFILE USER]\n");
    for (const struct mode *m = modes; m->name != NULL; m++)
        fprintf(stderr, "  %-24s %s%s%s\n", m->name, m->what, m->wants_key ? " (key)" : "",
                m->slow ? " (not in all)" : "");
    return STATUS_CANNOT;
}

static int run_one(struct hostile *h, const struct mode *m)
{
    if (m->wants_key && !h->has_key) {
        fprintf(stderr, "hostile: %s wants an ed25519 key without passphrase, and a user\n",
                m->name);
        return STATUS_CANNOT;
    }
    mode_name = m->name;
    m->run(h);
    still_serves(h);
    return 0;
}

/* Each in a process of its own, so that one that fails does not keep the others from running. */
static int run_all(struct hostile *h)
{
    int worst = 0;
    for (const struct mode *m = modes; m->name != NULL; m++) {
        int status;
        if (m->slow)
            continue;
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0)
            exit(run_one(h, m));
        if (pid < 0 || waitpid(pid, &status, 0) != pid)
            return STATUS_CANNOT;
        status = WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_WRONG;
        printf("%s %s\n", status == 0 ? "ok" : "not ok", m->name);
        worst = status > worst ? status : worst;
    }
    return worst;
}

int main(int argc, char *argv[])
{
    static struct hostile h;
    const struct mode *m = modes;
    bool all = argc >= 4 && strcmp(argv[3], "all") == 0;
    while (argc >= 4 && m->name != NULL && strcmp(m->name, argv[3]) != 0)
        m++;
    if ((argc != 4 && argc != 6) || (m->name == NULL && !all) || !crypto_start(NULL, 0))
        return usage();
    signal(SIGPIPE, SIG_IGN);
    h.host = argv[1];
    h.port = argv[2];
    h.has_key = argc == 6 && read_key(&h.key, argv[4]);
    h.user = argc == 6 ? argv[5] : "nobody";
    return all ? run_all(&h) : run_one(&h, m);
}
