/* Nothing that can be left out. */
#include "profile/profile.h"

const char profile_features[] = "";
const struct features features = { 0 };
