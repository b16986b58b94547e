#include "base/reason.h"

#include <stddef.h>

/* RFC 4253 section 11.1 */
enum {
    CODE_NONE = 0,
    CODE_PROTOCOL_ERROR = 2,
    CODE_KEY_EXCHANGE_FAILED = 3,
    CODE_MAC_ERROR = 5,
    CODE_SERVICE_NOT_AVAILABLE = 7,
    CODE_VERSION_NOT_SUPPORTED = 8,
    CODE_BY_APPLICATION = 11,
    CODE_NO_MORE_AUTH_METHODS = 14,
};

static const struct {
    uint8_t code;
    const char *text;
} reasons[] = {
    [REASON_NONE] = { CODE_NONE, "no reason" },
    [REASON_PEER_CLOSED] = { CODE_NONE, "closed by peer" },
    [REASON_PEER_DISCONNECT] = { CODE_NONE, "disconnected by peer" },
    [REASON_RESET] = { CODE_NONE, "connection reset" },
    [REASON_LOGIN_GRACE] = { CODE_BY_APPLICATION, "Timeout before authentication" },
    [REASON_IDLE] = { CODE_BY_APPLICATION, "Idle timeout" },
    [REASON_KEEPALIVE] = { CODE_BY_APPLICATION, "Timeout, client not responding" },
    [REASON_KEX_TIMEOUT] = { CODE_BY_APPLICATION, "Timeout during key exchange" },
    [REASON_SHUTDOWN] = { CODE_BY_APPLICATION, "Server is shutting down" },
    [REASON_EXPIRED] = { CODE_BY_APPLICATION, "Server's time to live has ended" },
    [REASON_IDENT] = { CODE_NONE, "invalid identification string" },
    [REASON_VERSION] = { CODE_VERSION_NOT_SUPPORTED, "Protocol major versions differ" },
    [REASON_LENGTH] = { CODE_PROTOCOL_ERROR, "Bad packet length" },
    [REASON_PADDING] = { CODE_PROTOCOL_ERROR, "Bad padding length" },
    [REASON_MAC] = { CODE_MAC_ERROR, "Corrupted MAC on input" },
    [REASON_FORMAT] = { CODE_PROTOCOL_ERROR, "Malformed message" },
    [REASON_PHASE] = { CODE_PROTOCOL_ERROR, "Message not allowed at this point" },
    [REASON_STRICT] = { CODE_PROTOCOL_ERROR, "Strict key exchange violation" },
    [REASON_NO_KEX] = { CODE_KEY_EXCHANGE_FAILED, "no matching key exchange method found" },
    [REASON_NO_HOST_KEY] = { CODE_KEY_EXCHANGE_FAILED, "no matching host key type found" },
    [REASON_NO_CIPHER] = { CODE_KEY_EXCHANGE_FAILED, "no matching cipher found" },
    [REASON_NO_MAC] = { CODE_KEY_EXCHANGE_FAILED, "no matching MAC found" },
    [REASON_NO_COMPRESSION] = { CODE_KEY_EXCHANGE_FAILED, "no matching compression found" },
    [REASON_SHARE] = { CODE_KEY_EXCHANGE_FAILED, "Invalid key exchange share" },
    [REASON_SERVICE] = { CODE_SERVICE_NOT_AVAILABLE, "Service not available" },
    [REASON_USER_CHANGED] = { CODE_PROTOCOL_ERROR, "Change of username or service not allowed" },
    [REASON_TRIES] = { CODE_NO_MORE_AUTH_METHODS, "Too many authentication failures" },
    [REASON_FLOOD] = { CODE_BY_APPLICATION, "Too many requests before login" },
    [REASON_HELD] = { CODE_BY_APPLICATION, "Too many requests during key exchange" },
    [REASON_CHANNEL] = { CODE_PROTOCOL_ERROR, "Message for a channel that is not open" },
    [REASON_WINDOW] = { CODE_PROTOCOL_ERROR, "Channel window exceeded" },
    [REASON_PACKET_SIZE] = { CODE_PROTOCOL_ERROR, "Channel packet size exceeded" },
    [REASON_MEMORY] = { CODE_BY_APPLICATION, "Server is out of memory" },
    [REASON_CRYPTO] = { CODE_BY_APPLICATION, "Internal cryptographic failure" },
};

const char *reason_text(enum reason r)
{
    return reasons[r].text;
}

uint32_t reason_code(enum reason r)
{
    return reasons[r].code;
}
