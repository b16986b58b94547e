#include "process/zone.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "base/wire.h"

enum { HOUR = 3600, CHANGE_USUAL = 2 * HOUR, DAY = 86400, WEEK = 7 };
enum { FILE_ROOM = 16384, PATH_ROOM = 256 };

/* --- the calendar, in days since 1970 --- */
static int64_t new_year(int64_t year)
{
    int64_t before = year - 1;
    return 365 * (year - 1970) + before / 4 - before / 100 + before / 400 - 477;
}

static int64_t year_of(int64_t day)
{
    int64_t year = 1970 + day * 400 / 146097;
    if (new_year(year) > day)
        return year - 1;
    return new_year(year + 1) <= day ? year + 1 : year;
}

static int64_t month_start(int64_t year, int64_t month)
{
    int64_t leap = new_year(year + 1) - new_year(year) - 365;
    return new_year(year) + (367 * month - 362) / 12 - (month > 2 ? 2 - leap : 0);
}

/* --- a rule, such as CET-1CEST,M3.5.0,M10.5.0/3. Each takes what it reads off the text. --- */
static bool take(const char **text, char c)
{
    bool is = **text == c;
    *text += is;
    return is;
}

static int64_t take_digits(const char **text)
{
    int64_t v = 0;
    for (; **text >= '0' && **text <= '9' && v < DAY; ++*text)
        v = v * 10 + (**text - '0');
    return v;
}

/* [+-]hours[:minutes[:seconds]] */
static int64_t take_time(const char **text)
{
    int64_t sign = take(text, '-') ? -1 : 1, v = 0;
    take(text, '+');
    for (int64_t unit = HOUR; unit != 0; unit = take(text, ':') ? unit / 60 : 0)
        v += unit * take_digits(text);
    return sign * v;
}

/* Letters, or anything between < and >. */
static void take_name(const char **text, char name[ZONE_NAME_ROOM])
{
    size_t n = 0;
    bool quoted = take(text, '<');
    for (char c;
         (c = **text) != 0 && c != '>' && (quoted || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'));
         ++*text)
        if (n < ZONE_NAME_ROOM - 1)
            name[n++] = c;
    take(text, '>');
    name[n] = 0;
}

/* When in that year, by its own clock: Mmonth.week.weekday, Jday (without February 29) or day (from 0), each perhaps with a /time. */
static int64_t take_change(const char **text, int64_t year)
{
    int64_t day;
    if (take(text, 'M')) {
        int64_t month = take_digits(text), next = month_start(year, month + 1);
        take(text, '.');
        int64_t week = take_digits(text);
        take(text, '.');
        day = month_start(year, month);
        day += (take_digits(text) + WEEK - (day + 4) % WEEK) % WEEK + WEEK * (week - 1);
        if (day >= next)
            day -= WEEK;
    } else if (take(text, 'J')) {
        day = take_digits(text) - 1;
        day += day < 59 ? new_year(year) : month_start(year, 3) - 59;
    } else {
        day = new_year(year) + take_digits(text);
    }
    return day * DAY + (take(text, '/') ? take_time(text) : CHANGE_USUAL);
}

static bool by_rule(struct zone *z, const char *text, int64_t t)
{
    struct zone summer;
    take_name(&text, z->name);
    const char *before = text;
    z->east = (int32_t)-take_time(&text);
    if (z->name[0] == 0 || text == before)
        return false;
    take_name(&text, summer.name);
    summer.east = z->east + HOUR;
    if (*text != 0 && *text != ',' && *text != '\n')
        summer.east = (int32_t)-take_time(&text);
    if (summer.name[0] == 0 || !take(&text, ','))
        return true;
    int64_t year = year_of((t + z->east) / DAY), begin = take_change(&text, year) - z->east;
    take(&text, ',');
    int64_t end = take_change(&text, year) - summer.east;
    if (begin < end ? t >= begin && t < end : t >= begin || t < end)
        *z = summer;
    return true;
}

/* --- a file --- */
static int64_t change_at(struct span times, bool wide, size_t i)
{
    const uint8_t *p = times.p + i * (wide ? 8 : 4);
    int64_t v = (int32_t)load_u32(p);
    return wide ? v * ((int64_t)UINT32_MAX + 1) + load_u32(p + 4) : v;
}

/* Everything is there twice, the second time with times of 64 bits and, for all after the last of them, a rule. */
static bool by_file(struct zone *z, struct span file, int64_t t)
{
    enum { UTC, STANDARD, LEAPS, TIMES, TYPES, LETTERS, COUNTS };
    struct reader r = reader_of(file);
    struct span times, which, types, letters;
    bool wide = false;
    for (;; wide = true) {
        uint32_t n[COUNTS];
        size_t width = wide ? 8 : 4;
        bool more = span_is(get_bytes(&r, 4), "TZif") && get_byte(&r) != 0;
        get_bytes(&r, 15);
        for (unsigned i = 0; i < COUNTS; i++)
            if ((n[i] = get_u32(&r)) > FILE_ROOM)
                return false;
        times = get_bytes(&r, width * n[TIMES]);
        which = get_bytes(&r, n[TIMES]);
        types = get_bytes(&r, (size_t)6 * n[TYPES]);
        letters = get_bytes(&r, n[LETTERS]);
        get_bytes(&r, (width + 4) * n[LEAPS] + n[STANDARD] + n[UTC]);
        if (wide || !more)
            break;
    }
    size_t i = 0;
    while (i < which.n && change_at(times, wide, i) <= t)
        i++;
    if (r.bad || (i == which.n && wide && get_byte(&r) == '\n' && by_rule(z, (const char *)r.p, t)))
        return !r.bad;
    size_t type = i != 0 ? 6 * (size_t)which.p[i - 1] : 0;
    if (type + 6 > types.n || types.p[type + 5] >= letters.n)
        return false;
    z->east = (int32_t)load_u32(types.p + type);
    const uint8_t *name = letters.p + types.p[type + 5];
    text_format(z->name, sizeof z->name, "%.*s", (int)(letters.p + letters.n - name),
                (const char *)name);
    return true;
}

static bool by_path(struct zone *z, const char *path, int64_t t)
{
    static uint8_t bytes[FILE_ROOM + 1];
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
    ssize_t n = read(fd, bytes, FILE_ROOM);
    close(fd);
    if (n <= 0)
        return false;
    bytes[n] = 0; /* of the rule */
    return by_file(z, span_of(bytes, (size_t)n), t);
}

void zone_at(struct zone *z, int64_t t)
{
    static const struct zone utc = { 0, "UTC" };
    char path[PATH_ROOM];
    const char *text = getenv("TZ");
    if (text == NULL || *text == 0)
        text = text == NULL ? "/etc/localtime" : "UTC0";
    bool known = *text != ':' && by_rule(z, text, t);
    text += *text == ':';
    text_format(path, sizeof path, *text == '/' ? "%s" : "/usr/share/zoneinfo/%s", text);
    if (!known && !by_path(z, path, t))
        *z = utc;
}
