/* The child of a login: with a key it reads the lists of those who may, as the user; with a password
 * it computes its hash. It has nothing of the server's but its struct lookup or attempt, and says on
 * descriptor 1 what it found. */
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/features.h"
#include "base/text.h"
#include "process/lines.h"
#include "process/password.h"
#include "process/trust.h"
#include "process/zone.h"
#include "server/internal.h"

enum { NICE = 10 };

/* Seconds east of UTC, here and then. */
static int32_t east_at(time_t now)
{
    struct zone z;
    zone_at(&z, now);
    return z.east;
}

struct search {
    struct applicant applicant;
    struct offered offered;
    struct certificate certificate;
    char note[NOTE_MAX];
};

_Noreturn static void say(bool yes, const char *note, const struct permits *p)
{
    uint8_t said[GRANT_MAX];
    size_t n = grant_print(said, sizeof said, yes, note, p);
    _exit(n != 0 && write(1, said, n) == (ssize_t)n ? 0 : 1);
}

/* The first line that lets the key in ends the process. */
static void read_list(struct search *s, int fd, const char *text, const char *path,
                      bool of_authorities)
{
    struct lines lines;
    struct span line;
    lines_start(&lines, features.container && text != NULL ? -1 : fd);
    if (features.container && text != NULL)
        lines.text = span_text(text);
    while (lines_next(&lines, &line)) {
        struct key_options options;
        struct permits permits;
        const char *why = "the line is too long";
        struct offered wanted = s->offered;
        if (features.certificates &&
            of_authorities) /* a plain list of keys, and the wanted one is the CA's */
            wanted = (struct offered){ .key_blob = wanted.ca_blob };
        enum keys_verdict v = authorized_keys_line(line, &wanted, &options, &why);
        if (features.certificates && v == KEYS_MATCH && of_authorities && options.list.n != 0) {
            why = "a trusted CA has no options";
            v = KEYS_REFUSED;
        }
        if (v == KEYS_MATCH &&
            !login_rule(&s->applicant, of_authorities ? NULL : &options, &permits, &why))
            v = KEYS_REFUSED;
        if (v == KEYS_MATCH) {
            text_format(s->note, sizeof s->note, "%s:%u", path, lines.number);
            say(true, s->note, &permits);
        }
        if (v == KEYS_REFUSED || lines.overlong)
            text_format(s->note, sizeof s->note, "%s:%u: %s", path, lines.number, why);
    }
}

_Noreturn void lookup_run(const struct lookup *l)
{
    struct search s = { .offered.key_blob = span_of(l->key_blob, l->key_blob_n) };
    s.applicant.token = l->token;
    if (FEATURES_COMMAND) {
        s.applicant.user = l->name;
        s.applicant.address = span_text(l->address);
        s.applicant.now = l->now;
        s.applicant.zone = features.key_options ? east_at((time_t)l->now) : 0;
    }
    if (features.certificates && l->type->plain != NULL) {
        if (!certificate_parse(&s.certificate, s.offered.key_blob, l->type->fields))
            say(false, "the certificate is malformed", NULL);
        s.applicant.certificate = &s.certificate;
        s.offered.ca_blob = s.certificate.ca_blob;
        if (l->trusted_ca != NULL)
            read_list(&s, 0, l->ca_text, l->trusted_ca, true);
    }
    char why[NOTE_MAX];
    const char *text = features.container ? l->keys_text : NULL;
    int fd = text != NULL ? 0 : trust_open(l->path, &l->user, why, sizeof why);
    if (fd >= 0)
        read_list(&s, fd, text, text != NULL ? "NANO_SSH_AUTHORIZED_KEYS" : l->path, false);
    else if (s.note[0] == 0)
        say(false, why, NULL);
    say(false, s.note, NULL);
}

/* Hashing takes long on purpose: at a lower priority than the server's. */
_Noreturn void lookup_password(const struct attempt *a)
{
    struct permits all; /* but for its text, which is large and not used */
    char why[NOTE_MAX];
    all.pty = all.port_forwarding = all.agent_forwarding = true;
    all.command = all.options = (struct span){ 0 };
    setpriority(PRIO_PROCESS, 0, NICE);
    bool yes = password_check(a->path, a->name, a->known, span_of(a->password, a->password_n), why,
                              sizeof why);
    say(yes, why, &all);
}
