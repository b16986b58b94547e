/* Keys and signatures of crypto.h answered by libcrypto: P-256 and RSA.
 *
 * Keys are made from their parts for each use, but for the server's own. */
#include "crypto/openssl.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

enum {
    P256_NUMBER = 32,
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192,     /* of others' keys; libcrypto would take 16384, at 25 times the time */
    RSA_OWN_BITS_MAX = 4096, /* what host_key.h has room for */
    RSA_E_BITS_MAX = 64,
};

/* ===== what all keys share ===== */

/* These return 1 always. */
static void digest_of(enum hash hash, uint8_t digest[HASH_SHA512], struct span message)
{
    if (hash == HASH_SHA512) {
        SHA512_CTX c;
        SHA512_Init(&c);
        SHA512_Update(&c, message.p, message.n);
        SHA512_Final(digest, &c);
    } else {
        SHA256_CTX c;
        SHA256_Init(&c);
        SHA256_Update(&c, message.p, message.n);
        SHA256_Final(digest, &c);
    }
}

static BIGNUM *number(struct span s)
{
    return s.n <= RSA_BITS_MAX / 8 + 1 ? BN_bin2bn(s.p, (int)s.n, NULL) : NULL;
}

/* One that libcrypto is to compute with in constant time. */
static BIGNUM *secret_number(struct span s)
{
    BIGNUM *n = number(s);
    if (n != NULL)
        BN_set_flags(n, BN_FLG_CONSTTIME);
    return n;
}

/* A private key is one of these two. */
static EC_KEY *p256_of(const struct private_key *k)
{
    return openssl_held(k->opaque);
}

static RSA *rsa_of(const struct private_key *k)
{
    return openssl_held(k->opaque + sizeof(void *));
}

static bool key_keep(struct private_key *k, EC_KEY *p256, RSA *rsa)
{
    openssl_hold(k->opaque, p256);
    openssl_hold(k->opaque + sizeof(void *), rsa);
    return p256 != NULL || rsa != NULL;
}

void private_key_stop(struct private_key *k)
{
    EC_KEY_free(p256_of(k));
    RSA_free(rsa_of(k));
    key_keep(k, NULL, NULL);
}

/* ===== P-256 ===== */

static EC_KEY *p256_new(void)
{
    return EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
}

/* libcrypto refuses a point that is not on the curve; it would take compressed ones too. A point that
 * is on P-256 and not at infinity is in its only subgroup. */
static EC_KEY *p256_public(struct span point)
{
    EC_KEY *key = point.n == P256_POINT && point.p[0] == 4 ? p256_new() : NULL;
    if (key != NULL && EC_KEY_oct2key(key, point.p, point.n, NULL) != 1) {
        EC_KEY_free(key);
        key = NULL;
    }
    return key;
}

bool p256_exchange(uint8_t share[P256_POINT], uint8_t shared[P256_NUMBER], struct span peer_point)
{
    EC_KEY *peer = p256_public(peer_point), *own = peer != NULL ? p256_new() : NULL;
    bool good =
        own != NULL && EC_KEY_generate_key(own) == 1 &&
        EC_POINT_point2oct(EC_KEY_get0_group(own), EC_KEY_get0_public_key(own),
                           POINT_CONVERSION_UNCOMPRESSED, share, P256_POINT, NULL) == P256_POINT &&
        ECDH_compute_key(shared, P256_NUMBER, EC_KEY_get0_public_key(peer), own, NULL) ==
            P256_NUMBER;
    EC_KEY_free(own);
    EC_KEY_free(peer);
    return good;
}

/* NULL: no such numbers. */
static ECDSA_SIG *pair_of(struct span r, struct span s)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *first = number(r), *second = number(s);
    if (pair != NULL && first != NULL && second != NULL && ECDSA_SIG_set0(pair, first, second) == 1)
        return pair; /* which has them now */
    BN_free(first);
    BN_free(second);
    ECDSA_SIG_free(pair);
    return NULL;
}

bool p256_verify(struct span r, struct span s, struct span message, struct span point)
{
    uint8_t digest[HASH_SHA512];
    ECDSA_SIG *pair = pair_of(r, s);
    EC_KEY *key = pair != NULL ? p256_public(point) : NULL;
    digest_of(HASH_SHA256, digest, message);
    bool good = key != NULL && ECDSA_do_verify(digest, HASH_SHA256, pair, key) == 1;
    EC_KEY_free(key);
    ECDSA_SIG_free(pair);
    return good;
}

bool p256_load(struct private_key *k, struct span point, struct span scalar)
{
    BIGNUM *secret = secret_number(scalar);
    EC_KEY *key = p256_public(point);
    if (key != NULL && (secret == NULL || EC_KEY_set_private_key(key, secret) != 1 ||
                        EC_KEY_check_key(key) != 1)) {
        EC_KEY_free(key);
        key = NULL;
    }
    BN_clear_free(secret);
    return key_keep(k, key, NULL);
}

bool p256_sign(const struct private_key *k, uint8_t r[P256_NUMBER], uint8_t s[P256_NUMBER],
               struct span message)
{
    uint8_t digest[HASH_SHA512];
    digest_of(HASH_SHA256, digest, message);
    ECDSA_SIG *pair = ECDSA_do_sign(digest, HASH_SHA256, p256_of(k));
    bool good = pair != NULL &&
                BN_bn2binpad(ECDSA_SIG_get0_r(pair), r, P256_NUMBER) == P256_NUMBER &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), s, P256_NUMBER) == P256_NUMBER;
    ECDSA_SIG_free(pair);
    return good;
}

/* ===== RSA ===== */

static int rsa_hash(enum hash hash)
{
    return hash == HASH_SHA512 ? NID_sha512 : NID_sha256;
}

static bool rsa_sane(const BIGNUM *n, const BIGNUM *e, int bits_max)
{
    return n != NULL && e != NULL && BN_num_bits(n) >= RSA_BITS_MIN && BN_num_bits(n) <= bits_max &&
           BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) <= RSA_E_BITS_MAX;
}

static RSA *rsa_public(struct span n, struct span e)
{
    BIGNUM *modulus = number(n), *exponent = number(e);
    RSA *key = rsa_sane(modulus, exponent, RSA_BITS_MAX) ? RSA_new() : NULL;
    if (key != NULL && RSA_set0_key(key, modulus, exponent, NULL) == 1)
        return key; /* which has them now */
    RSA_free(key);
    BN_free(modulus);
    BN_free(exponent);
    return NULL;
}

/* A signature is as long as the modulus; one that came shorter has lost its leading zeros, as in
 * OpenSSH. */
bool rsa_verify(enum hash hash, struct span signature, struct span message, struct span n,
                struct span e)
{
    uint8_t whole[RSA_BITS_MAX / 8] = { 0 };
    RSA *key = rsa_public(n, e);
    size_t size = key != NULL ? (size_t)RSA_size(key) : 0;
    bool good = size > 0 && size <= sizeof whole && signature.n > 0 && signature.n <= size;
    if (good) {
        uint8_t digest[HASH_SHA512];
        memcpy(whole + size - signature.n, signature.p, signature.n);
        digest_of(hash, digest, message);
        good = RSA_verify(rsa_hash(hash), digest, hash, whole, (unsigned)size, key) == 1;
    }
    RSA_free(key);
    return good;
}

/* What libcrypto has names for: n, e and d, both primes, d modulo each prime less one, and the
 * inverse of the second prime modulo the first. */
struct rsa_parts {
    BIGNUM *n, *e, *d, *p, *q, *d_p, *d_q, *q_inverse;
};

/* x modulo (prime - 1), and whether e is the inverse of that there. */
static bool part_fits(BIGNUM *x, const BIGNUM *d, const BIGNUM *e, const BIGNUM *prime, BN_CTX *c)
{
    BIGNUM *less = BN_dup(prime), *product = BN_new();
    bool good = less != NULL && product != NULL && BN_sub_word(less, 1) == 1 && !BN_is_zero(less) &&
                BN_mod(x, d, less, c) == 1 && BN_mod_mul(product, x, e, less, c) == 1 &&
                BN_is_one(product);
    BN_clear_free(less);
    BN_clear_free(product);
    return good;
}

/* Computes the last three. Were a part of the key wrong, a signature could give away a prime. */
static bool parts_fit(struct rsa_parts *k)
{
    BN_CTX *c = BN_CTX_new();
    BIGNUM *product = BN_new();
    bool good = c != NULL && product != NULL && BN_mul(product, k->p, k->q, c) == 1 &&
                BN_cmp(product, k->n) == 0 && part_fits(k->d_p, k->d, k->e, k->p, c) &&
                part_fits(k->d_q, k->d, k->e, k->q, c) &&
                BN_mod_inverse(k->q_inverse, k->q, k->p, c) != NULL;
    BN_free(product);
    BN_CTX_free(c);
    return good;
}

/* Takes what it could give to the key out of k. */
static RSA *rsa_private(struct rsa_parts *k)
{
    RSA *key = RSA_new();
    if (key != NULL && RSA_set0_key(key, k->n, k->e, k->d) == 1) {
        k->n = k->e = k->d = NULL;
        if (RSA_set0_factors(key, k->p, k->q) == 1) {
            k->p = k->q = NULL;
            if (RSA_set0_crt_params(key, k->d_p, k->d_q, k->q_inverse) == 1) {
                k->d_p = k->d_q = k->q_inverse = NULL;
                return key;
            }
        }
    }
    RSA_free(key);
    return NULL;
}

bool rsa_load(struct private_key *k, struct span n, struct span e, struct span d, struct span p,
              struct span q)
{
    struct rsa_parts parts = {
        number(n),        number(e), secret_number(d), secret_number(p),
        secret_number(q), BN_new(),  BN_new(),         BN_new(),
    };
    RSA *key = NULL;
    if (rsa_sane(parts.n, parts.e, RSA_OWN_BITS_MAX) && parts.d != NULL && parts.p != NULL &&
        parts.q != NULL && parts.d_p != NULL && parts.d_q != NULL && parts.q_inverse != NULL &&
        parts_fit(&parts))
        key = rsa_private(&parts);
    BN_free(parts.n);
    BN_free(parts.e);
    BN_clear_free(parts.d);
    BN_clear_free(parts.p);
    BN_clear_free(parts.q);
    BN_clear_free(parts.d_p);
    BN_clear_free(parts.d_q);
    BN_clear_free(parts.q_inverse);
    return key_keep(k, NULL, key);
}

size_t rsa_sign(const struct private_key *k, enum hash hash, uint8_t *signature, size_t room,
                struct span message)
{
    uint8_t digest[HASH_SHA512];
    unsigned n = 0;
    RSA *key = rsa_of(k);
    digest_of(hash, digest, message);
    return room >= (size_t)RSA_size(key) &&
                   RSA_sign(rsa_hash(hash), digest, hash, signature, &n, key) == 1
               ? n
               : 0;
}
