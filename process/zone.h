/* Local time: TZ or else /etc/localtime; a file of RFC 8536 (TZif), or POSIX's own way to write a rule. */
#ifndef PROCESS_ZONE_H
#define PROCESS_ZONE_H

#include <stdint.h>

enum { ZONE_NAME_ROOM = 12 };

struct zone {
    int32_t east;              /* seconds of it */
    char name[ZONE_NAME_ROOM]; /* as it is called then */
};

/* At that time, in seconds since 1970. UTC where nobody says anything that can be read. */
void zone_at(struct zone *z, int64_t t);

#endif
