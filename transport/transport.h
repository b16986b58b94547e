/* The transport layer (RFC 4253): identification, packets, key exchange, strict kex, rekeying.
 *
 * Pure: bytes are pushed in and pulled out by the caller (through session/). One struct is one
 * connection; it borrows blocks from the caller's pool only while bytes are in flight. The first
 * failure sticks in `reason`; after it nothing is parsed any more. */
#ifndef TRANSPORT_TRANSPORT_H
#define TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/block.h"
#include "base/limits.h"
#include "base/reason.h"
#include "base/wire.h"
#include "crypto/algorithm.h"
#include "crypto/crypto.h"

/* Message numbers (RFC 4250 section 4.1.2). */
enum {
    MSG_DISCONNECT = 1,
    MSG_IGNORE = 2,
    MSG_UNIMPLEMENTED = 3,
    MSG_DEBUG = 4,
    MSG_SERVICE_REQUEST = 5,
    MSG_SERVICE_ACCEPT = 6,
    MSG_EXT_INFO = 7, /* RFC 8308 */
    MSG_KEXINIT = 20,
    MSG_NEWKEYS = 21,
    MSG_KEX_ECDH_INIT = 30, /* RFC 5656 */
    MSG_KEX_ECDH_REPLY = 31,
    MSG_TRANSPORT_LAST = 49,
};

/* Shared by all connections, not owned. */
struct transport_config {
    const struct algorithms *algorithms;
    const struct host_key *host_keys; /* HOST_KEYS of them, unused ones without a type */
    const char *ident;                /* "SSH-2.0-…" without line end */
    uint64_t rekey_bytes;             /* new keys after so many bytes in one direction … */
    uint64_t rekey_ms;                /* … or so long */
};

/* Where a key exchange stands; each value says what is awaited from the peer. */
enum kex_phase {
    KEX_IDLE,    /* none is open */
    KEX_SENT,    /* our KEXINIT left; its KEXINIT */
    KEX_SKIP,    /* a share it guessed for another method, to be dropped */
    KEX_SHARE,   /* its KEX_ECDH_INIT */
    KEX_NEWKEYS, /* ours left; its NEWKEYS */
};

struct direction {
    const struct cipher *cipher;
    struct cipher_state state;
    uint32_t seq;
    uint64_t bytes; /* under these keys */
};

struct transport {
    const struct transport_config *config;
    struct pool *pool;
    struct block *in;   /* received, not yet parsed (decrypted in place) */
    struct block *out;  /* sealed, not yet sent */
    struct block *held; /* replies made while our key exchange is open: u32 length, payload */
    enum reason reason;
    uint32_t peer_code; /* of the peer's DISCONNECT */
    enum kex_phase kex;
    bool ident_done;     /* the peer's identification has come */
    bool keyed;          /* the first key exchange is complete on both sides */
    bool strict;         /* kex-strict-c-v00@openssh.com was offered */
    bool wants_ext_info; /* ext-info-c was offered */
    bool trusted;        /* logged in (set by session/): packets are not counted any more */
    uint16_t early;      /* packets before that */
    bool service_asked;  /* SERVICE_REQUEST "ssh-userauth" was accepted */
    const struct kex *method;
    const struct cipher *next_tx, *next_rx;
    const struct host_key_type *signing;
    const struct host_key *signing_key;
    uint64_t now_ms, rekey_at_ms, kex_ends_ms;
    struct direction rx, tx;
    struct direction rx_next; /* the peer's new keys, until its NEWKEYS */
    struct sha256 transcript; /* of the exchange hash: V_C, V_S, I_C, I_S so far */
    uint8_t cookie[16];
    uint8_t session_id[32];
    char ident[LIMIT_IDENT + 1]; /* the peer's, without line end */
    char peer_text[256]; /* see peer_code; or its list in which nothing was ours; may be cut */
};

void transport_start(struct transport *t, const struct transport_config *c, struct pool *pool,
                     uint64_t now_ms);
void transport_stop(struct transport *t); /* gives blocks back, wipes keys */

/* Keeps the first reason; sends SSH_MSG_DISCONNECT where the reason has a code. */
void transport_fail(struct transport *t, enum reason r);

/* --- bytes (see session.h for the contract) --- */
size_t transport_recv_room(struct transport *t, uint8_t **at);
void transport_recv_done(struct transport *t, size_t n);
struct span transport_send_data(const struct transport *t);
void transport_send_done(struct transport *t, size_t n);
void transport_rest(struct transport *t); /* give back blocks that hold nothing */

/* --- messages in ---
 * 1: *payload is the next message for the layers above (its type is payload->p[0], legality in
 * this phase not yet checked); it stays until the next call. 0: nothing more now. -1: failed.
 * Messages 1-49 are handled here; a SERVICE_REQUEST for ssh-userauth sets service_asked. */
int transport_next(struct transport *t, struct span *payload);

/* --- messages out ---
 * A message is built between start and stop: every field by a put_… on the writer. While our key
 * exchange is open, messages above 49 are held and sealed after NEWKEYS. Callers other than answers
 * to a received message ask transport_ready() first: one of LIMIT_REPLY bytes would leave without being
 * held, and there would still be room for an answer. */
bool transport_ready(struct transport *t);
struct writer message_start(struct transport *t, uint8_t type);
void message_stop(struct transport *t, struct writer *w);
void transport_unimplemented(struct transport *t); /* answers the message parsed last */

/* Channel data is read straight into its packet: room for at most `want` bytes behind a header of
 * `header` bytes; 0 while it cannot leave now. The caller fills header and data, then seals. */
size_t transport_bulk_room(struct transport *t, size_t header, size_t want, uint8_t **at);
void transport_bulk_done(struct transport *t, size_t payload);

/* --- time --- */
uint64_t transport_tick(struct transport *t); /* at now_ms; the next deadline */

#endif
