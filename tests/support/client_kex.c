/* The test client's key exchange: RFC 4253 sections 7 and 8, strict kex. */
#include "tests/support/client.h"

#include <stdlib.h>
#include <string.h>

#include "profile/profile.h"

enum { HASH = 32 };

/* --- negotiation: RFC 4253 section 7.1 --- */
/* The name-lists of a KEXINIT, in their order. */
enum list { LIST_KEX, LIST_HOST_KEY, LIST_CIPHER_OUT, LIST_CIPHER_IN, LIST_MAC_OUT, LIST_MAC_IN };

static struct span list_of(const struct bytes *kexinit, enum list which)
{
    struct reader r = reader_of(span_of(bytes_front(kexinit), bytes_used(kexinit)));
    get_bytes(&r, 1 + 16);
    for (enum list i = LIST_KEX; i < which; i++)
        get_string(&r);
    return get_string(&r);
}

/* The first of our names that the server has too; empty where there is none. */
static struct span agreed(const struct client *c, enum list which)
{
    struct span ours = list_of(&c->i_c, which), theirs = list_of(&c->i_s, which);
    while (ours.n != 0) {
        struct span name = name_list_next(&ours);
        for (struct span rest = theirs; rest.n != 0;)
            if (span_equal(name_list_next(&rest), name))
                return name;
    }
    return ours;
}

static const struct cipher *agreed_cipher(const struct client *c, enum list names, enum list macs)
{
    const struct cipher *const *row = c->options.ciphers;
    struct span name = agreed(c, names), mac = agreed(c, macs);
    for (row = row != NULL ? row : profile_algorithms.ciphers; *row != NULL; row++)
        if (span_is(name, (*row)->name) && ((*row)->mac == NULL || span_is(mac, (*row)->mac)))
            return *row;
    return NULL;
}

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
    put_text(w, o->mac_in != NULL ? o->mac_in : o->mac);
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
    struct span names = span_text(c->options.kex);
    bool known = c->kexinit_sent && c->kexinit_got;
    share_make(&c->share, known ? agreed(c, LIST_KEX) : name_list_next(&names), &c->random);
    put_string(client_build(c, MSG_KEX_ECDH_INIT), span_of(c->share.sent, c->share.sent_n));
    client_send_built(c);
    c->share_sent = true;
}

static void use_next(struct client *c, struct client_keys *now, struct client_keys *next)
{
    next->seq = c->options.strict ? 0 : now->seq;
    client_keys_stop(now);
    *now = *next;
    memset(next, 0, sizeof *next);
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
    use_next(c, &c->tx, &c->tx_next);
    c->newkeys_sent = true;
    over_on_both_sides(c);
}

static void hash_string(struct sha256 *h, const void *p, size_t n)
{
    uint8_t length[4] = { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };
    sha256_add(h, length, 4);
    sha256_add(h, p, n);
}

/* RFC 4253 section 7.2 */
static void derive(uint8_t to[CIPHER_KEY_MAX], char letter, const struct client *c,
                   const uint8_t hash[HASH])
{
    for (size_t have = 0; have < CIPHER_KEY_MAX; have += HASH) {
        struct sha256 h;
        sha256_start(&h);
        sha256_add(&h, c->share.secret, c->share.secret_n);
        sha256_add(&h, hash, HASH);
        if (have == 0) {
            sha256_add(&h, &letter, 1);
            sha256_add(&h, c->session_id, HASH);
        } else {
            sha256_add(&h, to, have);
        }
        sha256_stop(&h, to + have);
    }
}

static bool keys_start(struct client_keys *k, const struct client *c, const struct cipher *cipher,
                       const char letters[3], const uint8_t hash[HASH])
{
    uint8_t iv[CIPHER_KEY_MAX], key[CIPHER_KEY_MAX], mac[CIPHER_KEY_MAX];
    derive(iv, letters[0], c, hash);
    derive(key, letters[1], c, hash);
    derive(mac, letters[2], c, hash);
    client_keys_stop(k);
    if (cipher == NULL || !cipher->start(&k->state, key, iv, mac))
        return false;
    k->cipher = cipher;
    return true;
}

/* --- the server's answer --- */
/* A certificate's plain key: of an ed25519 one, the string behind the nonce. */
static struct span plain_key(uint8_t to[64], struct span blob)
{
    struct reader r = reader_of(blob);
    struct writer w = writer_of(to, 64);
    if (!span_is(get_string(&r), "ssh-ed25519-cert-v01@openssh.com"))
        return blob;
    get_string(&r); /* nonce */
    put_text(&w, "ssh-ed25519");
    put_string(&w, get_string(&r));
    return span_of(to, writer_used(&w));
}

static bool signature_good(const struct client *c, struct span k_s, struct span signature,
                           struct span hash)
{
    uint8_t plain[64];
    struct presence token;
    struct span name = agreed(c, LIST_HOST_KEY);
    for (const struct user_key_type *const *u = profile_algorithms.user_keys; *u != NULL; u++)
        if (span_is(name, (*u)->name) && (*u)->plain == NULL)
            return (*u)->verify(k_s, signature, hash, &token);
    return user_key_ed25519.verify(plain_key(plain, k_s), signature, hash, &token);
}

static void exchange_hash(const struct client *c, uint8_t hash[HASH], struct span k_s,
                          struct span q_s)
{
    struct sha256 h;
    sha256_start(&h);
    hash_string(&h, c->options.ident, strlen(c->options.ident));
    hash_string(&h, c->server_ident, strlen(c->server_ident));
    hash_string(&h, bytes_front(&c->i_c), bytes_used(&c->i_c));
    hash_string(&h, bytes_front(&c->i_s), bytes_used(&c->i_s));
    hash_string(&h, k_s.p, k_s.n);
    hash_string(&h, c->share.sent, c->share.sent_n);
    hash_string(&h, q_s.p, q_s.n);
    sha256_add(&h, c->share.secret, c->share.secret_n);
    sha256_stop(&h, hash);
}

/* The server's key and its signature of the exchange hash are checked here. */
static const char *learn_reply(struct client *c, struct span payload)
{
    struct reader r = reader_of(payload);
    uint8_t hash[HASH];
    get_byte(&r);
    struct span k_s = get_string(&r), q_s = get_string(&r), signature = get_string(&r);
    if (!get_done(&r) || k_s.n > sizeof c->host_blob)
        return "KEX_ECDH_REPLY is malformed";
    if (!share_finish(&c->share, q_s))
        return "the server's share is refused";
    exchange_hash(c, hash, k_s, q_s);
    if (!signature_good(c, k_s, signature, span_of(hash, HASH)))
        return "the signature of the exchange is wrong";
    memcpy(c->host_blob, k_s.p, k_s.n);
    c->host_blob_n = k_s.n;
    if (!c->keyed)
        memcpy(c->session_id, hash, HASH);
    if (!keys_start(&c->tx_next, c, agreed_cipher(c, LIST_CIPHER_OUT, LIST_MAC_OUT), "ACE", hash) ||
        !keys_start(&c->rx_next, c, agreed_cipher(c, LIST_CIPHER_IN, LIST_MAC_IN), "BDF", hash))
        return "it went on without a cipher that both have";
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
    use_next(c, &c->rx, &c->rx_next);
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
