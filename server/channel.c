/* What a peer asks of a channel: terminal, environment, program, size, signals, data. */
#include <string.h>
#include <stdlib.h>

#include "base/features.h"
#include "base/text.h"
#include "process/child.h"
#include "process/error.h"
#include "server/internal.h"

/* Room for all that can come together, so that nothing a client sends crowds out what a key's line
 * says: the shortest variable there takes 16 bytes of the line. */
enum {
    VARIABLES = LIMIT_ENV + LIMIT_KEYS_LINE / 16 + 16,
    ENVIRONMENT_ROOM = LIMIT_COMMAND + LIMIT_ENV_BYTES + LIMIT_KEYS_LINE + 4096,
};

/* --- before the start: a terminal and an environment --- */
static bool remember(struct conn *c, struct job *j, struct span name, struct span value)
{
    if (j->setup == NULL)
        j->setup = pool_take(&c->server->pool);
    if (j->setup == NULL || j->setup_n >= LIMIT_ENV || memchr(name.p, '=', name.n) != NULL ||
        memchr(name.p, 0, name.n) != NULL || (value.n != 0 && memchr(value.p, 0, value.n) != NULL))
        return false;
    struct block *b = j->setup;
    if (name.n + value.n + 2 > LIMIT_ENV_BYTES - b->tail)
        return false;
    struct writer w = writer_of(b->bytes + b->tail, LIMIT_ENV_BYTES - b->tail);
    put_bytes(&w, name.p, name.n);
    put_byte(&w, '=');
    put_bytes(&w, value.p, value.n);
    put_byte(&w, 0);
    block_add(b, writer_used(&w));
    j->setup_n++;
    return true;
}

static bool on_env(struct conn *c, struct job *j, const struct channel_event *e)
{
    bool wanted = span_is(e->name, "LANG") || span_starts(e->name, "LC_");
    return wanted && remember(c, j, e->name, e->value);
}

static struct pty_size size_of(const struct channel_event *e)
{
    return (struct pty_size){ e->columns, e->rows, e->width, e->height };
}

static bool on_pty(struct conn *c, struct job *j, const struct channel_event *e)
{
    if (c->server->config->no_pty || !c->grant.pty || j->pty.master >= 0)
        return false;
    if (!pty_open(&j->pty, &c->user)) {
        log_line(&c->server->log, LOG_ERROR, "no terminal for %s: %s: %s", c->user.name,
                 j->pty.name, error_text(j->pty.error));
        return false;
    }
    struct pty_size size = size_of(e);
    pty_modes(j->pty.slave, e->value);
    pty_resize(j->pty.slave, &size);
    if (e->name.n != 0 && e->name.n <= LIMIT_TERM)
        remember(c, j, span_text("TERM"), e->name);
    return true;
}

/* --- the start --- */
struct environment {
    char *list[VARIABLES + 1];
    size_t n;
    char text[ENVIRONMENT_ROOM];
    size_t used;
    bool short_of_room; /* something did not fit: nothing is to be started like that */
};

static bool same_name(const char *variable, const char *name)
{
    size_t n = strlen(name);
    return strncmp(variable, name, n) == 0 && variable[n] == '=';
}

/* Of two with one name the first stays, unless `over` says otherwise. */
static void add(struct environment *v, const char *name, const char *value, bool over)
{
    char *at = v->text + v->used;
    size_t room = sizeof v->text - v->used, i = 0;
    while (i < v->n && !same_name(v->list[i], name))
        i++;
    if (i < v->n && !over)
        return;
    v->short_of_room =
        v->short_of_room || strlen(name) + strlen(value) + 2 > room || i == VARIABLES;
    if (v->short_of_room)
        return;
    v->used += text_format(at, room, "%s=%s", name, value) + 1;
    v->list[i] = at;
    if (i == v->n)
        v->list[++v->n] = NULL;
}

/* NAME=value NUL, one after the other, copied out of memory that the child will not have. */
static void add_all(struct environment *v, struct span list)
{
    char name[LIMIT_KEYS_LINE];
    while (list.n != 0) {
        const char *variable = (const char *)list.p, *equals = strchr(variable, '=');
        size_t n = strlen(variable) + 1;
        if (equals != NULL &&
            span_copy_text(span_of(variable, (size_t)(equals - variable)), name, sizeof name))
            add(v, name, equals + 1, false);
        list.p += n;
        list.n -= n;
    }
}

static void add_connection(struct environment *v, const struct conn *c)
{
    char text[2 * ADDRESS_MAX + 32];
    text_format(text, sizeof text, "%s %u %u", c->address, c->port, c->local_port);
    add(v, "SSH_CLIENT", text, true);
    text_format(text, sizeof text, "%s %u %s %u", c->address, c->port, c->local, c->local_port);
    add(v, "SSH_CONNECTION", text, true);
}

/* To run whatever is asked for: of the server … */
static const char *server_command(const struct conn *c)
{
    return features.force_command ? c->server->config->force_command : NULL;
}

/* … or of the key. */
static bool key_command(const struct conn *c)
{
    return FEATURES_COMMAND && c->grant.command.p != NULL;
}

/* What the key's line says goes before the rest but not before what is a fact; and it does not get
 * in front of a command that the server forces (BASH_ENV would run another one first). */
static void fill(struct environment *v, const struct conn *c, const struct job *j,
                 const char *original)
{
    const char *zone = getenv("TZ");
    v->n = v->used = 0;
    v->short_of_room = false;
    v->list[0] = NULL;
    if (features.key_options && server_command(c) == NULL)
        add_all(v, c->grant.environment);
    add(v, "USER", c->user.name, false);
    add(v, "LOGNAME", c->user.name, false);
    add(v, "HOME", c->user.home, false);
    add(v, "SHELL", c->user.shell, false);
    add(v, "PATH",
        c->user.uid == 0 ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                         : "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        false);
    if (zone != NULL)
        add(v, "TZ", zone, false);
    if (j->setup != NULL) /* TERM, and what was accepted from the client */
        add_all(v, span_of(j->setup->bytes, j->setup->tail));
    add_connection(v, c);
    if (j->pty.master >= 0)
        add(v, "SSH_TTY", j->pty.name, true);
    if (features.agent && forward_agent(c) != NULL)
        add(v, "SSH_AUTH_SOCK", forward_agent(c), true);
    if (original != NULL)
        add(v, "SSH_ORIGINAL_COMMAND", original, true);
}

static const char internal_sftp[] = "internal-sftp";

/* `command` is what the client asked for, `forced` what it gets instead. */
static void choose(struct program *p, const struct conn *c, const struct channel_event *e,
                   const char *command, const char *forced)
{
    const struct config *k = c->server->config;
    bool sftp = forced != NULL ? strcmp(forced, internal_sftp) == 0 : e->kind == CHANNEL_SUBSYSTEM;
    p->command = forced != NULL ? forced : command;
    p->kind = features.sftp && sftp && !k->no_sftp ? PROGRAM_SFTP
              : p->command                         ? PROGRAM_COMMAND
                                                   : PROGRAM_SHELL;
    p->forced = forced != NULL;
    p->scp = features.scp && !p->forced && !k->no_sftp;
    p->linkpath_first = features.sftp && program_linkpath_first(c->session.transport.ident);
}

static bool on_start(struct conn *c, unsigned channel, const struct channel_event *e)
{
    struct program program;
    struct job *j = conn_job(c, channel);
    struct environment environment;
    char asked[LIMIT_COMMAND + 1];
    const char *command = e->kind == CHANNEL_EXEC ? asked : NULL;
    if (e->kind == CHANNEL_SUBSYSTEM)
        command = internal_sftp;
    char of_key[LIMIT_KEYS_LINE + 1];
    const char *forced = server_command(c);
    if (!span_copy_text(e->value, asked, sizeof asked))
        return false;
    if (forced == NULL && key_command(c)) {
        if (!span_copy_text(c->grant.command, of_key, sizeof of_key))
            return false;
        forced = of_key;
    }
    fill(&environment, c, j, forced != NULL ? command : NULL);
    if (j->setup != NULL)
        pool_give(&c->server->pool, j->setup);
    j->setup = NULL;
    if (environment.short_of_room)
        return false;
    choose(&program, c, e, command, forced);
    program.pty = j->pty;
    program.environment = environment.list;
    log_line(&c->server->log, LOG_VERBOSE, "Starting session: %s%s for %s from %s port %u id %u",
             program.kind == PROGRAM_SFTP ? internal_sftp
             : program.forced             ? "forced command"
             : command                    ? "command"
                                          : "shell",
             j->pty.master >= 0 ? " on a terminal" : "", c->user.name, c->address, c->port,
             channel);
    return job_launch(c, channel, &program);
}

/* --- while it runs --- */
static bool on_resize(struct job *j, const struct channel_event *e)
{
    struct pty_size size = size_of(e);
    int fd = j->terminal ? j->out.fd : j->pty.master;
    if (fd < 0)
        return false;
    pty_resize(fd, &size);
    return true;
}

/* Not to a forced command: that is not the client's to end. */
static bool on_signal(const struct conn *c, const struct job *j, const struct channel_event *e)
{
    struct user user = c->user; /* on the stack, which fork hands on */
    if (j->pid <= 0 || server_command(c) != NULL || key_command(c))
        return false;
    child_signal_as(&user, c->server->child_files, j->pid, e->signal);
    return true;
}

static bool ask(struct conn *c, struct job *j, const struct channel_event *e)
{
    switch (e->kind) {
    case CHANNEL_PTY:
        return features.pty && on_pty(c, j, e);
    case CHANNEL_ENV:
        return features.env && on_env(c, j, e);
    case CHANNEL_SHELL:
    case CHANNEL_EXEC:
        return on_start(c, e->channel, e);
    case CHANNEL_SUBSYSTEM: /* a forced command takes the place of any */
        return features.sftp && span_is(e->name, "sftp") && !c->server->config->no_sftp &&
               on_start(c, e->channel, e);
    case CHANNEL_RESIZE:
        return on_resize(j, e);
    case CHANNEL_SIGNAL:
        return on_signal(c, j, e);
    default:
        return false;
    }
}

void channel_event(struct conn *c, const struct channel_event *e)
{
    switch (e->kind) {
    case CHANNEL_DIRECT_TCP:
    case CHANNEL_DIRECT_UNIX:
        if (FEATURES_DIAL)
            dial_start(c, e);
        break;
    case CHANNEL_AGENT:
    case CHANNEL_LISTEN_TCP:
    case CHANNEL_LISTEN_UNIX:
        if (FEATURES_FORWARD)
            forward_ask(c, e);
        break;
    case CHANNEL_CANCEL_TCP:
    case CHANNEL_CANCEL_UNIX:
        if (FEATURES_FORWARD)
            session_answer(&c->session, e->channel, forward_cancel(c, e), 0);
        break;
    case CHANNEL_ACCEPTED:
        break;
    case CHANNEL_REFUSED:
        job_stop(c, e->channel);
        break;
    case CHANNEL_DATA: {
        size_t taken = job_input(c, e->channel, e->value);
        if (taken != 0)
            session_credit(&c->session, e->channel, taken);
        break;
    }
    case CHANNEL_EOF:
        conn_job(c, e->channel)->eof = true;
        break;
    case CHANNEL_CLOSED:
        job_closed(c, e->channel);
        break;
    default:
        session_answer(&c->session, e->channel, ask(c, conn_job(c, e->channel), e), 0);
    }
}
