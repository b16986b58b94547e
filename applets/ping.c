/* ICMP echo (RFC 792, RFC 4443). Without rights by a datagram socket, whose id the kernel chooses and keeps apart; where
 * net.ipv4.ping_group_range forbids that, by a raw one, which only root may have. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "applets/out.h"
#include "applets/reach.h"
#include "applets/rows.h"

enum {
    ROOM = 65536,
    SIZE_MOST = ROOM - 100,
    SIZE_USUAL = 56,
    HEADER = 8,
    RING = 4096,
    IP_HEADER = 20,
    TTL = sizeof(struct cmsghdr) / sizeof(int)
};

struct header {
    uint16_t type, sum, id, number; /* the type is a byte, followed by the code: 0 */
};

static int fd;
static bool v6, raw;
static const char *host;
static char text[ADDRESS_MAX]; /* of the host */
static unsigned sent, received, least = ~0u, most;
static uint64_t sum, sent_at[RING]; /* 0: it was answered */
static volatile sig_atomic_t stopped;

static void stop(int number)
{
    stopped = number;
}

/* In microseconds. */
static uint64_t now(void)
{
    static struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (unsigned)t.tv_nsec / 1000;
}

static void put_ms(const char *before, unsigned us)
{
    out_format("%s%u.%03u", before, us / 1000, us % 1000);
}

static void ask(size_t size)
{
    static uint16_t word[ROOM / 2];
    struct header *p = (void *)word;
    uint32_t total = 0;
    p->type = htons(v6 ? 0x8000 : 0x0800);
    p->id = (uint16_t)getpid(); /* a datagram socket has its own */
    p->number = htons((uint16_t)++sent);
    p->sum = 0;
    for (size_t i = 0; i < (size + HEADER + 1) / 2; i++) /* RFC 1071; of IPv6 the kernel's matter */
        total += word[i];
    total = (total >> 16) + (total & 0xffff);
    p->sum = (uint16_t) ~(total + (total >> 16));
    sent_at[sent % RING] = now();
    if (send(fd, word, size + HEADER, MSG_NOSIGNAL) < 0)
        applet_failed(host);
}

static void take(bool quiet)
{
    static _Alignas(uint16_t) uint8_t bytes[ROOM];
    static _Alignas(struct cmsghdr) int control[TTL + 2]; /* one message */
    static struct iovec part = { bytes, sizeof bytes };
    static struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control };
    m.msg_controllen = sizeof control;
    int n = (int)recvmsg(fd, &m, 0), head = raw && !v6 ? IP_HEADER : 0;
    if (n < 0 && errno != EAGAIN)
        applet_failed(host);
    const struct header *p = (const void *)(bytes + head);
    unsigned number = ntohs(p->number);
    uint64_t *at = &sent_at[number % RING];
    if (n < head + HEADER || p->type != htons(v6 ? 0x8100 : 0) ||
        (raw && p->id != (uint16_t)getpid()) || *at == 0)
        return;
    unsigned us = (unsigned)(now() - *at);
    *at = 0;
    received++;
    sum += us;
    least = us < least ? us : least;
    most = us > most ? us : most;
    if (quiet)
        return;
    out_format("%d bytes from %s: icmp_seq=%u ttl=%d", n - head, text, number, control[TTL]);
    put_ms(" time=", us);
    out_text(" ms\n");
    out_flush();
}

static bool open_socket(const union address *to)
{
    int protocol = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, kind = SOCK_CLOEXEC | SOCK_NONBLOCK;
    fd = socket(to->any.sa_family, SOCK_DGRAM | kind, protocol);
    if (fd < 0) {
        raw = true;
        fd = socket(to->any.sa_family, SOCK_RAW | kind, protocol);
        if (fd < 0)
            return false;
    }
    setsockopt(fd, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_RECVHOPLIMIT : IP_RECVTTL, &(int){ 1 },
               sizeof(int));
    return connect(fd, &to->any, address_size(to)) == 0;
}

static int run(struct args *a)
{
    static struct resolved found;
    static unsigned interval = 1000, wait = 10000, port;
    static uint64_t number = UINT64_MAX, size = SIZE_USUAL;
    const union address *to = found.list;
    host = a->word[0];
    if (a->words != 1)
        return applet_usage(a);
    if (!reach_seconds(a, 'i', &interval) || !reach_seconds(a, 'W', &wait) ||
        (a->option['c'] != NULL && !applet_number(a->option['c'], UINT32_MAX, &number)) ||
        (a->option['s'] != NULL && !applet_number(a->option['s'], SIZE_MOST, &size)) ||
        !reach_host(host, 0, &found))
        return 1;
    while (a->option[to->any.sa_family == AF_INET ? '6' : '4'] != NULL && --found.n != 0)
        to++;
    v6 = to->any.sa_family == AF_INET6;
    if (found.n == 0)
        return applet_wrong(host, "no such address");
    if (!open_socket(to))
        return applet_failed(raw && errno == EPERM ? "net.ipv4.ping_group_range" : host);
    address_text(to, text, &port);
    out_format("PING %s (%s) %u data bytes\n", host, text, (unsigned)size);
    sigaction(SIGINT, &(struct sigaction){ .sa_handler = stop }, NULL);
    uint64_t start = now(), next = start;
    while (stopped == 0 && received < number) {
        uint64_t t = now();
        if (t >= next) {
            if (sent == number)
                break;
            ask((size_t)size);
            next = t + (sent == number ? wait : interval) * UINT64_C(1000);
        }
        out_flush();
        poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1,
             next > t ? (int)((next - t) / 1000) + 1 : 0);
        take(a->option['q'] != NULL);
    }
    out_format("\n--- %s ping statistics ---\n"
               "%u packets transmitted, %u received, %u%% packet loss, time %ums\n",
               host, sent, received, (sent - received) * 100 / (sent + !sent),
               (unsigned)(now() - start) / 1000);
    if (received == 0)
        return 1;
    put_ms("rtt min/avg/max = ", least);
    put_ms("/", (unsigned)(sum / received));
    put_ms("/", most);
    out_text(" ms\n");
    return 0;
}

const struct applet applet_ping = {
    "ping", " 46c:i:qs:W:",
    "[-46q] [-c COUNT] [-i SECONDS] [-s SIZE] [-W SECONDS] HOST\nSee whether a host answers", run,
    false
};
