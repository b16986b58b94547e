#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "applets/rows.h"
#include "base/text.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

/* Days from 1970 on, of a year that begins in March, so that the day that is not always there is its last. */
static int64_t days(unsigned year, unsigned month, unsigned day)
{
    if (month < 3) {
        month += 12;
        year--;
    }
    return (int64_t)365 * year + year / 4 - year / 100 + year / 400 + (153 * month - 457) / 5 +
           day - 719469;
}

/* @SECONDS, or YYYY-MM-DD[ hh:mm[:ss]] of the local time */
static bool parse(const char *text, time_t *t)
{
    static const char between[] = "-- ::";
    static const uint16_t most[] = { 9999, 12, 31, 23, 59, 60 };
    static unsigned v[6];
    static struct tm tm;
    unsigned n = 0;
    uint64_t seconds;
    if (*text == '@') {
        bool good = text_number(span_text(text + 1), INT64_MAX, &seconds);
        *t = (time_t)seconds;
        return good;
    }
    for (;; text++) {
        for (; *text >= '0' && *text <= '9'; text++)
            if ((v[n] = v[n] * 10 + (unsigned)(*text - '0')) > most[n])
                return false;
        if (n++ == 5 || (*text != between[n - 1] && (n != 3 || *text != 'T')))
            break;
    }
    time_t utc = *t =
        days(v[0], v[1], v[2]) * DAY + (time_t)v[3] * HOUR + (time_t)v[4] * MINUTE + v[5];
    if (localtime_r(&utc, &tm) != NULL)
        *t -= tm.tm_gmtoff;
    return *text == 0 && n >= 3 && n != 4 && v[1] != 0 && v[2] != 0;
}

static int touch(const struct args *a, const char *path, const struct timespec times[2])
{
    for (int again = 0; again < 2; again++) {
        if (utimensat(AT_FDCWD, path, times, 0) == 0)
            return 0;
        if (errno != ENOENT || again != 0)
            break;
        if (a->option['c'] != NULL)
            return 0;
        int fd = open(path, O_WRONLY | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0666);
        if (fd < 0)
            break;
        close(fd);
    }
    return applet_failed(path);
}

static int run(struct args *a)
{
    static struct timespec times[2] = { { .tv_nsec = UTIME_NOW }, { .tv_nsec = UTIME_NOW } };
    static struct stat st;
    const char **option = a->option;
    int status = 0;
    if (a->words == 0)
        return applet_usage(a);
    if (option['r'] != NULL) {
        if (stat(option['r'], &st) != 0)
            return applet_failed(option['r']);
        times[0] = st.st_atim;
        times[1] = st.st_mtim;
    }
    if (option['d'] != NULL) {
        times[0].tv_nsec = 0;
        if (!parse(option['d'], &times[0].tv_sec))
            return applet_wrong(option['d'], "not a date");
        times[1] = times[0];
    }
    if (option['m'] != NULL && option['a'] == NULL)
        times[0].tv_nsec = UTIME_OMIT;
    if (option['a'] != NULL && option['m'] == NULL)
        times[1].tv_nsec = UTIME_OMIT;
    for (int i = 0; i < a->words; i++)
        status |= touch(a, a->word[i], times);
    return status;
}

const struct applet applet_touch = {
    "touch", "acmd:r:",
    "[-acm] [-d DATE] [-r FILE] FILE...\nSet times (DATE: YYYY-MM-DD hh:mm:ss, @SECONDS)", run,
    false
};
