/* A temporary directory per test, and programs run without a shell. */
#ifndef TESTS_SUPPORT_FILES_H
#define TESTS_SUPPORT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define FILES_PATH_MAX 256

/* cmocka's setup and teardown: *state becomes the directory's path. */
int files_start(void **state);
int files_stop(void **state); /* removes everything below */

/* "DIRECTORY/NAME" in a static buffer, of which there are four. */
const char *files_path(void **state, const char *name);

void files_write(const char *path, const void *p, size_t n, mode_t mode);

/* Standard output of argv[0] (found in PATH), cut to room - 1 bytes and with a NUL; the exit status,
 * or -1 when the program could not be started. */
int files_run(char *const argv[], char *output, size_t room);

#endif
