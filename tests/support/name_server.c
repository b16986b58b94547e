#include "tests/support/name_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/wire.h"

enum { SERVERS = 3, HEADER = 12, A = 1, CNAME = 5, AAAA = 28 };

/* What was asked, and where the answer goes to. */
struct question {
    const uint8_t *p;
    size_t n; /* header and question */
    char name[260];
    unsigned type, server;
    bool tcp;
    int fd;
    struct sockaddr_in from;
};

static const uint8_t right4[4] = { 192, 0, 2, 1 }, wrong4[4] = { 192, 0, 2, 66 };
static const uint8_t right6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };

static struct span right(const struct question *q)
{
    return q->type == A ? span_of(right4, 4) : span_of(right6, 16);
}

static struct span wrong(const struct question *q)
{
    static const uint8_t wrong6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 66 };
    return q->type == A ? span_of(wrong4, 4) : span_of(wrong6, 16);
}

/* --- messages --- */
static struct writer start(const struct question *q, uint8_t *room, size_t n, unsigned answers)
{
    struct writer w = writer_of(room, n);
    put_bytes(&w, q->p, q->n);
    room[2] |= 0x80;
    room[3] |= 0x80;
    room[6] = (uint8_t)(answers >> 8);
    room[7] = (uint8_t)answers;
    return w;
}

static void put_u16(struct writer *w, unsigned v)
{
    put_byte(w, (uint8_t)(v >> 8));
    put_byte(w, (uint8_t)v);
}

static void put_record(struct writer *w, unsigned type, unsigned class, struct span data)
{
    put_u16(w, 0xc000 | HEADER); /* the name of the question */
    put_u16(w, type);
    put_u16(w, class);
    put_u32(w, 60);
    put_u16(w, (unsigned)data.n);
    put_bytes(w, data.p, data.n);
}

static void reply(const struct question *q, struct writer *w)
{
    uint8_t length[2] = { (uint8_t)(writer_used(w) >> 8), (uint8_t)writer_used(w) };
    if (q->tcp) {
        send(q->fd, length, 2, MSG_NOSIGNAL);
        send(q->fd, w->start, writer_used(w), MSG_NOSIGNAL);
    } else {
        sendto(q->fd, w->start, writer_used(w), 0, (const struct sockaddr *)&q->from,
               sizeof q->from);
    }
}

static void reply_with(const struct question *q, uint8_t rcode, struct span data)
{
    uint8_t room[1024];
    struct writer w = start(q, room, sizeof room, data.n != 0);
    room[3] |= rcode;
    if (data.n != 0)
        put_record(&w, q->type, 1, data);
    reply(q, &w);
}

/* --- what must be taken for nothing: the right answer comes behind it --- */
static void forge(const struct question *q, const char *how)
{
    uint8_t room[1024];
    struct question other = *q;
    struct writer w = start(q, room, sizeof room, 1);
    put_record(&w, q->type, 1, wrong(q));
    if (strcmp(how, "wrong-id") == 0)
        room[1] ^= 1;
    else if (strcmp(how, "wrong-name") == 0)
        room[HEADER + 1] ^= 1;
    else if (strcmp(how, "wrong-type") == 0)
        room[q->n - 3] = 16;
    else if (strcmp(how, "wrong-question-class") == 0)
        room[q->n - 1] = 3;
    else if (strcmp(how, "no-response") == 0)
        room[2] &= 0x7f;
    else if (strcmp(how, "wrong-opcode") == 0)
        room[2] |= 0x10;
    else if (strcmp(how, "two-questions") == 0)
        room[5] = 2;
    else if (strcmp(how, "short") == 0)
        w.p = w.start + 11;
    else if (strcmp(how, "cut-question") == 0)
        w.p = w.start + q->n - 1;
    else if (strcmp(how, "empty") == 0)
        w.p = w.start;
    if (strcmp(how, "wrong-port") == 0)
        other.fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    reply(&other, &w);
    if (other.fd != q->fd)
        close(other.fd);
    reply_with(q, 0, right(q));
}

/* --- right messages with wrong records --- */
static void damage(const struct question *q, const char *how)
{
    static const uint8_t zeros[40];
    uint8_t room[1024];
    struct writer w = start(q, room, sizeof room, 2);
    if (strcmp(how, "records-then-rubbish") == 0) {
        put_record(&w, q->type, 1, right(q));
        put_bytes(&w, "\xff", 1);
    } else if (strcmp(how, "bad-pointer") == 0) {
        put_u16(&w, 0xffff); /* far behind the end: a name that need not be read */
        put_bytes(&w, room + q->n - 4, 4);
        put_u32(&w, 60);
        put_u16(&w, (unsigned)right(q).n);
        put_bytes(&w, right(q).p, right(q).n);
        room[7] = 1;
    } else if (strcmp(how, "pointer-loop") == 0) {
        for (int i = 0; i < 3; i++)
            put_u16(&w, 0xc000 | (unsigned)writer_used(&w));
    } else if (strcmp(how, "huge-count") == 0) {
        room[6] = room[7] = 0xff;
    } else if (strcmp(how, "label-past-end") == 0) {
        put_bytes(&w,
                  "\x3f"
                  "abc",
                  4);
    } else if (strcmp(how, "data-past-end") == 0) {
        put_record(&w, q->type, 1, wrong(q));
        w.p--;
    } else if (strcmp(how, "reserved-label") == 0) {
        put_bytes(&w, "\x80\x40\x01", 3);
    }
    if (strcmp(how, "wrong-records") == 0) {
        put_record(&w, q->type, 3, wrong(q));
        put_record(&w, q->type, 1, span_of(zeros, q->type == A ? 16 : 4));
        put_record(&w, q->type == A ? AAAA : A, 1, span_of(zeros, q->type == A ? 16 : 4));
        put_record(&w, q->type, 1, span_of(zeros, 0));
        put_record(&w, 16, 1, span_of(zeros, 40));
        put_record(&w, q->type, 1, right(q));
        room[7] = 6;
    }
    reply(q, &w);
}

static void many(const struct question *q, unsigned n)
{
    uint8_t room[4096], data[16];
    struct writer w = start(q, room, sizeof room, n);
    for (unsigned i = 1; i <= n; i++) {
        memcpy(data, right(q).p, right(q).n);
        data[right(q).n - 1] = (uint8_t)i;
        put_record(&w, q->type, 1, span_of(data, right(q).n));
    }
    reply(q, &w);
}

/* Two aliases, the second by a pointer into the data of the first. */
static void chain(const struct question *q)
{
    uint8_t room[1024];
    struct writer w = start(q, room, sizeof room, 3);
    put_record(&w, CNAME, 1,
               span_of("\x05"
                       "other\x04"
                       "test",
                       12));
    unsigned other = (unsigned)writer_used(&w) - 12;
    put_u16(&w, 0xc000 | other);
    put_u16(&w, CNAME);
    put_u16(&w, 1);
    put_u32(&w, 60);
    put_u16(&w, 8);
    put_bytes(&w,
              "\x05"
              "third",
              6);
    put_u16(&w, 0xc000 | (other + 6));
    put_u16(&w, 0xc000 | (unsigned)(writer_used(&w) - 8));
    put_bytes(&w, room + q->n - 4, 4);
    put_u32(&w, 60);
    put_u16(&w, (unsigned)right(q).n);
    put_bytes(&w, right(q).p, right(q).n);
    reply(q, &w);
}

/* A datagram that is marked as cut, with so many records; all is well over TCP. */
static void cut(const struct question *q, bool some, bool tcp)
{
    uint8_t room[1024];
    struct writer w = start(q, room, sizeof room, some);
    if (q->tcp && !tcp)
        return;
    if (q->tcp) {
        many(q, 100);
        return;
    }
    room[2] |= 2;
    if (some)
        put_record(&w, q->type, 1, right(q));
    reply(q, &w);
}

static void answer(const struct question *q)
{
    static const char *const forged[] = { "wrong-id",    "wrong-name",          "wrong-type",
                                          "no-response", "wrong-opcode",        "two-questions",
                                          "short",       "cut-question",        "empty",
                                          "wrong-port",  "wrong-question-class" };
    char how[64];
    size_t n = strcspn(q->name, ".");
    if (n >= sizeof how)
        n = sizeof how - 1;
    memcpy(how, q->name, n);
    how[n] = 0;
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++)
        if (strcmp(how, forged[i]) == 0) {
            forge(q, how);
            return;
        }
    bool first = q->server == 1;
    if (strncasecmp(how, "ok", 2) == 0 || (q->type == A && strcmp(how, "only4") == 0) ||
        (q->type == AAAA && strcmp(how, "only6") == 0) ||
        (q->type == A && (strcmp(how, "silent6") == 0 || strcmp(how, "fail6") == 0)) ||
        (!first && strncmp(how, "first-", 6) == 0) || strstr(q->name, ".found.test") != NULL)
        reply_with(q, 0, right(q));
    else if (strcmp(how, "nodata") == 0 || strncmp(how, "only", 4) == 0)
        reply_with(q, 0, span_of(NULL, 0));
    else if (strcmp(how, "servfail") == 0 || strcmp(how, "first-servfail") == 0 ||
             strcmp(how, "fail6") == 0)
        reply_with(q, 2, wrong(q));
    else if (strcmp(how, "first-refused") == 0)
        reply_with(q, 5, wrong(q));
    else if (strcmp(how, "many") == 0)
        many(q, 20);
    else if (strcmp(how, "chain") == 0)
        chain(q);
    else if (strncmp(how, "cut-", 4) == 0)
        cut(q, strcmp(how, "cut-some") == 0, strcmp(how, "cut-none") != 0);
    else if (strstr(how, "silent") == NULL && strcmp(how, "nx") != 0 &&
             strstr(q->name, "damage") != NULL)
        damage(q, how);
    else if (strstr(how, "silent") == NULL)
        reply_with(q, 3, wrong(q));
}

/* --- the server --- */
static void take(struct name_server *s, struct question *q, size_t n)
{
    size_t used = 0;
    uint8_t length;
    q->n = HEADER;
    while (q->n < n && (length = q->p[q->n++]) != 0 && q->n + length < n &&
           used + length + 2 < sizeof q->name) {
        if (used != 0)
            q->name[used++] = '.';
        memcpy(q->name + used, q->p + q->n, length);
        used += length;
        q->n += length;
    }
    q->name[used] = 0;
    q->n += 4;
    if (q->n != n)
        return;
    q->type = q->p[n - 3];
    unsigned line = s->log->n;
    if (line < sizeof s->log->lines / sizeof *s->log->lines) {
        snprintf(s->log->lines[line], sizeof *s->log->lines, "%u %c %s %s", q->server,
                 q->tcp ? 't' : 'u', q->type == A ? "A" : "AAAA", q->name);
        s->log->n++;
    }
    answer(q);
}

static _Noreturn void serve(struct name_server *s, const int udp[SERVERS], const int tcp[SERVERS])
{
    static uint8_t bytes[4096];
    struct pollfd p[2 * SERVERS];
    for (int i = 0; i < SERVERS; i++) {
        p[i] = (struct pollfd){ .fd = udp[i], .events = POLLIN };
        p[SERVERS + i] = (struct pollfd){ .fd = tcp[i], .events = POLLIN };
    }
    for (;;) {
        poll(p, 2 * SERVERS, -1);
        for (unsigned i = 0; i < 2 * SERVERS; i++) {
            struct question q = { .p = bytes, .server = i % SERVERS + 1, .fd = p[i].fd };
            socklen_t size = sizeof q.from;
            if (!(p[i].revents & POLLIN))
                continue;
            q.tcp = i >= SERVERS;
            if (!q.tcp) {
                ssize_t n =
                    recvfrom(q.fd, bytes, sizeof bytes, 0, (struct sockaddr *)&q.from, &size);
                take(s, &q, n < 0 ? 0 : (size_t)n);
                continue;
            }
            q.fd = accept(q.fd, NULL, NULL);
            if (recv(q.fd, bytes, 2, MSG_WAITALL) == 2) {
                size_t n = (size_t)bytes[0] << 8 | bytes[1];
                if (n <= sizeof bytes && recv(q.fd, bytes, n, MSG_WAITALL) == (ssize_t)n)
                    take(s, &q, n);
            }
            close(q.fd);
        }
    }
}

/* The same port for all of them: the first is chosen by the kernel. */
static bool open_all(uint16_t *port, int udp[SERVERS], int tcp[SERVERS])
{
    bool all = true;
    for (unsigned i = 0; i < 2 * SERVERS; i++) {
        struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(*port) };
        socklen_t n = sizeof a;
        int fd = socket(AF_INET, (i < SERVERS ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
        (i < SERVERS ? udp : tcp)[i % SERVERS] = fd;
        a.sin_addr.s_addr = htonl(0x7f000001 + i % SERVERS);
        all = all && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
              (i < SERVERS || listen(fd, 8) == 0) &&
              getsockname(fd, (struct sockaddr *)&a, &n) == 0;
        *port = ntohs(a.sin_port);
    }
    return all;
}

bool name_server_start(struct name_server *s)
{
    int udp[SERVERS], tcp[SERVERS];
    pid_t parent = getpid();
    s->log = mmap(NULL, sizeof *s->log, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (s->log == MAP_FAILED)
        return false;
    bool open = false;
    for (int tries = 0; tries < 20 && !open; tries++) {
        s->port = 0;
        open = open_all(&s->port, udp, tcp);
        for (int i = 0; i < SERVERS && !open; i++) {
            close(udp[i]);
            close(tcp[i]);
        }
    }
    if (!open)
        return false;
    s->pid = fork();
    if (s->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        serve(s, udp, tcp);
    }
    for (int i = 0; i < SERVERS; i++) {
        close(udp[i]);
        close(tcp[i]);
    }
    return s->pid > 0;
}

void name_server_stop(struct name_server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    munmap(s->log, sizeof *s->log);
}
