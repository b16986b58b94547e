/* What is in this build: one file of this folder is linked (make PROFILE=full). */
#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

#include "crypto/algorithm.h"

extern const char profile_name[];
extern const struct algorithms profile_algorithms;

#endif
