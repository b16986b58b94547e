/* Cleartext, before the first NEWKEYS: a cipher without key and tag, so that framing has one path. */
#include "crypto/algorithm.h"

static bool start(struct cipher_state *s, const uint8_t *key, const uint8_t *iv,
                  const uint8_t *mac_key)
{
    (void)s, (void)key, (void)iv, (void)mac_key;
    return true;
}

static uint32_t length(const struct cipher_state *s, uint32_t seq, const uint8_t p[4])
{
    (void)s, (void)seq;
    return load_u32(p);
}

static bool open_or_seal(struct cipher_state *s, uint32_t seq, uint8_t *p, size_t n)
{
    (void)s, (void)seq, (void)p, (void)n;
    return true;
}

const struct cipher cipher_none = {
    .name = "none",
    .block = 8, /* RFC 4253 section 6: at least 8 */
    .start = start,
    .length = length,
    .open = open_or_seal,
    .seal = open_or_seal,
};
