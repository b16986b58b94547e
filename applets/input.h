/* What a command reads: by lines of any length, or as it comes. */
#ifndef APPLETS_INPUT_H
#define APPLETS_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "applets/applet.h"

struct input {
    int fd;
    const char *name; /* for complaints */
    char *buffer;     /* mapped; grows to the longest line */
    size_t room, from, used;
    bool over; /* the end was read, or reading failed (then it was said) */
    bool failed;
    bool ended; /* the line returned last had its line end */
};

/* "-": standard input. false: it cannot be opened, which was said. */
bool input_open(struct input *in, const char *name);
void input_start(struct input *in, int fd, const char *name);
void input_close(struct input *in); /* the memory, and the descriptor unless it is standard input */

/* Without its end; valid until the next call. */
bool input_line(struct input *in, struct span *line);
/* The same up to another byte, as in lists whose names end in NUL. */
bool input_until(struct input *in, char end, struct span *line);
/* Whole lines with their ends, as many as are there; only the last one of all may lack its end. Empty: the end. */
struct span input_lines(struct input *in);
/* More bytes behind those that were not taken, which move, or `over`. */
void input_fill(struct input *in);
/* Is there more? May move what was returned before. */
bool input_more(struct input *in);
/* What comes next, whatever it is; empty: the end. Valid until the next call. */
struct span input_some(struct input *in);
/* All of it, in one piece. Valid until the input is closed. */
bool input_all(struct input *in, struct span *all);

/* "==> NAME <==", where there are several files or -v was given, but not with -q. */
void input_heading(const struct args *a, const struct input *in);

/* `each` with every file that was named, or standard input where none was; the worst status. */
int input_each(struct args *a, int (*each)(struct args *a, struct input *in));

#endif
