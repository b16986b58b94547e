/* An SSH client for tests, in memory: bytes for the server gather in `out`, bytes of the server are
 * put into `in`. It shares the primitives and cipher rows of crypto/ with the server; framing, key
 * exchange, negotiation and key derivation are its own, so that a mistake in transport/ does not cancel
 * itself.
 *
 * Everything can be sent at any time, right or wrong. What the key exchange needs is learned from
 * whatever comes; with `automatic` set it is also answered. No cmocka in here. */
#ifndef TESTS_SUPPORT_CLIENT_H
#define TESTS_SUPPORT_CLIENT_H

#include "auth/auth.h"
#include "connection/connection.h"
#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "crypto/host_key.h"
#include "tests/support/bytes.h"
#include "tests/support/mlkem.h"
#include "transport/transport.h"

enum { CLIENT_MESSAGE_MAX = 300000 };

/* What it offers; NULL and false by client_defaults() mean what OpenSSH's client does. */
struct client_options {
    const char *ident;
    const char *kex, *host_keys, *cipher_out, *cipher_in, *mac, *compression;
    const char *mac_in;                  /* NULL: as the other way */
    const struct cipher *const *ciphers; /* what those names stand for; NULL: the profile's rows */
    bool strict, ext_info;
    bool follows;     /* first_kex_packet_follows … */
    bool guess_right; /* … and whether the guessed share is for the method that is chosen */
};

struct client_keys {
    const struct cipher *cipher; /* NULL: there are no keys here */
    struct cipher_state state;
    uint32_t seq;
};

/* How a share is made and what the server's is for (client_share.c). */
enum client_method { CLIENT_X25519, CLIENT_HYBRID, CLIENT_P256 };

struct client_share {
    enum client_method method;
    uint8_t sent[MLKEM_KEY + 32]; /* Q_C */
    size_t sent_n;
    uint8_t scalar[32], mlkem[MLKEM_SECRET];
    uint8_t secret[4 + 33]; /* K as it is hashed: an mpint or a string */
    size_t secret_n;
};

struct client {
    struct client_options options;
    struct random random;
    struct bytes out, in;
    bool automatic;     /* answer the messages of the key exchange */
    const char *broken; /* what the server did wrong; NULL while all is well */

    char server_ident[256];
    bool ident_known;
    struct client_keys tx, rx, tx_next, rx_next;
    bool kexinit_sent, kexinit_got, share_sent, reply_got, newkeys_sent, newkeys_got;
    bool keyed;            /* a key exchange was completed on both sides */
    unsigned exchanges;    /* … how many */
    struct bytes i_c, i_s; /* both KEXINIT payloads of the open exchange */
    struct client_share share;
    uint8_t session_id[32];
    uint8_t host_blob[HOST_CERTIFICATE_MAX]; /* the server's key, as it was proven */
    size_t host_blob_n;

    struct writer building;
    uint8_t *scratch;
};

/* One message of the server's; the bytes are the receiver's to free. */
struct packet {
    uint8_t *p;
    size_t n;
    uint32_t seq;
};

struct client_options client_defaults(void);
void client_start(struct client *c, const struct client_options *o, uint64_t seed);
void client_stop(struct client *c);

/* --- sending: bytes, a frame with any length field, a proper packet --- */
void client_send_bytes(struct client *c, const void *p, size_t n);
/* `body` is padding_length, payload and padding; sealed as it is under the keys of the moment. */
void client_send_frame(struct client *c, uint32_t length, const uint8_t *body, size_t n);
void client_send_padded(struct client *c, struct span payload, size_t more_padding);
void client_send(struct client *c, struct span payload);

/* A message in the making: every field by a put_… on the writer. */
struct writer *client_build(struct client *c, uint8_t type);
struct span client_built(struct client *c);
void client_send_built(struct client *c);

/* --- the handshake's messages (client_kex.c) --- */
void client_send_ident(struct client *c);
void client_send_kexinit(struct client *c); /* with the guessed share behind it, if so chosen */
void client_send_share(struct client *c);
void client_send_newkeys(struct client *c); /* and seal by the new keys from then on */
void client_learn(struct client *c, struct span payload); /* used by client_take() */
void client_keys_stop(struct client_keys *k);             /* gives back what they own */

/* --- its arithmetic (client_share.c) --- */
void share_make(struct client_share *s, struct span method, struct random *r);
bool share_finish(struct client_share *s, struct span server_share);

/* 1: a message (learned from, and answered if that is automatic); 0: none yet; -1: see `broken`. */
int client_take(struct client *c, struct packet *p);

/* --- messages (client_messages.c) --- */
void client_service(struct client *c, const char *name);
void client_auth(struct client *c, const char *user, const char *method);

/* How a publickey request departs from a good one. */
enum forgery {
    FORGE_NOTHING,
    FORGE_SIGNATURE, /* a bit of the signature */
    FORGE_SESSION,   /* signed for another session */
    FORGE_USER,      /* signed for another user */
    FORGE_KEY,       /* signed by another key */
    FORGE_ALGORITHM, /* the algorithm's name is not the blob's */
    FORGE_UNKNOWN,   /* a key type the server does not know */
    FORGE_LONG,      /* bytes behind the signature in its blob */
};
void client_publickey(struct client *c, const char *user, const struct host_key *key, bool sign,
                      enum forgery f);

/* A password request; with `new_one` it wants to change it. An answer to `n` prompts, all the same. */
void client_password(struct client *c, const char *user, struct span password, const char *new_one);
void client_interactive(struct client *c, const char *user);
void client_response(struct client *c, uint32_t n, struct span answer);

/* The start of an opening: put what its type has of its own, then client_send_built(). */
struct writer *client_opening(struct client *c, const char *type, uint32_t sender, uint32_t window,
                              uint32_t packet);
void client_open(struct client *c, uint32_t sender, uint32_t window, uint32_t packet);
void client_direct(struct client *c, uint32_t sender, uint32_t window, uint32_t packet);
void client_confirm(struct client *c, uint32_t channel, uint32_t sender, uint32_t window,
                    uint32_t packet);
void client_refuse(struct client *c, uint32_t channel, uint32_t code);
/* A request without fields of its own, or the start of one: put them, then client_send_built(). */
struct writer *client_request(struct client *c, uint32_t channel, const char *name, bool reply);
void client_shell(struct client *c, uint32_t channel);
void client_exec(struct client *c, uint32_t channel, const char *command);
void client_data(struct client *c, uint32_t channel, struct span data);
void client_adjust(struct client *c, uint32_t channel, uint32_t more);
void client_channel(struct client *c, uint8_t type, uint32_t channel); /* EOF, CLOSE … */
void client_global(struct client *c, const char *name, bool reply);
void client_disconnect(struct client *c);

#endif
