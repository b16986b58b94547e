/* The SSH algorithm objects: one const struct each, gathered into tables by a profile.
 *
 * A row a profile does not name is not linked. Names are the RFCs' and OpenSSH's; every row begins
 * with its name. A row's `test` computes known answers with it, once at the start (NULL: another row
 * does that); see self_test.c. */
#ifndef CRYPTO_ALGORITHM_H
#define CRYPTO_ALGORITHM_H

#include <stdalign.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/wire.h"
#include "crypto/crypto.h"

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
    bool (*test)(void);
};

/* --- ciphers with their integrity: one shape for cleartext, AEAD and MACs --- */
#define CIPHER_KEY_MAX   64
#define CIPHER_STATE_MAX 544

struct cipher_state {
    alignas(16) uint8_t opaque[CIPHER_STATE_MAX];
};

struct cipher {
    const char *name;
    const char *mac;    /* negotiated beside it; NULL: its integrity is its own */
    uint8_t key_n;      /* key material wanted (RFC 4253 section 7.2: "encryption key") */
    uint8_t iv_n;       /* initial IV wanted */
    uint8_t mac_key_n;  /* "integrity key" wanted */
    uint8_t block;      /* padding is to this many bytes */
    uint8_t tag_n;      /* bytes behind the packet */
    uint8_t length_n;   /* 4: packet_length is outside what `block` counts; 0: inside */
    bool (*here)(void); /* this CPU can do it; NULL: every one can */
    /* What a state owns, stop() gives back; a state may be moved by copying it. */
    bool (*start)(struct cipher_state *s, const uint8_t *key, const uint8_t *iv,
                  const uint8_t *mac_key);
    void (*stop)(struct cipher_state *s); /* NULL: owns nothing */
    /* The packet_length of the packet whose first four bytes are at p; nothing is changed. */
    uint32_t (*length)(const struct cipher_state *s, uint32_t seq, const uint8_t p[4]);
    /* p is a whole packet of 4 + n bytes with its tag behind. Verifies, then decrypts in place (with
     * a MAC over the plaintext the other way round); false: nothing of it is to be used. */
    bool (*open)(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n);
    /* Encrypts in place and writes the tag behind. */
    bool (*seal)(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n);
    uint8_t known[8]; /* of the self-test */
};

/* --- host keys --- */
#define HOST_KEYS            3
#define HOST_KEY_BLOB_MAX    544  /* RSA of 4096 bits: 535 */
#define HOST_CERTIFICATE_MAX 2048 /* one that fits our longest message */
#define SIGNATURE_BLOB_MAX   544  /* RSA of 4096 bits: 532 */

struct host_key {
    const struct host_key_type *type; /* that loaded it; NULL: there is no key here */
    union {
        uint8_t secret[64]; /* ed25519: seed and public key */
        struct private_key handle;
    };
    uint8_t blob[HOST_KEY_BLOB_MAX];
    size_t blob_n;
    uint8_t certificate[HOST_CERTIFICATE_MAX];
    size_t certificate_n; /* 0: none */
};

struct host_key_type {
    const char *name;     /* the algorithm, in KEXINIT … */
    const char *key_name; /* … which keys of this type can do */
    bool certified;       /* what is shown is the key's certificate */
    /* The fields of OpenSSH's private-key format behind the type's name: fills all but the
     * certificate. NULL: another row of the same key type does it. */
    bool (*load)(struct host_key *k, struct reader *fields);
    void (*stop)(struct host_key *k); /* gives back what the provider holds; NULL: nothing */
    bool (*sign)(struct writer *signature_blob, const struct host_key *k, struct span message);
    bool (*test)(void);
};

/* --- user keys --- */
/* What a hardware token says of the human behind it; other keys say nothing, which is a yes. */
struct presence {
    bool touched, verified;
};

struct user_key_type {
    const char *name;      /* the signature algorithm, in requests and server-sig-algs */
    const char *blob_name; /* in the key blob and in authorized_keys (another one for RSA only) */
    const char *title;     /* in the log */
    uint8_t fields;        /* strings behind the name that make up the public key */
    const struct user_key_type *plain; /* of a certificate: the type of the key inside */
    /* true when `signature_blob` is this key's signature of `message`. A certificate's row has its
     * plain type's function, which wants the plain key blob. */
    bool (*verify)(struct span key_blob, struct span signature_blob, struct span message,
                   struct presence *token);
    bool (*test)(void);
};

struct algorithms {
    const struct kex *const *kex; /* each table ends in NULL, most wanted first */
    const struct host_key_type *const *host_keys;
    const struct cipher *const *ciphers;
    const struct user_key_type *const *user_keys;
};

/* The name of the first algorithm that computes a wrong answer; NULL: all are right. */
const char *self_test(const struct algorithms *a);

extern const struct kex kex_mlkem768x25519, kex_curve25519, kex_curve25519_libssh, kex_nistp256;
extern const struct cipher cipher_none, cipher_chachapoly, cipher_aes256gcm, cipher_aes128gcm;
extern const struct cipher cipher_aes256ctr_etm256, cipher_aes256ctr_etm512,
    cipher_aes256ctr_mac256, cipher_aes128ctr_etm256, cipher_aes128ctr_etm512,
    cipher_aes128ctr_mac256;
extern const struct host_key_type host_key_ed25519, host_key_ed25519_cert, host_key_nistp256,
    host_key_nistp256_cert, host_key_rsa512, host_key_rsa512_cert, host_key_rsa256,
    host_key_rsa256_cert;
extern const struct user_key_type user_key_ed25519, user_key_ed25519_cert, user_key_sk_ed25519,
    user_key_sk_ed25519_cert, user_key_nistp256, user_key_nistp256_cert, user_key_sk_nistp256,
    user_key_sk_nistp256_cert, user_key_rsa512, user_key_rsa512_cert, user_key_rsa256,
    user_key_rsa256_cert;

#endif
