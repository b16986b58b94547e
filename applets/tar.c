/* The command line, and making an archive. */
#include "applets/tar.h"

#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "applets/files.h"
#include "applets/out.h"
#include "applets/rows.h"
#include "applets/walk.h"
#include "base/text.h"

const struct tar_number tar_numbers[NUMBERS] = { { 100, 8 },  { 108, 8 }, { 116, 8 }, { 124, 12 },
                                                 { 136, 12 }, { 148, 8 }, { 329, 8 }, { 337, 8 } };
struct tar tar;

int64_t tar_sum(void)
{
    int64_t sum = 0;
    memset(tar.header + tar_numbers[SUM].at, ' ', 8);
    for (int i = 0; i < TAR_BLOCK; i++)
        sum += (uint8_t)tar.header[i];
    return sum;
}

size_t tar_padded(uint64_t n)
{
    return (size_t)(n + (0 - n) % TAR_BLOCK);
}

/* --- writing --- */
void tar_put_number(int i, int64_t v)
{
    char *to = tar.header + tar_numbers[i].at;
    size_t n = tar_numbers[i].n;
    if (v >= 0 && v >> 3 * (n - 1) == 0) {
        text_format(to, n, "%0*llo", (int)n - 1, (unsigned long long)v);
        return;
    }
    for (; n-- > 0; v >>= 8)
        to[n] = (char)v;
    to[0] |= (char)0x80;
}

static void put_header(char kind, const char *name, const char *link, int64_t size)
{
    const char *texts[] = { name, link };
    for (int i = 0; i < 2; i++) {
        size_t n = strlen(texts[i]);
        if (n > TAR_NAME) {
            put_header("LK"[i], "././@LongLink", "", (int64_t)n + 1);
            memset(tar.piece, 0, tar_padded(n + 1));
            memcpy(tar.piece, texts[i], n);
            out_bytes(tar.piece, tar_padded(n + 1));
        }
    }
    const int64_t values[] = { tar.st.st_mode & 07777, tar.st.st_uid,
                               tar.st.st_gid,          size,
                               tar.st.st_mtim.tv_sec,  0,
                               major(tar.st.st_rdev),  minor(tar.st.st_rdev) };
    memset(tar.header, 0, sizeof tar.header);
    memcpy(tar.header, name, strnlen(name, TAR_NAME));
    memcpy(tar.header + AT_LINK, link, strnlen(link, TAR_NAME));
    memcpy(tar.header + AT_MAGIC, "ustar  ", 8);
    tar.header[AT_TYPE] = kind;
    for (int i = 0; i < NUMBERS; i++)
        tar_put_number(i, values[i]);
    tar_put_number(SUM, tar_sum());
    out_bytes(tar.header, sizeof tar.header);
}

static int put_file(int fd, const char *name)
{
    uint64_t left = (uint64_t)tar.st.st_size;
    int bad = 0;
    while (left != 0 && !out_failed()) {
        size_t n = left < TAR_PIECE ? (size_t)left : TAR_PIECE;
        ssize_t k = read(fd, tar.piece, n);
        if (k <= 0) {
            if (!bad)
                bad = applet_wrong(name, "shrank; filled up with zeros");
            memset(tar.piece, 0, n);
            k = (ssize_t)n;
        }
        out_bytes(tar.piece, (size_t)k);
        left -= (uint64_t)k;
    }
    memset(tar.piece, 0, TAR_BLOCK);
    out_bytes(tar.piece, tar_padded((uint64_t)tar.st.st_size) - (size_t)tar.st.st_size);
    return bad;
}

/* As it is called in the archive: relative, and nothing above. */
static void take_name(const char *name, bool folder)
{
    for (const char *p = name; *p != 0; p++)
        if (strncmp(p, "../", 3) == 0 && (p == name || p[-1] == '/'))
            name = p + 3;
    name += strspn(name, "/");
    size_t n = text_format(tar.path, TAR_LONG, "%s", *name != 0 ? name : ".");
    if (folder && tar.path[n - 1] != '/')
        memcpy(tar.path + n, "/", 2);
}

static int put(struct walk *w, struct entry *e)
{
    static const char kinds[] = "063050400020";
    static struct links links;
    const char *link = "", *first;
    int fd = -1, bad = 0;
    w->stop = out_failed();
    tar.st = e->st;
    tar.type = S_ISSOCK(tar.st.st_mode) ? 0 : kinds[tar.st.st_mode >> 12];
    if (tar.type == 0 || (S_ISREG(tar.own.st_mode) && files_same(&tar.own, &tar.st)))
        return applet_wrong(e->path,
                            tar.type == 0 ? "is a socket; left out" : "is the archive; left out");
    if (tar.type == '0' &&
        ((fd = openat(e->at, e->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) < 0 ||
         fstat(fd, &tar.st) != 0))
        return applet_failed(e->path);
    take_name(e->path, tar.type == '5');
    if ((first = links_seen(&links, &tar.st, tar.path)) != NULL) {
        link = first;
        tar.type = '1';
    } else if (tar.type == '2') {
        ssize_t n = readlinkat(e->at, e->name, tar.target, TAR_LONG - 1);
        if (n < 0)
            return applet_failed(e->path);
        tar.target[n] = 0;
        link = tar.target;
    }
    if (tar.option['v'] != NULL) {
        size_t n = text_format(tar.piece, sizeof tar.piece, "%s\n", tar.path);
        if (write(tar.names_to, tar.piece, n) < 0)
            w->stop = true;
    }
    put_header(tar.type, tar.path, link, tar.type == '0' ? tar.st.st_size : 0);
    if (tar.type == '0')
        bad = put_file(fd, e->path);
    if (fd >= 0)
        close(fd);
    return bad;
}

static void create(void)
{
    struct walk w = { .each = put };
    if (tar.words == 0)
        tar.status = applet_wrong(NULL, "an archive of nothing");
    for (int i = 0; i < tar.words; i++)
        tar.status |= walk_tree(&w, tar.word[i]);
    memset(tar.piece, 0, TAR_END);
    out_bytes(tar.piece, TAR_END);
}

/* --- the command line --- */
/* The first word may lack its dash. What kubectl cp says at length is taken out. */
static bool take_options(struct args *a)
{
    static char letters[32];
    char **from = a->word, **to = from, *first = *from;
    if (first != NULL && *first != '-') {
        const char *file =
            strchr(first, 'f'); /* its value is the next word, wherever the letter is */
        size_t n = file != NULL ? (size_t)(file - first) : strlen(first);
        text_format(letters, sizeof letters, "-%.*s%s%s", (int)n, first,
                    file != NULL ? file + 1 : "", file != NULL ? "f" : "");
        *from = letters;
    }
    for (; *from != NULL; from++)
        if (strncmp(*from, "--no-same-", 10) == 0)
            a->option[(*from)[10] == 'o' ? 'o' : 'n'] = "";
        else if (strcmp(*from, "--numeric-owner") != 0)
            *to++ = *from;
    *to = NULL;
    if (!applet_options(a, "ctxf:C:vpOokmzjJ"))
        return false;
    memcpy(tar.option, a->option, sizeof tar.option);
    tar.word = a->word;
    tar.words = a->words;
    return (tar.option['c'] != NULL) + (tar.option['t'] != NULL) + (tar.option['x'] != NULL) == 1;
}

bool tar_refuse(void)
{
    tar.status = applet_wrong(NULL, "compressed archives are not understood");
    return false;
}

static int run(struct args *a)
{
    tar.names_to = STDERR_FILENO;
    if (!take_options(a))
        return applet_usage(a);
    bool writes = tar.option['c'] != NULL;
    const char *file = tar.option['f'];
    if (tar.option['z'] != NULL || tar.option['j'] != NULL || tar.option['J'] != NULL)
        return !tar_refuse();
    if (file != NULL && strcmp(file, "-") != 0) {
        tar.archive = open(
            file, writes ? O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0666);
        if (tar.archive < 0)
            return applet_failed(file);
        if (writes) {
            tar.names_to = dup(STDOUT_FILENO);
            dup2(tar.archive, STDOUT_FILENO);
        }
    }
    if (tar.option['C'] != NULL && chdir(tar.option['C']) != 0)
        return applet_failed(tar.option['C']);
    tar.owner = geteuid() == 0 && tar.option['o'] == NULL;
    if (geteuid() == 0 && tar.option['n'] == NULL)
        tar.option['p'] = "";
    fstat(STDOUT_FILENO, &tar.own);
    if (writes)
        create();
    else
        tar_read();
    return tar.status;
}

const struct applet applet_tar = { "tar", NULL,
                                   "{c|t|x}[vpOokm] [-f ARCHIVE] [-C FOLDER] [FILE...]\nMake (c), "
                                   "list (t) or take apart (x) an archive",
                                   run, false };
