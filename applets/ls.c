#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "applets/out.h"
#include "applets/rows.h"
#include "applets/show.h"
#include "applets/walk.h"
#include "base/text.h"

enum { INODE, LINKS, USER, GROUP, SIZE, CELLS };
enum { CELL_ROOM = 40, PATH_ROOM = 4096, HALF_YEAR = 31556952 / 2 };

struct file {
    struct stat st;
    const char *name;
};

struct listing {
    struct arena memory;
    struct file **file;
    size_t n, room; /* that many, of pointers to them (twice, for sorting) */
    int at;         /* the folder they are in */
};

static const char *const *option;
static int64_t now;
static int width[CELLS], minor_width;

static bool has(char c)
{
    return option[(unsigned char)c] != NULL;
}

static int in_order(const void *a, const void *b)
{
    const struct file *f = a, *g = b;
    int64_t d = 0;
    if (has('t'))
        d = f->st.st_mtim.tv_sec != g->st.st_mtim.tv_sec
                ? g->st.st_mtim.tv_sec - f->st.st_mtim.tv_sec
                : g->st.st_mtim.tv_nsec - f->st.st_mtim.tv_nsec;
    if (has('S'))
        d = g->st.st_size - f->st.st_size;
    int order = d != 0 ? (d > 0) - (d < 0) : strcmp(f->name, g->name);
    return has('r') ? -order : order;
}

/* Those of the names that are to be seen, with what is to be known of them. */
static int gather(struct listing *l, char **names, size_t n, bool follow)
{
    static const char asking[] = "lRtSFi";
    bool ask = l->at == AT_FDCWD;
    int status = 0;
    for (const char *p = asking; *p != 0; p++)
        ask = ask || has(*p);
    l->room = 2 * n * sizeof(void *);
    l->file = n != 0 ? memory_grow(NULL, 0, l->room) : NULL;
    for (size_t i = 0; l->file != NULL && i < n; i++) {
        struct file *f = arena_take(&l->memory, sizeof *f);
        if (f == NULL)
            break;
        f->name = names[i];
        /* A link that leads nowhere is shown as what it is. */
        if (ask && !(follow && fstatat(l->at, names[i], &f->st, 0) == 0) &&
            fstatat(l->at, names[i], &f->st, AT_SYMLINK_NOFOLLOW) != 0)
            status |= applet_failed(names[i]);
        else
            l->file[l->n++] = f;
    }
    if (l->n != 0)
        memory_sort((void **)l->file, (void **)l->file + n, l->n, in_order);
    return status;
}

static void put_mode(mode_t mode)
{
    static char text[11];
    text_mode(text, mode);
    out_format("%s ", text);
}

/* What stands in the cells of a line before the name; with `measure` only their widths are taken. */
static void put_cells(const struct stat *st, bool measure)
{
    const uint64_t values[] = { st->st_ino, st->st_nlink, st->st_uid, st->st_gid,
                                (uint64_t)st->st_size };
    static char text[CELL_ROOM];
    for (int i = has('i') ? INODE : LINKS; i < (has('l') ? CELLS : LINKS); i++) {
        const char *cell = text;
        text_format(text, sizeof text, "%llu", (unsigned long long)values[i]);
        if (i == USER && !has('n')) {
            cell = show_user(st->st_uid);
        } else if (i == GROUP && !has('n')) {
            cell = show_group(st->st_gid);
        } else if (i == SIZE && (S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode))) {
            int n = (int)text_format(text, sizeof text, "%u", minor(st->st_rdev));
            minor_width = n > minor_width ? n : minor_width;
            text_format(text, sizeof text, "%u, %*u", major(st->st_rdev), minor_width,
                        minor(st->st_rdev));
        } else if (i == SIZE && has('h')) {
            show_size(text, values[i]);
        }
        int n = (int)strlen(cell);
        if (n > width[i])
            width[i] = n;
        if (measure)
            continue;
        if (i == LINKS)
            put_mode(st->st_mode);
        out_format(i == USER || i == GROUP ? "%-*s " : "%*s ", width[i], cell);
    }
    if (!measure && has('l')) {
        int64_t t = st->st_mtim.tv_sec;
        bool near = t <= now && t > now - HALF_YEAR;
        show_time(text, sizeof text, near ? "%b %e %H:%M " : "%b %e  %Y ", t, 0, false);
        out_text(text);
    }
}

static char mark(mode_t mode)
{
    static const char marks[] = " |  /     @ =";
    char c = marks[(mode >> 12) % 13];
    if (S_ISREG(mode) && (mode & 0111) != 0)
        c = '*';
    if (!has('F') || c == ' ')
        c = 0;
    return c;
}

static void put_name(const struct listing *l, const struct file *f)
{
    static char target[PATH_ROOM];
    ssize_t n;
    out_name(f->name);
    if (has('l') && S_ISLNK(f->st.st_mode) &&
        (n = readlinkat(l->at, f->name, target, sizeof target - 1)) >= 0) {
        target[n] = 0;
        out_text(" -> ");
        out_name(target);
    } else if (mark(f->st.st_mode) != 0) {
        out_char(mark(f->st.st_mode));
    }
}

static int columns_of(const char *name)
{
    int n = 0;
    for (; *name != 0; name++)
        n += (*name & 0xc0) != 0x80; /* UTF-8 */
    return n;
}

/* Columns of one width, read downwards. */
static void put_columns(const struct listing *l)
{
    int widest = 0, before = 2 + has('F');
    for (size_t i = 0; i < l->n; i++) {
        int n = columns_of(l->file[i]->name);
        widest = n > widest ? n : widest;
    }
    for (int i = 0; i < CELLS; i++)
        before += width[i] + (width[i] != 0);
    size_t columns = out_columns() / (size_t)(widest + before);
    size_t rows = columns > 1 ? (l->n + columns - 1) / columns : l->n;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = r; i < l->n; i += rows) {
            const struct file *f = l->file[i];
            put_cells(&f->st, false);
            put_name(l, f);
            int blanks = widest + 2 - columns_of(f->name) + (has('F') && mark(f->st.st_mode) == 0);
            out_format("%*s", i + rows < l->n ? blanks : 1, i + rows < l->n ? "" : "\n");
        }
}

static void measure(const struct listing *l)
{
    memset(width, 0, sizeof width);
    minor_width = 0;
    for (size_t i = 0; i < l->n; i++)
        put_cells(&l->file[i]->st, true);
}

static void show(const struct listing *l)
{
    if (out_terminal() && !has('l') && !has('1')) {
        put_columns(l);
        return;
    }
    for (size_t i = 0; i < l->n && !out_failed(); i++) {
        put_cells(&l->file[i]->st, false);
        put_name(l, l->file[i]);
        out_char('\n');
    }
}

/* The folder that is shown, and its length. */
static char path[PATH_ROOM];
static bool named, begun; /* its name is said; something was shown */

static int folders(const struct listing *l, size_t length);

static bool add_hidden(struct names *names)
{
    size_t n = 0;
    if (has('a'))
        return names_add(names, ".", 1) && names_add(names, "..", 2);
    for (size_t i = 0; i < names->n && !has('A'); i++)
        if (names->list[i][0] != '.')
            names->list[n++] = names->list[i];
    names->n = has('A') ? names->n : n;
    return true;
}

static void put_total(const struct listing *l)
{
    static char text[CELL_ROOM];
    uint64_t blocks = 0;
    for (size_t i = 0; i < l->n; i++)
        blocks += (uint64_t)l->file[i]->st.st_blocks;
    if (has('h'))
        show_size(text, blocks * 512);
    else
        text_format(text, sizeof text, "%llu", (unsigned long long)blocks / 2);
    out_format("total %s\n", text);
}

static int folder(size_t length)
{
    struct names names = { 0 };
    struct listing l = { 0 };
    int status = 0;
    if (named) {
        out_text(begun ? "\n" : "");
        out_name(path);
        out_text(":\n");
    }
    begun = true;
    l.at = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (l.at < 0 || !walk_names(l.at, &names) || !add_hidden(&names))
        status = applet_failed(path);
    status |= gather(&l, names.list, names.n, false);
    if (has('l'))
        put_total(&l);
    measure(&l);
    show(&l);
    if (l.at >= 0)
        close(l.at);
    if (has('R'))
        status |= folders(&l, length);
    memory_drop(l.file, l.room);
    arena_drop(&l.memory);
    names_drop(&names);
    return status;
}

/* Those of the list. */
static int folders(const struct listing *l, size_t length)
{
    int status = 0;
    for (size_t i = 0; i < l->n && !out_failed(); i++) {
        const char *name = l->file[i]->name;
        bool self = length != 0 && (strcmp(name, ".") == 0 || strcmp(name, "..") == 0);
        if (!S_ISDIR(l->file[i]->st.st_mode) || self)
            continue;
        bool slash = length != 0 && path[length - 1] != '/';
        size_t n =
            length + text_format(path + length, PATH_ROOM - length, slash ? "/%s" : "%s", name);
        if (n < PATH_ROOM - 1) {
            status |= folder(n);
        } else {
            errno = ENAMETOOLONG;
            status |= applet_failed(path);
        }
        path[length] = 0;
    }
    return status;
}

static int run(struct args *a)
{
    static char here[] = ".";
    char *usual[] = { here, NULL };
    struct listing l = { .at = AT_FDCWD }, files = { .at = AT_FDCWD };
    option = a->option;
    now = time(NULL);
    if (a->words == 0) {
        a->word = usual;
        a->words = 1;
    }
    int status = gather(&l, a->word, (size_t)a->words, !has('l') && !has('d') && !has('F'));
    named = a->words > 1 || has('R');
    files.file = memory_grow(NULL, 0, l.room);
    for (size_t i = 0; files.file != NULL && i < l.n; i++)
        if (has('d') || !S_ISDIR(l.file[i]->st.st_mode))
            files.file[files.n++] = l.file[i];
    begun = files.n != 0;
    measure(&l);
    show(&files);
    return has('d') ? status : status | folders(&l, 0);
}

const struct applet applet_ls = {
    "ls", "laAdhinrRStF1", "[-laAdhinrRStF1] [FILE...]\nList files (-S, -t: by size, by time)", run,
    false
};
