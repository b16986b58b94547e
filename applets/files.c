#include "applets/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "applets/out.h"
#include "base/text.h"
#include "process/user.h"

enum { PATH_ROOM = 4096, ALL = 07777 };

/* --- modes --- */
static bool octal(const char *text, mode_t *mode)
{
    mode_t m = 0;
    for (; *text >= '0' && *text <= '7' && m <= ALL; text++)
        m = m * 8 + (mode_t)(*text - '0');
    *mode = m;
    return *text == 0 && m <= ALL;
}

static int letter(char c)
{
    static const char letters[] = "ugoarwxXst";
    const char *at = strchr(letters, c);
    return c != 0 && at != NULL ? (int)(at - letters) : -1;
}

static bool is_how(char c)
{
    return c == '+' || c == '-' || c == '=';
}

/* who, then what is done: u+rwX,go=u */
static bool symbolic(const char *p, mode_t *mode)
{
    static const uint16_t bits[] = {
        04700, 02070, 01007, ALL, 0444, 0222, 0111, 0111, 06000, 01000
    };
    enum { A = 3, X = 7 };
    mode_t mask = umask(0), m = *mode;
    int i;
    umask(mask);
    do {
        mode_t who = 0;
        for (; (i = letter(*p)) >= 0 && i <= A; p++)
            who |= bits[i];
        if (!is_how(*p))
            return false;
        while (is_how(*p)) {
            char how = *p++;
            mode_t what = 0;
            for (; (i = letter(*p)) >= 0 && i != A; p++)
                if (i < A)
                    what |= (m >> (6 - 3 * i) & 7) * 0111;
                else if (i != X || S_ISDIR(m) || (m & 0111) != 0)
                    what |= bits[i];
            what &= who != 0 ? who : ALL & ~mask;
            if (how == '=')
                m &= ~(who != 0 ? who : ALL);
            m = how == '-' ? m & ~what : m | what;
        }
    } while (*p++ == ',');
    *mode = m & ALL;
    return p[-1] == 0;
}

bool files_mode(const char *text, mode_t *mode)
{
    bool good = *text >= '0' && *text <= '9' ? octal(text, mode) : symbolic(text, mode);
    if (!good)
        applet_wrong(text, "not a mode");
    return good;
}

/* --- owners --- */
static bool number(const char *text, uint32_t *id)
{
    uint64_t v;
    if (!text_number(span_text(text), UINT32_MAX - 1, &v)) {
        applet_wrong(text, "nobody has this name");
        return false;
    }
    *id = (uint32_t)v;
    return true;
}

bool files_user(const char *text, uint32_t *uid)
{
    static struct user u;
    if (!user_find(&u, text))
        return number(text, uid);
    *uid = u.uid;
    return true;
}

bool files_group(const char *text, uint32_t *gid)
{
    return group_find(text, gid) || number(text, gid);
}

/* --- names --- */
const char *files_base(const char *path)
{
    static char base[PATH_ROOM];
    size_t n = strlen(path), from;
    while (n > 1 && path[n - 1] == '/')
        n--;
    for (from = n; from > 0 && path[from - 1] != '/'; from--)
        ;
    text_format(base, sizeof base, "%.*s", (int)(n - from), path + from);
    return n == 1 ? path : base; /* of / it is / */
}

bool files_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

bool files_seal(int fd, const char *name, const struct stat *st, bool owner, bool times)
{
    const struct timespec t[] = { st->st_atim, st->st_mtim };
    mode_t mode = st->st_mode & ALL;
    bool good = true;
    if (owner && (name != NULL ? fchownat(fd, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW)
                               : fchown(fd, st->st_uid, st->st_gid)) != 0) {
        owner = false;
        good = geteuid() != 0; /* only root can give files away */
    }
    if (name == NULL)
        good = fchmod(fd, owner ? mode : mode & 01777) == 0 && good;
    if (times &&
        (name != NULL ? utimensat(fd, name, t, AT_SYMLINK_NOFOLLOW) : futimens(fd, t)) != 0)
        good = false;
    return good;
}

bool files_yes(const char *what, const char *file)
{
    char first = 0, c = 0;
    bool begun = false;
    static char text[PATH_ROOM];
    size_t n = text_format(text, sizeof text, "%s %s? ", what, file);
    out_flush();
    if (write(STDERR_FILENO, text, n) < 0)
        return false;
    while (read(STDIN_FILENO, &c, 1) == 1 && c != '\n')
        if (!begun) {
            first = c;
            begun = true;
        }
    return first == 'y' || first == 'Y';
}

int files_into(struct args *a, int flags,
               int (*each)(struct args *a, const char *from, int at, const char *name))
{
    int status = 0;
    if (a->words < 2)
        return applet_usage(a);
    const char *last = a->word[a->words - 1];
    int at = open(last, O_PATH | O_DIRECTORY | O_CLOEXEC | flags);
    if (at < 0 && a->words > 2)
        return applet_failed(last);
    for (int i = 0; i < a->words - 1; i++)
        status |= at < 0 ? each(a, a->word[i], AT_FDCWD, last)
                         : each(a, a->word[i], at, files_base(a->word[i]));
    return status;
}

/* --- files with several names --- */
struct link {
    struct link *next;
    uint64_t inode, device;
    char path[];
};

const char *links_seen(struct links *l, const struct stat *st, const char *path)
{
    struct link **bucket = &l->bucket[st->st_ino % (LINKS_BUCKETS)];
    size_t n = strlen(path) + 1;
    if (st->st_nlink < 2 || S_ISDIR(st->st_mode))
        return NULL;
    for (struct link *k = *bucket; k != NULL; k = k->next)
        if (k->inode == st->st_ino && k->device == st->st_dev)
            return k->path;
    struct link *k = arena_take(&l->memory, sizeof *k + n);
    if (k != NULL) {
        *k = (struct link){ *bucket, st->st_ino, st->st_dev };
        memcpy(k->path, path, n);
        *bucket = k;
    }
    return NULL;
}
