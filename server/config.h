/* Everything a deployment chooses: main.c fills it from the command line. Texts are not owned. */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>

#include "crypto/algorithm.h"

enum { CONFIG_LISTENERS = 8, CONFIG_UNSET = -1 };

struct config {
    const struct algorithms *algorithms;  /* of this build's profile */
    const char *listen[CONFIG_LISTENERS]; /* [ADDR:]PORT, unix:PATH, vsock:PORT */
    int listen_n;
    const char *host_keys[HOST_KEYS]; /* files; none: the default place */
    int host_key_n;
    const char *host_certificates[HOST_KEYS];
    int host_certificate_n;
    const char *authorized_keys; /* file; NULL: ~/.ssh/authorized_keys */
    const char *trusted_ca;      /* file; NULL: none */
    const char *password_hashes; /* file; NULL: no passwords */
    const char *user;            /* the only login name; NULL: no such limit */
    const char *force_command;
    const char *banner; /* file */
    bool inetd, quiet, verbose, check, once, no_pty, no_sftp, no_forwarding, gateway_ports;
    int login_grace, idle_timeout, keepalive;          /* seconds, 0: none */
    int max_connections, max_startups, max_per_source; /* 0: no limit per source */
    int ready_fd;                                      /* CONFIG_UNSET: none */
    int ttl;                                           /* seconds, 0: for ever */
};

/* What holds where nothing was said. */
#define CONFIG_DEFAULTS                                                                            \
    {                                                                                              \
        .login_grace = 120, .max_connections = 512, .max_startups = 100, .ready_fd = CONFIG_UNSET, \
    }

#endif
