/* Who may log in: authorized_keys is read by a short-lived child that has become the user, so that
 * neither root's rights nor a hung home directory ever touch the loop. For a user that does not
 * exist the same is done in the name of nobody, and every no is said at the same distance from its
 * question. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/features.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "process/child.h"
#include "process/password.h"
#include "process/trust.h"
#include "server/internal.h"

enum {
    NO_AFTER_MS = 10,
    NOBODY = 65534,
    ID_SHOWN = 128,
    HASHING_MAX = 8,
    WAIT_MS = 20,
    DYING_MS = 1000
};

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
    if (s->is_root && user_find(&c->user, name))
        return wanted;
    c->user = s->self; /* which /etc/passwd, if there is one, need not know */
    return wanted && strcmp(s->self.name, name) == 0;
}

/* The child's answer comes through this pipe; false: there is none to be had. */
static bool reply_start(struct conn *c, int *child_end)
{
    struct login *l = &c->login;
    int fds[2];
    l->grant.block = pool_take(&c->server->pool);
    if (l->grant.block == NULL || pipe2(fds, O_CLOEXEC) != 0) {
        session_fail(&c->session, REASON_MEMORY); /* not a failed try: nobody was asked */
        return false;
    }
    l->reply = (struct stream){ fds[0], true };
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    server_watch(c->server, fds[0], WATCH_LOGIN, c->index, 0, false);
    *child_end = fds[1];
    return true;
}

/* In the name of nobody where there is no such user: it takes as long. */
static void lookup_fill(struct lookup *l, const struct conn *c)
{
    const struct server *s = c->server;
    const struct auth_question *q = &c->login.question;
    memset(l, 0, sizeof *l);
    l->user = c->user;
    if (!c->user_valid) {
        l->user = s->self;
        if (s->is_root)
            l->user.uid = l->user.gid = NOBODY;
        text_format(l->user.home, sizeof l->user.home, "/nonexistent");
    }
    l->type = q->type;
    l->token = q->proof == AUTH_PROVEN ? q->token : (struct presence){ true, true };
    if (features.container)
        l->keys_text = s->config->authorized_text;
    if (features.container)
        l->ca_text = s->config->trusted_text;
    l->trusted_ca = s->config->trusted_ca;
    if (features.container && l->ca_text != NULL)
        l->trusted_ca = "NANO_SSH_TRUSTED_CA";
    l->key_blob_n = q->key_blob.n;
    memcpy(l->key_blob, q->key_blob.p, q->key_blob.n);
    if (FEATURES_COMMAND) { /* what can be asked of who applies */
        l->now = (uint64_t)time(NULL);
        text_format(l->name, sizeof l->name, "%s", q->user);
        text_format(l->address, sizeof l->address, "%s", c->address);
    }
}

/* A child that was killed and has not ended is in a home that hangs: a mount whose server has gone. No more of them
 * then. `pid` has been killed just now, if it is not 0; true: another one was for longer than a process takes to die. */
static bool is_hanging(struct server *s, uid_t uid, pid_t pid)
{
    struct lost *room = NULL;
    for (struct lost *l = s->lost; l < s->lost + LOST; l++) {
        if (l->pid == 0)
            room = l;
        else if (l->uid == uid)
            return s->now_ms > l->since_ms + DYING_MS;
    }
    if (pid > 0 && room != NULL)
        *room = (struct lost){ s->now_ms, pid, uid };
    return false;
}

static void start_lookup(struct conn *c)
{
    struct server *s = c->server;
    struct lookup k; /* on the stack, which fork hands on */
    int child_end, ca = -1;
    if (features.hung_homes && is_hanging(s, c->user.uid, 0)) {
        c->login.note = span_text("the home directory does not answer");
        return;
    }
    lookup_fill(&k, c);
    if (!expand(k.path, s->authorized_keys, &k.user) || !reply_start(c, &child_end))
        return;
    if (features.certificates && k.type->plain != NULL && k.trusted_ca != NULL &&
        k.ca_text == NULL) {
        char why[NOTE_MAX];
        ca = trust_open(k.trusted_ca, &s->self, why, sizeof why);
        if (ca < 0) {
            log_line(&s->log, LOG_ERROR, "--trusted-ca: %s", why[0] ? why : "the file is gone");
            k.trusted_ca = NULL;
        }
    }
    struct child child = { &k.user, ca, child_end, -1, false, s->child_files };
    pid_t pid = child_fork(&child);
    if (pid == 0)
        lookup_run(&k); /* which touches nothing of `c`: the child does not have it */
    if (pid < 0)
        session_fail(&c->session, REASON_MEMORY); /* not a failed try: nobody was asked */
    c->login.pid = pid;
    close(child_end);
    if (ca >= 0)
        close(ca);
}

/* For its turn to hash a password. */
static bool is_waiting(const struct login *l)
{
    return features.passwords && l->waiting;
}

/* So many at a time: there are not more CPUs to be had for it. The others wait their turn. */
static void start_password(struct conn *c)
{
    const struct auth_question *q = &c->login.question;
    struct attempt a = { .path = c->server->config->password_hashes, .known = c->user_valid };
    int child_end;
    c->login.waiting = c->server->hashing >= HASHING_MAX;
    if (c->login.waiting || !reply_start(c, &child_end))
        return;
    c->server->hashing++;
    text_format(a.name, sizeof a.name, "%s", q->user);
    a.password_n = q->password.n < sizeof a.password ? q->password.n : sizeof a.password;
    memcpy(a.password, q->password.p, a.password_n);
    /* With the server's own rights, since nobody else may read the hashes. */
    struct child child = { NULL, -1, child_end, -1, false, c->server->child_files };
    pid_t pid = child_fork(&child);
    if (pid == 0)
        lookup_password(&a);
    crypto_wipe(&a, sizeof a);
    if (pid < 0)
        session_fail(&c->session, REASON_MEMORY); /* not a failed try: nobody was asked */
    c->login.pid = pid;
    close(child_end);
}

/* A server of one user that has no key is most likely not what was meant. As root it has others' homes, too. */
static void say_if_nobody(const struct server *s)
{
    char path[PATH_ROOM];
    text_format(path, sizeof path, "%s/.ssh/authorized_keys", s->self.home);
    if (!s->is_root && s->config->authorized_keys == NULL && s->config->authorized_text == NULL &&
        access(path, F_OK) != 0)
        log_line(&s->log, LOG_INFO,
                 features.container ? "There is no %s (see -a, NANO_SSH_AUTHORIZED_KEYS)"
                                    : "There is no %s (see -a)",
                 path);
}

/* Asked at the start, so that a mistake does not wait for the first login. */
bool login_start(struct server *s)
{
    const char *ca = features.certificates ? s->config->trusted_ca : NULL;
    const char *hashes = features.passwords ? s->config->password_hashes : NULL;
    char why[NOTE_MAX] = "";
    int fd = ca != NULL ? trust_open(ca, &s->self, why, sizeof why) : -1;
    if (fd >= 0)
        close(fd);
    if (ca != NULL && fd < 0) {
        log_line(&s->log, LOG_ERROR, "--trusted-ca %s: %s", ca, why[0] ? why : "no such file");
        return false;
    }
    fd = hashes != NULL ? password_open(hashes, why, sizeof why) : -1;
    if (fd >= 0)
        close(fd);
    if (hashes != NULL && fd < 0) {
        log_line(&s->log, LOG_ERROR, "--password-hash-file: %s", why);
        return false;
    }
    say_if_nobody(s);
    return true;
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
    if (features.passwords && q->proof == AUTH_PASSWORD)
        start_password(c);
    else if (q->proof != AUTH_REFUSED)
        start_lookup(c);
    l->decided = l->reply.fd < 0 && !is_waiting(l);
}

/* ED25519 SHA256:… and of a certificate also whose it is, as sshd says it. */
static size_t describe_key(char *to, size_t room, const struct conn *c)
{
    const struct auth_question *q = &c->login.question;
    char fingerprint[FINGERPRINT_MAX];
    struct certificate certificate;
    uint8_t plain[LIMIT_KEY_BLOB];
    struct writer w = writer_of(plain, sizeof plain);
    key_fingerprint(fingerprint, q->key_blob);
    if (!features.certificates || q->type == NULL || q->type->plain == NULL ||
        !certificate_parse(&certificate, q->key_blob, q->type->fields))
        return text_format(to, room, "%s %s", q->type ? q->type->title : "unknown key type",
                           fingerprint);
    certificate_plain_key(&w, &certificate, q->type->plain->blob_name);
    key_fingerprint(fingerprint, span_of(plain, writer_used(&w)));
    size_t n = text_format(to, room, "%s %s", q->type->title, fingerprint);
    struct span id = certificate.id; /* cut, so that even escaped it leaves room for the rest */
    size_t id_n = 0;
    while (id_n < id.n && id_n < ID_SHOWN && id.p[id_n] != 0)
        id_n++;
    key_fingerprint(fingerprint, certificate.ca_blob);
    return n + text_format(to + n, room - n, " ID %.*s (serial %lu) CA %s %s", (int)id_n,
                           (const char *)id.p, (unsigned long)certificate.serial,
                           key_title(c->server, certificate.ca_blob), fingerprint);
}

static void log_decision(const struct conn *c)
{
    const struct login *l = &c->login;
    const struct log *log = &c->server->log;
    char key[512] = "";
    bool with_key = !features.passwords || l->question.password.p == NULL;
    if (l->note.n != 0)
        log_line(log, l->yes ? LOG_VERBOSE : LOG_INFO, "%s %s from %s port %u: %.*s",
                 l->yes ? "Key found for" : "Authentication refused for", l->question.user,
                 c->address, c->port, (int)l->note.n, (const char *)l->note.p);
    if (l->yes && l->question.proof == AUTH_NONE)
        return;
    if (with_key)
        describe_key(key, sizeof key, c);
    /* Being asked about a key is not worth a line, unless somebody tries out names. */
    bool asked = l->question.proof == AUTH_NONE && c->user_valid;
    log_line(log, asked ? LOG_VERBOSE : LOG_INFO, "%s %s for %s%s from %s port %u ssh2%s%s",
             l->yes ? "Accepted" : "Failed", with_key ? "publickey" : "password",
             c->user_valid ? "" : "invalid user ", l->question.user, c->address, c->port,
             with_key ? ": " : "", key);
}

/* What the proven key allows becomes the connection's; what was only asked about is forgotten. */
static void take_grant(struct conn *c, bool proven)
{
    struct pool *pool = &c->server->pool;
    struct grant *g = &c->login.grant;
    bool has_text = FEATURES_COMMAND && (g->command.p != NULL || g->environment.n != 0 ||
                                         g->permit_open.n != 0 || g->permit_listen.n != 0);
    if (proven) {
        c->grant = *g;
        c->grant.block = has_text ? g->block : NULL;
    }
    if (proven && has_text)
        g->block = NULL;
    grant_stop(g, pool);
}

/* A yes is said at once, a no in its time. */
static bool answer(struct conn *c)
{
    struct login *l = &c->login;
    bool yes = l->yes, proven = l->question.proof != AUTH_NONE;
    if (!l->decided || (!yes && c->server->now_ms < l->answer_at))
        return false;
    log_decision(c);
    l->open = false;
    session_auth(&c->session, yes);
    bool in = yes && proven && session_reason(&c->session) == REASON_NONE;
    take_grant(c, in);
    if (in) {
        c->logged_in = true;
        c->server->startups--;
    }
    return true;
}

static void reply_stop(struct conn *c)
{
    struct login *l = &c->login;
    close(l->reply.fd);
    l->reply = (struct stream){ -1, false };
    if (features.passwords && l->question.proof == AUTH_PASSWORD)
        c->server->hashing--;
}

/* All of it, or nothing counts. */
static void reply_over(struct conn *c)
{
    struct login *l = &c->login;
    struct block *b = l->grant.block;
    reply_stop(c);
    l->yes = grant_parse(&l->grant, span_of(b->bytes, b->tail), &l->note) && c->user_valid;
    l->grant.block = b;
    l->decided = true;
}

static void read_reply(struct conn *c)
{
    struct login *l = &c->login;
    struct block *b = l->grant.block;
    while (l->reply.ready) {
        ssize_t n = read(l->reply.fd, b->bytes + b->tail, block_room(b));
        if (n > 0)
            block_add(b, (size_t)n);
        else if (n < 0 && errno == EAGAIN)
            l->reply.ready = false;
        else if (n == 0 || errno != EINTR)
            reply_over(c);
    }
}

bool login_turn(struct conn *c)
{
    struct login *l = &c->login;
    if (!l->open)
        return false;
    if (c->in.ready && conn_peer_left(c)) {
        session_fail(&c->session, REASON_PEER_CLOSED);
        return false;
    }
    if (is_waiting(l)) {
        start_password(c);
        l->decided = l->reply.fd < 0 && !l->waiting;
    }
    read_reply(c);
    return answer(c);
}

uint64_t login_deadline(const struct conn *c)
{
    const struct login *l = &c->login;
    if (l->open && is_waiting(l))
        return c->server->now_ms + WAIT_MS;
    return l->open && l->decided ? l->answer_at : UINT64_MAX;
}

void login_stop(struct conn *c)
{
    struct login *l = &c->login;
    if (l->open && l->reply.fd >= 0) {
        reply_stop(c);
        child_signal(l->pid, SIGKILL);
        if (features.hung_homes && c->user_valid)
            is_hanging(c->server, c->user.uid, l->pid);
    }
    l->open = false;
    grant_stop(&l->grant, &c->server->pool);
    grant_stop(&c->grant, &c->server->pool);
}
