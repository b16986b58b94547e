/* Programs that are bytes in memory and no file. */
#ifndef BOX_LAUNCH_H
#define BOX_LAUNCH_H

#include "base/wire.h"

/* Becomes the program that the two parts are one after the other, from memory; where that is refused (a kernel before 3.19, a
 * filter), from a file that has no name any more. The name given is for whoever looks at the process. Comes back only where neither can be; errno says what memory was refused with. */
void launch(const char *name, struct span head, struct span rest, char *const argv[],
            char *const environment[]);

#endif
