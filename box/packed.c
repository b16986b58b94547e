/* The box is packed with this program's own code and constants as its dictionary: much of it is in the other program too, which saves
 * a sixth.
 *
 * So that the dictionary does not depend on what is packed with it, the packed bytes have a segment of their own behind everything
 * else, with their sizes in it: deps/layout.ld. */
#include "box/box.h"
#include "box/launch.h"
#include "box/unpack.h"

/* deps/pack.sh, deps/layout.ld */
#define HERE extern __attribute__((visibility("hidden")))
HERE const struct packed box;
HERE const uint8_t box_dictionary[], box_dictionary_end[];

void box_become(char *const argv[], char *const environment[])
{
    struct span dictionary =
        span_of(box_dictionary, (uintptr_t)box_dictionary_end - (uintptr_t)box_dictionary);
    struct span program = unpack(&box, dictionary);
    if (program.n != 0)
        launch("nano-sh", program, (struct span){ 0 }, argv, environment);
}
