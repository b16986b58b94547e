/* Patterns for names, as glob(7) has them: * ? [a-z] [!a-z] and a backslash before what stands for itself. */
#ifndef APPLETS_MATCH_H
#define APPLETS_MATCH_H

#include <stdbool.h>

/* The whole text. `*` and `?` take slashes and dots like anything else; `fold`: a and A are the same. */
bool match_glob(const char *pattern, const char *text, bool fold);

#endif
