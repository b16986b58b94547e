/* What of the server is in this build: constants that its profile gives (profile/). What is only used where one of them
 * is true is not in a link where it is false; a peer hears the same as from a server that never heard of it. */
#ifndef BASE_FEATURES_H
#define BASE_FEATURES_H

#include <stdbool.h>

struct features {
    bool passwords;    /* the methods password and keyboard-interactive, and the hashes */
    bool certificates; /* of users and of hosts; their rows in the tables of keys go with it */
    bool
        key_options; /* of a line in authorized_keys; without, a line that has any lets nobody in */
    bool force_command;
    bool banner;
    bool pty;
    bool env;         /* variables that a client sends */
    bool forwarding;  /* any of these: */
    bool local_tcp;   /* direct-tcpip … */
    bool names;       /* … also to a name, not only to an address; that goes for call_home, too */
    bool local_unix;  /* direct-streamlocal@openssh.com */
    bool remote_tcp;  /* tcpip-forward */
    bool remote_unix; /* streamlocal-forward@openssh.com */
    bool agent;       /* auth-agent-req@openssh.com */
    bool shell;       /* a box with one that is built in (box/box.h) */
    bool files;       /* any of these: */
    bool sftp;
    bool scp;       /* its old protocol */
    bool init;      /* -- PROGRAM */
    bool container; /* NANO_SSH_* in the environment */
    bool inetd;
    bool call_home;
    bool sockets; /* unix: and vsock: to listen on */
    bool timers;  /* what ends connections and the server by the clock, but for the login grace */
    bool sources; /* a limit of connections from one address */
    bool ready_fd;
    bool reload;  /* by SIGHUP: keys, certificates, banner */
    bool systemd; /* NOTIFY_SOCKET, LISTEN_FDS, WATCHDOG_USEC */
    bool upgrade; /* by SIGUSR2, and SIGUSR1: accept no more */
    bool syslog;
    bool self_test;
    bool farewells;   /* log lines about a connection's end */
    bool hung_homes;  /* an end to look-ups in those */
    bool old_kernels; /* what Linux before 3.17 lacks and the rest is nothing without */
};

extern const struct features features;

/* The peer opens channels to sockets here … */
#define FEATURES_DIAL (features.local_tcp || features.local_unix)
/* … and we to it, for who connects to a socket here, which may be a file. */
#define FEATURES_FILE    (features.remote_unix || features.agent)
#define FEATURES_FORWARD (features.remote_tcp || FEATURES_FILE)
/* A login may come with a command that it is for. */
#define FEATURES_COMMAND (features.key_options || features.certificates)

#endif
