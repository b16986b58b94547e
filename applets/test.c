#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applets/rows.h"
#include "base/text.h"

enum { STATUS_WRONG = 2, NESTED = 100 };

static char **at; /* the next word; NULL behind the last */
static int depth;
static bool bad;

static bool either(void);

static int64_t number(const char *word)
{
    uint64_t n;
    bool minus = *word == '-';
    if (!text_number(span_text(word + minus), INT64_MAX, &n)) {
        applet_wrong(word, "not a number");
        bad = true;
        return 0;
    }
    return minus ? -(int64_t)n : (int64_t)n;
}

static bool newer(const char *a, const char *b)
{
    static struct stat x, y;
    if (stat(a, &x) != 0)
        return false;
    if (stat(b, &y) != 0)
        return true;
    return x.st_mtim.tv_sec != y.st_mtim.tv_sec ? x.st_mtim.tv_sec > y.st_mtim.tv_sec
                                                : x.st_mtim.tv_nsec > y.st_mtim.tv_nsec;
}

/* -1: this is none that stands between words */
static int compare(const char *a, const char *how, const char *b)
{
    static const char words[] = "=\0==\0!=\0-nt\0-ot\0-eq\0-ne\0-lt\0-le\0-gt\0-ge\0";
    int i = 0;
    /* NOLINTNEXTLINE(clang-analyzer-core.*): what strlen() returned, the analyser does not know */
    for (const char *w = words; *w == 0 || strcmp(w, how) != 0; i++, w += strlen(w) + 1)
        if (*w == 0)
            return -1;
    if (i < 3)
        return (strcmp(a, b) == 0) == (i < 2);
    if (i < 5)
        return i == 3 ? newer(a, b) : newer(b, a);
    int64_t x = number(a), y = number(b);
    return i < 7   ? (x == y) == (i == 5)
           : i < 9 ? x < y || (i == 8 && x == y)
                   : x > y || (i == 10 && x == y);
}

/* -1: this is none that stands before a word */
static int ask(char how, const char *word)
{
    static const char types[] = "pcdbfLhS", bits[] = "kgu";
    static const mode_t type[] = { S_IFIFO, S_IFCHR, S_IFDIR, S_IFBLK,
                                   S_IFREG, S_IFLNK, S_IFLNK, S_IFSOCK };
    static struct stat st;
    const char *p;
    struct winsize w;
    if (how == 'n' || how == 'z')
        return (*word == 0) == (how == 'z');
    if (how == 't')
        return ioctl((int)number(word), TIOCGWINSZ, &w) == 0;
    if (how == 'r' || how == 'w' || how == 'x')
        return access(word, how == 'r' ? R_OK : how == 'w' ? W_OK : X_OK) == 0;
    bool there = (how == 'L' || how == 'h' ? lstat : stat)(word, &st) == 0;
    if (how == 'e')
        return there;
    if (how == 's')
        return there && st.st_size > 0;
    if (how != 0 && (p = strchr(types, how)) != NULL)
        return there && (st.st_mode & S_IFMT) == type[p - types];
    if (how != 0 && (p = strchr(bits, how)) != NULL)
        return there && (st.st_mode & (S_ISVTX << (p - bits))) != 0;
    return -1;
}

static bool one(void)
{
    bool wanted = true, result;
    int got = -1;
    while (at[0] != NULL && strcmp(at[0], "!") == 0 && at[1] != NULL &&
           !(at[2] != NULL && compare(at[0], at[1], at[2]) >= 0)) {
        wanted = !wanted;
        at++;
    }
    if (at[0] == NULL || bad) {
        bad = true;
        return false;
    }
    if (at[1] != NULL && at[2] != NULL && (got = compare(at[0], at[1], at[2])) >= 0) {
        at += 3;
    } else if (strcmp(at[0], "(") == 0 && at[1] != NULL && ++depth < NESTED) {
        at++;
        got = either();
        bad = bad || at[0] == NULL || strcmp(*at++, ")") != 0;
    } else if (at[0][0] == '-' && at[1] != NULL && at[0][1] != 0 && at[0][2] == 0 &&
               (got = ask(at[0][1], at[1])) >= 0) {
        at += 2;
    } else {
        got = **at++ != 0;
    }
    result = got != 0;
    return result == wanted;
}

static bool accept(const char *word)
{
    bool is = !bad && *at != NULL && strcmp(*at, word) == 0;
    at += is;
    return is;
}

static bool both(void)
{
    bool result = one();
    while (accept("-a"))
        result = one() && result;
    return result;
}

static bool either(void)
{
    bool result = both();
    while (accept("-o"))
        result = both() || result;
    return result;
}

static int run(struct args *a)
{
    bool result = false;
    bad = false;
    depth = 0;
    at = a->word;
    if (a->applet->name[0] == '[') {
        if (a->words == 0 || strcmp(a->word[a->words - 1], "]") != 0)
            return applet_wrong(NULL, "missing ]") + 1;
        a->word[--a->words] = NULL;
    }
    if (a->words != 0)
        result = either();
    if (!bad && *at == NULL)
        return !result;
    applet_wrong(*at, "not understood");
    return STATUS_WRONG;
}

const struct applet applet_test = {
    "test", NULL,
    "[WORD = WORD | N -eq N | -e FILE ...] [-a | -o ...]\nCompare words, numbers, files", run, true
};
const struct applet applet_bracket = { "[", NULL, "EXPRESSION ]\nAs test", run, true };
