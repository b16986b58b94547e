/* Section 7: the longname of an entry, as `ls -l` would print it. */
#include "sftp/internal.h"

#include <string.h>

#include "base/text.h"

enum { LINE_ROOM = 128, HALF_YEAR = 365 * 86400 / 2 };

const char *name_of(struct sftp *s, bool group, uint32_t id)
{
    struct known_name *k = &s->known[group][id % KNOWN_NAMES];
    if (!k->known || k->id != id) {
        bool (*look_up)(uint32_t, char *, size_t) =
            group ? s->config->group_name : s->config->user_name;
        k->id = id;
        k->known = true;
        if (look_up == NULL || !look_up(id, k->name, sizeof k->name))
            k->name[0] = 0;
    }
    return k->name;
}

/* A column of at least so many characters, and a blank behind it. */
static char *column(char *to, const char *text, size_t width, bool right)
{
    size_t n = strlen(text), blanks = n < width ? width - n : 0;
    memset(to, ' ', n + blanks + 1);
    memcpy(to + (right ? blanks : 0), text, n);
    return to + n + blanks + 1;
}

static char *number(char *to, uint64_t v, size_t width, bool right)
{
    char digits[TEXT_DECIMAL];
    return column(to, text_decimal(digits, v), width, right);
}

static char *owner(struct sftp *s, char *to, bool group, uint32_t id)
{
    const char *name = name_of(s, group, id);
    return name[0] != 0 ? column(to, name, 8, false) : number(to, id, 8, false);
}

static char *permissions(char *to, mode_t mode)
{
    static const char types[] = "?pc?d?b?-?l?s???", letters[] = "rwxrwxrwx";
    to[0] = types[mode >> 12 & 15];
    memcpy(to + 1, "---------", 9);
    for (unsigned i = 0; i < 9; i++)
        if (mode >> (8 - i) & 1)
            to[1 + i] = letters[i];
    if (mode & S_ISUID)
        to[3] = mode & S_IXUSR ? 's' : 'S';
    if (mode & S_ISGID)
        to[6] = mode & S_IXGRP ? 's' : 'S';
    if (mode & S_ISVTX)
        to[9] = mode & S_IXOTH ? 't' : 'T';
    to[10] = to[11] = ' ';
    return to + 11;
}

/* The time of day for the last half year, else the year. */
static char *date(char *to, time_t t, time_t now)
{
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct tm tm;
    if (localtime_r(&t, &tm) == NULL)
        return column(to, "", 12, false);
    char *p = column(to, "", 3, false);
    memcpy(to, months[tm.tm_mon], 3);
    p = number(p, (unsigned)tm.tm_mday, 2, true);
    if (t > now || t < now - HALF_YEAR)
        return number(p, (uint64_t)((int64_t)tm.tm_year + 1900), 5, true);
    return p + text_format(p, 8, "%c%c:%c%c ", '0' + tm.tm_hour / 10, '0' + tm.tm_hour % 10,
                           '0' + tm.tm_min / 10, '0' + tm.tm_min % 10);
}

void longname_put(struct sftp *s, struct writer *w, const struct stat *st, const char *name,
                  time_t now)
{
    char line[LINE_ROOM + 2 * NAME_ROOM];
    char *p = permissions(line, st->st_mode);
    p = number(p, st->st_nlink, 4, true);
    p = owner(s, p, false, st->st_uid);
    p = owner(s, p, true, st->st_gid);
    p = number(p, (uint64_t)st->st_size, 8, true);
    p = date(p, st->st_mtime, now);
    size_t n = (size_t)(p - line), length = strlen(name);
    put_u32(w, (uint32_t)(n + length));
    put_bytes(w, line, n);
    put_bytes(w, name, length);
}
