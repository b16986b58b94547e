/* Why a session ended. The first reason is kept; the log has its text, and the peer gets its
 * SSH_MSG_DISCONNECT code (RFC 4253 section 11.1) where it has one. */
#ifndef BASE_REASON_H
#define BASE_REASON_H

#include <stdint.h>

enum reason {
    REASON_NONE,
    /* the peer went, or we let it go */
    REASON_PEER_CLOSED,
    REASON_PEER_DISCONNECT,
    REASON_RESET,
    REASON_LOGIN_GRACE,
    REASON_IDLE,
    REASON_KEEPALIVE,
    REASON_KEX_TIMEOUT,
    REASON_SHUTDOWN,
    REASON_EXPIRED,
    /* what it sent was wrong */
    REASON_IDENT,
    REASON_VERSION,
    REASON_LENGTH,
    REASON_PADDING,
    REASON_MAC,
    REASON_FORMAT,
    REASON_PHASE,
    REASON_STRICT,
    REASON_NO_KEX,
    REASON_NO_HOST_KEY,
    REASON_NO_CIPHER,
    REASON_NO_MAC,
    REASON_NO_COMPRESSION,
    REASON_SHARE,
    REASON_SERVICE,
    REASON_USER_CHANGED,
    REASON_TRIES,
    REASON_FLOOD,
    REASON_HELD,
    REASON_CHANNEL,
    REASON_WINDOW,
    REASON_PACKET_SIZE,
    /* ours */
    REASON_MEMORY,
    REASON_CRYPTO,
};

const char *reason_text(enum reason r);
uint32_t reason_code(enum reason r); /* 0: no SSH_MSG_DISCONNECT is sent */

#endif
