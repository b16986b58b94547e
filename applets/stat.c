#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "applets/out.h"
#include "applets/rows.h"
#include "applets/show.h"
#include "base/text.h"

enum { ROOM = 8192 };

static struct stat st;
static char value[ROOM], target[ROOM];

#define FIELD(letter, name)                                                                        \
    {                                                                                              \
        letter, offsetof(struct stat, name), sizeof st.name                                        \
    }
static const struct {
    char letter;
    uint8_t at, size;
} fields[] = {
    FIELD('s', st_size),
    FIELD('b', st_blocks),
    FIELD('o', st_blksize),
    FIELD('u', st_uid),
    FIELD('g', st_gid),
    FIELD('i', st_ino),
    FIELD('h', st_nlink),
    FIELD('X', st_atim.tv_sec),
    FIELD('Y', st_mtim.tv_sec),
    FIELD('Z', st_ctim.tv_sec),
    FIELD('d', st_dev),
    FIELD('r', st_rdev),
    /* from here on in hexadecimal digits */
    FIELD('D', st_dev),
    FIELD('R', st_rdev),
    FIELD('f', st_mode),
    FIELD('t', st_rdev),
    FIELD('T', st_rdev),
};
enum { DECIMAL = 12, FIELDS = sizeof fields / sizeof *fields };

/* Numbers that are so in `struct stat`. `half`: of a device, 'H' or 'L'. */
static bool put_number(char c, char half)
{
    for (unsigned i = 0; i < FIELDS; i++) {
        const char *p = (const char *)&st + fields[i].at;
        if (fields[i].letter != c)
            continue;
        uint64_t v = fields[i].size == 4 ? *(const uint32_t *)(const void *)p
                                         : *(const uint64_t *)(const void *)p;
        if (c == 't' || half == 'H')
            v = major(v);
        else if (c == 'T' || half == 'L')
            v = minor(v);
        text_format(value, ROOM, i < DECIMAL ? "%lld" : "%llx", (long long)v);
        return true;
    }
    return false;
}

static const char *kind(void)
{
    static const char kinds[] = "fifo\0character special file\0directory\0block special "
                                "file\0regular file\0symbolic link\0socket";
    const char *p = kinds;
    if (S_ISREG(st.st_mode) && st.st_size == 0)
        return "regular empty file";
    for (unsigned i = st.st_mode >> 13; i > 0; i--) /* types are 1, 2, 4, 6, 8, 10 and 12 */
        p += strlen(p) + 1;
    return p;
}

/* What the letter stands for, as text; false: nothing. */
static bool convert(const char *path, char c, char half)
{
    static const char times[] = "xyz";
    const struct timespec *const at[] = { &st.st_atim, &st.st_mtim, &st.st_ctim };
    const char *text = value, *time = strchr(times, c);
    value[0] = 0;
    if (c == 'A')
        text_mode(value, st.st_mode);
    else if (c == 'a')
        text_format(value, ROOM, "%o", st.st_mode & 07777);
    else if (c == 'F')
        text = kind();
    else if (c == 'U')
        text = show_user(st.st_uid);
    else if (c == 'G')
        text = show_group(st.st_gid);
    else if (c == 'B')
        text = "512";
    else if (c == 'n')
        text = path;
    else if (c == 'N')
        text_format(value, ROOM, target[0] != 0 ? "'%s' -> '%s'" : "'%s'", path, target);
    else if (time != NULL)
        show_time(value, ROOM, "%F %T.%N %z", at[time - times]->tv_sec,
                  (uint32_t)at[time - times]->tv_nsec, false);
    else
        return put_number(c, half);
    if (text != value)
        text_format(value, ROOM, "%s", text);
    return true;
}

static void put(const char *path, const char *f)
{
    static char spec[16];
    for (; *f != 0; f++) {
        size_t n = strspn(f + 1, "-0123456789.");
        char half = f[1 + n];
        bool halved = half == 'H' || half == 'L';
        char c = f[1 + n + halved];
        if (*f != '%' || c == 0 || n > sizeof spec - 3 || !convert(path, c, half)) {
            out_char(*f);
            f += *f == '%' && f[1] == '%';
            continue;
        }
        text_format(spec, sizeof spec, "%.*ss", (int)n + 1, f);
        out_format(spec, value);
        f += 1 + n + halved;
    }
}

static int run(struct args *a)
{
    int status = 0;
    if (a->words == 0)
        return applet_usage(a);
    for (int i = 0; i < a->words; i++) {
        const char *path = a->word[i], *format = a->option['c'];
        if (fstatat(AT_FDCWD, path, &st, a->option['L'] != NULL ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
            status = applet_failed(path);
            continue;
        }
        ssize_t n = S_ISLNK(st.st_mode) ? readlink(path, target, ROOM - 1) : 0;
        target[n > 0 ? n : 0] = 0;
        if (format == NULL) {
            put(path, "  File: %n");
            if (n > 0)
                out_format(" -> %s", target);
            put(path, "\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: "
                      "%-11i Links: ");
            put(path, major(st.st_rdev) != 0 ? "%-5h Device type: %Hr,%Lr" : "%h");
            format = "\nAccess: (%04a/%A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: "
                     "%y\nChange: %z";
        }
        put(path, format);
        out_char('\n');
    }
    return status;
}

const struct applet applet_stat = { "stat", "Lc:",
                                    "[-L] [-c FORMAT] FILE...\nWhat is known of files (%n %s %F %A "
                                    "%a %U %u %G %g %i %h %x %y %z ...)",
                                    run, false };
