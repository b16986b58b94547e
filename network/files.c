#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "network/internal.h"
#include "process/lines.h"

struct span next_word(struct span *line)
{
    struct span w;
    while (line->n != 0 && line->p[0] <= ' ') {
        line->p++;
        line->n--;
    }
    w = span_of(line->p, 0);
    while (line->n != 0 && line->p[0] > ' ' && line->p[0] != '#' && line->p[0] != ';') {
        line->p++;
        line->n--;
        w.n++;
    }
    return w;
}

/* A file that is not there has no lines. */
static void each_line(const char *path, void *context,
                      void (*take)(void *context, struct span word, struct span rest))
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    static struct lines l;
    struct span line;
    lines_start(&l, fd);
    while (lines_next(&l, &line)) {
        struct span word = next_word(&line);
        take(context, word, line);
    }
    close(fd);
}

/* --- hosts(5) --- */
struct wanted {
    struct span name;
    struct resolved *found;
};

static void take_host(void *context, struct span word, struct span rest)
{
    const struct wanted *wanted = context;
    struct resolved *found = wanted->found;
    struct span name;
    while (found->n < RESOLVE_MAX && (name = next_word(&rest)).n != 0)
        if (dns_equal(name, wanted->name)) {
            found->n += address_literal(word, &found->list[found->n]);
            break;
        }
}

void hosts_find(const char *path, struct span name, struct resolved *found)
{
    each_line(path, &(struct wanted){ name, found }, take_host);
}

/* --- resolv.conf(5) --- */
static const struct {
    char name[10];
    uint8_t usual, least, most;
} options[CONFIGURATION_OPTIONS] = {
    [NDOTS] = { "ndots:", 1, 0, 15 },
    [TIMEOUT] = { "timeout:", 5, 1, 30 },
    [ATTEMPTS] = { "attempts:", 2, 1, 5 },
};

static void take_option(struct configuration *c, struct span word)
{
    for (unsigned i = 0; i < CONFIGURATION_OPTIONS; i++) {
        size_t n = strlen(options[i].name);
        uint64_t v;
        if (!span_starts(word, options[i].name) ||
            !text_number(span_of(word.p + n, word.n - n), UINT32_MAX, &v))
            continue;
        v = v > options[i].most ? options[i].most : v;
        c->options[i] = v < options[i].least ? options[i].least : (unsigned)v;
    }
}

static void take_setting(void *context, struct span word, struct span rest)
{
    struct configuration *c = context;
    if (span_is(word, "search") || span_is(word, "domain")) {
        span_copy_text(rest, c->search, sizeof c->search);
    } else if (span_is(word, "options")) {
        while ((word = next_word(&rest)).n != 0)
            take_option(c, word);
    } else if (span_is(word, "nameserver") && c->servers_n < CONFIGURATION_SERVERS) {
        union address *server = &c->servers[c->servers_n];
        c->servers_n += address_literal(next_word(&rest), server);
        server->v4.sin_port = c->port;
    }
}

void configuration_read(struct configuration *c, const struct resolver *r)
{
    c->search[0] = 0;
    c->servers_n = 0;
    c->port = htons(r->port);
    for (unsigned i = 0; i < CONFIGURATION_OPTIONS; i++)
        c->options[i] = options[i].usual;
    each_line(r->configuration, c, take_setting);
    if (r->server != NULL) {
        c->servers[0] = *r->server;
        c->servers_n = 1;
    }
    if (c->servers_n == 0)
        take_setting(c, span_text("nameserver"), span_text("127.0.0.1"));
}
