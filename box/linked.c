#include <stdint.h>
#include <unistd.h>

#include "box/box.h"
#include "box/run.h"

void box_become(char *const argv[], char *const environment[])
{
    environ = (char **)(uintptr_t)environment;
    _exit(box_run((char **)(uintptr_t)argv));
}
