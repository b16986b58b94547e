/* IP addresses as text (RFC 4291 section 2.2). */
#ifndef BASE_IP_H
#define BASE_IP_H

#include "base/wire.h"

enum { IP_V4 = 4, IP_V6 = 16 };

/* How many bytes of `to` it is; 0: it is none. */
size_t ip_parse(uint8_t to[IP_V6], struct span text);

#endif
