#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "box/box.h"
#include "box/files.h"

void box_become(char *const argv[], char *const environment[])
{
    int status = serve_files((char **)(uintptr_t)argv);
    (void)environment;
    if (status >= 0)
        _exit(status);
    errno = ENOENT;
}
