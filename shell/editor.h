/* The line editor's inside. */
#ifndef SHELL_EDITOR_H
#define SHELL_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

enum { EDITOR_LINE_MOST = 64 * 1024, EDITOR_FIND_MOST = 64, EDITOR_HISTORY_MOST = 256 * 1024 };

/* One line while it is edited. The cursor is at the beginning of a character, or at the end. */
struct editor {
    char *text;   /* with a NUL behind */
    size_t at, n; /* the cursor; all of it */
    const char *prompt;
    char *
        history; /* behind all lines that were entered: where the new one waits while an older one is seen */
    const char *entry; /* the line of the history one is in; `history`: the new one */
    const char *found; /* where the search is; NULL: there is none */
    bool tab;          /* was the last key */
    char find[EDITOR_FIND_MOST + 1];
};

/* Puts the line where it belongs, into out.h; `whole`: as it stays, with the cursor behind it. */
void editor_draw(const struct editor *e, bool whole);

/* At the cursor, which is behind it then; a bell when the line gets too long. */
void editor_insert(struct editor *e, char c);

/* Completes the word before the cursor; `again`: where there is nothing to add, shows what there is. */
void editor_complete(struct editor *e, bool again);

#endif
