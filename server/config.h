/* Everything a deployment chooses: main.c fills it from the command line. Texts are not owned. */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

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
    char *host_key_text;         /* the key itself, wiped as soon as it was read; NULL: none */
    const char *authorized_keys; /* file; NULL: ~/.ssh/authorized_keys */
    const char *authorized_text; /* … or its lines, in memory that children inherit; NULL: a file */
    const char *trusted_ca;      /* file; NULL: none */
    const char *trusted_text;    /* … or its lines */
    const char *password_hashes; /* file; NULL: no passwords */
    const char *user;            /* the only login name; NULL: no such limit */
    const char *force_command;
    const char *banner; /* file */
    bool inetd, quiet, verbose, check, once, no_pty, no_sftp, no_forwarding, gateway_ports;
    int login_grace, idle_timeout; /* seconds, 0: none */
    int keepalive;                 /* … CONFIG_UNSET: not said; main.c knows what then */
    int max_connections, max_startups, max_per_source; /* 0: no limit per source */
    int ready_fd;                                      /* CONFIG_UNSET: none */
    int ttl;                                           /* seconds, 0: for ever */
    int exit_idle;             /* seconds without a connection, 0: any number of them */
    char **program;            /* of init mode, with its arguments; NULL: serve only */
    bool strict;               /* … which is told to end when the server fails */
    bool syslog;               /* log there as well */
    const char *call_home;     /* HOST:PORT; NULL: nowhere */
    char *const *arguments;    /* this process's own … */
    const char *notify_socket; /* … and what systemd says in its environment; NULL: nothing */
    uint64_t watchdog_us;      /* 0: none */
    uint64_t listen_fds;       /* sockets there are from descriptor 3 on */
    int predecessor; /* the process that an upgrade began in, or its heir; 0: none, -1: it has ended … */
    unsigned sockets; /* … and a bit for each descriptor that is a socket of its */
};

/* What holds where nothing was said; all else is zero. (Data of a program are bytes of its file, zeros are not.) */
static inline void config_defaults(struct config *c)
{
    c->login_grace = 120;
    c->max_connections = 512;
    c->max_startups = 100;
    c->keepalive = c->ready_fd = CONFIG_UNSET;
}

#endif
