/* Who may log in: authorized_keys is read by a short-lived child that has become the user, so that
 * neither root's rights nor a hung home directory ever touch the loop. For a user that does not
 * exist the same is done in the name of nobody, and every no is said at the same distance from its
 * question. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "auth/authorized_keys.h"
#include "base/text.h"
#include "process/child.h"
#include "process/lines.h"
#include "process/trust.h"
#include "server/internal.h"

enum { NO_AFTER_MS = 10, NOBODY = 65534, PATH_ROOM = 640 };

/* --- in the child --- */
struct lookup {
    struct user user;
    char path[PATH_ROOM];
    uint8_t key_blob[LIMIT_KEY_BLOB];
    size_t key_blob_n;
};

_Noreturn static void reply(char verdict, const char *text)
{
    char line[REPLY_MAX];
    size_t n = text_format(line, sizeof line, "%c%s", verdict, text);
    _exit(write(1, line, n) == (ssize_t)n ? 0 : 1);
}

static void look(const struct lookup *k)
{
    struct lines lines;
    struct span line;
    struct offered offered = { span_of(k->key_blob, k->key_blob_n), { 0 } };
    struct key_options options;
    char text[REPLY_MAX - 1], note[REPLY_MAX - 1] = "";
    const char *why = NULL;
    int fd = trust_open(k->path, &k->user, text, sizeof text);
    if (fd < 0)
        reply('N', text);
    lines_start(&lines, fd);
    while (lines_next(&lines, &line)) {
        enum keys_verdict v = authorized_keys_line(line, &offered, &options, &why);
        if (v == KEYS_MATCH && options.list.n != 0) {
            v = KEYS_REFUSED;
            why = "key options are not honoured yet, and a key is not let in without its options";
        }
        if (v == KEYS_MATCH) {
            text_format(text, sizeof text, "%s:%u", k->path, lines.number);
            reply('Y', text);
        }
        if (v == KEYS_REFUSED || lines.overlong)
            text_format(note, sizeof note, "%s:%u: %s", k->path, lines.number,
                        lines.overlong ? "the line is too long" : why);
    }
    reply('N', note);
}

/* --- in the server --- */
/* %h is the home directory, %u the name, %% a percent sign; a relative path is below the home. */
static bool expand(char *to, const char *from, const struct user *u)
{
    struct writer w = writer_of(to, PATH_ROOM - 1);
    if (from[0] != '/' && from[0] != '%') {
        put_bytes(&w, u->home, strlen(u->home));
        put_byte(&w, '/');
    }
    for (; *from != 0; from++) {
        const char *value = NULL;
        if (from[0] == '%')
            value = from[1] == 'h'   ? u->home
                    : from[1] == 'u' ? u->name
                    : from[1] == '%' ? "%"
                                     : NULL;
        put_bytes(&w, value ? value : from, value ? strlen(value) : 1);
        from += value != NULL;
    }
    *w.p = 0;
    return !w.bad;
}

static bool find_user(struct conn *c, const char *name)
{
    const struct server *s = c->server;
    bool wanted = s->config->user == NULL || strcmp(s->config->user, name) == 0;
    if (!s->is_root) {
        c->user = s->self;
        return wanted && strcmp(s->self.name, name) == 0;
    }
    return user_find(&c->user, name) && wanted;
}

static void start_lookup(struct conn *c)
{
    const struct server *s = c->server;
    struct login *l = &c->login;
    struct lookup k; /* on the stack, which fork hands on */
    int fds[2];
    k.user = c->user;
    if (!c->user_valid) {
        k.user = s->self;
        if (s->is_root)
            k.user.uid = k.user.gid = NOBODY;
        strcpy(k.user.home, "/nonexistent");
    }
    k.key_blob_n = l->question.key_blob.n;
    memcpy(k.key_blob, l->question.key_blob.p, k.key_blob_n);
    if (!expand(k.path, s->authorized_keys, &k.user) || pipe2(fds, O_CLOEXEC) != 0)
        return;
    struct child child = { &k.user, -1, fds[1], -1, false, s->child_files };
    pid_t pid = child_fork(&child);
    if (pid == 0)
        look(&k); /* which touches nothing of `c`: the child does not have it */
    l->pid = pid;
    close(fds[1]);
    l->reply = (struct stream){ fds[0], true };
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    server_watch(c->server, fds[0], WATCH_LOGIN, c->index, 0, false);
}

void login_ask(struct conn *c, const struct auth_question *q)
{
    struct login *l = &c->login;
    memset(l, 0, sizeof *l);
    l->question = *q;
    l->open = true;
    l->reply.fd = -1;
    l->answer_at = c->server->now_ms + NO_AFTER_MS;
    c->user_valid = find_user(c, q->user);
    if (q->proof != AUTH_REFUSED)
        start_lookup(c);
    l->decided = l->reply.fd < 0;
}

static void log_decision(const struct conn *c)
{
    const struct login *l = &c->login;
    const struct log *log = &c->server->log;
    char fingerprint[FINGERPRINT_MAX];
    key_fingerprint(fingerprint, l->question.key_blob);
    const char *title = l->question.type ? l->question.type->title : "unknown key type";
    if (l->reply_n > 1)
        log_line(log, l->yes ? LOG_VERBOSE : LOG_INFO, "%s %s from %s port %u: %s",
                 l->yes ? "Key found for" : "Authentication refused for", l->question.user,
                 c->address, c->port, l->reply_text + 1);
    if (l->yes && l->question.proof == AUTH_NONE)
        return;
    log_line(log, LOG_INFO, "%s publickey for %s%s from %s port %u ssh2: %s %s",
             l->yes ? "Accepted" : "Failed", c->user_valid ? "" : "invalid user ", l->question.user,
             c->address, c->port, title, fingerprint);
}

/* A yes is said at once, a no in its time. */
static bool answer(struct conn *c)
{
    struct login *l = &c->login;
    bool yes = l->yes, proven = l->question.proof == AUTH_PROVEN;
    if (!l->decided || (!yes && c->server->now_ms < l->answer_at))
        return false;
    log_decision(c);
    l->open = false;
    session_auth(&c->session, yes);
    if (yes && proven && session_reason(&c->session) == REASON_NONE) {
        c->logged_in = true;
        c->server->startups--;
    }
    return true;
}

static void read_reply(struct login *l)
{
    while (l->reply.ready) {
        ssize_t n = read(l->reply.fd, l->reply_text + l->reply_n, REPLY_MAX - 1 - l->reply_n);
        if (n > 0) {
            l->reply_n += (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            l->reply.ready = false;
        } else if (n == 0 || errno != EINTR) {
            close(l->reply.fd);
            l->reply = (struct stream){ -1, false };
            l->reply_text[l->reply_n] = 0;
            l->decided = true;
        }
    }
}

bool login_turn(struct conn *c)
{
    struct login *l = &c->login;
    if (!l->open)
        return false;
    read_reply(l);
    l->yes = l->decided && l->reply_text[0] == 'Y' && c->user_valid;
    return answer(c);
}

uint64_t login_deadline(const struct conn *c)
{
    return c->login.open && c->login.decided ? c->login.answer_at : UINT64_MAX;
}

void login_stop(struct conn *c)
{
    struct login *l = &c->login;
    if (l->open && l->reply.fd >= 0) {
        close(l->reply.fd);
        child_signal(l->pid, SIGKILL);
    }
    l->open = false;
}
