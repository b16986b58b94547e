/* nano_sh: the box as a file of its own, which the server carries packed. */
#include <unistd.h>

#include "box/run.h"
#include "process/harden.h"

int main(int argc, char *argv[])
{
    static char usual[] = "nano-sh";
    char *none[] = { usual, NULL };
    harden_relro();
    return box_run(argc > 0 ? argv : none);
}
