/* The SSH algorithm objects: one const struct each, gathered into tables by a profile.
 *
 * A row a profile does not name is not linked. Names are the RFCs' and OpenSSH's. */
#ifndef CRYPTO_ALGORITHM_H
#define CRYPTO_ALGORITHM_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"

/* --- key exchange: shaped as a KEM (client share -> server share and secret) --- */
#define KEX_SHARE_MAX  1120 /* the largest server share */
#define KEX_SECRET_MAX 64

struct kex_result {
    uint8_t share[KEX_SHARE_MAX]; /* what the server sends (Q_S) */
    size_t share_n;
    uint8_t
        secret[KEX_SECRET_MAX]; /* K as the exchange hash takes it: already an mpint or string */
    size_t secret_n;
};

struct kex {
    const char *name;
    /* false: the client's share is not acceptable, or the provider failed */
    bool (*answer)(struct kex_result *out, struct span client_share);
};

/* --- ciphers with their integrity: one shape for cleartext, AEAD and encrypt-then-MAC --- */
#define CIPHER_KEY_MAX   64
#define CIPHER_STATE_MAX 128

struct cipher_state {
    alignas(16) uint8_t opaque[CIPHER_STATE_MAX];
};

struct cipher {
    const char *name;
    uint8_t key_n;    /* key material wanted (RFC 4253 section 7.2: "encryption key") */
    uint8_t iv_n;     /* initial IV wanted */
    uint8_t block;    /* padding is to this many bytes */
    uint8_t tag_n;    /* bytes behind the packet */
    uint8_t length_n; /* 4: packet_length is outside what `block` counts; 0: inside */
    void (*start)(struct cipher_state *s, const uint8_t *key, const uint8_t *iv);
    /* The packet_length of the packet whose first four bytes are at p; nothing is changed. */
    uint32_t (*length)(const struct cipher_state *s, uint32_t seq, const uint8_t p[4]);
    /* p is a whole packet of 4 + n bytes with its tag behind. Verifies, then decrypts in place;
     * false leaves what is there unspecified and nothing decrypted. */
    bool (*open)(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n);
    /* Encrypts in place and writes the tag behind. */
    bool (*seal)(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n);
};

/* --- host keys --- */
#define HOST_KEY_BLOB_MAX  64 /* ssh-ed25519 public key blob: 51 */
#define SIGNATURE_BLOB_MAX 96 /* ssh-ed25519 signature blob: 83 */

struct host_key {
    uint8_t secret[64];
    uint8_t blob[HOST_KEY_BLOB_MAX];
    size_t blob_n;
};

struct host_key_type {
    const char *name;
    bool (*sign)(struct writer *signature_blob, const struct host_key *k, struct span message);
};

/* --- user keys --- */
struct user_key_type {
    const char *name;  /* in the key blob and authorized_keys */
    const char *title; /* in the log */
    /* true when `signature_blob` is this key's signature of `message` */
    bool (*verify)(struct span key_blob, struct span signature_blob, struct span message);
};

struct algorithms {
    const struct kex *const *kex; /* each table ends in NULL, most wanted first */
    const struct host_key_type *const *host_keys;
    const struct cipher *const *ciphers;
    const struct user_key_type *const *user_keys;
};

extern const struct kex kex_curve25519, kex_curve25519_libssh;
extern const struct cipher cipher_none, cipher_chachapoly;
extern const struct host_key_type host_key_ed25519;
extern const struct user_key_type user_key_ed25519;

#endif
