/* Links, addresses and routes, as iproute2 shows them; rtnetlink(7) has the structs. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "applets/out.h"
#include "applets/reach.h"
#include "applets/rows.h"
#include "base/text.h"
#include "network/address.h"

struct link_head {
    uint8_t family, low_type; /* that is ours: nothing is there */
    uint16_t type;
    uint32_t index, flags, change;
};
struct route_head {
    uint8_t family, bits, from_bits, service, table, protocol, scope, type;
    uint32_t flags;
};
enum {
    UP = 1,
    RUNNING = 64,
    MAIN_TABLE = 254,
    CLONED = 0x200,
    /* attributes that are not in the tables below alone */
    LOCAL = 2,
    ROUTE_LINK = 4,
    /* of those tables */
    LABEL = 2,
    IS_ATTRIBUTE = 64,
};

/* What a line is made of. A part has a kind, where its value is ('0' and so on: at that byte of the head; '@' and so on:
 * the attribute of that number), and a text to go before it. Without its attribute it is left out.
 *   i an address    x an address of hardware    D a number    L the link of that number    s a text    m only the label
 *   b a byte, unless it is 0 or 255    p an address, unless the local one is the same
 * With a table behind them, which ends in an empty text:
 *   n a byte that stands for something: one more than it, and what that is; left out when it is not in there
 *   F bits, as numbers that count from 1, and their names */
static const char link_line[] =
    "D4\0"
    "sC: \0"
    "DE@if\0"
    "F8: <\0\40NO-CARRIER\0\4LOOPBACK\0\2BROADCAST\0\5POINTOPOINT\0\15MULTICAST\0\10NOARP\0"
    "\11PROMISC\0\1UP\0\21LOWER_UP\0\0"
    "DD> mtu \0"
    "sF qdisc \0"
    "LJ master \0"
    "nP state \0\1UNKNOWN\0\3DOWN\0\4LOWERLAYERDOWN\0\7UP\0\0"
    "DM qlen \0"
    "m0\n    link/\0"
    "n1\0\2ether\0\5loopback\0\377none\0\0"
    "xA \0"
    "xB brd \0";
static const char address_line[] = "n0    \0\3inet \0\13inet6 \0\0"
                                   "iB\0"
                                   "pA\0"
                                   "b1/\0"
                                   "iD brd \0"
                                   "n3 scope \0\1global\0\311site\0\376link\0\377host\0\0"
                                   "FH \0\1secondary\0\4dadfailed\0\6deprecated\0\7tentative\0\0"
                                   "sC \0";
static const char route_line[] = "n7\0\7blackhole \0\10unreachable \0\11prohibit \0\0"
                                 "n1\0\1default\0\0"
                                 "iA\0"
                                 "b1/\0"
                                 "iE via \0"
                                 "mI via several\0"
                                 "LD dev \0"
                                 "n5 proto \0\3kernel\0\5static\0\12ra\0\21dhcp\0\273bgp\0\0"
                                 "n6 scope \0\311site\0\376link\0\377host\0\0"
                                 "iG src \0"
                                 "DF metric \0"
                                 "F8 \0\1dead\0\3onlink\0\5linkdown\0\0";

/* --- rtnetlink: a message at a time, which is read where it lies --- */
struct message {
    uint32_t length;
    uint16_t type, flags;
    uint32_t sequence, port;
};
struct attribute {
    uint16_t length, type;
};

/* What is asked for, and the length of the heads in the answers. */
enum { LINKS = 18, ADDRESSES = 22, ROUTES = 26, LINK_HEAD = 16, ADDRESS_HEAD = 8, ROUTE_HEAD = 12 };
enum { DUMP = 0x301, DONE = 3, LEAST = 20, ROOM = 32 * 1024, UNIT = 4 };

static uint8_t *head;                   /* of the message … */
static const uint8_t *attributes, *end; /* … and what stands behind it */

static const char *device; /* the only one to show, or NULL */
static uint8_t family;
static bool any, with_addresses;

static size_t filled(size_t n)
{
    return (n + UNIT - 1) & ~(size_t)(UNIT - 1);
}

static struct span get(unsigned number)
{
    for (const uint8_t *p = attributes; end - p >= UNIT;) {
        const struct attribute *a = (const void *)p;
        if (a->length < UNIT || a->length > end - p)
            break;
        if (a->type == number)
            return span_of(a + 1, a->length - (size_t)UNIT);
        p += filled(a->length);
    }
    return span_of(NULL, 0);
}

static void put_message(unsigned kind, uint32_t link);

/* False, with errno: not all came. `link`: the one whose addresses these are. */
static bool list(unsigned kind, uint32_t link)
{
    static _Alignas(struct message) uint8_t rooms[2][ROOM + LINK_HEAD];
    static struct {
        struct message m;
        uint8_t family, zeros[15];
    } request = { { sizeof request, 0, DUMP, 0, 0 }, 0, { 0 } };
    uint8_t *const room = rooms[kind == ADDRESSES]; /* amid the links */
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0), error = -1;
    request.m.type = (uint16_t)kind;
    request.family = kind == LINKS ? 0 : family;
    send(fd, &request, sizeof request, 0);
    while (error < 0) {
        uint8_t *p = room;
        ssize_t n = recv(fd, p, ROOM, 0);
        if (n <= 0)
            error = errno;
        while (error < 0 && n >= LEAST) {
            const struct message *m = (const void *)p;
            size_t length = filled(m->length);
            head = p + sizeof *m;
            end = p + m->length;
            if (length < LEAST || (int64_t)m->length > n)
                error = EIO;
            else if (m->type <= DONE)
                error = -*(const int32_t *)(const void *)head;
            else
                put_message(kind, link);
            p += length;
            n -= (ssize_t)length;
        }
    }
    close(fd);
    errno = error;
    return error == 0;
}

/* --- output --- */
static const char *link_name(uint32_t index)
{
    static struct ifreq r;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    r.ifr_ifindex = (int)index;
    if (ioctl(fd, SIOCGIFNAME, &r) != 0)
        text_format(r.ifr_name, sizeof r.ifr_name, "if%u", index);
    close(fd);
    return r.ifr_name;
}

static const char *ip_text(struct span ip)
{
    static union address a;
    static char text[ADDRESS_MAX];
    static unsigned unused;
    if (ip.n != 4 && ip.n != 16)
        return "?";
    address_ip(&a, ip);
    address_text(&a, text, &unused);
    return text;
}

static void put_bits(const char *before, const char *table, uint32_t bits)
{
    for (; *table != 0; table += strlen(table) + 1)
        if (bits >> (*table - 1) & 1) {
            out_format("%s%s", before, table + 1);
            before = *before == ' ' ? before : ",";
        }
}

static uint32_t number_at(const uint8_t *p)
{
    return *(const uint32_t *)(const void *)p;
}

static void put_part(const char *part, const char *table, struct span s)
{
    const char *label = part + LABEL, *text = NULL;
    uint32_t number = *part >= 'a' ? *s.p : s.n < UNIT ? 0 : number_at(s.p);
    switch (*part) {
    case 'b':
        if ((uint8_t)(number + 1) < 2)
            return;
        /* fall through */
    case 'D':
        out_format("%s%u", label, number);
        return;
    case 'F':
        put_bits(label, table, number);
        return;
    case 'L':
        text = link_name(number);
        break;
    case 'n':
        text = reach_named(table, number + 1, NULL);
        break;
    case 'p':
        if (get(LOCAL).n != 0)
            label = " peer ";
        if (span_equal(s, get(LOCAL)))
            return;
        /* fall through */
    case 'i':
        text = ip_text(s);
        break;
    case 's':
        text = (const char *)s.p;
        if (s.p[s.n - 1] != 0)
            return;
        break;
    case 'm':
        text = "";
        break;
    default:
        out_text(label);
        for (label = ""; s.n != 0; s.n--, label = ":")
            out_format("%s%02x", label, *s.p++);
    }
    if (text != NULL)
        out_format("%s%s", label, text);
}

static void put_line(const char *part)
{
    while (*part != 0) {
        const char *table = part + strlen(part) + 1, *next = table;
        struct span s = part[1] & IS_ATTRIBUTE ? get(part[1] & ~IS_ATTRIBUTE)
                                               : span_of(head + part[1] - '0', UNIT);
        if (*part == 'n' || *part == 'F') {
            while (*next != 0)
                next += strlen(next) + 1;
            next++;
        }
        if (s.n != 0)
            put_part(part, table, s);
        part = next;
    }
    out_char('\n');
}

static bool is_other(uint32_t index)
{
    bool other = device != NULL && strcmp(link_name(index), device) != 0;
    any |= !other;
    return other;
}

static void put_link(void)
{
    struct link_head *h = (void *)head;
    uint32_t index = h->index;
    h->flags |= (uint32_t)((h->flags & (UP | RUNNING)) == UP) << 31;
    h->low_type = (uint8_t)h->type;
    put_line(link_line);
    if (with_addresses)
        list(ADDRESSES, index);
}

static void put_route(void)
{
    struct route_head *h = (void *)head;
    struct span link = get(ROUTE_LINK);
    if (h->table != MAIN_TABLE || h->flags & CLONED || h->family != family ||
        is_other(link.n != 0 ? number_at(link.p) : 0))
        return;
    if (h->bits == (family == AF_INET ? 32 : 128))
        h->bits = UINT8_MAX; /* not shown */
    put_line(route_line);
}

static void put_message(unsigned kind, uint32_t link)
{
    uint32_t index = number_at(head + UNIT); /* of links and addresses */
    attributes = head + (kind == LINKS ? LINK_HEAD : kind == ROUTES ? ROUTE_HEAD : ADDRESS_HEAD);
    if (kind == ROUTES)
        put_route();
    else if (kind == ADDRESSES && index == link)
        put_line(address_line);
    else if (kind == LINKS && !is_other(index))
        put_link();
}

/* Is it the beginning of one of those? */
static bool is_short_for(const char *word, const char *words)
{
    for (; word != NULL && *words != 0; words += strlen(words) + 1)
        if (strncmp(words, word, strlen(word)) == 0)
            return true;
    return false;
}

static int run(struct args *a)
{
    char **w = a->word;
    if (!is_short_for(*w, "address\0link\0route\0"))
        return applet_usage(a);
    bool routes = **w == 'r';
    with_addresses = **w++ == 'a';
    if (*w != NULL && !is_short_for(*w++, "show\0list\0ls\0"))
        return applet_wrong(w[-1], "this only shows");
    w += is_short_for(*w, "dev\0");
    device = *w;
    family = a->option['6'] != NULL ? AF_INET6 : routes || a->option['4'] != NULL ? AF_INET : 0;
    if (!list(routes ? ROUTES : LINKS, 0))
        return applet_failed(NULL);
    return any || routes ? 0 : applet_wrong(device, "no such device");
}

const struct applet applet_ip = {
    "ip", "46", "[-46] {address|link|route} [show [DEVICE]]\nShow links, addresses, routes", run,
    false
};
