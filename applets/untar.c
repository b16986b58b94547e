/* Taking an archive apart. Of pax headers, names and sizes are read.
 *
 * What an archive names is looked up from folder to folder below the one it is taken apart in, and no link is followed: what it
 * makes cannot lead it elsewhere. The rights and times of folders come last; that one itself is left as it is. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "applets/files.h"
#include "applets/out.h"
#include "applets/show.h"
#include "applets/tar.h"
#include "base/text.h"

enum { ZEROS = 8 * ' ' }; /* the sum of such a header */

static bool damaged(const char *why)
{
    tar.status = applet_wrong("the archive", why);
    return false;
}

static bool fetch(void *to, size_t n)
{
    for (size_t done = 0; done < n;) {
        ssize_t k = read(tar.archive, (char *)to + done, n - done);
        if (k <= 0)
            return damaged(k == 0 ? "ends too early" : "cannot be read");
        done += (size_t)k;
        tar.taken += (uint64_t)k;
    }
    return true;
}

/* What is in the member goes to `fd`; -1: nowhere. Writing that fails is said, reading goes on. */
static bool pour(int fd)
{
    for (uint64_t left = (uint64_t)tar.st.st_size; left != 0;) {
        size_t n = left < TAR_PIECE ? (size_t)left : TAR_PIECE;
        if (!fetch(tar.piece, tar_padded(n)))
            return false;
        for (size_t done = 0; fd >= 0 && done < n;) {
            ssize_t k = write(fd, tar.piece + done, n - done);
            if (k < 0) {
                tar.status = applet_failed(tar.path);
                fd = -1;
            }
            done += (size_t)k;
        }
        left -= n;
    }
    return true;
}

/* The data of a header that says something about the next one. */
static bool fetch_text(char *to)
{
    size_t n = (size_t)tar.st.st_size;
    if (tar.st.st_size >= TAR_LONG)
        return damaged("has a name that is too long");
    if (!fetch(to, tar_padded(n)))
        return false;
    to[n] = 0;
    return true;
}

/* "LENGTH KEY=VALUE\n", one after the other; what is to become of the next header's size */
static bool fetch_pax(int64_t *size)
{
    static char text[TAR_LONG + 1];
    uint64_t n, v;
    if (!fetch_text(text))
        return false;
    for (char *p = text, *end = text + tar.st.st_size; p < end; p += n) {
        size_t digits = strspn(p, "0123456789");
        char *key = p + digits + 1, *value = memchr(p, '=', (size_t)(end - p));
        if (!text_number(span_of(p, digits), (uint64_t)(end - p), &n) || value == NULL ||
            value < key || value >= p + n)
            return damaged("has a bad header");
        *value++ = 0;
        p[n - 1] = 0;
        if (strcmp(key, "path") == 0)
            memcpy(tar.path, value, (size_t)(p + n - value));
        else if (strcmp(key, "linkpath") == 0)
            memcpy(tar.target, value, (size_t)(p + n - value));
        else if (strcmp(key, "size") == 0 && text_number(span_text(value), INT64_MAX, &v))
            *size = (int64_t)v;
    }
    return true;
}

static void take_numbers(void)
{
    for (int i = 0; i < NUMBERS; i++) {
        const char *p = tar.header + tar_numbers[i].at, *end = p + tar_numbers[i].n;
        int64_t v = 0;
        unsigned shift = *p & 0x80 ? 8 : 3;
        for (p = shift == 8 ? end - 8 + (tar_numbers[i].n == 8) : p; p < end; p++)
            if (shift == 8 || (*p >= '0' && *p <= '7'))
                v = (int64_t)((uint64_t)v << shift) | (shift == 8 ? (uint8_t)*p : *p - '0');
            else if (*p != ' ')
                break;
        tar.number[i] = v;
    }
}

static bool is_compressed(void)
{
    static const char magics[][4] = {
        { '\x1f', '\x8b' }, { '\xfd', '7', 'z' }, { '\x28', '\xb5', '\x2f' }, { 'B', 'Z', 'h' }
    };
    for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
        if (strncmp(tar.header, magics[i], strlen(magics[i])) == 0 && tar.taken == TAR_BLOCK)
            return true;
    return false;
}

/* The header of the next member, and those before it that are about it. */
static bool next(void)
{
    int64_t pax_size = -1;
    tar.path[0] = tar.target[0] = 0;
    for (;;) {
        if (!fetch(tar.header, sizeof tar.header))
            return false;
        take_numbers();
        if (is_compressed())
            return tar_refuse();
        int64_t sum = tar_sum();
        if (sum == ZEROS && tar.number[SUM] == 0)
            return false; /* nothing but zeros: the end */
        if (tar.number[SUM] != sum)
            return damaged("is damaged, or none");
        tar.type = tar.header[AT_TYPE];
        tar.st.st_size = tar.number[SIZE];
        bool good = tar.st.st_size >= 0;
        if (!good)
            damaged("has a bad header");
        else if (tar.type == 'x')
            good = fetch_pax(&pax_size);
        else if (tar.type == 'L' || tar.type == 'K')
            good = fetch_text(tar.type == 'L' ? tar.path : tar.target);
        else if (tar.type == 'g')
            good = pour(-1);
        else
            break;
        if (!good)
            return false;
    }
    /* GNU's magic has a blank where the others have a NUL, and other things where the prefix is. */
    int prefix = tar.header[AT_MAGIC + 5] == 0 ? (int)strnlen(tar.header + AT_PREFIX, PREFIX) : 0;
    if (tar.path[0] == 0)
        text_format(tar.path, TAR_LONG, "%.*s%s%.*s", prefix, tar.header + AT_PREFIX,
                    prefix != 0 ? "/" : "", TAR_NAME, tar.header);
    if (tar.target[0] == 0)
        text_format(tar.target, TAR_LONG, "%.*s", TAR_NAME, tar.header + AT_LINK);
    tar.st.st_mode = (mode_t)tar.number[MODE] & 07777;
    tar.st.st_uid = (uid_t)tar.number[UID];
    tar.st.st_gid = (gid_t)tar.number[GID];
    tar.st.st_mtim.tv_sec = tar.st.st_atim.tv_sec = (time_t)tar.number[MTIME];
    tar.st.st_rdev = makedev((unsigned)tar.number[MAJOR], (unsigned)tar.number[MINOR]);
    if (tar.type < '1' || tar.type == '7')
        tar.type = tar.path[0] != 0 && tar.path[strlen(tar.path) - 1] == '/' ? '5' : '0';
    if (pax_size >= 0)
        tar.st.st_size = pax_size;
    if (tar.type > '0' && tar.type <= '6')
        tar.st.st_size = 0;
    return true;
}

static void list(void)
{
    if (tar.option['v'] != NULL) {
        static int width = 19;
        static char mode[11], owners[32], size[32], when[32];
        text_mode(mode, tar.st.st_mode);
        mode[0] = "-hlcbdp"[tar.type - '0'];
        int n = (int)text_format(owners, sizeof owners, "%u/%u ", tar.st.st_uid, tar.st.st_gid);
        n +=
            (int)(tar.type == '3' || tar.type == '4'
                      ? text_format(size, sizeof size, "%u,%u", major(tar.st.st_rdev),
                                    minor(tar.st.st_rdev))
                      : text_format(size, sizeof size, "%llu", (unsigned long long)tar.st.st_size));
        width = n > width ? n : width;
        show_time(when, sizeof when, "%F %R", tar.st.st_mtim.tv_sec, 0, false);
        out_format("%s %s%*s %s ", mode, owners, width - (int)strlen(owners), size, when);
    }
    out_name(tar.path);
    if (tar.option['v'] != NULL && (tar.type == '1' || tar.type == '2')) {
        out_text(tar.type == '1' ? " link to " : " -> ");
        out_name(tar.target);
    }
    out_char('\n');
}

/* Without what changes nothing. false: it leads out. */
static bool clean(char *name)
{
    char *to = name;
    for (const char *p = name; *p != 0;) {
        size_t n = strcspn(p, "/");
        if (n == 2 && p[0] == '.' && p[1] == '.') {
            tar.status = applet_wrong(name, "leads out; left out");
            return false;
        }
        if (n != 0 && !(n == 1 && *p == '.')) {
            if (to != name)
                *to++ = '/';
            memmove(to, p, n);
            to += n;
        }
        p += n + (p[n] != 0);
    }
    *to = 0;
    return true;
}

/* The folder that a cleaned path is in, as a descriptor, and the name there. */
static int parent(char *p, const char **name)
{
    int fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (char *slash; fd >= 0 && (slash = strchr(p, '/')) != NULL; p = slash + 1) {
        int up = fd;
        *slash = 0;
        mkdirat(up, p, 0777 & ~tar.mask);
        fd = openat(up, p, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        close(up);
        *slash = '/';
    }
    *name = p;
    return fd;
}

struct tar_later {
    struct tar_later *next;
    struct stat st;
    char path[];
};

static bool make_folder(int at, const char *name)
{
    size_t n = strlen(tar.path) + 1;
    struct tar_later *l = arena_take(&tar.memory, sizeof *l + n);
    static struct stat there;
    if (l == NULL)
        return false;
    l->next = tar.later;
    l->st = tar.st;
    memcpy(l->path, tar.path, n);
    tar.later = l;
    if (fstatat(at, name, &there, AT_SYMLINK_NOFOLLOW) == 0) {
        if (S_ISDIR(there.st_mode))
            return true;
        unlinkat(at, name, 0);
    }
    return mkdirat(at, name, 0700) == 0;
}

static bool make_link(int at, const char *name)
{
    const char *other;
    if (!clean(tar.target))
        return true;
    int fd = parent(tar.target, &other);
    bool good = linkat(fd, other, at, name, 0) == 0;
    close(fd);
    return good;
}

static bool make_other(int at, const char *name)
{
    static const mode_t types[] = { S_IFCHR, S_IFBLK, 0, S_IFIFO };
    return (tar.type == '2' ? symlinkat(tar.target, at, name)
                            : mknodat(at, name, types[tar.type - '3'] | (tar.st.st_mode & 0777),
                                      tar.st.st_rdev)) == 0 &&
           files_seal(at, name, &tar.st, tar.owner, tar.option['m'] == NULL);
}

/* false: the archive is at its end. */
static bool extract(void)
{
    const char *name;
    if (!clean(tar.path) || tar.path[0] == 0)
        return pour(-1);
    int at = parent(tar.path, &name), fd = -1;
    if (tar.type != '5' && tar.option['k'] == NULL)
        unlinkat(at, name, 0);
    tar.st.st_mode &= tar.option['p'] != NULL ? 07777 : 0777 & ~tar.mask;
    if (tar.type == '0')
        fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (!(tar.type == '5'   ? make_folder(at, name)
          : tar.type == '1' ? make_link(at, name)
          : tar.type != '0' ? make_other(at, name)
                            : fd >= 0))
        tar.status = applet_failed(tar.path);
    bool more = pour(fd);
    if (fd >= 0) {
        if (more && !files_seal(fd, NULL, &tar.st, tar.owner, tar.option['m'] == NULL))
            tar.status = applet_failed(tar.path);
        close(fd);
    }
    close(at);
    return more;
}

/* Later ones first: what is in a folder comes before it. */
static void finish_folders(void)
{
    for (; tar.later != NULL; tar.later = tar.later->next) {
        const char *name;
        int at = parent(tar.later->path, &name);
        int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || !files_seal(fd, NULL, &tar.later->st, tar.owner, tar.option['m'] == NULL))
            tar.status = applet_failed(tar.later->path);
        close(fd);
        close(at);
    }
}

/* Is it asked for: itself, or a folder that it is in? */
static bool wanted(void)
{
    bool is = tar.words == 0;
    for (int i = 0; i < tar.words; i++) {
        size_t n = strlen(tar.word[i]);
        while (n > 1 && tar.word[i][n - 1] == '/')
            n--;
        if (strncmp(tar.path, tar.word[i], n) == 0 && (tar.path[n] == 0 || tar.path[n] == '/'))
            is = tar.met = true;
    }
    return is;
}

void tar_read(void)
{
    bool more = true;
    tar.mask = umask(0);
    while (more && !out_failed() && next()) {
        bool is = wanted(), known = tar.type <= '6';
        if (is && !known)
            tar.status = applet_wrong(tar.path, "is of an unknown kind; left out");
        is = is && known;
        if (is && (tar.option['t'] != NULL || (tar.option['v'] != NULL && tar.option['O'] == NULL)))
            list();
        more = is && tar.option['O'] != NULL   ? pour(STDOUT_FILENO)
               : is && tar.option['t'] == NULL ? extract()
                                               : pour(-1);
    }
    finish_folders();
    if (!tar.met && tar.words != 0 && tar.status == 0)
        tar.status = applet_wrong(tar.word[0], "not in the archive");
    /* Who writes into a pipe does so to the end of a record. */
    for (ssize_t n = 1; tar.taken % TAR_RECORD != 0 && n > 0; tar.taken += (uint64_t)n)
        n = read(tar.archive, tar.piece, (size_t)(TAR_RECORD - tar.taken % TAR_RECORD));
}
