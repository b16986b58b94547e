/* How sizes, owners and times are written. (Of modes: text_mode() in base/text.h.) */
#ifndef APPLETS_SHOW_H
#define APPLETS_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* 1.5K, 23M, 812; of bytes. */
void show_size(char to[8], uint64_t bytes);

/* The name, or the number where there is none. Asks /etc once for each. */
const char *show_user(uid_t uid);
const char *show_group(gid_t gid);

/* As strftime(3) and date(1): a b d e F H j m M N R s S T Y z Z %. */
size_t show_time(char *to, size_t room, const char *format, int64_t seconds, uint32_t nanoseconds,
                 bool utc);

#endif
