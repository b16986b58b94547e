#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "applets/input.h"
#include "applets/out.h"
#include "applets/rows.h"
#include "applets/show.h"
#include "base/text.h"

enum { ROOM = 4096 };

static bool human;

static void put(const char *device, const char *at, const struct statfs *s)
{
    uint64_t unit = (uint64_t)s->f_bsize, used = s->f_blocks - s->f_bfree,
             could = used + s->f_bavail;
    const uint64_t sizes[] = { s->f_blocks, used, s->f_bavail };
    out_format("%-20s", device);
    if (strlen(device) > 20)
        out_format("\n%20s", "");
    for (int i = 0; i < 3; i++) {
        static char text[TEXT_DECIMAL];
        text_format(text, sizeof text, "%llu", (unsigned long long)(sizes[i] * (unit / 512) / 2));
        if (human)
            show_size(text, sizes[i] * unit);
        out_format(" %9s", text);
    }
    out_format(" %3u%% ", could != 0 ? (unsigned)((used * 100 + could - 1) / could) : 0);
    out_name(at);
    out_char('\n');
}

/* A field of the table of mounts, in which blanks are \040, with a NUL behind it. What comes after it. */
static char *unquote(char *p)
{
    char *to = p;
    for (; *p != ' ' && *p != 0; p++)
        if (*p == '\\' && p[1] != 0 && p[2] != 0 && p[3] != 0) {
            *to++ = (char)((p[1] & 7) << 6 | (p[2] & 7) << 3 | (p[3] & 7));
            p += 3;
        } else {
            *to++ = *p;
        }
    bool more = *p != 0;
    *to = 0;
    return p + more;
}

/* All mounts, or the one that `path` is in. */
static int list(const char *path)
{
    static const char table[] = "/proc/mounts";
    static char text[ROOM];
    static struct stat st, wanted;
    static struct statfs s;
    static struct input in;
    struct span line;
    if (path != NULL && (stat(path, &wanted) != 0 || statfs(path, &s) != 0))
        return applet_failed(path);
    int fd = open(table, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && path == NULL)
        return applet_failed(table);
    input_start(&in, fd, table);
    while (fd >= 0 && input_line(&in, &line)) {
        text_format(text, ROOM, "%.*s", (int)line.n, (const char *)line.p);
        char *at = unquote(text);
        unquote(at);
        if (path == NULL) {
            if (statfs(at, &s) == 0 && s.f_blocks != 0)
                put(text, at, &s);
        } else if (stat(at, &st) == 0 && st.st_dev == wanted.st_dev) {
            put(text, at, &s);
            path = NULL;
            break;
        }
    }
    if (path != NULL)
        put("-", path, &s);
    input_close(&in);
    return 0;
}

static int run(struct args *a)
{
    int status = 0;
    human = a->option['h'] != NULL;
    out_format("%-20s %9s      Used Available Use%% Mounted on\n", "Filesystem",
               human ? "Size" : "1K-blocks");
    if (a->words == 0)
        return list(NULL);
    for (int i = 0; i < a->words; i++)
        status |= list(a->word[i]);
    return status;
}

const struct applet applet_df = { "df", "hk", "[-h] [FILE...]\nSpace on the file systems, in KB",
                                  run, false };
