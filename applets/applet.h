/* The commands that this program brings along: for the built-in shell, and under their own names where somebody
 * links them to it.
 *
 * A command is a file of this folder that defines one `struct applet`; the table of the profile has a row for it, and what
 * has no row is not linked. It runs in a process of its own (or, with `inside`, within the shell), as the user, with
 * descriptors 0 to 2, and may therefore use static memory freely; nothing outlives it. */
#ifndef APPLETS_APPLET_H
#define APPLETS_APPLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

struct args {
    const struct applet *applet;
    char **argv; /* as they came, with the name first and NULL last … */
    char **word; /* what is left behind the options, NULL at the end … */
    int words;   /* … so many */
    /* (… unless options may stand behind words: then those are moved to the front) */
    const char *option[128]; /* by its letter: NULL: not given; its value, or "" */
};

struct applet {
    const char *name;
    /* The letters there are; behind one a ':' for a value, '::' where values of repeated ones are gathered, a line each. "#x" in front:
     * -N is the same as -x N. A blank in front: options may stand behind words, too. NULL: arguments are the command's own matter
     * (all are words); --help is understood even then. */
    const char *options;
    /* Behind "Usage: NAME": "[-ab] [FILE...]\nWhat it does" */
    const char *help;
    int (*run)(struct args *a); /* 0, or what the shell sees as $? */
    bool inside; /* runs in the shell's own process: no exit, no memory kept, little time */
};

/* The profile's, NULL at the end, in the order of help. */
extern const struct applet *const applet_table[];

const struct applet *applet_named(const char *name); /* NULL: none */

/* Parses what options there are, runs it and writes what it left in the output. */
int applet_run(const struct applet *applet, char **argv);

/* For a command whose `options` are NULL, since it first has something of its own to take: the rest as usual. false: how it is called
 * is to be said. */
bool applet_options(struct args *a, const char *letters);

/* Becomes argv[0]: an applet, a program of the PATH, one of the long tail (toolbox.h), or what a busybox or toybox that is there
 * knows under this name. The status is 127 when there is no such thing, 126 when it cannot be run. */
_Noreturn void applet_become(char **argv);

/* Where in the PATH a program is; false: nowhere, or the name has a slash. */
bool applet_path(char *to, size_t room, const char *name);

/* The same in a child; its status as $? has it (128 + the signal). -1: it could not be started, which was said. */
int applet_spawn(char **argv);

/* What complaints begin with from now on: after a jump out of a command. */
void applet_called(const char *name);

/* --- complaints: "NAME: WHAT: why" on descriptor 2, what was put out before it first; all return 1 --- */
int applet_failed(const char *what);                 /* errno says why */
int applet_wrong(const char *what, const char *why); /* `what` may be NULL */
int applet_usage(const struct args *a);              /* how it should be called; 2 */

/* A whole number that may end in k, M or G (1024 each); complains. */
bool applet_number(const char *text, uint64_t most, uint64_t *value);
/* The same of an option; one that was not given leaves the value as it is. */
bool applet_count(const struct args *a, char letter, uint64_t *value);

/* Seconds, with a fraction and one of s m h d behind it if one likes; more than `most` milliseconds are as many; complains. */
bool applet_duration(const char *text, uint64_t most, uint64_t *ms);

#endif
