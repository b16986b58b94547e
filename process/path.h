/* Where programs are. */
#ifndef PROCESS_PATH_H
#define PROCESS_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* The first of that name in `path` (folders with colons between them; NULL: none) that may be run. A name with a slash is not
 * looked for. */
bool path_find(char *to, size_t room, const char *name, const char *path);

/* The next one, and on from there. */
bool path_next(char *to, size_t room, const char *name, const char **path);

#endif
