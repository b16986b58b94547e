/* The expression is evaluated as it stands, word by word, for each file; before the first one it is gone through once, which finds what
 * is wrong and what the words mean. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "applets/files.h"
#include "applets/match.h"
#include "applets/out.h"
#include "applets/rows.h"
#include "applets/walk.h"
#include "base/text.h"

enum op {
    PRINT,
    PRINT0,
    DELETE,
    EXEC,
    PRUNE,
    EMPTY,
    XDEV,
    /* from here on with an argument */
    NAME,
    INAME,
    PATH,
    TYPE,
    NEWER,
    USER,
    PERM,
    /* … a number */
    SIZE,
    MTIME,
    MMIN,
    MAXDEPTH,
    MINDEPTH,
    OPS
};
static const char names[] = "print\0print0\0delete\0exec\0prune\0empty\0xdev\0"
                            "name\0iname\0path\0type\0newer\0user\0perm\0"
                            "size\0mtime\0mmin\0maxdepth\0mindepth\0";

enum { NESTED = 100, GATHERED = 64 * 1024, TEXT_ROOM = 128 * 1024, DAY = 86400 };

/* What a word means. */
struct term {
    uint8_t op, shift;
    char sign;
    int64_t n;
    long nanoseconds;
    struct names paths; /* for -exec … + */
    size_t bytes;
};

static char **word;
static struct term *term; /* one for each word */
static int at, nested;    /* where one is */
static bool checking, bad, acts;
static struct walk walk;
static struct entry *e;
static int64_t now;
static int64_t shallowest, deepest = INT64_MAX;
static int status;

static bool any(bool live);

static bool is(const char *text)
{
    return word[at] != NULL && strcmp(word[at], text) == 0;
}

static bool wrong(const char *what, const char *why)
{
    if (!bad)
        applet_wrong(what, why);
    bad = true;
    return false;
}

/* --- what the words mean --- */
static void check_number(struct term *t, const char *text)
{
    static const char units[] = "cwbkMG";
    static const uint8_t shifts[] = { 0, 1, 9, 10, 20, 30 };
    uint64_t n = 0;
    if (*text == '+' || *text == '-')
        t->sign = *text++;
    size_t length = strlen(text);
    const char *unit = t->op == SIZE && length != 0 ? strchr(units, text[length - 1]) : NULL;
    t->shift = unit != NULL ? shifts[unit - units] : 9;
    if (!text_number(span_of(text, length - (unit != NULL)), INT64_MAX, &n))
        wrong(text, "not a number");
    t->n = (int64_t)n;
}

/* Where the command of an -exec ends. */
static int command_end(int i)
{
    while (word[i] != NULL && strcmp(word[i], ";") != 0 &&
           !(strcmp(word[i], "+") == 0 && strcmp(word[i - 1], "{}") == 0))
        i++;
    return i;
}

static void check(struct term *t, const char *text)
{
    static struct stat st;
    mode_t mode = 0;
    uint32_t id = 0;
    if (t->op >= SIZE)
        check_number(t, text);
    switch (t->op) {
    case EXEC:
        t->n = command_end(at + 1);
        if (word[t->n] == NULL || t->n == at + 1)
            wrong("-exec", "lacks a command, or ; or {} + behind it");
        else
            t->sign = *word[t->n];
        break;
    case DELETE:
        walk.after = true;
        break;
    case XDEV:
        walk.one_device = true;
        break;
    case NEWER:
        if (stat(text, &st) != 0)
            wrong(text, "is not there");
        t->n = st.st_mtim.tv_sec;
        t->nanoseconds = st.st_mtim.tv_nsec;
        break;
    case USER:
        bad = !files_user(text, &id) || bad;
        t->n = id;
        break;
    case PERM:
        if (*text == '-' || *text == '/')
            t->sign = *text++;
        bad = !files_mode(text, &mode) || bad;
        t->n = mode;
        break;
    case MAXDEPTH:
        deepest = t->n;
        break;
    case MINDEPTH:
        shallowest = t->n;
        break;
    default:
        break;
    }
}

static void look_up(struct term *t)
{
    const char *p = names, *w = word[at];
    if (w == NULL) {
        wrong("the expression", "ends too early");
        return;
    }
    for (t->op = 0; t->op < OPS && (*w != '-' || strcmp(w + 1, p) != 0); t->op++)
        p += strlen(p) + 1;
    if (t->op == OPS)
        wrong(w, "not understood here");
    else if (t->op >= NAME && word[at + 1] == NULL)
        wrong(w, "lacks its argument");
    else
        check(t, word[at + 1]);
    acts = acts || t->op <= EXEC;
}

/* --- what is done --- */
/* The command with {} replaced; with what was gathered. */
static bool execute(int first, struct term *t, const char *path)
{
    static char text[TEXT_ROOM];
    static struct names command;
    bool good = true;
    for (int i = first; i < t->n - (path == NULL); i++) {
        size_t n = 0;
        for (const char *p = word[i]; *p != 0; p++) {
            bool gap = path != NULL && p[0] == '{' && p[1] == '}';
            n += text_format(text + n, sizeof text - n, gap ? "%s" : "%.1s", gap ? path : p);
            p += gap;
        }
        good = names_add(&command, text, n) && good;
    }
    for (size_t i = 0; path == NULL && i < t->paths.n; i++)
        good = names_add(&command, t->paths.list[i], strlen(t->paths.list[i])) && good;
    out_flush();
    good = good && applet_spawn(command.list) == 0;
    names_drop(&command);
    return good;
}

static bool gather(int first, struct term *t, const char *path)
{
    size_t n = path != NULL ? strlen(path) : 0;
    if (path != NULL)
        names_add(&t->paths, path, n);
    t->bytes += n + 32;
    if (t->paths.n != 0 && (path == NULL || t->bytes > GATHERED)) {
        status |= !execute(first, t, NULL);
        names_drop(&t->paths);
        t->bytes = 0;
    }
    return true;
}

static bool is_empty(void)
{
    struct names in = { 0 };
    if (!S_ISDIR(e->st.st_mode))
        return S_ISREG(e->st.st_mode) && e->st.st_size == 0;
    int fd = openat(e->at, e->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool empty = fd >= 0 && walk_names(fd, &in) && in.n == 0;
    if (fd >= 0)
        close(fd);
    names_drop(&in);
    return empty;
}

static bool erase(void)
{
    if (strcmp(e->path, ".") == 0 ||
        unlinkat(e->at, e->name, S_ISDIR(e->st.st_mode) ? AT_REMOVEDIR : 0) == 0)
        return true;
    status |= applet_failed(e->path);
    return false;
}

static bool has_perm(const struct term *t)
{
    mode_t want = (mode_t)t->n, has = e->st.st_mode & 07777;
    if (t->sign == '/')
        return want == 0 || (has & want) != 0;
    return (t->sign == '-' ? has & want : has) == want;
}

static bool evaluate(int first, struct term *t, const char *text)
{
    const struct stat *st = &e->st;
    int64_t v = st->st_uid;
    static char mode[11];
    switch (t->op) {
    case PRINT:
        out_name(e->path);
        out_char('\n');
        return true;
    case PRINT0:
        out_bytes(e->path, strlen(e->path) + 1);
        return true;
    case DELETE:
        return erase();
    case PRUNE:
        walk.skip = true;
        return true;
    case EMPTY:
        return is_empty();
    case EXEC:
        return t->sign == '+' ? gather(first, t, e->path) : execute(first, t, e->path);
    case NAME:
    case INAME:
        return match_glob(text, files_base(e->path), t->op == INAME);
    case PATH:
        return match_glob(text, e->path, false);
    case TYPE:
        text_mode(mode, st->st_mode);
        return *text == (mode[0] == '-' ? 'f' : mode[0]);
    case NEWER:
        v = st->st_mtim.tv_sec - t->n;
        return v > 0 || (v == 0 && st->st_mtim.tv_nsec > t->nanoseconds);
    case PERM:
        return has_perm(t);
    case SIZE:
        v = (st->st_size + (1 << t->shift) - 1) >> t->shift;
        break;
    case MTIME:
    case MMIN:
        v = (now - st->st_mtim.tv_sec) / (t->op == MTIME ? DAY : 60);
        break;
    case USER:
        break;
    default: /* those that hold for the whole walk */
        return true;
    }
    return t->sign == '+' ? v > t->n : t->sign == '-' ? v < t->n : v == t->n;
}

/* --- the expression; what is not `live` is only passed over --- */
static bool primary(bool live)
{
    struct term *t = &term[at];
    int first = at + 1;
    if (checking)
        look_up(t);
    if (bad)
        return false;
    at = t->op == EXEC ? (int)t->n + 1 : at + 1 + (t->op >= NAME);
    return live && evaluate(first, t, word[first]);
}

static bool one(bool live)
{
    bool negated = false, holds;
    for (; is("!") || is("-not"); at++)
        negated = !negated;
    if (is("(") && ++nested < NESTED) {
        at++;
        holds = any(live);
        if (!bad && !is(")"))
            wrong("(", "is not closed");
        at++;
        nested--;
    } else {
        holds = primary(live);
    }
    return holds != negated;
}

static bool all(bool live)
{
    bool holds = one(live);
    while (!bad && word[at] != NULL && !is(")") && !is("-o")) {
        if (is("-a"))
            at++;
        holds = one(live && holds) && holds;
    }
    return holds;
}

static bool any(bool live)
{
    bool holds = all(live);
    while (!bad && is("-o")) {
        at++;
        holds = all(live && !holds) || holds;
    }
    return holds;
}

static int each(struct walk *w, struct entry *entry)
{
    e = entry;
    at = 0;
    if (w->after && !e->after && S_ISDIR(e->st.st_mode)) {
        w->skip = e->depth >= deepest;
        return 0;
    }
    if (e->depth >= shallowest && (word[0] == NULL || any(true)) && !acts)
        evaluate(0, &(struct term){ .op = PRINT }, NULL);
    w->skip = w->skip || e->depth >= deepest;
    w->stop = w->stop || out_failed();
    return 0;
}

static int run(struct args *a)
{
    static char here[] = ".";
    int starts = 0, words = a->words;
    struct arena memory = { 0 };
    for (word = a->word; starts < words && strchr("-()!", word[starts][0]) == NULL;)
        starts++;
    word += starts;
    term = arena_take(&memory, (size_t)(words - starts + 2) * sizeof *term);
    if (term == NULL)
        return applet_failed(NULL);
    now = time(NULL);
    checking = true;
    if (word[0] != NULL)
        any(false);
    if (!bad && word[0] != NULL && word[at] != NULL)
        wrong(word[at], "not understood here");
    checking = false;
    if (bad)
        return 2;
    walk.each = each;
    for (int i = 0; i < starts || i == 0; i++)
        if (!walk.stop)
            status |= walk_tree(&walk, starts != 0 ? a->word[i] : here);
    for (int i = 0; i < words - starts; i++)
        if (term[i].paths.n != 0)
            gather(i + 1, &term[i], NULL);
    return status;
}

const struct applet applet_find = {
    "find", NULL,
    "[FOLDER...] [TEST...] [-print | -print0 | -delete | -exec COMMAND {} ; or +]\nFind files: "
    "-name -type -size -mtime -newer -user -perm -empty -maxdepth -prune ! -o ( )",
    run, false
};
