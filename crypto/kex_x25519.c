/* curve25519-sha256 (RFC 8731), also under its older name, and the hybrid with ML-KEM-768 that a
 * quantum computer does not undo: mlkem768x25519-sha256 (draft-ietf-sshm-mlkem-hybrid-kex). The
 * exchange hash is SHA-256, as it is for every method here. */
#include <string.h>

#include "base/features.h"
#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "crypto/known.h"

enum { POINT = 32 };

/* A fresh key of ours against the client's point; false also for a point of small order. */
static bool exchange(uint8_t share[POINT], uint8_t shared[POINT], const uint8_t point[POINT])
{
    uint8_t secret[32];
    crypto_random(secret, sizeof secret);
    bool good = x25519_base(share, secret) && x25519(shared, secret, point);
    crypto_wipe(secret, sizeof secret);
    return good;
}

static bool answer(struct kex_result *out, struct span client_share)
{
    uint8_t shared[POINT];
    if (client_share.n != POINT)
        return false;
    bool good = exchange(out->share, shared, client_share.p);
    if (good) {
        struct writer w = writer_of(out->secret, sizeof out->secret);
        put_mpint(&w, span_of(shared, sizeof shared)); /* RFC 8731 section 3.1 */
        out->secret_n = writer_used(&w);
        out->share_n = POINT;
    }
    crypto_wipe(shared, sizeof shared);
    return good;
}

/* RFC 7748's way from two secrets to one. */
static bool test(void)
{
    static const uint8_t known[8] = { 0x8d, 0x9d, 0x8f, 0x0f, 0xec, 0x14, 0x1e, 0xe7 };
    uint8_t secret[32], public_key[POINT], shared[POINT];
    if (!features.self_test)
        return true;
    known_input(secret, sizeof secret, 1);
    bool good = x25519_base(public_key, secret);
    known_input(secret, sizeof secret, 2);
    return good && x25519(shared, secret, public_key) &&
           known_answer(span_of(shared, sizeof shared), known);
}

const struct kex kex_curve25519 = { "curve25519-sha256", answer, test };
const struct kex kex_curve25519_libssh = { "curve25519-sha256@libssh.org", answer, NULL };

/* --- with ML-KEM --- */
/* C_INIT is encapsulation key and point; S_REPLY is ciphertext and point. */
static bool answer_hybrid(struct kex_result *out, struct span c_init)
{
    uint8_t coins[32], secrets[32 + POINT]; /* K_PQ, K_CL */
    if (c_init.n != MLKEM768_KEY + POINT)
        return false;
    crypto_random(coins, sizeof coins);
    bool good = mlkem768_encapsulate(out->share, secrets, c_init.p, coins) &&
                exchange(out->share + MLKEM768_CIPHERTEXT, secrets + 32, c_init.p + MLKEM768_KEY);
    if (good) {
        uint8_t digest[32]; /* K = HASH(K_PQ || K_CL), as a string and not as a number */
        struct sha256 h;
        sha256_start(&h);
        sha256_add(&h, secrets, sizeof secrets);
        sha256_stop(&h, digest);
        struct writer w = writer_of(out->secret, sizeof out->secret);
        put_string(&w, span_of(digest, sizeof digest));
        crypto_wipe(digest, sizeof digest);
        out->secret_n = writer_used(&w);
        out->share_n = MLKEM768_CIPHERTEXT + POINT;
    }
    crypto_wipe(coins, sizeof coins);
    crypto_wipe(secrets, sizeof secrets);
    return good;
}

/* Known ciphertext and secret; a key that is not reduced must be refused. */
static bool test_hybrid(void)
{
    static const uint8_t known[8] = { 0xf0, 0x24, 0xd9, 0x3b, 0xd6, 0xed, 0x40, 0x0e };
    uint8_t key[MLKEM768_KEY], coins[32], out[MLKEM768_CIPHERTEXT + 32];
    if (!features.self_test)
        return true;
    known_input(key, sizeof key, 4);
    known_input(coins, sizeof coins, 5);
    if (!mlkem768_encapsulate(out, out + MLKEM768_CIPHERTEXT, key, coins) ||
        !known_answer(span_of(out, sizeof out), known))
        return false;
    memset(key, 0xff, 3);
    return !mlkem768_encapsulate(out, out + MLKEM768_CIPHERTEXT, key, coins);
}

const struct kex kex_mlkem768x25519 = { "mlkem768x25519-sha256", answer_hybrid, test_hybrid };
