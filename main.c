/* nano_ssh_server: the command line becomes a struct config, the rest is server_run().
 *
 * Where things live: base/ bytes and limits · crypto/ primitives and algorithms · transport/ RFC 4253 ·
 * auth/ RFC 4252 · connection/ RFC 4254 · session/ the façade over these, pure · process/ users, ptys,
 * children · server/ sockets, time, logins · profile/ what is in this build. docs/design.md says more. */
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "profile/profile.h"
#include "server/server.h"
#include "server/version.h"

enum { EXIT_GOOD, EXIT_RUN, EXIT_USAGE };
enum kind { FLAG, TEXT, NUMBER, LIST, HELP, VERSION };

struct option {
    const char *name, *value, *help;
    char letter;         /* 0: long only */
    uint8_t kind, least; /* the smallest number; of a LIST how many there may be */
    uint16_t field;      /* in struct config */
    int most;            /* the largest number; of a LIST where its count is */
};

#define AT(field) offsetof(struct config, field)
enum { SECONDS = 10 * 365 * 86400, MANY = 65536 };

static const struct option options[] = {
    { "listen", "[ADDR:]PORT", "also unix:PATH, vsock:PORT; repeatable (default 2222)", 'p', LIST,
      CONFIG_LISTENERS, AT(listen), AT(listen_n) },
    { "host-key", "FILE", "OpenSSH private key, made (ed25519) when missing; repeatable", 'r', LIST,
      HOST_KEYS, AT(host_keys), AT(host_key_n) },
    { "host-certificate", "FILE", "of a host key, to be shown by it; repeatable", 0, LIST,
      HOST_KEYS, AT(host_certificates), AT(host_certificate_n) },
    { "authorized-keys", "FILE", "for every user, instead of ~/.ssh/authorized_keys; %u, %h expand",
      'a', TEXT, 0, AT(authorized_keys), 0 },
    { "trusted-ca", "FILE", "public keys whose user certificates are accepted", 'c', TEXT, 0,
      AT(trusted_ca), 0 },
    { "password-hash-file", "FILE", "allow passwords with a crypt(3) hash there, e.g. /etc/shadow",
      0, TEXT, 0, AT(password_hashes), 0 },
    { "user", "NAME", "accept only this login name", 'u', TEXT, 0, AT(user), 0 },
    { "force-command", "CMD", "run CMD whatever is asked for", 'f', TEXT, 0, AT(force_command), 0 },
    { "banner", "FILE", "show this text before login", 'b', TEXT, 0, AT(banner), 0 },
    { "inetd", NULL, "serve one connection on standard input", 'i', FLAG, 0, AT(inetd), 0 },
    { "quiet", NULL, "log errors only", 'q', FLAG, 0, AT(quiet), 0 },
    { "verbose", NULL, "log more", 'v', FLAG, 0, AT(verbose), 0 },
    { "check", NULL, "check configuration and host key, then exit", 't', FLAG, 0, AT(check), 0 },
    { "login-grace", "S", "seconds to log in, 0: no limit (default 120)", 0, NUMBER, 0,
      AT(login_grace), SECONDS },
    { "idle-timeout", "S", "end a connection without traffic for S seconds", 0, NUMBER, 0,
      AT(idle_timeout), SECONDS },
    { "keepalive", "S", "ask a silent client every S seconds, end after 3 misses", 0, NUMBER, 0,
      AT(keepalive), SECONDS },
    { "max-connections", "N", "connections at once (default 512)", 0, NUMBER, 1,
      AT(max_connections), MANY },
    { "max-startups", "N", "of them not yet logged in (default 100)", 0, NUMBER, 1,
      AT(max_startups), MANY },
    { "max-per-source", "N", "from one address (default: no limit)", 0, NUMBER, 0,
      AT(max_per_source), MANY },
    { "ready-fd", "N", "write a newline to this descriptor when listening", 0, NUMBER, 3,
      AT(ready_fd), MANY },
    { "once", NULL, "serve one connection, then exit", 0, FLAG, 0, AT(once), 0 },
    { "ttl", "S", "exit after S seconds", 0, NUMBER, 0, AT(ttl), SECONDS },
    { "no-pty", NULL, "give no terminals", 0, FLAG, 0, AT(no_pty), 0 },
    { "no-forwarding", NULL, "forward neither ports nor sockets nor agents", 0, FLAG, 0,
      AT(no_forwarding), 0 },
    { "gateway-ports", NULL, "let clients listen on other addresses than localhost", 0, FLAG, 0,
      AT(gateway_ports), 0 },
    { "no-sftp", NULL, "serve no files: neither SFTP nor scp", 0, FLAG, 0, AT(no_sftp), 0 },
    { "help", NULL, "this text", 'h', HELP, 0, 0, 0 },
    { "version", NULL, "version, build and algorithms", 'V', VERSION, 0, 0, 0 },
};

enum { OPTIONS = sizeof options / sizeof *options };

static void say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(int fd, const char *format, ...)
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
    say(1, "Usage: nano_ssh_server [options]\n"
           "A small SSH server. Logs in with keys from authorized_keys, certificates or (only if "
           "asked\n"
           "to) passwords; stays in the foreground and logs to standard error.\n\n");
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct option *o = &options[i];
        char left[72];
        char letter[5] = { '-', o->letter, ',', ' ', 0 };
        size_t n = text_format(left, sizeof left, "  %s--%s%s%s", o->letter ? letter : "    ",
                               o->name, o->value ? " " : "", o->value ? o->value : "");
        say(1, "%s%s  %s\n", left, n < sizeof blanks ? blanks + n : "", o->help);
    }
    say(1,
        "\nHost key: /etc/nano_ssh_server/host_key as root, else ~/.nano_ssh_server/host_key.\n");
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

#if defined(__x86_64__)
#define ARCHITECTURE "x86_64"
#elif defined(__aarch64__)
#define ARCHITECTURE "aarch64"
#else
#define ARCHITECTURE "other"
#endif

static void say_version(void)
{
    const struct algorithms *a = &profile_algorithms;
    say(1, "nano_ssh_server " NANO_VERSION " (%s, %s, " ARCHITECTURE ")\n", profile_name,
        crypto_provider);
    say_names("kex:      ", a->kex);
    say_names("host keys:", a->host_keys);
    say_names("ciphers:  ", a->ciphers);
    say_macs();
    say_names("user keys:", a->user_keys);
    say(1, "passwords: crypt(3) with $1$ $2b$ $5$ $6$, where --password-hash-file is given\n");
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
    switch ((enum kind)o->kind) {
    case FLAG:
        *(bool *)(void *)field = true;
        break;
    case TEXT:
        *(const char **)(void *)field = value;
        break;
    case NUMBER:
        if (!text_number(span_text(value), (uint64_t)o->most, &number) || (int)number < o->least)
            return usage("not a number that fits here", span_text(value));
        *(int *)(void *)field = (int)number;
        break;
    case LIST:
        count = (int *)(void *)((char *)c + o->most);
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
    for (size_t i = 0; i < OPTIONS; i++)
        if (letter ? options[i].letter == letter : span_is(name, options[i].name))
            return &options[i];
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
    if (o->value == NULL && value != NULL)
        return usage("this option takes no value", name);
    if (o->value != NULL && value == NULL && (value = *++*arguments) == NULL)
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
        if (o->value != NULL && value == NULL && (value = *++*arguments) == NULL)
            return usage("this option wants a value", span_of(p, 1));
        int status = apply(c, o, value);
        if (status >= 0 || o->value != NULL)
            return status;
    }
    return -1;
}

int main(int argc, char *argv[])
{
    static struct config config = CONFIG_DEFAULTS;
    (void)argc;
    for (char *const *a = argv + 1; *a != NULL; a++) {
        if ((*a)[0] != '-' || (*a)[1] == 0)
            return usage("unexpected argument", span_text(*a));
        int status = (*a)[1] == '-' ? parse_long(&config, &a) : parse_short(&config, &a);
        if (status >= 0)
            return status;
    }
    config.algorithms = &profile_algorithms;
    if (config.listen_n == 0)
        config.listen[config.listen_n++] = "2222";
    return server_run(&config);
}
