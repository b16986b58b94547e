/* RFC 4253 sections 7-9 with the ECDH messages of RFC 5656 section 4: one function per message, work
 * on stack copies, state committed last.
 *
 * Strict kex (OpenSSH's PROTOCOL, section 1.10): once the client's first KEXINIT offers it, that
 * must have been its very first packet, nothing but the exchange is allowed until NEWKEYS, and every
 * NEWKEYS sets the sequence number of its direction to zero. */
#include "transport/internal.h"

#include <string.h>

enum { KEXINIT_MAX = 1024 };

void kex_begin(struct transport *t)
{
    crypto_random(t->cookie, sizeof t->cookie);
    uint8_t payload[KEXINIT_MAX];
    size_t n = kexinit_write(t, payload, sizeof payload);
    struct writer w = message_start(t, MSG_KEXINIT);
    put_bytes(&w, payload + 1, n - 1);
    message_stop(t, &w);
    t->kex = KEX_SENT;
    t->kex_ends_ms = t->now_ms + LIMIT_KEX_MS;
}

static void add_string(struct sha256 *h, struct span s)
{
    uint8_t n[4];
    store_u32(n, (uint32_t)s.n);
    sha256_add(h, n, 4);
    sha256_add(h, s.p, s.n);
}

void on_kexinit(struct transport *t, struct span payload)
{
    bool wrong_guess = false;
    if (t->kex == KEX_IDLE)
        kex_begin(t);
    enum reason r = negotiate(t, payload, &wrong_guess);
    if (r == REASON_NONE && t->strict && !t->keyed && t->rx.seq != 1)
        r = REASON_STRICT;
    if (r != REASON_NONE) {
        transport_fail(t, r);
        return;
    }
    uint8_t ours[KEXINIT_MAX];
    size_t n = kexinit_write(t, ours, sizeof ours);
    sha256_start(&t->transcript);
    add_string(&t->transcript, span_text(t->ident));         /* V_C */
    add_string(&t->transcript, span_text(t->config->ident)); /* V_S */
    add_string(&t->transcript, payload);                     /* I_C */
    add_string(&t->transcript, span_of(ours, n));            /* I_S */
    t->kex = wrong_guess ? KEX_SKIP : KEX_SHARE;
}

/* RFC 4253 section 7.2: HASH(K || H || letter || session_id), prolonged by HASH(K || H || so far). */
static void derive(uint8_t *to, size_t n, struct span secret, const uint8_t hash[32], char letter,
                   const uint8_t session_id[32])
{
    uint8_t key[CIPHER_KEY_MAX + 32] = { 0 };
    for (size_t have = 0; have < n; have += 32) {
        struct sha256 h;
        sha256_start(&h);
        sha256_add(&h, secret.p, secret.n);
        sha256_add(&h, hash, 32);
        if (have == 0) {
            sha256_add(&h, &letter, 1);
            sha256_add(&h, session_id, 32);
        } else {
            sha256_add(&h, key, have);
        }
        sha256_stop(&h, key + have);
    }
    memcpy(to, key, n);
    crypto_wipe(key, sizeof key);
}

static bool direction_key(struct direction *d, const struct cipher *c, struct span secret,
                          const uint8_t hash[32], const uint8_t session_id[32], bool ours)
{
    uint8_t iv[CIPHER_KEY_MAX] = { 0 }, key[CIPHER_KEY_MAX] = { 0 }, mac[CIPHER_KEY_MAX] = { 0 };
    derive(iv, c->iv_n, secret, hash, ours ? 'B' : 'A', session_id);
    derive(key, c->key_n, secret, hash, ours ? 'D' : 'C', session_id);
    derive(mac, c->mac_key_n, secret, hash, ours ? 'F' : 'E', session_id);
    bool good = c->start(&d->state, key, iv, mac);
    d->cipher = good ? c : NULL;
    d->bytes = 0;
    crypto_wipe(iv, sizeof iv);
    crypto_wipe(key, sizeof key);
    crypto_wipe(mac, sizeof mac);
    return good;
}

void direction_stop(struct direction *d)
{
    if (d->cipher != NULL && d->cipher->stop != NULL)
        d->cipher->stop(&d->state);
    crypto_wipe(d, sizeof *d);
}

/* `next` becomes what is used, and owns nothing any more. */
static void direction_move(struct direction *d, struct direction *next, bool strict)
{
    next->seq = strict ? 0 : d->seq;
    direction_stop(d);
    *d = *next;
    crypto_wipe(next, sizeof *next);
}

/* K_S: the key, or its certificate where that was negotiated. */
static struct span host_key_blob(const struct transport *t)
{
    const struct host_key *k = t->signing_key;
    return t->signing->certified ? span_of(k->certificate, k->certificate_n)
                                 : span_of(k->blob, k->blob_n);
}

/* The exchange hash H of RFC 5656 section 4, from the transcript on. */
static void exchange_hash(struct transport *t, uint8_t hash[32], struct span q_c,
                          const struct kex_result *k)
{
    add_string(&t->transcript, host_key_blob(t));              /* K_S */
    add_string(&t->transcript, q_c);                           /* Q_C */
    add_string(&t->transcript, span_of(k->share, k->share_n)); /* Q_S */
    sha256_add(&t->transcript, k->secret, k->secret_n);        /* K */
    sha256_stop(&t->transcript, hash);
}

static bool send_reply(struct transport *t, const struct kex_result *k, const uint8_t hash[32])
{
    struct writer w = message_start(t, MSG_KEX_ECDH_REPLY);
    put_string(&w, host_key_blob(t));              /* K_S */
    put_string(&w, span_of(k->share, k->share_n)); /* Q_S */
    uint8_t *signature = put_string_start(&w);     /* the signature on H */
    bool good = t->signing->sign(&w, t->signing_key, span_of(hash, 32));
    put_string_stop(&w, signature);
    if (good)
        message_stop(t, &w);
    return good;
}

static void send_ext_info(struct transport *t)
{
    struct writer w = message_start(t, MSG_EXT_INFO);
    put_u32(&w, 1);                  /* nr-extensions */
    put_text(&w, "server-sig-algs"); /* RFC 8308 section 3.1 */
    uint8_t *list = put_string_start(&w);
    for (const struct user_key_type *const *k = t->config->algorithms->user_keys; *k; k++) {
        if ((*k)->plain != NULL)
            continue;
        if (w.p != list)
            put_byte(&w, ',');
        put_bytes(&w, (*k)->name, strlen((*k)->name));
    }
    put_string_stop(&w, list);
    message_stop(t, &w);
}

static void send_newkeys(struct transport *t, struct direction *next)
{
    struct writer w = message_start(t, MSG_NEWKEYS);
    message_stop(t, &w);
    direction_move(&t->tx, next, t->strict);
    t->kex = KEX_NEWKEYS;
    if (!t->keyed && t->wants_ext_info)
        send_ext_info(t); /* RFC 8308 section 2.4: right behind our first NEWKEYS */
}

/* Keys for both directions, the reply under the old ones, then ours for what we send. */
static enum reason take_keys(struct transport *t, const struct kex_result *k,
                             const uint8_t hash[32])
{
    struct span secret = span_of(k->secret, k->secret_n);
    struct direction tx_next = { 0 };
    if (!t->keyed)
        memcpy(t->session_id, hash, sizeof t->session_id);
    bool good = direction_key(&t->rx_next, t->next_rx, secret, hash, t->session_id, false) &&
                direction_key(&tx_next, t->next_tx, secret, hash, t->session_id, true) &&
                send_reply(t, k, hash);
    if (good)
        send_newkeys(t, &tx_next);
    else
        direction_stop(&tx_next);
    return good ? REASON_NONE : REASON_CRYPTO;
}

void on_kex_ecdh_init(struct transport *t, struct span payload)
{
    struct reader r = reader_of(payload);
    get_byte(&r);
    struct span q_c = get_string(&r);
    if (!get_done(&r)) {
        transport_fail(t, REASON_FORMAT);
        return;
    }
    struct kex_result k;
    uint8_t hash[32];
    enum reason reason = REASON_SHARE;
    if (t->method->answer(&k, q_c)) {
        exchange_hash(t, hash, q_c, &k);
        reason = take_keys(t, &k, hash);
    }
    if (reason != REASON_NONE)
        transport_fail(t, reason);
    crypto_wipe(&k, sizeof k);
    crypto_wipe(hash, sizeof hash);
}

void on_newkeys(struct transport *t, struct span payload)
{
    if (payload.n != 1) {
        transport_fail(t, REASON_FORMAT);
        return;
    }
    direction_move(&t->rx, &t->rx_next, t->strict);
    t->kex = KEX_IDLE;
    t->keyed = true;
    t->rekey_at_ms = t->now_ms + t->config->rekey_ms;
    held_flush(t);
}
