/* What the kernel tells in /proc: small texts about itself and about each process. Processes come and go while one looks, and those
 * of others may be hidden or closed: whatever cannot be read is left out, and the rest is shown.
 *
 * One goes into the folder of a process and reads there: a number that was given to another meanwhile leads nowhere. */
#ifndef APPLETS_PROC_H
#define APPLETS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "applets/memory.h"
#include "base/wire.h"

/* The text read last, with a NUL behind. What is longer is cut: command lines can have megabytes. */
enum { PROC_ROOM = 256 * 1024 };
extern char proc_text[PROC_ROOM];
ssize_t proc_read(const char *path); /* -1, with errno and an empty text: it cannot be read */

/* Into a process's folder; its number, or NULL for one's own. */
bool proc_enter(const char *id);

/* Complains, and says so where there is no /proc at all; 1. `id`: whose it was; may be NULL. */
int proc_failed(const char *id);

/* Each line of a file in the process's folder; complains where there is none. */
int proc_lines(const char *id, const char *path, void (*each)(struct span line));

/* What may be anybody's, so that it cannot drive a terminal, and a line end. */
void proc_put(struct span line);

/* The number behind a label at the start of a line; 0: there is none. */
uint64_t proc_number(const char *text, const char *label);

/* The numbers of /proc/PID/stat behind the state, in proc(5)'s order, which begins with the fourth. */
enum {
    PROC_PARENT,
    PROC_USER = 10, /* ticks */
    PROC_SYSTEM,
    PROC_START = 18, /* ticks since boot */
    PROC_PAGES = 20,
    PROC_NUMBERS
};

struct process {
    const char *id; /* its number, as text … */
    int64_t pid;    /* … and as such */
    int64_t number[PROC_NUMBERS];
    uint64_t ticks;
    unsigned cpu; /* thousandths of one */
    uid_t uid;
    bool shown;
    char state;
    char name[64];
};

/* Of a text as /proc/PID/stat has it; false: it is none. */
bool proc_parse(struct process *p, char *text);

struct processes {
    struct names ids; /* whose; none: all there are */
    struct process *list;
    size_t n, room;
};

/* The time each took of a CPU is counted since the call before, or else since its start. false: there is no process, which
 * was said. The next call drops what the one before it found. */
bool proc_list(struct processes *l);

/* --- shared by ps and top --- */
void ps_title(void);
/* `columns`: where the line is cut, 0: nowhere. */
void ps_line(const struct process *p, int depth, size_t columns);

/* --- what top begins with --- */
void uptime_show(void);
bool free_show(bool human, unsigned shift); /* false: it is not known, which was said */

#endif
