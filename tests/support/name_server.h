/* A name server that does as the first label of the asked name says, most of it wrong. It listens on one
 * port of 127.0.0.1, 127.0.0.2 and 127.0.0.3 (servers 1, 2 and 3), UDP and TCP. No cmocka in here.
 *
 * The right addresses are 192.0.2.1 and 2001:db8::1; what is only in wrong messages is 192.0.2.66. */
#ifndef TESTS_SUPPORT_NAME_SERVER_H
#define TESTS_SUPPORT_NAME_SERVER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct name_server_log {
    unsigned n;
    char lines[256][300]; /* "SERVER u|t A|AAAA NAME" as they came in */
};

struct name_server {
    pid_t pid;
    uint16_t port;
    struct name_server_log *log;
};

bool name_server_start(struct name_server *s);
void name_server_stop(struct name_server *s);

#endif
