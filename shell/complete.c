/* What the word before the cursor may become: a command where one can stand, else a path. What goes into the line is
 * quoted, and a name with a control character in it is not offered: it could be a line of its own. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applets/memory.h"
#include "applets/out.h"
#include "applets/toolbox.h"
#include "applets/walk.h"
#include "base/text.h"
#include "shell/editor.h"
#include "shell/internal.h"

enum { LIST_MOST = 500 };

/* --- the word --- */
struct unquoted {
    char text[EDITOR_LINE_MOST + 1]; /* without its quotes */
    char quote;                      /* it stands in this one; 0: in none */
    bool command;                    /* it is a command's first */
};

static void find_word(struct unquoted *w, const char *line, const char *end)
{
    char *to = w->text;
    w->quote = 0;
    w->command = true;
    for (; line < end; line++) {
        char c = *line;
        if ((c == '\'' || c == '"') && (w->quote == 0 || w->quote == c)) {
            w->quote = (char)(w->quote ^ c);
            continue;
        }
        if (w->quote == 0 && strchr(" ;|&()<>`", c) != NULL) {
            if (c != ' ')
                w->command = c != '<' && c != '>';
            else if (to != w->text)
                w->command = false;
            to = w->text;
            continue;
        }
        if (c == '\\' && w->quote != '\'')
            c = *++line;
        *to++ = c;
    }
    *to = 0;
}

/* --- what there is --- */
static int open_folder(int at, const char *name, struct names *names)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        walk_names(fd, names);
    return fd;
}

static void add_table(struct names *names, const struct applet *const *a)
{
    for (; *a != NULL; a++)
        names_add(names, (*a)->name, strlen((*a)->name));
}

static void find_commands(struct names *names)
{
    const char *name;
    char *path = getenv("PATH");
    add_table(names, applet_table);
    add_table(names, shell_builtins);
    for (unsigned i = 0; (name = toolbox_name(i)) != NULL; i++)
        names_add(names, name, strlen(name));
    while (path != NULL && *path != 0) {
        char *end = strchrnul(path, ':'), was = *end;
        *end = 0;
        close(open_folder(AT_FDCWD, path, names));
        *end = was;
        path = end + (was != 0);
    }
}

/* Of the folder that the path names, which is returned. */
static int find_paths(struct names *names, const char *path, char *stem)
{
    const char *home = getenv("HOME");
    int at = AT_FDCWD;
    char first = *stem;
    *stem = 0;
    if (path[0] == '~' && path[1] == '/' && home != NULL) {
        at = open(home, O_PATH | O_DIRECTORY | O_CLOEXEC);
        path += 2;
    }
    int fd = open_folder(at, *path != 0 ? path : ".", names);
    close(at);
    *stem = first;
    return fd;
}

static bool is_offered(const char *name, const char *stem)
{
    size_t n = strlen(stem);
    if (strncmp(name, stem, n) != 0 || (n == 0 && *name == '.'))
        return false;
    while ((n = text_character(name)) != 0)
        name += n;
    return *name == 0;
}

/* Leaves what begins like the word, once, in order. How much all of them have in common; never half a character. */
static size_t choose(struct names *names, const char *stem)
{
    size_t n = 0, common = 0;
    names_sort(names, 0);
    for (size_t i = 0; i < names->n; i++) {
        char *name = names->list[i];
        if (!is_offered(name, stem) || (n != 0 && strcmp(name, names->list[n - 1]) == 0))
            continue;
        if (n == 0)
            common = strlen(name);
        names->list[n++] = name;
        while (strncmp(name, names->list[0], common) != 0 ||
               (names->list[0][common] & 0xc0) == 0x80)
            common--;
    }
    names->n = n;
    return common;
}

/* --- what comes of it --- */
static bool is_folder(int at, const char *name)
{
    int fd = openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
    close(fd);
    return fd >= 0;
}

static void show_list(char *const *names, size_t all, int at)
{
    size_t n = all < LIST_MOST ? all : LIST_MOST;
    int widest = 0, room = 0;
    for (size_t i = 0; i < n; i++) {
        int cells = 3 + (int)text_cells(names[i], SIZE_MAX);
        widest = cells > widest ? cells : widest;
    }
    for (size_t i = 0; i < n; i++) {
        const char *name = names[i];
        room -= widest;
        if (room < 0) {
            out_char('\n');
            room = (int)out_columns() - widest;
        }
        out_format("%s%s%*s", name, is_folder(at, name) ? "/" : " ",
                   widest - 1 - (int)text_cells(name, SIZE_MAX), "");
    }
    if (n < all)
        out_format("\n... and %lu more", (unsigned long)(all - n));
    out_char('\n');
}

static void insert(struct editor *e, const char *p, size_t n)
{
    for (; n != 0; p++, n--) {
        if (strchr(" \"\\$`';|&()<>*?[]{}#~!", *p) != NULL)
            editor_insert(e, '\\');
        editor_insert(e, *p);
    }
}

/* Where no path begins like the word it may still be a command: of then, xargs, which. */
void editor_complete(struct editor *e, bool again)
{
    static struct unquoted w;
    static struct names names; /* empty before and after */
    size_t before = e->n, common = 0;
    int at = -1;
    find_word(&w, e->text, e->text + e->at);
    char *slash = strrchr(w.text, '/'), *stem = slash != NULL ? slash + 1 : w.text;
    if (!w.command || slash != NULL) {
        at = find_paths(&names, w.text, stem);
        common = choose(&names, stem);
    }
    if (names.n == 0 && slash == NULL && *stem != 0) {
        find_commands(&names);
        common = choose(&names, stem);
    }
    size_t typed = strlen(stem);
    if (w.quote != 0 && (common > typed || names.n == 1))
        editor_insert(e, w.quote);
    if (common > typed)
        insert(e, names.list[0] + typed, common - typed);
    if (names.n == 1)
        editor_insert(e, is_folder(at, names.list[0]) ? '/' : ' ');
    if (e->n == before) {
        out_char('\a');
        if (again && names.n > 1) {
            editor_draw(e, false);
            show_list(names.list, names.n, at);
        }
    }
    names_drop(&names);
    close(at);
}
