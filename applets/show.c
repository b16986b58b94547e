#include "applets/show.h"

#include <string.h>
#include <time.h>

#include "base/text.h"
#include "process/user.h"

enum { CACHED = 64, NAME_ROOM = 33 };

void show_size(char to[8], uint64_t bytes)
{
    static const char units[] = "BKMGTPE";
    const char *unit = units;
    uint64_t tenths = bytes >> 60 != 0 ? (uint64_t)-1024 : bytes * 10; /* nobody has that */
    for (; tenths > 10230; unit++)
        tenths = (tenths + 1023) / 1024; /* up, as ls and du do */
    if (unit == units)
        text_format(to, 8, "%u", (unsigned)bytes);
    else if (tenths < 100)
        text_format(to, 8, "%u.%u%c", (unsigned)tenths / 10, (unsigned)tenths % 10, *unit);
    else
        text_format(to, 8, "%u%c", (unsigned)(tenths + 9) / 10, *unit);
}

/* --- names of numbers --- */
struct known {
    uint32_t id;
    bool valid;
    char name[NAME_ROOM];
};

static const char *name_of(struct known *k, uint32_t id, bool (*find)(uint32_t, char *, size_t))
{
    k += id % CACHED;
    if (!k->valid || k->id != id) {
        k->valid = true;
        k->id = id;
        if (!find(id, k->name, sizeof k->name))
            text_format(k->name, sizeof k->name, "%u", id);
    }
    return k->name;
}

const char *show_user(uid_t uid)
{
    static struct known users[CACHED];
    return name_of(users, uid, user_name);
}

const char *show_group(gid_t gid)
{
    static struct known groups[CACHED];
    return name_of(groups, gid, group_name);
}

/* --- time --- */
static const char days[] = "SunMonTueWedThuFriSat";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

struct moment {
    struct tm tm;
    int64_t seconds;
    uint32_t nanoseconds;
};

static size_t put_zone(char *to, size_t room, long east)
{
    unsigned minutes = (unsigned)(east < 0 ? -east : east) / 60;
    return text_format(to, room, "%c%02u%02u", east < 0 ? '-' : '+', minutes / 60, minutes % 60);
}

/* Those that are as the calendar has them. */
#define AT(field) offsetof(struct tm, field)
static const struct {
    char letter;
    uint8_t digits, at, more;
} numbers[] = {
    { 'd', 2, AT(tm_mday), 0 }, { 'e', 2, AT(tm_mday), 0 }, { 'H', 2, AT(tm_hour), 0 },
    { 'j', 3, AT(tm_yday), 1 }, { 'm', 2, AT(tm_mon), 1 },  { 'M', 2, AT(tm_min), 0 },
    { 'S', 2, AT(tm_sec), 0 },
};

static size_t put_number(char *to, size_t room, const struct tm *t, char c)
{
    for (unsigned i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (numbers[i].letter == c) {
            const void *at = (const char *)t + numbers[i].at;
            return text_format(to, room, c == 'e' ? "%*d" : "%0*d", numbers[i].digits,
                               *(const int *)at + numbers[i].more);
        }
    return text_format(to, room, c == '%' ? "%c" : "%%%c", c);
}

static size_t put_all(char *to, size_t room, const char *format, const struct moment *m);

static size_t put_one(char *to, size_t room, const struct moment *m, char c)
{
    const struct tm *t = &m->tm;
    switch (c) {
    case 'a':
        return text_format(to, room, "%.3s", days + (size_t)3 * (size_t)t->tm_wday);
    case 'b':
        return text_format(to, room, "%.3s", months + (size_t)3 * (size_t)t->tm_mon);
    case 'F':
        return put_all(to, room, "%Y-%m-%d", m);
    case 'R':
        return put_all(to, room, "%H:%M", m);
    case 'T':
        return put_all(to, room, "%H:%M:%S", m);
    case 'N':
        return text_format(to, room, "%09u", m->nanoseconds);
    case 's':
        return text_format(to, room, "%lld", (long long)m->seconds);
    case 'Y':
        return text_format(to, room, "%lld", (long long)t->tm_year + 1900);
    case 'z':
        return put_zone(to, room, t->tm_gmtoff);
    case 'Z':
        return text_format(to, room, "%s", t->tm_zone);
    default:
        return put_number(to, room, t, c);
    }
}

static size_t put_all(char *to, size_t room, const char *format, const struct moment *m)
{
    size_t n = 0;
    for (; *format != 0; format++) {
        if (*format == '%' && format[1] != 0)
            n += put_one(to + n, room - n, m, *++format);
        else
            n += text_format(to + n, room - n, "%c", *format);
    }
    return n;
}

size_t show_time(char *to, size_t room, const char *format, int64_t seconds, uint32_t nanoseconds,
                 bool utc)
{
    static struct moment m;
    time_t t = (time_t)seconds;
    to[0] = 0;
    m.seconds = seconds;
    m.nanoseconds = nanoseconds;
    if ((utc ? gmtime_r(&t, &m.tm) : localtime_r(&t, &m.tm)) == NULL)
        return text_format(to, room, "%lld", (long long)seconds); /* a year beyond what int holds */
    return put_all(to, room, format, &m);
}
