/* What is in this build. A profile is two files of this folder, which are linked (make PROFILE=full): one has the tables
 * of algorithms, profile/NAME.c (or NAME-openssl.c), and one the list of features, profile/NAME-features.c. What no
 * row names is left out by the linker. */
#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

#include "base/features.h"
#include "crypto/algorithm.h"
#include "profile/options.h"

extern const char profile_name[];
extern const char profile_features[]; /* for --version: a blank before each name */
extern const struct algorithms profile_algorithms;

#define PROFILE_FIELD(name)   .name = true,
#define PROFILE_WORD(name)    " " #name
#define PROFILE_OPTIONS(name) OPTIONS_##name

/* `list(row)` is row(NAME) for every feature, `words` what is said of them: " all", or list(PROFILE_WORD). */
#define PROFILE(name, list, words)                                                                 \
    const char profile_name[] = name;                                                              \
    const char profile_features[] = "" words;                                                      \
    const struct features features = { list(PROFILE_FIELD) };                                      \
    const struct option profile_options[] = { OPTIONS_first list(PROFILE_OPTIONS) OPTIONS_last };  \
    const size_t profile_options_n = sizeof profile_options / sizeof *profile_options;

#endif
