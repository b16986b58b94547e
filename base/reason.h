/* Why a session ended. The first reason is kept; the log has its text, and the peer gets its
 * SSH_MSG_DISCONNECT code (RFC 4253 section 11.1) where it has one. */
#ifndef BASE_REASON_H
#define BASE_REASON_H

#include <stdint.h>

/* The DISCONNECT code is 0 where none is sent: the peer is gone, or not yet an SSH client. */
#define REASONS(ROW)                                                                               \
    ROW(REASON_NONE, 0, "no reason")                                                               \
    /* the peer went, or we let it go */                                                           \
    ROW(REASON_PEER_CLOSED, 0, "closed by peer")                                                   \
    ROW(REASON_PEER_DISCONNECT, 0, "disconnected by peer")                                         \
    ROW(REASON_RESET, 0, "connection reset")                                                       \
    ROW(REASON_LOGIN_GRACE, 11, "Timeout before authentication")                                   \
    ROW(REASON_IDLE, 11, "Idle timeout")                                                           \
    ROW(REASON_KEEPALIVE, 11, "Timeout, client not responding")                                    \
    ROW(REASON_KEX_TIMEOUT, 11, "Timeout during key exchange")                                     \
    ROW(REASON_SHUTDOWN, 11, "Server is shutting down")                                            \
    ROW(REASON_EXPIRED, 11, "Server's time to live has ended")                                     \
    /* what it sent was wrong */                                                                   \
    ROW(REASON_IDENT, 0, "invalid identification string")                                          \
    ROW(REASON_VERSION, 8, "Protocol major versions differ")                                       \
    ROW(REASON_LENGTH, 2, "Bad packet length")                                                     \
    ROW(REASON_PADDING, 2, "Bad padding length")                                                   \
    ROW(REASON_MAC, 5, "Corrupted MAC on input")                                                   \
    ROW(REASON_FORMAT, 2, "Malformed message")                                                     \
    ROW(REASON_PHASE, 2, "Message not allowed at this point")                                      \
    ROW(REASON_STRICT, 2, "Strict key exchange violation")                                         \
    ROW(REASON_NO_KEX, 3, "no matching key exchange method found")                                 \
    ROW(REASON_NO_HOST_KEY, 3, "no matching host key type found")                                  \
    ROW(REASON_NO_CIPHER, 3, "no matching cipher found")                                           \
    ROW(REASON_NO_MAC, 3, "no matching MAC found")                                                 \
    ROW(REASON_NO_COMPRESSION, 3, "no matching compression found")                                 \
    ROW(REASON_SHARE, 3, "Invalid key exchange share")                                             \
    ROW(REASON_SERVICE, 7, "Service not available")                                                \
    ROW(REASON_USER_CHANGED, 2, "Change of username or service not allowed")                       \
    ROW(REASON_TRIES, 14, "Too many authentication failures")                                      \
    ROW(REASON_FLOOD, 11, "Too many requests before login")                                        \
    ROW(REASON_HELD, 11, "Too many requests during key exchange")                                  \
    ROW(REASON_CHANNEL, 2, "Message for a channel that is not open")                               \
    ROW(REASON_WINDOW, 2, "Channel window exceeded")                                               \
    ROW(REASON_PACKET_SIZE, 2, "Channel packet size exceeded")                                     \
    /* ours */                                                                                     \
    ROW(REASON_MEMORY, 11, "Server is out of memory")                                              \
    ROW(REASON_CRYPTO, 11, "Internal cryptographic failure")

#define REASON_NAME(name, code, text) name,
enum reason { REASONS(REASON_NAME) };
#undef REASON_NAME

const char *reason_text(enum reason r);
uint32_t reason_code(enum reason r); /* 0: no SSH_MSG_DISCONNECT is sent */

#endif
