/* Keys are bytes; those of several bytes become the control character that does the same.
 *
 * They are read one by one, and only as many as are used: what is typed ahead stays in the terminal, for the program that the
 * line may start. (For the same reason the terminal goes on making a line feed of the return key.)
 *
 * One row of the terminal is used. What does not fit is scrolled sideways, so that no width that is counted wrong, and no
 * resize, can shift what is above; all of a line is shown when it is entered. */
#include "shell/edit.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "applets/out.h"
#include "base/text.h"
#include "shell/editor.h"

enum { PAUSE_MS = 100, WIDTH_LEAST = 8, PROMPT_MOST = 1024 };
enum { NOTHING = -1, GONE = -2, CANCEL = -1, END, DONE };
enum {
    WORD_LEFT = 0x1c,
    WORD_RIGHT,
    DELETE,
    WORD_DELETE,
    ESCAPE = 0x1b,
    BACKSPACE = 0x7f,
    MODIFIED = 0x80
};
#define CONTROL(letter) ((letter) - '@')

/* --- the line --- */
static void bell(void)
{
    out_char('\a');
}

/* Bytes that are no UTF-8 are characters of their own. */
static size_t next(const char *text, size_t i)
{
    size_t n = text_character(text + i);
    return i + (n != 0 ? n : text[i] != 0);
}

static bool is_between(char c)
{
    return c == ' ' || c == '/';
}

/* Where the word before the cursor begins (step -1), or the next one (1). */
static size_t word(const struct editor *e, size_t end, int step)
{
    size_t to = e->at;
    while (to != end) {
        to += (size_t)step;
        if (to == end || (!is_between(e->text[to]) && is_between(e->text[to - 1])))
            break;
    }
    return to;
}

void editor_insert(struct editor *e, char c)
{
    char *at = e->text + e->at;
    if (e->n == EDITOR_LINE_MOST) {
        bell();
        return;
    }
    memmove(at + 1, at, e->n - e->at + 1);
    *at = c;
    e->n++;
    e->at++;
}

/* In a row that is too long for the terminal one sees half a row before the cursor, at least. */
void editor_draw(const struct editor *e, bool whole)
{
    static char row[EDITOR_LINE_MOST + PROMPT_MOST];
    size_t n = text_format(row, sizeof row, e->found != NULL ? "(search) %s: %s" : "%.500s%s",
                           e->found != NULL ? e->find : e->prompt, e->text);
    size_t at = n - (e->n - e->at), cells = text_cells(row, at), column = 0, shown = 0;
    size_t width = whole ? SIZE_MAX : out_columns() | WIDTH_LEAST; /* it may be told anything */
    ssize_t skip = 0;
    if (cells >= --width) /* behind the last column it is the terminal's choice */
        skip = (ssize_t)(cells - cells % (width / 2) - width / 2);
    out_char('\r');
    for (size_t i = 0, to; shown < width; i = to) {
        if (i == at)
            column = shown;
        to = next(row, i);
        if (to == i)
            break;
        cells = text_cells(row + i, to - i);
        if (skip > 0) {
            skip -= (ssize_t)cells;
        } else {
            out_character(row + i);
            shown += cells;
        }
    }
    out_format(whole ? "\x1b[K" : "\x1b[K\x1b[%uG", (unsigned)column + 1);
}

/* --- bytes to keys --- */
static int next_byte(int patience)
{
    static struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
    static unsigned char byte;
    for (;;) {
        if (poll(&in, 1, patience) == 0)
            return NOTHING;
        ssize_t n = read(STDIN_FILENO, &byte, 1);
        if (n == 1)
            return byte;
        if (n == 0 || (errno != EINTR && errno != EAGAIN))
            return GONE;
    }
}

/* Those of xterm, rxvt and the Linux console. */
static const struct {
    unsigned char
        end; /* of the sequence, or the digit before its ~; with control or the like 128 more */
    char key;
} sequences[] = {
    { 'A', CONTROL('P') },
    { 'B', CONTROL('N') },
    { 'C', CONTROL('F') },
    { 'D', CONTROL('B') },
    { 'H', CONTROL('A') },
    { 'F', CONTROL('E') },
    { '1', CONTROL('A') },
    { '7', CONTROL('A') },
    { '4', CONTROL('E') },
    { '8', CONTROL('E') },
    { '3', DELETE },
    { MODIFIED + 'C', WORD_RIGHT },
    { 'f', WORD_RIGHT },
    { 'b', WORD_LEFT },
    { 'd', WORD_DELETE },
    { MODIFIED + 'D', WORD_LEFT },
    { BACKSPACE, CONTROL('W') },
};

static int next_key(const struct editor *e)
{
    int c = next_byte(0);
    if (c == NOTHING) {
        editor_draw(e, false);
        out_flush();
        c = next_byte(-1);
    }
    if (c != ESCAPE)
        return c;
    do
        c = next_byte(PAUSE_MS);
    while (c == ESCAPE);
    if (c == '[' || c == 'O') {
        int number = 0;
        int modified = 0;
        while ((c = next_byte(PAUSE_MS)) >= ' ' && c < '@')
            if (c == ';')
                modified = MODIFIED;
            else if (number < 256)
                number = number * 10 + c;
        c = c == '~' ? number : c | modified;
    }
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
        if (sequences[i].end == c)
            return sequences[i].key;
    return NOTHING;
}

/* --- what was entered before --- */

/* Texts one behind the other, from FIRST on, and behind them the new one, while an older one is seen. */
enum { FIRST = 2 };
static char lines[FIRST + EDITOR_HISTORY_MOST + EDITOR_LINE_MOST];
static char *newest = lines + FIRST;

static const char *entry_of(const char *place)
{
    while (place[-1] != 0)
        place--;
    return place;
}

static void show_entry(struct editor *e, const char *entry)
{
    e->entry = entry;
    e->n = e->at = strlen(entry);
    memcpy(e->text, entry, e->n + 1);
}

/* The line may be left for another. */
static void keep(struct editor *e)
{
    if (e->entry == newest)
        memcpy(newest, e->text, e->n + 1);
}

static void move_in_history(struct editor *e, bool older)
{
    const char *entry = e->entry;
    keep(e);
    if (older && entry != lines + FIRST)
        show_entry(e, entry_of(entry - 1));
    else if (!older && entry != newest)
        show_entry(e, entry + strlen(entry) + 1);
    else
        bell();
}

/* Not what begins with a blank, which is how one keeps something out, and not twice the same. When it is
 * full it begins anew: that is after thousands of lines. */
static void remember(struct editor *e)
{
    e->entry = newest;
    if (e->n == 0 || e->text[0] == ' ' || strcmp(e->text, entry_of(newest - 1)) == 0)
        return;
    keep(e);
    newest += e->n + 1;
    if (newest > lines + EDITOR_HISTORY_MOST)
        newest = lines + FIRST;
}

static void find(struct editor *e, const char *before)
{
    size_t n = strlen(e->find);
    while (before > lines + FIRST)
        if (strncmp(--before, e->find, n) == 0) {
            e->found = before;
            show_entry(e, entry_of(before));
            e->at = (size_t)(before - e->entry);
            return;
        }
    bell();
}

/* false: the key ends it, and is for the line that was found. */
static bool search(struct editor *e, int key)
{
    char *end = e->find + strlen(e->find);
    const char *before = e->found + 1;
    if (key == CONTROL('R')) {
        before--;
    } else if (key == BACKSPACE) {
        before = newest;
        while (end > e->find && (*--end & 0xc0) == 0x80)
            ;
        *end = 0;
    } else if (key >= ' ') {
        if (end < e->find + EDITOR_FIND_MOST) {
            *end++ = (char)key;
            *end = 0;
        }
    } else {
        e->found = NULL;
        if (key != CONTROL('C') && key != CONTROL('G'))
            return false;
        show_entry(e, newest);
        return true;
    }
    find(e, before);
    return true;
}

static void start_search(struct editor *e)
{
    keep(e);
    e->found = newest - 1;
    e->find[0] = 0;
}

/* --- keys --- */

/* In pairs, to go and to delete: the beginning, the end, a character back, one on, a word back, one on. */
static const char moves[] = {
    CONTROL('A'), CONTROL('U'), CONTROL('E'), CONTROL('K'), CONTROL('B'), BACKSPACE, CONTROL('F'),
    DELETE,       WORD_LEFT,    CONTROL('W'), WORD_RIGHT,   WORD_DELETE,  0
};

/* Goes somewhere, or deletes what is between there and here. false: that is not what the key does. */
static bool move(struct editor *e, int key)
{
    const char *known = strchr(moves, key);
    size_t to = e->at;
    if (known == NULL)
        return false;
    size_t which = (size_t)(known - moves), end = 0;
    switch (which / 2) {
    case 0:
        to = 0;
        break;
    case 1:
        to = e->n;
        break;
    case 2:
        for (size_t i = 0; i < e->at; i = next(e->text, i))
            to = i;
        break;
    case 3:
        to = next(e->text, to);
        break;
    case 5:
        end = e->n; /* fall through */
    case 4:
        to = word(e, end, end != 0 ? 1 : -1);
    }
    if (which % 2 != 0) {
        size_t from = to < e->at ? to : e->at, rest = to < e->at ? e->at : to;
        memmove(e->text + from, e->text + rest, e->n - rest + 1);
        e->n -= rest - from;
        to = from;
    }
    e->at = to;
    return true;
}

static void act(struct editor *e, int key)
{
    bool again = e->tab;
    e->tab = key == '\t';
    if (e->tab)
        editor_complete(e, again);
    else if (key == CONTROL('P') || key == CONTROL('N'))
        move_in_history(e, key == CONTROL('P'));
    else if (key == CONTROL('R'))
        start_search(e);
    else if (key == CONTROL('L'))
        out_text("\x1b[H\x1b[2J");
    else if (!move(e, key) && key >= ' ')
        editor_insert(e, (char)key);
}

static int edit(struct editor *e)
{
    for (;;) {
        int key = next_key(e);
        if (key == CONTROL('H'))
            key = BACKSPACE;
        if (e->found != NULL && search(e, key))
            continue;
        if (key == '\r' || key == '\n')
            return DONE;
        if (key == CONTROL('C'))
            return CANCEL;
        if (key == CONTROL('D')) {
            key = DELETE;
            if (e->n == 0)
                key = GONE;
        }
        if (key == GONE)
            return END;
        act(e, key);
    }
}

/* --- the terminal --- */
static struct termios mode;

bool edit_possible(void)
{
    const char *term = getenv("TERM");
    return tcgetattr(STDIN_FILENO, &mode) == 0 && out_terminal() &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

/* That there is no terminal any more is found by reading. */
int edit_line(const char *prompt, struct span *line)
{
    static char text[EDITOR_LINE_MOST + 1];
    struct editor e = { .text = text, .entry = newest, .prompt = prompt };
    tcgetattr(STDIN_FILENO, &mode);
    tcflag_t usual = mode.c_lflag;
    mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    mode.c_cc[VMIN] = 1; /* means nothing in the usual mode */
    mode.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &mode);
    text[0] = 0;
    /* Goes to a new line, unless one is at the beginning of one. */
    out_format("%*s", (int)out_columns() - 1, "");
    int did = edit(&e);
    editor_draw(&e, true);
    out_text(did == CANCEL ? "^C\n" : "\n");
    out_flush();
    mode.c_lflag = usual;
    tcsetattr(STDIN_FILENO, TCSANOW, &mode);
    if (did == DONE)
        remember(&e);
    *line = span_of(text, e.n);
    return did;
}
