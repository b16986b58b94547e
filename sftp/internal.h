/* Shared by sftp/'s own files only. */
#ifndef SFTP_INTERNAL_H
#define SFTP_INTERNAL_H

#include <limits.h>
#include <sys/stat.h>
#include <time.h>

#include "base/wire.h"
#include "sftp/sftp.h"

/* Section 3: types of packets. */
enum {
    FXP_INIT = 1,
    FXP_VERSION = 2,
    FXP_OPEN = 3,
    FXP_CLOSE,
    FXP_READ,
    FXP_WRITE,
    FXP_LSTAT,
    FXP_FSTAT,
    FXP_SETSTAT,
    FXP_FSETSTAT,
    FXP_OPENDIR,
    FXP_READDIR,
    FXP_REMOVE,
    FXP_MKDIR,
    FXP_RMDIR,
    FXP_REALPATH,
    FXP_STAT,
    FXP_RENAME,
    FXP_READLINK,
    FXP_SYMLINK,
    FXP_STATUS = 101,
    FXP_HANDLE,
    FXP_DATA,
    FXP_NAME,
    FXP_ATTRS,
    FXP_EXTENDED = 200,
    FXP_EXTENDED_REPLY
};

/* Section 7: status codes. */
enum {
    FX_OK,
    FX_EOF,
    FX_NO_SUCH_FILE,
    FX_PERMISSION_DENIED,
    FX_FAILURE,
    FX_BAD_MESSAGE,
    FX_OP_UNSUPPORTED = 8
};

/* Limits, as limits@openssh.com tells them. REPLY_MAX is what every client has to take (section 3). */
enum {
    PACKET_MAX = 256 * 1024,
    DATA_MAX = PACKET_MAX - 1024,
    REPLY_MAX = 34000,
    HANDLES_MAX = 256,
    NAME_ROOM = 33 /* of a user or group */
};

/* What a handler returns: 0 is success, more is an errno, these are status codes of SFTP's own, and with
 * REPLIED there is nothing left to say. */
enum {
    END = -FX_EOF,
    FAILURE = -FX_FAILURE,
    MALFORMED = -FX_BAD_MESSAGE,
    UNSUPPORTED = -FX_OP_UNSUPPORTED,
    REPLIED = -100
};

struct sftp;
struct request;

struct handle {
    int fd;
    uint32_t
        opened; /* which open it comes from; 0: free. Part of its name, so that a stale one fails */
    bool directory, writable;
    bool large; /* as far as it was read */
    int64_t at; /* where the next write() would go to, or unknown */
};
enum { AT_UNKNOWN = -1 };

/* Section 5. */
struct attributes {
    uint32_t flags;
    uint32_t uid, gid, permissions, atime, mtime;
    uint64_t size;
};

enum { ATTR_SIZE = 1, ATTR_UIDGID = 2, ATTR_PERMISSIONS = 4, ATTR_ACMODTIME = 8, ATTR_ALL = 15 };
#define ATTR_EXTENDED 0x80000000u

struct request {
    uint32_t id;
    const char *path[2]; /* fields by type, in the order they came */
    struct handle *handle[2];
    uint64_t number[3];
    struct span text[2];
    struct attributes attributes;
};

/* Fields: p path, h handle, f file's handle, d directory's handle, u uint32, l uint64, s string,
 * a attributes. */
struct operation {
    char fields[6], version[2]; /* of an extension */
    int (*run)(struct sftp *s, struct request *q);
};

struct known_name { /* a user's or group's, looked up once */
    uint32_t id;
    bool known;
    char name[NAME_ROOM];
};
enum { KNOWN_NAMES = 8 };

enum pipe_state { PIPE_UNTRIED, PIPE_READY, PIPE_NONE };

struct sftp {
    int in, out;
    const struct sftp_config *config;
    bool started, broken; /* INIT came; the client is gone */
    enum pipe_state pipe_state;
    int pipe[2];  /* what is read passes through it … */
    bool spliced; /* … and perhaps is still on its way */
    uint32_t opens;
    unsigned writers;  /* open handles that can be written to */
    size_t from, used; /* input not yet handled is [from, used) */
    size_t pending;    /* output */
    struct writer w;   /* the reply being made */
    struct handle handles[HANDLES_MAX];
    struct known_name known[2][KNOWN_NAMES]; /* users, groups */
    char paths[2][PATH_MAX];
    char scratch[PATH_MAX];
    uint8_t input[4 + PACKET_MAX];
    uint8_t output[PACKET_MAX];
};

/* packet.c: 1 and the packet without its length, 0 at the end, -1 when the framing is lost */
int packet_next(struct sftp *s, struct span *packet);
void packet_flush(struct sftp *s);

/* A reply with so much behind its type; what is not finished is not sent. One that did not fit becomes
 * a failure. */
struct writer *reply_start(struct sftp *s, uint8_t type, uint32_t id, size_t room);
int reply_stop(struct sftp *s);
void reply_status(struct sftp *s, uint32_t id, int returned);
int reply_name(struct sftp *s, uint32_t id, const char *name);

/* handle.c */
struct handle *handle_find(struct sftp *s, struct span name);
int handle_open(struct sftp *s, uint32_t id, int fd,
                int flags); /* replies; takes fd, or errno; flags as for open() */
int on_close(struct sftp *s, struct request *q);

/* attributes.c */
void attributes_get(struct reader *r, struct attributes *a);
void attributes_put(struct writer *w, const struct stat *st);
int on_stat(struct sftp *s, struct request *q);
int on_lstat(struct sftp *s, struct request *q);
int on_fstat(struct sftp *s, struct request *q);
int on_setstat(struct sftp *s, struct request *q);
int on_lsetstat(struct sftp *s, struct request *q);
int on_fsetstat(struct sftp *s, struct request *q);

/* file.c */
int result(int returned); /* of a system call: 0 or errno */
int on_open(struct sftp *s, struct request *q);
int on_read(struct sftp *s, struct request *q);
int on_write(struct sftp *s, struct request *q);
int on_fsync(struct sftp *s, struct request *q);
int on_copy_data(struct sftp *s, struct request *q);

/* splice.c: a reply with up to n bytes of a file. false: it is not made for that, and nothing was done */
bool reply_spliced(struct sftp *s, uint32_t id, int fd, uint64_t offset, size_t n);
/* Before a file is cut by its name: until the client took what it read. */
void splice_settle(struct sftp *s);

/* directory.c */
int on_opendir(struct sftp *s, struct request *q);
int on_readdir(struct sftp *s, struct request *q);

/* longname.c: a line as `ls -l` has it, and a name where there is one */
void longname_put(struct sftp *s, struct writer *w, const struct stat *st, const char *name,
                  time_t now);
const char *name_of(struct sftp *s, bool group, uint32_t id);

/* path.c */
int on_remove(struct sftp *s, struct request *q);
int on_mkdir(struct sftp *s, struct request *q);
int on_rmdir(struct sftp *s, struct request *q);
int on_rename(struct sftp *s, struct request *q);
int on_posix_rename(struct sftp *s, struct request *q);
int on_readlink(struct sftp *s, struct request *q);
int on_symlink(struct sftp *s, struct request *q);
int on_hardlink(struct sftp *s, struct request *q);

/* realpath.c */
int on_realpath(struct sftp *s, struct request *q);
int on_expand_path(struct sftp *s, struct request *q);
int on_home_directory(struct sftp *s, struct request *q);

/* extension.c */
const struct operation *extension_find(struct span name);
void extensions_put(struct writer *w);

#endif
