/* nano_ssh_server: the command line becomes a struct config, the rest is server_run().
 *
 * Where things live: base/ bytes and limits · crypto/ primitives and algorithms · transport/ RFC 4253 ·
 * auth/ RFC 4252 · connection/ RFC 4254 · session/ the façade over these, pure · process/ users, ptys,
 * children · server/ sockets, time, logins · shell/ and applets/ a shell and its commands, box/ how they are carried · profile/ what is in
 * this build. docs/design.md says more. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "box/box.h"
#include "crypto/crypto.h"
#include "profile/profile.h"
#include "server/init.h"
#include "server/server.h"
#include "server/version.h"

enum { EXIT_GOOD, EXIT_RUN, EXIT_USAGE };
/* Where nobody gets in by another way, nobody else would notice that the line is dead. */
enum { CALLS_ALIVE_S = 60 };
static const char *behind(const char *text)
{
    return text + strlen(text) + 1;
}

static bool takes_value(const struct option *o)
{
    return *behind(o->name) != 0;
}

static void say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

TEXT_NO_FLOATS static void say(int fd, const char *format, ...)
{
    char line[512];
    va_list list;
    va_start(list, format);
    size_t n = text_vformat(line, sizeof line, format, list);
    va_end(list);
    for (size_t done = 0; done < n;) {
        ssize_t k = write(fd, line + done, n - done);
        if (k <= 0)
            return;
        done += (size_t)k;
    }
}

/* --- what is said --- */
static void say_help(void)
{
    static const char blanks[] = "                                  ";
    say(1,
        "Usage: nano_ssh_server [options]%s\n"
        "A small SSH server; stays in the foreground and logs to standard error.\n\n",
        features.init ? " [-- PROGRAM [ARG...]]" : "");
    for (size_t i = 0; i < profile_options_n; i++) {
        const struct option *o = &profile_options[i];
        const char *value = behind(o->name);
        char left[72];
        char letter[5] = { '-', o->letter, ',', ' ', 0 };
        size_t n = text_format(left, sizeof left, "  %s--%s%s%s", o->letter ? letter : "    ",
                               o->name, *value ? " " : "", value);
        say(1, "%s%s  %s\n", left, n < sizeof blanks ? blanks + n : "", behind(value));
    }
    say(1,
        "\nHost key: /etc/nano_ssh_server/host_key as root, else ~/.nano_ssh_server/host_key, or "
        "in memory.\n");
    if (features.sockets)
        say(1, "An ADDR:PORT to listen on may also be unix:PATH or vsock:PORT.\n");
    if (features.container)
        say(1,
            "Environment: NANO_SSH_LISTEN, NANO_SSH_USER, and instead of files the text itself:\n"
            "NANO_SSH_HOST_KEY, NANO_SSH_AUTHORIZED_KEYS%s. Options go before.\n",
            features.certificates ? ", NANO_SSH_TRUSTED_CA" : "");
}

static void say_names(const char *title, const void *table)
{
    say(1, "%s", title);
    const char *last = "";
    for (const char *const *const *row = table; *row != NULL; row++) {
        if (strcmp(**row, last) != 0) /* a cipher has a row for each MAC it goes with */
            say(1, " %s", **row);     /* every row begins with its name */
        last = **row;
    }
    say(1, "\n");
}

static bool is_first_with_mac(const struct cipher *const *row)
{
    for (const struct cipher *const *c = profile_algorithms.ciphers; c < row; c++)
        if ((*c)->mac != NULL && strcmp((*c)->mac, (*row)->mac) == 0)
            return false;
    return true;
}

static void say_macs(void)
{
    bool any = false;
    for (const struct cipher *const *c = profile_algorithms.ciphers; *c != NULL; c++)
        if ((*c)->mac != NULL && is_first_with_mac(c)) {
            say(1, "%s %s", any ? "" : "macs:     ", (*c)->mac);
            any = true;
        }
    if (any)
        say(1, "\n");
}

/* As deps/targets names them, when the Makefile says so. */
#ifndef NANO_ARCH
#define NANO_ARCH "this machine"
#endif

static void say_version(void)
{
    const struct algorithms *a = &profile_algorithms;
    say(1, "nano_ssh_server " NANO_VERSION " (%s, %s, " NANO_ARCH ")\n", profile_name,
        crypto_provider);
    say_names("kex:      ", a->kex);
    say_names("host keys:", a->host_keys);
    say_names("ciphers:  ", a->ciphers);
    say_macs();
    say_names("user keys:", a->user_keys);
    say(1, "features:%s\n", profile_features);
}

/* --- what was said --- */
static int usage(const char *problem, struct span what)
{
    say(2, "nano_ssh_server: %s: %.*s\nTry nano_ssh_server --help\n", problem, (int)what.n,
        (const char *)what.p);
    return EXIT_USAGE;
}

/* -1: go on; else the exit status */
static int apply(struct config *c, const struct option *o, const char *value)
{
    char *field = (char *)c + o->field;
    uint64_t number;
    int *count;
    const char **texts;
    switch ((enum option_kind)o->kind) {
    case FLAG:
        *(bool *)(void *)field = true;
        break;
    case TEXT:
        *(const char **)(void *)field = value;
        break;
    case SECONDS:
    case MANY:
        number = o->kind == MANY ? MANY_MOST : SECONDS_MOST;
        if (!text_number(span_text(value), number, &number) || (int)number < o->least)
            return usage("not a number that fits here", span_text(value));
        *(int *)(void *)field = (int)number;
        break;
    case LIST:
        count = (int *)(void *)((char *)c + o->count);
        if (*count == o->least)
            return usage("given too often", span_text(o->name));
        texts = (const char **)(void *)field;
        texts[*count] = value;
        ++*count;
        break;
    case HELP:
        say_help();
        return EXIT_GOOD;
    case VERSION:
        say_version();
        return EXIT_GOOD;
    }
    return -1;
}

static const struct option *find(char letter, struct span name)
{
    for (size_t i = 0; i < profile_options_n; i++)
        if (letter ? profile_options[i].letter == letter : span_is(name, profile_options[i].name))
            return &profile_options[i];
    return NULL;
}

/* --name, --name VALUE, --name=VALUE */
static int parse_long(struct config *c, char *const **arguments)
{
    const char *text = **arguments + 2, *equals = strchr(text, '=');
    struct span name = span_of(text, equals ? (size_t)(equals - text) : strlen(text));
    const struct option *o = find(0, name);
    const char *value = equals ? equals + 1 : NULL;
    if (o == NULL)
        return usage("unknown option", span_text(**arguments));
    if (!takes_value(o) && value != NULL)
        return usage("this option takes no value", name);
    if (takes_value(o) && value == NULL && (value = *++*arguments) == NULL)
        return usage("this option wants a value", name);
    return apply(c, o, value);
}

/* -a VALUE, -aVALUE, and flags together: -qt */
static int parse_short(struct config *c, char *const **arguments)
{
    for (const char *p = **arguments + 1; *p != 0; p++) {
        const struct option *o = find(*p, (struct span){ 0 });
        if (o == NULL)
            return usage("unknown option", span_of(p, 1));
        const char *value = p[1] != 0 ? p + 1 : NULL;
        if (takes_value(o) && value == NULL && (value = *++*arguments) == NULL)
            return usage("this option wants a value", span_of(p, 1));
        int status = apply(c, o, value);
        if (status >= 0 || takes_value(o))
            return status;
    }
    return -1;
}

/* Called nano-sh, through a link, or told to be that: no server. */
static int shell(char **argv)
{
    box_become(argv, environ);
    say(2, "nano_ssh_server: there is no shell in this build, or it cannot be run here\n");
    return BOX_CANNOT_RUN;
}

static bool is_shell(const char *word)
{
    const char *slash = word != NULL ? strrchr(word, '/') : NULL;
    if (slash != NULL)
        word = slash + 1;
    return word != NULL && strcmp(word + (*word == '-'), "nano-sh") == 0;
}

/* Of the environment; where nothing is in it, none. */
static char *variable(const char *name)
{
    char *text = getenv(name);
    return text != NULL && *text != 0 ? text : NULL;
}

/* What no option said, in a container. */
static void read_variables(struct config *c)
{
    c->host_key_text = variable("NANO_SSH_HOST_KEY"); /* to be wiped in any case */
    if (c->authorized_keys == NULL)
        c->authorized_text = variable("NANO_SSH_AUTHORIZED_KEYS");
    if (features.certificates && c->trusted_ca == NULL)
        c->trusted_text = variable("NANO_SSH_TRUSTED_CA");
    if (c->user == NULL)
        c->user = variable("NANO_SSH_USER");
    const char *listen = variable("NANO_SSH_LISTEN");
    if (c->listen_n == 0 && listen != NULL)
        c->listen[c->listen_n++] = listen;
    if (features.call_home && c->call_home == NULL)
        c->call_home = variable("NANO_SSH_CALL_HOME");
}

/* 0: none; what is no number is the largest. */
static uint64_t number_of(const char *name)
{
    const char *text = variable(name);
    uint64_t value = 0;
    return text == NULL || text_number(span_text(text), UINT64_MAX, &value) ? value : UINT64_MAX;
}

/* What a supervisor, or the server that this one replaces, says to this very process. */
static void read_supervisor(struct config *c)
{
    uint64_t self = (uint64_t)getpid(), watched = number_of("WATCHDOG_PID");
    c->notify_socket = variable("NOTIFY_SOCKET");
    if (watched == 0 || watched == self)
        c->watchdog_us = number_of("WATCHDOG_USEC");
    if (number_of("LISTEN_PID") == self)
        c->listen_fds = number_of("LISTEN_FDS");
}

/* It is our parent; or our child, where this process took its place. Anybody else is none of our business. */
static void read_upgrade(struct config *c)
{
    uint64_t said = number_of("NANO_SSH_UPGRADE");
    pid_t other = (pid_t)said;
    int status, ended = 0;
    if (other <= 1 || (other != getppid() && (ended = waitpid(other, &status, WNOHANG)) < 0))
        return;
    c->predecessor = ended > 0 ? -1 : other;
    c->sockets = (unsigned)(said >> 32);
    c->ready_fd = CONFIG_UNSET; /* it was told before */
    if (other == getppid()) {
        c->notify_socket = NULL; /* the parent's business */
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != other)
            kill(getpid(), SIGTERM);
    }
}

int main(int argc, char *argv[])
{
    static struct config config;
    (void)argc;
    config_defaults(&config);
    if (features.shell && is_shell(argv[0]))
        return shell(argv);
    if (features.shell && argv[0] != NULL && is_shell(argv[1]))
        return shell(argv + 1);
    for (char *const *a = argv + 1; *a != NULL; a++) {
        if (features.init && strcmp(*a, "--") == 0) {
            config.program = argv + (a + 1 - argv);
            break;
        }
        if ((*a)[0] != '-' || (*a)[1] == 0)
            return usage("unexpected argument", span_text(*a));
        int status = (*a)[1] == '-' ? parse_long(&config, &a) : parse_short(&config, &a);
        if (status >= 0)
            return status;
    }
    if (features.init && config.program != NULL && config.program[0] == NULL)
        return usage("a program is missing", span_text("--"));
    if (features.container)
        read_variables(&config);
    if (features.systemd && config.program == NULL)
        read_supervisor(&config);
    if (features.upgrade && config.program == NULL)
        read_upgrade(&config);
    config.arguments = argv;
    bool calls = features.call_home && config.call_home != NULL;
    if (calls && features.inetd && config.inetd)
        return usage("not with --inetd", span_text("--call-home"));
    if (features.timers && config.keepalive == CONFIG_UNSET)
        config.keepalive = calls ? CALLS_ALIVE_S : 0;
    if (config.listen_n == 0 && !calls) /* who is to be reached that way need not be by others */
        config.listen[config.listen_n++] = "2222";
    config.algorithms = &profile_algorithms;
    return features.init && config.program != NULL && !config.check ? init_run(&config)
                                                                    : server_run(&config);
}
