/* The test client's key exchange (RFC 4253 sections 7 and 8, RFC 8731, strict kex). */
#include "tests/support/client.h"

#include <stdlib.h>
#include <string.h>

enum { SHARE = 32, HASH = 32 };

void client_send_ident(struct client *c)
{
    client_send_bytes(c, c->options.ident, strlen(c->options.ident));
    client_send_bytes(c, "\r\n", 2);
}

static void put_kex_names(struct client *c, struct writer *w)
{
    const struct client_options *o = &c->options;
    uint8_t *start = put_string_start(w);
    if (o->follows && !o->guess_right)
        put_bytes(w, "some-other-kex,", 15); /* the first name makes the guess */
    put_bytes(w, o->kex, strlen(o->kex));
    if (o->ext_info)
        put_bytes(w, ",ext-info-c", 11);
    if (o->strict)
        put_bytes(w, ",kex-strict-c-v00@openssh.com", 29);
    put_string_stop(w, start);
}

void client_send_kexinit(struct client *c)
{
    const struct client_options *o = &c->options;
    uint8_t cookie[16];
    random_fill(&c->random, cookie, sizeof cookie);
    struct writer *w = client_build(c, MSG_KEXINIT);
    put_bytes(w, cookie, sizeof cookie);
    put_kex_names(c, w);
    put_text(w, o->host_keys);
    put_text(w, o->cipher_out);
    put_text(w, o->cipher_in);
    put_text(w, o->mac);
    put_text(w, o->mac);
    put_text(w, o->compression);
    put_text(w, o->compression);
    put_text(w, "");
    put_text(w, "");
    put_boolean(w, o->follows);
    put_u32(w, 0);
    struct span payload = client_built(c);
    bytes_drop(&c->i_c, bytes_used(&c->i_c));
    bytes_add(&c->i_c, payload.p, payload.n);
    client_send(c, payload);
    c->kexinit_sent = true;
    if (!o->follows)
        return;
    if (o->guess_right) {
        client_send_share(c);
    } else {
        client_build(c, MSG_KEX_ECDH_INIT);
        put_text(&c->building, "a share for another method");
        client_send_built(c);
    }
}

void client_send_share(struct client *c)
{
    random_fill(&c->random, c->secret, sizeof c->secret);
    if (!x25519_base(c->share, c->secret))
        abort();
    put_string(client_build(c, MSG_KEX_ECDH_INIT), span_of(c->share, SHARE));
    client_send_built(c);
    c->share_sent = true;
}

static void restart_sequence(struct client *c, struct client_keys *now, struct client_keys *next)
{
    next->seq = c->options.strict ? 0 : now->seq;
    *now = *next;
}

static void over_on_both_sides(struct client *c)
{
    if (!c->newkeys_sent || !c->newkeys_got)
        return;
    c->kexinit_sent = c->kexinit_got = c->share_sent = c->reply_got = false;
    c->newkeys_sent = c->newkeys_got = false;
    c->keyed = true;
    c->exchanges++;
}

void client_send_newkeys(struct client *c)
{
    client_build(c, MSG_NEWKEYS);
    client_send_built(c);
    if (!c->reply_got)
        return; /* nonsense that some test wants; there are no new keys */
    restart_sequence(c, &c->tx, &c->tx_next);
    c->newkeys_sent = true;
    over_on_both_sides(c);
}

static void hash_string(struct sha256 *h, const void *p, size_t n)
{
    uint8_t length[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
    sha256_add(h, length, 4);
    sha256_add(h, p, n);
}

static void hash_mpint(struct sha256 *h, const uint8_t *p, size_t n)
{
    uint8_t number[SHARE + 1] = { 0 };
    while (n != 0 && *p == 0) {
        p++;
        n--;
    }
    memcpy(number + 1, p, n);
    if (n != 0 && p[0] >= 0x80)
        hash_string(h, number, n + 1);
    else
        hash_string(h, number + 1, n);
}

/* RFC 4253 section 7.2, for the two blocks that chacha20-poly1305@openssh.com takes. */
static void derive(struct client_keys *k, char letter, const struct client *c,
                   const uint8_t shared[SHARE], const uint8_t hash[HASH])
{
    uint8_t key[2 * HASH];
    for (int i = 0; i < 2; i++) {
        struct sha256 h;
        sha256_start(&h);
        hash_mpint(&h, shared, SHARE);
        sha256_add(&h, hash, HASH);
        if (i == 0) {
            sha256_add(&h, &letter, 1);
            sha256_add(&h, c->session_id, HASH);
        } else {
            sha256_add(&h, key, HASH);
        }
        sha256_stop(&h, key + i * HASH);
    }
    k->cipher = &cipher_chachapoly;
    k->cipher->start(&k->state, key, NULL, NULL);
}

/* The server's key and its signature of the exchange hash are checked here. */
static const char *learn_reply(struct client *c, struct span payload)
{
    struct reader r = reader_of(payload);
    uint8_t shared[SHARE], hash[HASH];
    struct presence token;
    struct sha256 h;
    get_byte(&r);
    struct span k_s = get_string(&r), q_s = get_string(&r), signature = get_string(&r);
    if (!get_done(&r) || q_s.n != SHARE || k_s.n > sizeof c->host_blob)
        return "KEX_ECDH_REPLY is malformed";
    if (!x25519(shared, c->secret, q_s.p))
        return "the server's share is refused";
    sha256_start(&h);
    hash_string(&h, c->options.ident, strlen(c->options.ident));
    hash_string(&h, c->server_ident, strlen(c->server_ident));
    hash_string(&h, bytes_front(&c->i_c), bytes_used(&c->i_c));
    hash_string(&h, bytes_front(&c->i_s), bytes_used(&c->i_s));
    hash_string(&h, k_s.p, k_s.n);
    hash_string(&h, c->share, SHARE);
    hash_string(&h, q_s.p, q_s.n);
    hash_mpint(&h, shared, SHARE);
    sha256_stop(&h, hash);
    if (!user_key_ed25519.verify(k_s, signature, span_of(hash, HASH), &token))
        return "the signature of the exchange is wrong";
    memcpy(c->host_blob, k_s.p, k_s.n);
    c->host_blob_n = k_s.n;
    if (!c->keyed)
        memcpy(c->session_id, hash, HASH);
    derive(&c->tx_next, 'C', c, shared, hash);
    derive(&c->rx_next, 'D', c, shared, hash);
    c->reply_got = true;
    return NULL;
}

static void learn_kexinit(struct client *c, struct span payload)
{
    bytes_drop(&c->i_s, bytes_used(&c->i_s));
    bytes_add(&c->i_s, payload.p, payload.n);
    c->kexinit_got = true;
    if (!c->automatic)
        return;
    if (!c->kexinit_sent)
        client_send_kexinit(c);
    if (!c->share_sent)
        client_send_share(c);
}

static void learn_newkeys(struct client *c, struct span payload)
{
    if (!c->reply_got || c->newkeys_got || payload.n != 1) {
        c->broken = "NEWKEYS unexpected";
        return;
    }
    restart_sequence(c, &c->rx, &c->rx_next);
    c->newkeys_got = true;
    if (c->automatic)
        client_send_newkeys(c);
    else
        over_on_both_sides(c);
}

/* RFC 4253 section 7.1: what may come from the server's KEXINIT to its NEWKEYS. Strict kex has nothing
 * but the exchange the first time, once the server knows that it is strict. */
static bool allowed_within_exchange(const struct client *c, uint8_t type)
{
    if (c->options.strict && !c->keyed && c->share_sent)
        return type == MSG_DISCONNECT;
    return type <= MSG_DEBUG || (type >= MSG_EXT_INFO && type <= MSG_TRANSPORT_LAST);
}

void client_learn(struct client *c, struct span payload)
{
    uint8_t type = payload.p[0];
    if (type == MSG_KEXINIT && c->kexinit_got)
        c->broken = "a second KEXINIT within an exchange";
    else if (type == MSG_KEXINIT)
        learn_kexinit(c, payload);
    else if (type == MSG_KEX_ECDH_REPLY && (!c->share_sent || c->reply_got))
        c->broken = "KEX_ECDH_REPLY unasked";
    else if (type == MSG_KEX_ECDH_REPLY)
        c->broken = learn_reply(c, payload);
    else if (type == MSG_NEWKEYS)
        learn_newkeys(c, payload);
    else if (c->kexinit_got && !c->newkeys_got && !allowed_within_exchange(c, type))
        c->broken = "a message that must not come during a key exchange";
}
