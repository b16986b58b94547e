/* Shared by the scp files of sftp/ only.
 *
 * The protocol: the sender announces with a line "Cmode size name" (a file, whose bytes and a status follow), "Dmode 0
 * name" (a directory, whose entries follow, up to a line "E"), and before either perhaps "Tmtime 0 atime 0". A status
 * answers each: a byte 0, or 1 and a line of text, or 2 and one, then it is over. */
#ifndef SFTP_SCP_INTERNAL_H
#define SFTP_SCP_INTERNAL_H

#include <limits.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/wire.h"
#include "sftp/scp.h"

enum {
    SCP_BUFFER = 128 * 1024,
    SCP_LINE_MAX = NAME_MAX + 64,
    SCP_SAY_MAX = 1200, /* a name whose every byte is escaped, and words around it */
    SCP_DEPTH_MAX = 64,
    SCP_MODES = 07777
};

enum { TO, FROM, RECURSIVE, TIMES, INTO_DIRECTORY }; /* -t -f -r -p -d */

struct scp {
    int in, out;
    const struct sftp_config *config;
    bool option[7];
    bool over; /* nothing more is to be said or heard */
    unsigned errors;
    mode_t mask;
    size_t taken, used, pending;
    char line[SCP_LINE_MAX]; /* the record received last */
    uint8_t input[SCP_BUFFER];
    uint8_t output[4096];
};

void scp_flush(struct scp *s);
void scp_say(struct scp *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void scp_good(struct scp *s); /* the status for that */

/* A status of 1, of an errno; and one of 2, after which all is over. Names are escaped. */
void scp_complain(struct scp *s, const char *name, const char *text);
void scp_failed(struct scp *s, const char *name, int number);
void scp_fatal(struct scp *s, const char *name, const char *text);

bool scp_line(struct scp *s);                       /* into s->line; false: over */
bool scp_heard(struct scp *s);                      /* their status; false: 1, or it is over */
struct span scp_data(struct scp *s, uint64_t most); /* at least a byte; empty: over */

void scp_send(struct scp *s, int directory, const char *name, unsigned depth);
void scp_receive(struct scp *s, const char *target);

#endif
