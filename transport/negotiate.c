/* RFC 4253 section 7.1: KEXINIT. Ours is a function of the tables and the cookie, so it is never
 * stored: it is written again for the exchange hash. */
#include "transport/internal.h"

#include <string.h>

/* Every cipher row carries its own integrity, so no MAC is ever negotiated; a name is listed because
 * some peers refuse an empty list. */
static const char mac_list[] = "hmac-sha2-256-etm@openssh.com";

/* All four kinds of rows begin with their name. */
struct named {
    const char *name;
};

static struct span name_of(const void *row)
{
    return span_text(((const struct named *)row)->name);
}

static void put_names(struct writer *w, const void *const *rows, const char *extra)
{
    uint8_t *start = put_string_start(w);
    for (; *rows != NULL; rows++) {
        struct span name = name_of(*rows);
        if (w->p != start)
            put_byte(w, ',');
        put_bytes(w, name.p, name.n);
    }
    put_bytes(w, extra, strlen(extra));
    put_string_stop(w, start);
}

static const void *const *rows(const void *table)
{
    return table;
}

size_t kexinit_write(struct transport *t, uint8_t *p, size_t room)
{
    const struct algorithms *a = t->config->algorithms;
    /* The marker belongs to the first exchange only; peers ignore it later. */
    const char *strict = t->keyed ? "" : ",kex-strict-s-v00@openssh.com";
    struct writer w = writer_of(p, room);
    put_byte(&w, MSG_KEXINIT);
    put_bytes(&w, t->cookie, sizeof t->cookie);
    put_names(&w, rows(a->kex), strict);   /* kex_algorithms */
    put_names(&w, rows(a->host_keys), ""); /* server_host_key_algorithms */
    put_names(&w, rows(a->ciphers), "");   /* encryption_algorithms_client_to_server */
    put_names(&w, rows(a->ciphers), "");   /* encryption_algorithms_server_to_client */
    put_text(&w, mac_list);                /* mac_algorithms_client_to_server */
    put_text(&w, mac_list);                /* mac_algorithms_server_to_client */
    put_text(&w, "none");                  /* compression_algorithms_client_to_server */
    put_text(&w, "none");                  /* compression_algorithms_server_to_client */
    put_text(&w, "");                      /* languages_client_to_server */
    put_text(&w, "");                      /* languages_server_to_client */
    put_boolean(&w, false);                /* first_kex_packet_follows */
    put_u32(&w, 0);                        /* reserved */
    return w.bad ? 0 : writer_used(&w);
}

/* The first of the client's names that we have. */
static const void *choose(const void *table, struct span list)
{
    while (list.n != 0) {
        struct span name = name_list_next(&list);
        for (const void *const *r = table; *r != NULL; r++)
            if (span_equal(name_of(*r), name))
                return *r;
    }
    return NULL;
}

static bool first_is(const void *table, struct span list)
{
    return span_equal(name_list_next(&list), name_of(*rows(table)));
}

enum reason negotiate(struct transport *t, struct span kexinit, bool *wrong_guess)
{
    const struct algorithms *a = t->config->algorithms;
    struct reader r = reader_of(kexinit);
    get_byte(&r);
    get_bytes(&r, 16); /* cookie */
    struct span kex = get_string(&r), host_keys = get_string(&r);
    struct span cipher_in = get_string(&r), cipher_out = get_string(&r);
    get_string(&r), get_string(&r); /* MACs: every cipher here brings its own */
    struct span compression_in = get_string(&r), compression_out = get_string(&r);
    get_string(&r), get_string(&r); /* languages */
    bool follows = get_boolean(&r);
    get_u32(&r);
    if (!get_done(&r))
        return REASON_FORMAT;

    if (!t->keyed) {
        t->strict = name_list_has(kex, span_text("kex-strict-c-v00@openssh.com"));
        t->wants_ext_info = name_list_has(kex, span_text("ext-info-c"));
    }
    t->method = choose(a->kex, kex);
    t->next_rx = choose(a->ciphers, cipher_in);
    t->next_tx = choose(a->ciphers, cipher_out);
    if (t->method == NULL)
        return REASON_NO_KEX;
    if (choose(a->host_keys, host_keys) == NULL)
        return REASON_NO_HOST_KEY;
    if (t->next_rx == NULL || t->next_tx == NULL)
        return REASON_NO_CIPHER;
    if (!name_list_has(compression_in, span_text("none")) ||
        !name_list_has(compression_out, span_text("none")))
        return REASON_NO_COMPRESSION;
    *wrong_guess = follows && !(first_is(a->kex, kex) && first_is(a->host_keys, host_keys));
    return REASON_NONE;
}
