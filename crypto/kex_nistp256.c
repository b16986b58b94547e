/* ecdh-sha2-nistp256 (RFC 5656 section 4). */
#include "crypto/algorithm.h"
#include "crypto/crypto.h"

static bool answer(struct kex_result *out, struct span client_share)
{
    uint8_t shared[32];
    bool good = p256_exchange(out->share, shared, client_share);
    if (good) {
        struct writer w = writer_of(out->secret, sizeof out->secret);
        put_mpint(&w, span_of(shared, sizeof shared));
        out->secret_n = writer_used(&w);
        out->share_n = P256_POINT;
    }
    crypto_wipe(shared, sizeof shared);
    return good;
}

/* Against the generator the shared x is that of our own point; a point off the curve is refused. */
static bool test(void)
{
    uint8_t g[P256_POINT] = {
        0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
        0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4,
        0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
        0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
        0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
    };
    uint8_t share[P256_POINT], shared[32];
    bool good = p256_exchange(share, shared, span_of(g, sizeof g)) &&
                crypto_equal(shared, share + 1, sizeof shared);
    crypto_wipe(shared, sizeof shared);
    g[P256_POINT - 1] ^= 1;
    return good && !p256_exchange(share, shared, span_of(g, sizeof g));
}

const struct kex kex_nistp256 = { "ecdh-sha2-nistp256", answer, test };
