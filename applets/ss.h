/* Sockets, as the files of /proc/net have them. */
#ifndef APPLETS_SS_H
#define APPLETS_SS_H

#include <stdint.h>

enum { SS_NUMBERS = 20 };

/* Takes n hexadecimal numbers off a line that ends in '\n', with blanks and colons between them; to[n] becomes the last one
 * as a decimal. A number that is longer than a word is several, until there are `split` of them. NULL: something else
 * stands there; else what comes behind. */
const char *ss_numbers(const char *line, uint32_t to[SS_NUMBERS + 1], unsigned n, unsigned split);

#endif
