/* RFC 4253 section 7.1: KEXINIT. Ours is a function of the tables and the cookie, so it is never
 * stored: it is written again for the exchange hash. */
#include "transport/internal.h"

#include <string.h>

#include "base/features.h"

/* Where every cipher brings its own integrity no MAC is ever negotiated; a name is listed because
 * some peers refuse an empty list. */
static const char unused_mac[] = "hmac-sha2-256-etm@openssh.com";

/* --- what there is: rows that this CPU and these host keys allow --- */
static bool cipher_here(const struct cipher *c)
{
    return c->here == NULL || c->here();
}

static const struct host_key *key_for(const struct transport *t, const struct host_key_type *type)
{
    const struct host_key *keys = t->config->host_keys;
    for (const struct host_key *k = keys; k < keys + HOST_KEYS; k++)
        if (k->type != NULL && strcmp(k->type->key_name, type->key_name) == 0 &&
            (!type->certified || k->certificate_n != 0))
            return k;
    return NULL;
}

/* --- our lists --- */
/* Each name once, though several rows may have it. */
static void put_name(struct writer *w, const uint8_t *list, const char *text)
{
    struct span name = span_text(text);
    if (name_list_has(span_of(list, (size_t)(w->p - list)), name))
        return;
    if (w->p != list)
        put_byte(w, ',');
    put_bytes(w, name.p, name.n);
}

static void put_kex(struct writer *w, const struct transport *t)
{
    uint8_t *list = put_string_start(w);
    for (const struct kex *const *k = t->config->algorithms->kex; *k != NULL; k++)
        put_name(w, list, (*k)->name);
    if (!t->keyed) /* the marker belongs to the first exchange only; peers ignore it later */
        put_name(w, list, "kex-strict-s-v00@openssh.com");
    put_string_stop(w, list);
}

static void put_host_keys(struct writer *w, const struct transport *t)
{
    uint8_t *list = put_string_start(w);
    for (const struct host_key_type *const *h = t->config->algorithms->host_keys; *h != NULL; h++)
        if (key_for(t, *h) != NULL)
            put_name(w, list, (*h)->name);
    put_string_stop(w, list);
}

static void put_ciphers(struct writer *w, const struct transport *t, bool macs)
{
    uint8_t *list = put_string_start(w);
    for (const struct cipher *const *c = t->config->algorithms->ciphers; *c != NULL; c++)
        if (cipher_here(*c) && (!macs || (*c)->mac != NULL))
            put_name(w, list, macs ? (*c)->mac : (*c)->name);
    if (w->p == list)
        put_name(w, list, unused_mac);
    put_string_stop(w, list);
}

size_t kexinit_write(struct transport *t, uint8_t *p, size_t room)
{
    struct writer w = writer_of(p, room);
    put_byte(&w, MSG_KEXINIT);
    put_bytes(&w, t->cookie, sizeof t->cookie);
    put_kex(&w, t);            /* kex_algorithms */
    put_host_keys(&w, t);      /* server_host_key_algorithms */
    put_ciphers(&w, t, false); /* encryption_algorithms_client_to_server */
    put_ciphers(&w, t, false); /* encryption_algorithms_server_to_client */
    put_ciphers(&w, t, true);  /* mac_algorithms_client_to_server */
    put_ciphers(&w, t, true);  /* mac_algorithms_server_to_client */
    put_text(&w, "none");      /* compression_algorithms_client_to_server */
    put_text(&w, "none");      /* compression_algorithms_server_to_client */
    put_text(&w, "");          /* languages_client_to_server */
    put_text(&w, "");          /* languages_server_to_client */
    put_boolean(&w, false);    /* first_kex_packet_follows */
    put_u32(&w, 0);            /* reserved */
    return w.bad ? 0 : writer_used(&w);
}

/* --- the choice: the first of the client's names that we have --- */
static const struct kex *choose_kex(const struct transport *t, struct span names)
{
    while (names.n != 0) {
        struct span name = name_list_next(&names);
        for (const struct kex *const *k = t->config->algorithms->kex; *k != NULL; k++)
            if (span_is(name, (*k)->name))
                return *k;
    }
    return NULL;
}

static void choose_host_key(struct transport *t, struct span names)
{
    t->signing_key = NULL;
    while (names.n != 0 && t->signing_key == NULL) {
        struct span name = name_list_next(&names);
        for (const struct host_key_type *const *h = t->config->algorithms->host_keys;
             *h != NULL && t->signing_key == NULL; h++)
            if (span_is(name, (*h)->name)) {
                t->signing = *h;
                t->signing_key = key_for(t, *h);
            }
    }
}

static const struct cipher *find_cipher(const struct transport *t, struct span name,
                                        const struct span *mac)
{
    for (const struct cipher *const *c = t->config->algorithms->ciphers; *c != NULL; c++)
        if (cipher_here(*c) && span_is(name, (*c)->name) &&
            (mac == NULL || span_is(*mac, (*c)->mac)))
            return *c;
    return NULL;
}

/* A cipher, and where it wants one, its MAC. */
static enum reason choose_cipher(const struct transport *t, const struct cipher **chosen,
                                 struct span names, struct span macs)
{
    struct span name = { 0 };
    *chosen = NULL;
    while (names.n != 0 && *chosen == NULL) {
        name = name_list_next(&names);
        *chosen = find_cipher(t, name, NULL);
    }
    if (*chosen == NULL)
        return REASON_NO_CIPHER;
    if ((*chosen)->mac == NULL)
        return REASON_NONE;
    *chosen = NULL;
    while (macs.n != 0 && *chosen == NULL) {
        struct span mac = name_list_next(&macs);
        *chosen = find_cipher(t, name, &mac);
    }
    return *chosen == NULL ? REASON_NO_MAC : REASON_NONE;
}

/* Both sides put the same method and the same host key type first. */
static bool guess_right(const struct transport *t, struct span kex, struct span host_keys)
{
    const struct host_key_type *const *h = t->config->algorithms->host_keys;
    while (*h != NULL && key_for(t, *h) == NULL)
        h++;
    return span_is(name_list_next(&kex), t->config->algorithms->kex[0]->name) && *h != NULL &&
           span_is(name_list_next(&host_keys), (*h)->name);
}

/* For the log: what the client would have liked. */
static enum reason no_match(struct transport *t, enum reason reason, struct span their_offer)
{
    if (features.farewells)
        keep_peer_text(t, their_offer);
    return reason;
}

enum reason negotiate(struct transport *t, struct span kexinit, bool *wrong_guess)
{
    struct reader r = reader_of(kexinit);
    get_byte(&r);
    get_bytes(&r, 16); /* cookie */
    struct span kex = get_string(&r), host_keys = get_string(&r);
    struct span cipher_in = get_string(&r), cipher_out = get_string(&r);
    struct span mac_in = get_string(&r), mac_out = get_string(&r);
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
    t->method = choose_kex(t, kex);
    choose_host_key(t, host_keys);
    if (t->method == NULL)
        return no_match(t, REASON_NO_KEX, kex);
    if (t->signing_key == NULL)
        return no_match(t, REASON_NO_HOST_KEY, host_keys);
    enum reason reason = choose_cipher(t, &t->next_rx, cipher_in, mac_in);
    if (reason != REASON_NONE)
        return no_match(t, reason, reason == REASON_NO_MAC ? mac_in : cipher_in);
    reason = choose_cipher(t, &t->next_tx, cipher_out, mac_out);
    if (reason != REASON_NONE)
        return no_match(t, reason, reason == REASON_NO_MAC ? mac_out : cipher_out);
    if (!name_list_has(compression_in, span_text("none")))
        return no_match(t, REASON_NO_COMPRESSION, compression_in);
    if (!name_list_has(compression_out, span_text("none")))
        return no_match(t, REASON_NO_COMPRESSION, compression_out);
    *wrong_guess = follows && !guess_right(t, kex, host_keys);
    return REASON_NONE;
}
