#include "applets/ss.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "applets/input.h"
#include "applets/memory.h"
#include "applets/out.h"
#include "applets/reach.h"
#include "applets/rows.h"
#include "applets/walk.h"
#include "base/text.h"

enum { HEADS = 4096, ROOM = 256, DIGITS = 8 };
enum { ESTABLISHED = 1, SYN_RECEIVED = 3, TIME_WAIT = 6, CLOSED = 7, LISTENING = 10 };

const char *ss_numbers(const char *line, uint32_t to[SS_NUMBERS + 1], unsigned n, unsigned split)
{
    for (unsigned i = 0; i < n; i++) {
        unsigned digits = 0, v = 0, decimal = 0;
        while (*line == ' ' || *line == ':')
            line++;
        for (;; line++, digits++) {
            unsigned digit = (uint8_t)*line - (unsigned)'0';
            if (digit > 9)
                digit = (*line | 0x20u) - 'a' + 10;
            if (digit > 15)
                break;
            if (digits == DIGITS && i + 1 < split) {
                to[i++] = v;
                digits = 0;
            }
            v = v << 4 | digit;
            decimal = decimal * 10 + digit;
        }
        if (digits == 0)
            return NULL;
        to[i] = v;
        to[n] = decimal;
    }
    return line;
}

/* --- whose --- */
struct owner {
    struct owner *next;
    const char *pid, *fd;
    uint32_t inode;
};
static struct owner *owners[HEADS];
static char text[ROOM];

static void find_owners(void)
{
    static struct names pids;
    static struct arena memory;
    static struct names fds;
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    walk_names(proc, &pids);
    for (size_t i = 0; i < pids.n; i++) {
        size_t k = fds.n;        /* those before stay, as their names are wanted */
        if (*pids.list[i] > '9') /* self, and what is no process */
            continue;
        text_format(text, ROOM, "%s/fd", pids.list[i]);
        int dir = openat(proc, text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        walk_names(dir, &fds);
        for (; k < fds.n; k++) {
            struct owner *o = NULL;
            ssize_t n = readlinkat(dir, fds.list[k], text, ROOM - 1);
            if (n > 9 && *text == 's') /* socket:[…]; a path begins with a slash */
                o = arena_take(&memory, sizeof *o);
            if (o == NULL)
                continue;
            for (char *p = text + 8; *p >= '0' && *p <= '9'; p++)
                o->inode = o->inode * 10 + (uint32_t)(*p - '0');
            o->pid = pids.list[i];
            o->fd = fds.list[k];
            o->next = owners[o->inode % HEADS];
            owners[o->inode % HEADS] = o;
        }
        close(dir);
    }
}

static void put_owners(uint32_t inode)
{
    const char *before = " users:((\"";
    for (const struct owner *o = owners[inode % HEADS]; o != NULL; o = o->next) {
        if (o->inode != inode)
            continue;
        text_format(text, ROOM, "/proc/%s/comm", o->pid);
        int fd = open(text, O_RDONLY | O_CLOEXEC);
        ssize_t n = read(fd, text, ROOM);
        close(fd);
        text[n > 0 ? n - 1 : 0] = 0;
        out_text(before);
        out_name(text);
        out_format("\",pid=%s,fd=%s)", o->pid, o->fd);
        before = ",(\"";
    }
    if (*before == ',')
        out_char(')');
}

/* --- output --- */
static const char states[] =
    "\1ESTAB\0\2SYN-SENT\0\3SYN-RECV\0\4FIN-WAIT-1\0\5FIN-WAIT-2\0\6TIME-WAIT\0"
    "\7UNCONN\0\10CLOSE-WAIT\0\11LAST-ACK\0\12LISTEN\0\13CLOSING\0";

static void put_address(const uint32_t *ip, unsigned words)
{
    static union address a;
    static char whole[ADDRESS_MAX + 16];
    static unsigned unused;
    address_ip(&a, span_of(ip, words * sizeof *ip));
    address_text(&a, text, &unused);
    bool colons = strchr(text, ':') != NULL;
    size_t n = text_format(whole, sizeof whole, colons ? "[%s]:%u" : "%s:%u", text, ip[words]);
    if (ip[words] == 0)
        whole[n - 1] = '*';
    out_format(" %-23s", whole);
}

/* One of the files: the option's letter, its name. False: it is not there. */
static bool show(const struct args *a, const char *file, unsigned skip, unsigned wanted)
{
    static struct input in;
    static struct span line;
    static uint32_t w[SS_NUMBERS + 1];
    bool v6 = file[4] == '6', local = *file == 'x';
    unsigned words = v6 ? 4 : 1, n = local ? 7 : 12 + 2 * words;
    const uint32_t *state = w + 3 + (size_t)2 * words; /* and the bytes that wait */
    text_format(text, ROOM, "/proc/%s/net/%s", a->words != 0 ? a->word[0] : "self", file + 1);
    input_start(&in, open(text, O_RDONLY | O_CLOEXEC), file);
    if (in.fd < 0)
        return false;
    while (input_line(&in, &line)) {
        const char *rest = in.ended ? ss_numbers((const char *)line.p, w, n, v6 ? 10 : 0) : NULL;
        unsigned shown = *state, received = state[2], sent = state[1];
        if (local) { /* flags; SS_UNCONNECTED or SS_CONNECTED */
            shown = w[3] != 0 ? LISTENING : shown == 1 ? CLOSED : ESTABLISHED;
            received = sent = 0;
        }
        if (rest == NULL || !(wanted >> (shown & 31) & 1))
            continue;
        text_format(text, ROOM, "%-5.*s %-10s %-6u %-6u", 3 + local, file + 1,
                    reach_named(states, shown, "?"), received, sent);
        out_text(text + skip);
        if (local) {
            span_copy_text(span_of(rest, (size_t)((const char *)line.p + line.n - rest)), text,
                           ROOM);
            out_name(*text != 0 ? text : " *");
            out_format(" %u * 0", w[n]);
        } else {
            put_address(w + 1, words);
            put_address(w + 2 + words, words);
        }
        if (a->option['p'] != NULL)
            put_owners(w[n]);
        out_char('\n');
    }
    input_close(&in);
    return true;
}

static int run(struct args *a)
{
    static const char files[][7] = { "ttcp", "ttcp6", "uudp", "uudp6", "xunix" };
    static const char head[] =
        "Netid State      Recv-Q Send-Q Local Address:Port      Peer Address:Port       Process\n";
    unsigned kinds = (a->option['t'] != NULL) + (a->option['u'] != NULL) + (a->option['x'] != NULL);
    unsigned wanted = ~(1u << LISTENING | 1 << CLOSED | 1 << TIME_WAIT | 1 << SYN_RECEIVED);
    unsigned skip = kinds == 1 ? 6 : 0; /* the first column, where that is known */
    bool any = false;
    if (a->option['l'] != NULL)
        wanted = 1 << LISTENING | 1 << CLOSED;
    if (a->option['a'] != NULL)
        wanted = ~0u;
    if (a->option['p'] != NULL)
        find_owners();
    out_text(head + skip);
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++)
        if (kinds == 0 || a->option[(unsigned char)files[i][0]] != NULL)
            any |= show(a, files[i], skip, wanted);
    return any ? 0 : applet_wrong("/proc", "has no list of sockets");
}

const struct applet applet_ss = {
    "ss", " alnptux", "[-alnptux] [PID]\nShow sockets (-a: all, -l: listening, -p: whose)", run,
    false
};
