/* The log: one line per event on standard error, in OpenSSH's wording, peers' text escaped; with --syslog to the system's
 * own log, too. */
#ifndef SERVER_LOG_H
#define SERVER_LOG_H

enum log_level { LOG_ERROR, LOG_INFO, LOG_VERBOSE };

struct log {
    enum log_level level; /* lines above it are dropped */
    short fd;             /* -1: nowhere (inetd mode without an error stream of its own) */
    short syslog;         /* as well, of log_open(); 0: no */
    const char *prefix;   /* of every line */
};

/* A line that cannot be written at once is lost: the loop never waits for a reader of its log. */
void log_line(const struct log *l, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* For /dev/log, whether or not there is one yet; -1: no descriptors. */
short log_open(void);

#endif
