/* The test client's half of each key exchange: RFC 8731, draft-ietf-sshm-mlkem-hybrid-kex, RFC 5656. */
#include "tests/support/client.h"

#include <stdlib.h>
#include <string.h>

enum { SHARE = 32, POINT_P256 = 65 };

/* With 1 for a secret our point is the generator, and what is shared is the server's own point: no
 * arithmetic of ours, and the server cannot tell. */
static const char generator_p256[] =
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

void share_make(struct client_share *s, struct span method, struct random *r)
{
    uint8_t seed[64];
    s->method = CLIENT_X25519;
    s->sent_n = 0;
    if (span_is(method, "ecdh-sha2-nistp256")) {
        s->method = CLIENT_P256;
        s->sent_n = hex_bytes(s->sent, sizeof s->sent, generator_p256);
        return;
    }
    if (span_is(method, "mlkem768x25519-sha256")) {
        s->method = CLIENT_HYBRID;
        random_fill(r, seed, sizeof seed);
        mlkem_keys(s->sent, s->mlkem, seed);
        s->sent_n = MLKEM_KEY;
    }
    random_fill(r, s->scalar, sizeof s->scalar);
    if (!x25519_base(s->sent + s->sent_n, s->scalar))
        abort();
    s->sent_n += SHARE;
}

static void secret_is_mpint(struct client_share *s, const uint8_t p[SHARE])
{
    size_t zeros = 0;
    while (zeros < SHARE && p[zeros] == 0)
        zeros++;
    size_t n = SHARE - zeros, sign = n != 0 && p[zeros] >= 0x80;
    memset(s->secret, 0, sizeof s->secret);
    s->secret[3] = (uint8_t)(n + sign);
    memcpy(s->secret + 4 + sign, p + zeros, n);
    s->secret_n = 4 + sign + n;
}

static void secret_is_digest(struct client_share *s, const uint8_t both[64])
{
    struct sha256 h;
    static const uint8_t length[4] = { 0, 0, 0, 32 };
    memcpy(s->secret, length, 4);
    sha256_start(&h);
    sha256_add(&h, both, 64);
    sha256_stop(&h, s->secret + 4);
    s->secret_n = 4 + 32;
}

bool share_finish(struct client_share *s, struct span q_s)
{
    uint8_t both[64];
    if (s->method == CLIENT_P256) {
        if (q_s.n != POINT_P256 || q_s.p[0] != 4)
            return false;
        secret_is_mpint(s, q_s.p + 1);
        return true;
    }
    size_t first = s->method == CLIENT_HYBRID ? MLKEM_CIPHERTEXT : 0;
    if (q_s.n != first + SHARE || !x25519(both + 32, s->scalar, q_s.p + first))
        return false;
    if (s->method == CLIENT_X25519) {
        secret_is_mpint(s, both + 32);
    } else {
        mlkem_decapsulate(both, q_s.p, s->mlkem);
        secret_is_digest(s, both);
    }
    return true;
}
