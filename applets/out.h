/* Standard output of a command, gathered: one system call for many lines. */
#ifndef APPLETS_OUT_H
#define APPLETS_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/wire.h"

void out_bytes(const void *p, size_t n);
void out_text(const char *text);
void out_char(char c);
void out_span(struct span s);
void out_format(const char *format, ...)
    __attribute__((format(printf, 1, 2))); /* up to 8 KB at a time */

/* From now on it is this file; false: it is not, which was said. */
bool out_to(const char *name);

/* What may be hostile: the character a text begins with, or '?' for a byte that might drive a terminal. How many bytes it was. */
size_t out_character(const char *text);
/* All of it, as it is where no terminal reads. (Names of files.) */
void out_name(const char *name);
/* The same whoever reads: what must stay one line. */
void out_safe(struct span s);

/* Before a fork and before waiting. false: the reader is gone or the disk full, and stays so; errno says which. */
bool out_flush(void);
bool out_end(void);    /* the same, at the end of a command: the next one may have more luck */
bool out_failed(void); /* some write before has failed: nobody listens, so one may end */

bool out_terminal(void);    /* does a terminal read? */
unsigned out_columns(void); /* its width; 80 where that is not known */
unsigned out_rows(void);    /* and its height; 24 */

#endif
