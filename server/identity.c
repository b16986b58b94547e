/* What the server shows of itself: its keys, their certificates, the banner. A connection keeps those it began with to
 * its end, rekeying included, whatever is reloaded meanwhile; the last one to leave an old identity wipes it. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/features.h"
#include "crypto/crypto.h"
#include "process/error.h"
#include "server/internal.h"

enum { KEEPALIVE_MISSES = 3 };
#define REKEY_BYTES ((uint64_t)1 << 30)
#define REKEY_MS    ((uint64_t)3600 * 1000)

static bool read_banner(struct server *s)
{
    const char *path = s->config->banner;
    struct identity *i = s->identity;
    if (!features.banner || path == NULL)
        return true;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, i->banner, sizeof i->banner);
    if (n < 0)
        log_line(&s->log, LOG_ERROR, "cannot read banner %s: %s", path, error_text(errno));
    else if (n == sizeof i->banner)
        log_line(&s->log, LOG_ERROR, "banner %s is too long: %d bytes at most", path,
                 LIMIT_BANNER - 1);
    if (fd >= 0)
        close(fd);
    if (n < 0 || n == sizeof i->banner)
        return false;
    i->config.banner = span_of(i->banner, (size_t)n);
    return true;
}

bool identity_start(struct server *s)
{
    const struct config *c = s->config;
    s->identity->users = 1;
    s->identity->config = (struct session_config){
        .transport = { .algorithms = c->algorithms,
                       .host_keys = s->identity->keys,
                       .ident = s->ident,
                       .rekey_bytes = REKEY_BYTES,
                       .rekey_ms = REKEY_MS },
        .passwords = features.passwords && c->password_hashes != NULL,
        .login_grace_ms = (uint64_t)c->login_grace * 1000,
        .idle_ms = (uint64_t)c->idle_timeout * 1000,
        .keepalive_ms = features.timers ? (uint64_t)c->keepalive * 1000 : 0,
        .keepalive_misses = KEEPALIVE_MISSES,
    };
    return read_banner(s) && host_key_start(s);
}

void identity_leave(struct server *s, struct identity *i)
{
    if (--i->users != 0)
        return;
    for (struct host_key *k = i->keys; k < i->keys + HOST_KEYS; k++)
        if (k->type != NULL && k->type->stop != NULL &&
            !s->key_in_memory) /* else the next has it, too */
            k->type->stop(k);
    crypto_wipe(i, sizeof *i);
    memory_identity_stop(i);
}

/* --- reloading --- */
void identity_reload(struct server *s)
{
    struct identity *left = memory_identity();
    notify(s, "RELOADING=1\nMONOTONIC_USEC=%llu");
    s->log.prefix = "Reload failed: ";
    if (left == NULL) {
        log_line(&s->log, LOG_ERROR, "no memory");
    } else {
        s->before = s->identity;
        s->identity = left;
        if (identity_start(s))
            left = s->before;
        else
            s->identity = s->before;
        identity_leave(s, left);
        s->before = NULL;
    }
    s->log.prefix = "";
    notify(s, "READY=1");
}
