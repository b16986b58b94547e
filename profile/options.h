/* The options of the command line, by the feature that they belong to: a profile's list of features becomes its table of
 * options (profile.h), and --help speaks of nothing else. */
#ifndef PROFILE_OPTIONS_H
#define PROFILE_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "server/config.h"

/* The last two are numbers, of which one is so much at most. */
enum option_kind { FLAG, TEXT, LIST, HELP, VERSION, SECONDS, MANY };
enum { SECONDS_MOST = 10 * 365 * 86400, MANY_MOST = 65536 };

struct option {
    const char *name;    /* NUL, its value's name if it takes one, NUL, help: TEXTS() */
    char letter;         /* 0: long only */
    uint8_t kind, least; /* the smallest number; of a LIST how many there may be */
    uint16_t field;      /* in struct config */
    uint16_t count;      /* of a LIST: there, too */
};

extern const struct option profile_options[];
extern const size_t profile_options_n;

#define AT(field) offsetof(struct config, field)

/* One pointer to be relocated, not three. */
#define TEXTS(name, value, help)                 name "\0" value "\0" help
#define OPTION_TEXT(texts, letter, field)        { texts, letter, TEXT, 0, AT(field), 0 },
#define OPTION_FLAG(texts, letter, field)        { texts, letter, FLAG, 0, AT(field), 0 },
#define OPTION_NUMBER(texts, least, field, kind) { texts, 0, kind, least, AT(field), 0 },

/* --- of every build --- */
#define OPTIONS_first                                                                              \
    { TEXTS("listen", "[ADDR:]PORT", "repeatable (default 2222)"),                                 \
      'p',                                                                                         \
      LIST,                                                                                        \
      CONFIG_LISTENERS,                                                                            \
      AT(listen),                                                                                  \
      AT(listen_n) },                                                                              \
        { TEXTS("host-key", "FILE",                                                                \
                "OpenSSH private key, made (ed25519) when missing; repeatable"),                   \
          'r',                                                                                     \
          LIST,                                                                                    \
          HOST_KEYS,                                                                               \
          AT(host_keys),                                                                           \
          AT(host_key_n) },                                                                        \
        OPTION_TEXT(TEXTS("authorized-keys", "FILE",                                               \
                          "for every user, instead of ~/.ssh/authorized_keys; %u, %h expand"),     \
                    'a', authorized_keys)                                                          \
            OPTION_TEXT(TEXTS("user", "NAME", "accept only this login name"), 'u',                 \
                        user) OPTION_FLAG(TEXTS("quiet", "", "log errors only"), 'q', quiet)       \
                OPTION_FLAG(TEXTS("verbose", "", "log more"), 'v', verbose) OPTION_FLAG(           \
                    TEXTS("check", "", "check configuration and host key, then exit"), 't', check) \
                    OPTION_NUMBER(                                                                 \
                        TEXTS("login-grace", "S", "seconds to log in, 0: no limit (default 120)"), \
                        0, login_grace, SECONDS)                                                   \
                        OPTION_NUMBER(                                                             \
                            TEXTS("max-connections", "N", "connections at once (default 512)"), 1, \
                            max_connections, MANY)                                                 \
                            OPTION_NUMBER(TEXTS("max-startups", "N",                               \
                                                "of them not yet logged in (default 100)"),        \
                                          1, max_startups, MANY)
#define OPTIONS_last                                                                               \
    { TEXTS("help", "", "this text"), 'h', HELP, 0, 0, 0 },                                        \
        { TEXTS("version", "", "version, build and algorithms"), 'V', VERSION, 0, 0, 0 },

/* --- of a feature: empty where it has none --- */
#define OPTIONS_passwords                                                                          \
    OPTION_TEXT(TEXTS("password-hash-file", "FILE",                                                \
                      "allow passwords with a crypt(3) hash there, e.g. /etc/shadow"),             \
                0, password_hashes)
#define OPTIONS_certificates                                                                       \
    { TEXTS("host-certificate", "FILE", "of a host key, to be shown by it; repeatable"),           \
      0,                                                                                           \
      LIST,                                                                                        \
      HOST_KEYS,                                                                                   \
      AT(host_certificates),                                                                       \
      AT(host_certificate_n) },                                                                    \
        OPTION_TEXT(                                                                               \
            TEXTS("trusted-ca", "FILE", "public keys whose user certificates are accepted"), 'c',  \
            trusted_ca)
#define OPTIONS_key_options
#define OPTIONS_force_command                                                                      \
    OPTION_TEXT(TEXTS("force-command", "CMD", "run CMD whatever is asked for"), 'f', force_command)
#define OPTIONS_banner                                                                             \
    OPTION_TEXT(TEXTS("banner", "FILE", "show this text before login"), 'b', banner)
#define OPTIONS_pty OPTION_FLAG(TEXTS("no-pty", "", "give no terminals"), 0, no_pty)
#define OPTIONS_env
#define OPTIONS_forwarding                                                                         \
    OPTION_FLAG(TEXTS("no-forwarding", "", "forward neither ports nor sockets nor agents"), 0,     \
                no_forwarding)
#define OPTIONS_local_tcp
#define OPTIONS_names
#define OPTIONS_local_unix
#define OPTIONS_remote_tcp                                                                         \
    OPTION_FLAG(                                                                                   \
        TEXTS("gateway-ports", "", "let clients listen on other addresses than localhost"), 0,     \
        gateway_ports)
#define OPTIONS_remote_unix
#define OPTIONS_agent
#define OPTIONS_shell
#define OPTIONS_files                                                                              \
    OPTION_FLAG(TEXTS("no-sftp", "", "serve no files: neither SFTP nor scp"), 0, no_sftp)
#define OPTIONS_sftp
#define OPTIONS_scp
#define OPTIONS_init                                                                               \
    OPTION_FLAG(TEXTS("strict", "", "end PROGRAM, of which this is the init, when SSH fails"), 0,  \
                strict)
#define OPTIONS_container
#define OPTIONS_inetd                                                                              \
    OPTION_FLAG(TEXTS("inetd", "", "serve one connection on standard input"), 'i', inetd)
#define OPTIONS_call_home                                                                          \
    OPTION_TEXT(TEXTS("call-home", "HOST:PORT",                                                    \
                      "connect there instead of listening; also NANO_SSH_CALL_HOME"),              \
                0, call_home)
#define OPTIONS_sockets
#define OPTIONS_timers                                                                             \
    OPTION_NUMBER(TEXTS("idle-timeout", "S", "end a connection without traffic for S seconds"), 0, \
                  idle_timeout, SECONDS)                                                           \
    OPTION_NUMBER(                                                                                 \
        TEXTS("keepalive", "S", "ask a silent client every S seconds, end after 3 misses"), 0,     \
        keepalive, SECONDS)                                                                        \
    OPTION_NUMBER(TEXTS("ttl", "S", "exit after S seconds"), 0, ttl, SECONDS)                      \
    OPTION_NUMBER(TEXTS("exit-idle", "S", "exit after S seconds without a connection"), 0,         \
                  exit_idle, SECONDS)                                                              \
    OPTION_FLAG(TEXTS("once", "", "serve one connection, then exit"), 0, once)
#define OPTIONS_sources                                                                            \
    OPTION_NUMBER(TEXTS("max-per-source", "N", "from one address (default: no limit)"), 0,         \
                  max_per_source, MANY)
#define OPTIONS_ready_fd                                                                           \
    OPTION_NUMBER(TEXTS("ready-fd", "N", "write a newline to this descriptor when listening"), 3,  \
                  ready_fd, MANY)
#define OPTIONS_reload
#define OPTIONS_systemd
#define OPTIONS_upgrade
#define OPTIONS_syslog OPTION_FLAG(TEXTS("syslog", "", "log to /dev/log as well"), 's', syslog)
#define OPTIONS_self_test
#define OPTIONS_farewells
#define OPTIONS_hung_homes
#define OPTIONS_old_kernels

#endif
