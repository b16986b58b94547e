/* The long tail: commands of a library that was linked in (make TOOLBOX=toybox). Without one, toolbox_none.c. */
#ifndef APPLETS_TOOLBOX_H
#define APPLETS_TOOLBOX_H

/* Runs it and ends the process with its status; comes back when there is no such command. */
void toolbox_become(char **argv);

/* The i-th command's name; NULL: no more. */
const char *toolbox_name(unsigned i);

#endif
