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

struct words {
    char owner[2][NAME_ROOM];
    char date[16];
};

static const char *owner(struct sftp *s, struct words *w, bool group, uint32_t id)
{
    const char *name = name_of(s, group, id);
    if (name[0] == 0)
        text_format(w->owner[group], sizeof w->owner[group], "%u", id);
    return name[0] != 0 ? name : w->owner[group];
}

/* The time of day for the last half year, else the year. */
static const char *date(struct words *w, time_t t, time_t now)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct tm tm;
    if (localtime_r(&t, &tm) == NULL)
        return "";
    size_t n = text_format(w->date, sizeof w->date, "%.3s %2d ", months + 3 * (size_t)tm.tm_mon,
                           tm.tm_mday);
    char *p = w->date + n;
    if (t > now || t < now - HALF_YEAR)
        text_format(p, sizeof w->date - n, "%5d", tm.tm_year + 1900);
    else
        text_format(p, sizeof w->date - n, "%02d:%02d", tm.tm_hour, tm.tm_min);
    return w->date;
}

void longname_put(struct sftp *s, struct writer *w, const struct stat *st, const char *name,
                  time_t now)
{
    char line[LINE_ROOM + 2 * NAME_ROOM], mode[11];
    struct words words;
    text_mode(mode, st->st_mode);
    size_t n = text_format(line, sizeof line, "%s %4llu %-8s %-8s %8llu %-12s ", mode,
                           (unsigned long long)st->st_nlink, owner(s, &words, false, st->st_uid),
                           owner(s, &words, true, st->st_gid), (unsigned long long)st->st_size,
                           date(&words, st->st_mtime, now));
    size_t length = strlen(name);
    put_u32(w, (uint32_t)(n + length));
    put_bytes(w, line, n);
    put_bytes(w, name, length);
}
