/* Every reason has a text that can be logged, and a code of RFC 4253 section 11.1 or none. */
#include <string.h>

#include "base/limits.h"
#include "base/reason.h"
#include "tests/support/test.h"

static void test_every_reason_has_its_own_text(void **state)
{
    (void)state;
    for (int i = REASON_NONE; i <= REASON_CRYPTO; i++) {
        const char *text = reason_text((enum reason)i);
        assert_non_null(text);
        assert_in_range(strlen(text), 4, 80);
        for (const char *c = text; *c != 0; c++)
            assert_in_range(*c, 0x20, 0x7e);
        for (int k = REASON_NONE; k < i; k++)
            assert_string_not_equal(text, reason_text((enum reason)k));
    }
}

static void test_codes(void **state)
{
    (void)state;
    static const struct {
        enum reason reason;
        uint32_t code;
    } codes[] = {
        { REASON_NONE, 0 },        { REASON_PEER_CLOSED, 0 },  { REASON_PEER_DISCONNECT, 0 },
        { REASON_RESET, 0 },       { REASON_IDENT, 0 },        { REASON_VERSION, 8 },
        { REASON_LENGTH, 2 },      { REASON_PADDING, 2 },      { REASON_MAC, 5 },
        { REASON_FORMAT, 2 },      { REASON_PHASE, 2 },        { REASON_STRICT, 2 },
        { REASON_NO_KEX, 3 },      { REASON_NO_HOST_KEY, 3 },  { REASON_NO_CIPHER, 3 },
        { REASON_NO_MAC, 3 },      { REASON_HELD, 11 },        { REASON_NO_COMPRESSION, 3 },
        { REASON_SHARE, 3 },       { REASON_SERVICE, 7 },      { REASON_USER_CHANGED, 2 },
        { REASON_TRIES, 14 },      { REASON_CHANNEL, 2 },      { REASON_WINDOW, 2 },
        { REASON_PACKET_SIZE, 2 }, { REASON_LOGIN_GRACE, 11 }, { REASON_IDLE, 11 },
        { REASON_KEEPALIVE, 11 },  { REASON_SHUTDOWN, 11 },    { REASON_EXPIRED, 11 },
        { REASON_FLOOD, 11 },      { REASON_KEX_TIMEOUT, 11 }, { REASON_MEMORY, 11 },
        { REASON_CRYPTO, 11 },
    };
    assert_int_equal(COUNT(codes), REASON_CRYPTO + 1); /* none is left out */
    for (size_t i = 0; i < COUNT(codes); i++)
        assert_int_equal(reason_code(codes[i].reason), codes[i].code);
}

/* A DISCONNECT with the longest text fits into the room that is kept for it. */
static void test_texts_fit_a_reply(void **state)
{
    (void)state;
    for (int i = REASON_NONE; i <= REASON_CRYPTO; i++)
        assert_true(1 + 4 + 4 + strlen(reason_text((enum reason)i)) + 4 + 128 < LIMIT_REPLY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_reason_has_its_own_text),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_texts_fit_a_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
