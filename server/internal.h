/* The server's root and what hangs on it. Only server/'s own files see this.
 *
 * Readiness: every descriptor is registered once, edge-triggered, for all it can ever report. An
 * event sets a flag; only EAGAIN clears it. Whether a ready descriptor is used is then decided from
 * state alone (room in a window, bytes in a queue), without another system call. */
#ifndef SERVER_INTERNAL_H
#define SERVER_INTERNAL_H

#include <stdint.h>
#include <sys/types.h>

#include "auth/rule.h"
#include "base/block.h"
#include "crypto/host_key.h"
#include "process/pty.h"
#include "process/user.h"
#include "network/address.h"
#include "server/config.h"
#include "server/log.h"
#include "session/session.h"

enum {
    PATH_ROOM = 640,
    NOTE_MAX = PATH_ROOM + 128, /* a path and what is the matter with it */
    GRANT_MAX = NOTE_MAX + 3 * LIMIT_KEYS_LINE + 64,
};

/* --- what an epoll event is about --- */
enum watch_kind {
    WATCH_SIGNAL,
    WATCH_LISTENER,
    WATCH_SOCKET,
    WATCH_LOGIN,
    WATCH_FORWARD, /* instead of a channel's number: 2 * forward + which of its sockets … */
    WATCH_BIND,    /* … and of a forward */
    WATCH_IN,
    WATCH_OUT,
    WATCH_ERR
};

/* --- a channel's program --- */
struct stream {
    int fd;     /* -1: closed or never there */
    bool ready; /* reading or writing may get further */
};

/* What its child is to become; on the stack, which fork hands on. */
struct program {
    enum { PROGRAM_SHELL, PROGRAM_COMMAND, PROGRAM_SFTP } kind;
    bool forced;         /* by the key or the server */
    bool scp;            /* `command` may be served by the built-in scp */
    bool linkpath_first; /* of the client's SYMLINK */
    const char *command;
    char *const *environment;
};

/* … or the two directions of a forward's socket. */
struct job {
    pid_t pid; /* 0: none, or reaped */
    bool started, exited, drained, terminal, forward;
    bool dialing; /* `out` is where the child that connects the socket will say how it went */
    bool closed;  /* by the peer; only the end of the program is awaited */
    bool eof;     /* the peer's input ended: close `in` once `queue` is empty */
    struct stream in, out, err;
    struct queue queue;  /* input the program has not taken yet */
    struct block *setup; /* until the start: accepted environment, "NAME=value" NUL … */
    unsigned setup_n;    /* … so many variables */
    struct pty pty;      /* until the start; then the terminal is `out` and `in` */
};

/* --- logging in --- */
/* What the key or password that let the user in allows. Spans point into the block, which is kept
 * as long as there are any. */
struct grant {
    bool pty, port_forwarding, agent_forwarding;
    struct span command;     /* to run whatever is asked for; p == NULL: none */
    struct span environment; /* NAME=value NUL, and so on */
    struct span permit_open,
        permit_listen; /* string host, u32 port (0: any), and so on; empty: all */
    struct block *block;
};

/* --- what is listened on for the client --- */
struct forward {
    enum { FORWARD_NONE, FORWARD_TCP, FORWARD_UNIX, FORWARD_AGENT } kind;
    bool asked; /* the child that binds has not answered yet */
    /* It answers here; of a file it passes connections later, and removes it when this is closed. */
    struct stream child;
    struct stream sockets[2];
    int waiting; /* accepted, but there is no channel for it yet */
    uint32_t port;
    char name[LIMIT_HOST + 1]; /* the address as it was asked for, or the path */
};

struct forwards {
    struct forward list[LIMIT_LISTENERS];
    unsigned asking; /* the channel of the question that is open, or CHANNEL_NONE */
};

/* All that the child gets to know, on its stack, and what it answers. */
struct keeper {
    struct user user;
    int kind;
    bool everywhere; /* addresses other than the loopback's are taken as they are */
    uint32_t port;
    char name[LIMIT_HOST + 1];
};

struct kept {
    int error;        /* errno, 0: it listens */
    unsigned sockets; /* that come along: a file's stays with the child */
    uint32_t port;
    char path[128]; /* an agent's */
};

/* The question who may log in, while a child looks it up. */
struct login {
    struct auth_question question;
    bool open;         /* a question waits for its answer */
    bool waiting;      /* for its turn to hash a password */
    bool decided, yes; /* known, but a no is not said before answer_at */
    uint64_t answer_at;
    pid_t pid;
    struct stream reply; /* what the child says: grant.c */
    struct grant grant;  /* … gathered in its block */
    struct span note;    /* of it, for the log */
};

/* All that such a child gets to know, on its stack. */
struct lookup {
    struct user user;
    const struct user_key_type *type;
    struct presence token;
    uint64_t now;
    size_t key_blob_n;
    uint8_t key_blob[LIMIT_KEY_BLOB];
    char name[LIMIT_USER + 1]; /* as asked for; `user` may be nobody in its stead */
    char address[ADDRESS_MAX];
    char path[PATH_ROOM];
    char trusted_ca[PATH_ROOM]; /* the name of what is open as descriptor 0; empty: nothing is */
};

struct attempt {
    const char *path; /* of the hashes */
    bool known;
    char name[LIMIT_USER + 1];
    uint8_t password[LIMIT_PASSWORD];
    size_t password_n;
};

struct conn {
    struct session session;
    struct server *server;
    unsigned index;
    enum { CONN_FREE, CONN_LIVE, CONN_LINGER } state;
    bool queued;       /* in the server's list of connections with work */
    struct conn *next; /* in that list, or in the list of free ones */
    struct stream in;  /* the socket, reading … */
    bool out_ready;    /* … and writing */
    bool logged_in;
    bool user_valid;
    struct user user; /* asked for; to be believed only with user_valid */
    char address[ADDRESS_MAX], local[ADDRESS_MAX];
    unsigned port, local_port;
    struct login login;
    struct grant grant;            /* once logged in */
    struct block *forwards;        /* a struct forwards; NULL: nothing is listened on */
    unsigned first_job;            /* whose turn it is to move first, modulo their number */
    unsigned jobs_used;            /* those below were ever used */
    struct job jobs[CHANNELS_OWN]; /* the first; all others are in server.jobs */
};

struct listener {
    int fd;
    const char *unlink_path; /* a unix socket of ours */
};

struct server {
    const struct config *config;
    struct log log;
    struct session_config session_config;
    struct algorithms algorithms;
    struct host_key *
        host_keys; /* HOST_KEYS of them, in memory that children do not get, as all below up to `pool` */
    struct conn *conns;
    struct job *jobs;    /* JOBS_MORE of each connection */
    uint64_t *deadlines; /* one per connection, side by side for the scan */
    struct pool pool;
    void *provider; /* memory for the crypto provider */
    size_t provider_n;
    void *blocks; /* the pool's region */
    size_t blocks_n;
    bool pool_warm; /* blocks were lent since it was trimmed */
    struct conn *free_conns;
    struct conn *work, **work_end;
    unsigned conns_used; /* slots that were ever used */
    int live, startups;  /* connections; those not logged in */
    int hashing;         /* children that compute a password's hash */
    bool served_once;    /* --once: the first connection has come */
    int epoll, signals;
    struct listener listeners[CONFIG_LISTENERS];
    struct user self;
    bool is_root;
    unsigned long child_files;
    unsigned forward_files; /* descriptors from this number on are for connections and programs */
    uint64_t now_ms, started_ms;
    uint64_t busy_ms;         /* when a connection last had a turn */
    uint64_t accept_again_ms; /* when accepting goes on after a pause; UINT64_MAX: no pause */
    bool stopping, expired;   /* told to stop, or --ttl is over */
    char ident[64];
    uint8_t banner[LIMIT_BANNER];
    char authorized_keys[256];
};

/* server.c */
void server_watch(struct server *s, int fd, enum watch_kind kind, unsigned index, unsigned channel,
                  bool writing);
void server_queue(struct server *s, struct conn *c);

/* memory.c: the region of everything that children must not see; NULL: not to be had */
bool memory_start(struct server *s);
void memory_trim(struct server *s); /* pages of blocks that are not lent go back to the system */

/* listen.c */
bool listen_start(struct server *s);
void listen_stop(struct server *s);
void listen_accept(struct server *s, unsigned listener);
void listen_admit(struct server *s, int fd); /* a connected socket: a connection, or closed */

/* host_key.c: loads the files, or makes the first one. false: a log line says why not. */
bool host_key_start(struct server *s);
const char *key_title(const struct server *s, struct span key_blob); /* "ED25519", for the log */

/* conn.c */
struct conn *conn_start(struct server *s, int fd);
struct job *conn_job(struct conn *c, unsigned channel);
bool conn_peer_left(
    const struct conn *c);       /* asked while nothing is read, so nothing else would tell */
void conn_turn(struct conn *c);  /* do all there is to do now */
void conn_close(struct conn *c); /* at once */

/* farewell.c: the log lines at a connection's end */
void farewell(const struct conn *c);

/* grant.c */
size_t grant_print(uint8_t *to, size_t room, bool yes, const char *note, const struct permits *p);
bool grant_parse(struct grant *g, struct span said, struct span *note); /* false: a no */
void grant_stop(struct grant *g, struct pool *pool);

/* lookup.c: in the child, which says on descriptor 1 what it found */
_Noreturn void lookup_run(const struct lookup *l);
_Noreturn void lookup_password(const struct attempt *a);

/* login.c */
bool login_start(struct server *s); /* false: a log line says what is wrong with its files */
void login_ask(struct conn *c, const struct auth_question *q);
bool login_turn(struct conn *c); /* true: the question was answered */
void login_stop(struct conn *c);
uint64_t login_deadline(const struct conn *c);

/* dial.c: channels that the peer opens to a socket here */
void dial_start(struct conn *c, const struct channel_event *e);
bool dial_turn(struct conn *c, unsigned channel); /* true: it is known how it went */
bool dial_permitted(struct span list, const char *name, uint32_t port);

/* keeper.c: in the child, which binds, passes the sockets on, and later removes a socket's file */
_Noreturn void keeper_run(const struct keeper *k);

/* For a child that acts for a forward; false, with errno: there are too many. */
bool dial_pair(const struct conn *c, int ends[2]);

/* forward.c: sockets here whose connections become channels to the peer */
void forward_ask(struct conn *c, const struct channel_event *e);
bool forward_cancel(struct conn *c, const struct channel_event *e);
bool forward_turn(struct conn *c);
void forward_mark(struct conn *c, enum watch_kind kind, unsigned which);
const char *forward_agent(const struct conn *c); /* the path of the agent's socket; NULL: none */
void forward_stop(struct conn *c);
/* At the server's end, before that: waits so long for all of them together, or (0) only tells them. */
void forward_farewell(const struct conn *c, int *patience_ms);

/* channel.c: what a peer asks of a channel */
void channel_event(struct conn *c, const struct channel_event *e);

/* program.c: in the child; and whether a client of this identification has that order */
_Noreturn void program_run(const struct program *p, const struct user *u);
bool program_linkpath_first(const char *ident);

/* job.c */
enum { JOBS_MORE = LIMIT_CHANNELS - CHANNELS_OWN };
void stream_start(struct conn *c, unsigned channel, struct stream *st, int fd,
                  enum watch_kind kind);
void stream_stop(struct stream *st);
bool job_connect(struct conn *c, unsigned channel, int fd); /* a forward's socket, which it takes */
void job_reset(struct job *j);
bool job_launch(struct conn *c, unsigned channel, const struct program *p);
size_t job_input(struct conn *c, unsigned channel, struct span data); /* bytes taken at once */
bool job_move(struct conn *c, unsigned channel);                      /* true: something moved */
void job_exited(struct conn *c, unsigned channel, int wait_status);
void job_closed(struct conn *c, unsigned channel); /* the peer closed the channel */
void job_stop(struct conn *c, unsigned channel);   /* at once; SIGHUP to its program */

#endif
