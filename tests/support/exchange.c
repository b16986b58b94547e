#include "tests/support/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "crypto/crypto.h"
#include "tests/crypto/openssh_exchange.h"
#include "tests/support/bytes.h"
#include "tests/support/test.h"

enum { DIGEST = 32, POINT = 32, LENGTH = 4 };

/* What was recorded of one exchange, as bytes. */
struct replay {
    const struct recorded_exchange *from;
    bool we_are_client;
    struct span kexinit_ours, kexinit_theirs, host_blob, signature, client_share, server_share;
    struct span secret, kem_secret, k, hash;
    uint8_t bytes[16384];
    size_t used;
};

static struct span load(struct replay *r, const char *hex)
{
    uint8_t *p = r->bytes + r->used;
    size_t n = hex_bytes(p, sizeof r->bytes - r->used, hex);
    r->used += n;
    return span_of(p, n);
}

static void replay_start(struct replay *r, const struct recorded_exchange *e)
{
    r->from = e;
    r->used = 0;
    r->we_are_client = strcmp(e->program, "sshd") == 0;
    r->kexinit_ours = load(r, e->kexinit_ours);
    r->kexinit_theirs = load(r, e->kexinit_theirs);
    r->host_blob = load(r, e->host_blob);
    r->signature = load(r, e->signature);
    r->client_share = load(r, e->client_share);
    r->server_share = load(r, e->server_share);
    r->secret = load(r, e->secret);
    r->kem_secret = load(r, e->kem_secret);
    r->k = load(r, e->k);
    r->hash = load(r, e->hash);
}

static void assert_same(struct span got, struct span wanted)
{
    assert_int_equal(got.n, wanted.n);
    assert_memory_equal(got.p, wanted.p, wanted.n);
}

/* --- the secret --- */
static void point_shared(uint8_t shared[POINT], const struct replay *r, size_t theirs_at,
                         size_t ours_at)
{
    struct span theirs = r->we_are_client ? r->server_share : r->client_share;
    struct span ours = r->we_are_client ? r->client_share : r->server_share;
    uint8_t share[POINT];
    assert_int_equal(theirs.n, theirs_at + POINT);
    assert_int_equal(ours.n, ours_at + POINT);
    assert_true(x25519_base(share, r->secret.p));
    assert_memory_equal(share, ours.p + ours_at, POINT);
    assert_true(x25519(shared, r->secret.p, theirs.p + theirs_at));
}

static void check_x25519(const struct replay *r)
{
    uint8_t shared[POINT], number[POINT + 5];
    struct writer w = writer_of(number, sizeof number);
    point_shared(shared, r, 0, 0);
    put_mpint(&w, span_of(shared, sizeof shared));
    assert_same(span_of(number, writer_used(&w)), r->k);
}

/* As the client, ML-KEM's secret is what record.py got out of sshd's ciphertext. As the server we make
 * both ourselves, and OpenSSH's client has understood the ciphertext. */
static void check_mlkem(struct replay *r)
{
    uint8_t secrets[32 + POINT], ciphertext[MLKEM768_CIPHERTEXT], k[LENGTH + DIGEST];
    struct sha256 h;
    if (r->we_are_client) {
        memcpy(secrets, r->kem_secret.p, 32);
        point_shared(secrets + 32, r, MLKEM768_CIPHERTEXT, MLKEM768_KEY);
    } else {
        struct span coins = load(r, r->from->coins);
        point_shared(secrets + 32, r, MLKEM768_KEY, MLKEM768_CIPHERTEXT);
        assert_true(mlkem768_encapsulate(ciphertext, secrets, r->client_share.p, coins.p));
        assert_memory_equal(ciphertext, r->server_share.p, sizeof ciphertext);
        assert_memory_equal(secrets, r->kem_secret.p, 32);
    }
    sha256_start(&h);
    sha256_add(&h, secrets, sizeof secrets);
    sha256_stop(&h, k + LENGTH);
    store_u32(k, DIGEST);
    assert_same(span_of(k, sizeof k), r->k);
}

static void check_secret(struct replay *r)
{
    const char *kex = r->from->kex;
    if (strcmp(kex, "curve25519-sha256") == 0)
        check_x25519(r);
    else if (strcmp(kex, "mlkem768x25519-sha256") == 0)
        check_mlkem(r);
    else /* no function of ours takes a secret of P-256, so the recorded K has to do */
        assert_string_equal(kex, "ecdh-sha2-nistp256");
}

/* --- the exchange hash, and what it is good for --- */
static void add_string(struct sha256 *h, struct span s)
{
    uint8_t length[LENGTH];
    store_u32(length, (uint32_t)s.n);
    sha256_add(h, length, sizeof length);
    sha256_add(h, s.p, s.n);
}

static void check_hash(const struct replay *r)
{
    struct span ours = span_text(r->from->ident_ours), theirs = span_text(r->from->ident_theirs);
    struct sha256 h;
    uint8_t hash[DIGEST];
    sha256_start(&h);
    add_string(&h, r->we_are_client ? ours : theirs);
    add_string(&h, r->we_are_client ? theirs : ours);
    add_string(&h, r->we_are_client ? r->kexinit_ours : r->kexinit_theirs);
    add_string(&h, r->we_are_client ? r->kexinit_theirs : r->kexinit_ours);
    add_string(&h, r->host_blob);
    add_string(&h, r->client_share);
    add_string(&h, r->server_share);
    sha256_add(&h, r->k.p, r->k.n);
    sha256_stop(&h, hash);
    assert_same(span_of(hash, sizeof hash), r->hash);
}

static void check_signature(struct replay *r, const struct user_key_type *type)
{
    struct presence token;
    uint8_t hash[DIGEST], public_key[32], secret[64], signature[64];
    memcpy(hash, r->hash.p, sizeof hash);
    assert_true(type->verify(r->host_blob, r->signature, span_of(hash, sizeof hash), &token));
    hash[0] ^= 1;
    assert_false(type->verify(r->host_blob, r->signature, span_of(hash, sizeof hash), &token));
    if (r->we_are_client)
        return;
    /* OpenSSH has accepted this one; Ed25519 leaves nothing to chance. */
    assert_true(ed25519_key(public_key, secret, load(r, r->from->host_seed).p));
    assert_true(ed25519_sign(signature, r->hash, secret));
    assert_memory_equal(signature, r->signature.p + r->signature.n - 64, 64);
}

/* RFC 4253 section 7.2; the hash is the session id too, since these are first exchanges. */
static struct span derived(struct replay *r, char letter, size_t n, const char *wanted)
{
    uint8_t key[4 * DIGEST];
    struct sha256 h;
    assert_true(n <= sizeof key - DIGEST);
    for (size_t done = 0; done < n; done += DIGEST) {
        sha256_start(&h);
        sha256_add(&h, r->k.p, r->k.n);
        sha256_add(&h, r->hash.p, r->hash.n);
        if (done == 0) {
            sha256_add(&h, &letter, 1);
            sha256_add(&h, r->hash.p, r->hash.n);
        } else {
            sha256_add(&h, key, done);
        }
        sha256_stop(&h, key + done);
    }
    struct span bytes = load(r, wanted);
    assert_same(span_of(key, n), bytes);
    return bytes;
}

/* --- packets --- */
struct way {
    struct cipher_state state;
    uint32_t seq;
};

static void way_start(struct way *w, struct replay *r, const struct cipher *c, bool theirs)
{
    const struct recorded_exchange *e = r->from;
    char to = theirs == r->we_are_client ? 1 : 0; /* B, D, F are from the server */
    struct span iv = derived(r, (char)('A' + to), c->iv_n, theirs ? e->iv_theirs : e->iv_ours);
    struct span key = derived(r, (char)('C' + to), c->key_n, theirs ? e->key_theirs : e->key_ours);
    struct span mac_key =
        derived(r, (char)('E' + to), c->mac_key_n, theirs ? e->mac_key_theirs : e->mac_key_ours);
    w->seq = 0; /* strict key exchange */
    assert_true(c->start(&w->state, key.p, iv.p, mac_key.p));
}

static void check_packet(struct replay *r, struct way *w, const struct cipher *c,
                         const struct recorded_packet *recorded)
{
    size_t before = r->used;
    struct span packet = load(r, recorded->packet), plain = load(r, recorded->plain);
    size_t whole = plain.n + c->tag_n, n = plain.n - LENGTH;
    assert_int_equal(packet.n, whole);
    uint8_t *p = malloc(whole);
    assert_non_null(p);
    if (recorded->theirs) {
        memcpy(p, packet.p, whole);
        assert_int_equal(c->length(&w->state, w->seq, p), n);
        assert_true(c->open(&w->state, w->seq, p, n));
        assert_memory_equal(p + LENGTH, plain.p + LENGTH, n);
    } else {
        memcpy(p, plain.p, plain.n);
        assert_true(c->seal(&w->state, w->seq, p, n));
        assert_memory_equal(p, packet.p, whole);
    }
    w->seq++;
    free(p);
    r->used = before;
}

static void check_packets(struct replay *r, const struct cipher *c)
{
    struct way ways[2];
    size_t seen[2] = { 0 };
    for (int theirs = 0; theirs < 2; theirs++)
        way_start(&ways[theirs], r, c, theirs);
    for (const struct recorded_packet *p = r->from->packets; p->packet != NULL; p++) {
        check_packet(r, &ways[p->theirs], c, p);
        seen[p->theirs]++;
    }
    assert_true(seen[0] >= 3 && seen[1] >= 3);
    for (int theirs = 0; theirs < 2; theirs++)
        if (c->stop != NULL)
            c->stop(&ways[theirs].state);
}

/* --- all of them --- */
static const struct cipher *cipher_of(const struct recorded_exchange *e,
                                      const struct cipher *const *rows)
{
    for (; *rows != NULL; rows++)
        if (strcmp((*rows)->name, e->cipher) == 0 &&
            ((*rows)->mac == NULL ? e->mac == NULL
                                  : e->mac != NULL && strcmp((*rows)->mac, e->mac) == 0))
            return *rows;
    return NULL;
}

static const struct user_key_type *key_of(const struct recorded_exchange *e,
                                          const struct user_key_type *const *rows)
{
    for (; *rows != NULL; rows++)
        if (strcmp((*rows)->name, e->host_key) == 0)
            return *rows;
    return NULL;
}

size_t exchanges_check(const struct cipher *const *ciphers, const struct user_key_type *const *keys)
{
    static struct replay r;
    size_t count = 0;
    for (size_t i = 0; i < COUNT(recorded_exchanges); i++) {
        const struct recorded_exchange *e = &recorded_exchanges[i];
        const struct cipher *c = cipher_of(e, ciphers);
        const struct user_key_type *key = key_of(e, keys);
        if (c == NULL || key == NULL)
            continue;
        fprintf(stderr, "%s %s %s %s %s\n", e->program, e->kex, e->host_key, e->cipher,
                e->mac != NULL ? e->mac : "");
        replay_start(&r, e);
        check_secret(&r);
        check_hash(&r);
        check_signature(&r, key);
        check_packets(&r, c);
        count++;
    }
    return count;
}
