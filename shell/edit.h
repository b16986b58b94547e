/* A line from a terminal: editing, history, completion. */
#ifndef SHELL_EDIT_H
#define SHELL_EDIT_H

#include <stdbool.h>

#include "base/wire.h"

/* Are descriptors 0 and 1 a terminal that can be driven? (Not where TERM is "dumb".) */
bool edit_possible(void);

/* 1: a line, without its end, valid until the next call; 0: the end (control-D on an empty line, or the terminal is gone);
 * -1: control-C, what was typed is forgotten. The terminal's mode is afterwards as it was. */
int edit_line(const char *prompt, struct span *line);

#endif
