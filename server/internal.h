/* The server's root and what hangs on it. Only server/'s own files see this.
 *
 * Readiness: every descriptor is registered once, edge-triggered, for all it can ever report. An
 * event sets a flag; only EAGAIN clears it. Whether a ready descriptor is used is then decided from
 * state alone (room in a window, bytes in a queue), without another system call. */
#ifndef SERVER_INTERNAL_H
#define SERVER_INTERNAL_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "auth/rule.h"
#include "base/block.h"
#include "base/features.h"
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
    LOST = 32,
    GRANT_MAX = NOTE_MAX + 3 * LIMIT_KEYS_LINE + 64,
};

/* --- what an epoll event is about --- */
enum watch_kind {
    WATCH_SIGNAL,
    WATCH_LISTENER,
    WATCH_CALL,
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
    struct pty pty; /* … or why there is none, where one was asked for */
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

/* --- calling home --- */
/* What was the matter with the last call; it is in the log already. */
enum wrong { WRONG_NOTHING, WRONG_NOBODY /* logged in */, WRONG_DOWN };

/* The place that this server calls. */
struct call {
    uint64_t at_ms;   /* of the next call, also when a child says nothing; UINT64_MAX: no call */
    uint32_t wait_ms; /* on average, before the next call */
    uint32_t random;
    enum wrong wrong;
    int ends[2]; /* where a child says how it went: ours, its */
    unsigned port;
    char name[LIMIT_HOST + 1];
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
    const char
        *trusted_ca; /* the name of what is open as descriptor 0, or of ca_text; NULL: nothing is */
    const char *keys_text, *ca_text; /* instead of the two files; NULL: files */
};

struct attempt {
    const char *path; /* of the hashes */
    bool known;
    char name[LIMIT_USER + 1];
    uint8_t password[LIMIT_PASSWORD];
    size_t password_n;
};

/* What is large comes last in these two: what is within 128 bytes is reached by shorter code. */
struct conn {
    struct server *server;
    unsigned index;
    enum { CONN_FREE, CONN_LIVE, CONN_LINGER } state;
    bool queued;       /* in the server's list of connections with work */
    struct conn *next; /* in that list, or in the list of free ones */
    struct stream in;  /* the socket, reading … */
    bool out_ready;    /* … and writing */
    bool logged_in;
    bool user_valid;
    unsigned port, local_port;
    unsigned first_job;     /* whose turn it is to move first, modulo their number */
    unsigned jobs_used;     /* those below were ever used */
    struct block *forwards; /* a struct forwards; NULL: nothing is listened on */
    char address[ADDRESS_MAX], local[ADDRESS_MAX];
    struct grant grant; /* once logged in */
    struct login login;
    struct session session;
    bool called;                   /* the server made it: call.c */
    struct user user;              /* asked for; to be believed only with user_valid */
    struct job jobs[CHANNELS_OWN]; /* the first; all others are in server.jobs */
};

/* A look-up that was killed and has not ended: one of each user. */
struct lost {
    uint64_t since_ms;
    pid_t pid; /* 0: none */
    uid_t uid;
};

struct listener {
    int fd;
    const char *unlink_path; /* a unix socket of ours */
};

/* What the server shows of itself: identity.c. The config of its sessions comes first, by which they know it. */
struct identity {
    struct session_config config;
    unsigned users; /* connections, and the server while it is the present one */
    struct host_key keys[HOST_KEYS];
    uint8_t banner[LIMIT_BANNER];
};

struct server {
    const struct config *config;
    struct log log;
    struct pool pool;
    uint64_t now_ms;
    unsigned long child_files;
    unsigned forward_files; /* descriptors from this number on are for connections and programs */
    unsigned conns_used;    /* slots that were ever used */
    int live, startups;     /* connections; those not logged in */
    int open;               /* … and with those whose peer may only still read */
    int hashing;            /* children that compute a password's hash */
    int epoll, signals;
    bool is_root;
    bool pool_warm;         /* blocks were lent since it was trimmed */
    bool draining;          /* nothing is accepted any more, but what is open may end */
    bool key_in_memory;     /* the host key is nowhere else */
    bool stopping, expired; /* told to stop, or it is time to */
    struct conn *conns;     /* this and the next three in memory that children do not get */
    struct job *jobs;       /* JOBS_MORE of each connection */
    uint64_t *deadlines;    /* one per connection, side by side for the scan */
    struct identity
        *identity;           /* of connections from now on; memory that children do not get, too */
    struct identity *before; /* while it is being reloaded; else NULL */
    struct conn *free_conns;
    struct conn *work, **work_end;
    uint64_t started_ms;
    uint64_t alone_ms;        /* when the last connection ended, or the start */
    uint64_t busy_ms;         /* when a connection last had a turn */
    uint64_t accept_again_ms; /* when accepting goes on after a pause; UINT64_MAX: no pause */
    uint64_t watchdog_ms;     /* when the watchdog is to be told; UINT64_MAX: there is none … */
    uint64_t watchdog_each_ms;
    sigset_t heard;
    pid_t heir;         /* the process that is to replace this one; 0: none */
    pid_t elder;        /* whose place this one took, while it has connections; 0: none */
    uint64_t finish_ms; /* when that is tried again; 0: it has not been tried */
    void *provider;     /* memory for the crypto provider */
    size_t provider_n;
    unsigned conns_most; /* slots that there are */
    void *blocks;        /* the pool's region */
    size_t blocks_n;
    struct listener listeners[CONFIG_LISTENERS];
    struct user self;
    char ident[64];
    char authorized_keys[256];
    struct call call;
    struct lost lost[LOST];
};

/* server.c */
void server_watch(struct server *s, int fd, enum watch_kind kind, unsigned index, unsigned channel,
                  bool writing);
void server_queue(struct server *s, struct conn *c);

/* memory.c: the region of everything that children must not see; NULL: not to be had */
bool memory_start(struct server *s);
struct identity *memory_identity(void); /* likewise, and NULL */
void memory_identity_stop(struct identity *i);
void memory_trim(struct server *s); /* pages of blocks that are not lent go back to the system */

/* listen.c */
bool listen_start(struct server *s);
void listen_stop(struct server *s);
void listen_accept(struct server *s, unsigned listener);
/* A connected socket: a connection, or (NULL) closed. */
struct conn *listen_admit(struct server *s, int fd);

/* call.c */
bool call_begin(struct server *s);   /* false: a log line says what is wrong with a place */
uint64_t call_due(struct server *s); /* starts the calls that are due; when the next is */
void call_turn(struct server *s);    /* takes what the children say */
/* There is no connection, or no more. */
void call_over(struct server *s, enum wrong wrong);
/* From a wait to the next one, on average; and what comes of that by a random number. */
uint32_t call_longer(uint32_t wait_ms);
uint32_t call_about(uint32_t wait_ms, uint32_t random);

/* signal.c */
void signals_hold(struct server *s);
bool signals_start(struct server *s);
void signals_read(struct server *s);

/* identity.c: false: a log line says why not. */
bool identity_start(struct server *s);
void identity_leave(struct server *s, struct identity *i); /* by one of its users */
void identity_reload(struct server *s);

/* notify.c: what systemd is told, if it is there; no line ends */
void notify_start(struct server *s);
void notify_turn(struct server *s); /* the watchdog, when it is time */
void notify(const struct server *s,
            const char *format); /* in which there may be a %llu, for the time */

/* upgrade.c */
void upgrade_start(struct server *s);                  /* SIGUSR2 */
void upgrade_drain(struct server *s);                  /* SIGUSR1 */
void upgrade_ended(struct server *s, int wait_status); /* the heir has */
bool upgrade_finish(
    struct server *s); /* takes the heir's place, or waits until it can; false: there is none */
bool upgrade_is_going_on(
    const struct server *s);          /* another process has connections of this server */
void upgrade_ready(struct server *s); /* of the heir, and of who has followed it */

/* host_key.c: loads the files into s->identity, or makes the first one. false: a log line says why not. */
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
#define IS_TCP(kind) (features.remote_tcp && ((kind) == FORWARD_TCP || !FEATURES_FILE))
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
