/* curve25519-sha256 (RFC 8731), also under its older name. The exchange hash is SHA-256, as it is
 * for every method here. */
#include "crypto/algorithm.h"
#include "crypto/crypto.h"

static bool answer(struct kex_result *out, struct span client_share)
{
    uint8_t secret[32], shared[32];
    if (client_share.n != 32)
        return false;
    crypto_random(secret, sizeof secret);
    bool good = x25519_base(out->share, secret) && x25519(shared, secret, client_share.p);
    if (good) {
        struct writer w = writer_of(out->secret, sizeof out->secret);
        put_mpint(&w, span_of(shared, sizeof shared)); /* RFC 8731 section 3.1 */
        out->secret_n = writer_used(&w);
        out->share_n = 32;
    }
    crypto_wipe(secret, sizeof secret);
    crypto_wipe(shared, sizeof shared);
    return good;
}

const struct kex kex_curve25519 = { "curve25519-sha256", answer };
const struct kex kex_curve25519_libssh = { "curve25519-sha256@libssh.org", answer };
