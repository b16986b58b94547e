/* Keys and signatures of crypto.h answered by libcrypto: P-256 and RSA; and what those of the first
 * half (openssl.c) have in common with them.
 *
 * Keys are made from their parts (EVP_PKEY_fromdata) for each use, but for the server's own. */
#include "crypto/openssl.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

enum {
    P256_NUMBER = 32,
    P256_DER_MAX = 72, /* of a signature: two numbers of up to 33 bytes, three heads */
    RSA_BITS_MIN = 2048,
    RSA_BITS_MAX = 8192,     /* of others' keys; libcrypto would take 16384, at 25 times the time */
    RSA_OWN_BITS_MAX = 4096, /* what host_key.h has room for */
    RSA_E_BITS_MAX = 64,
};

/* ===== what all keys share ===== */

EVP_PKEY *openssl_key(const char *type, int selection, const OSSL_PARAM *parts)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    if (c != NULL && EVP_PKEY_fromdata_init(c) == 1 &&
        EVP_PKEY_fromdata(c, &key, selection, (OSSL_PARAM *)(uintptr_t)parts) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(c);
    return key;
}

bool openssl_sign(const char *algorithm, EVP_PKEY *key, uint8_t *signature, size_t *n,
                  struct span message)
{
    EVP_SIGNATURE *a = EVP_SIGNATURE_fetch(NULL, algorithm, NULL);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool good = a != NULL && c != NULL && EVP_PKEY_sign_message_init(c, a, NULL) == 1 &&
                EVP_PKEY_sign(c, signature, n, message.p, message.n) == 1;
    EVP_PKEY_CTX_free(c);
    EVP_SIGNATURE_free(a);
    return good;
}

bool openssl_verify(const char *algorithm, EVP_PKEY *key, struct span signature,
                    struct span message)
{
    EVP_SIGNATURE *a = EVP_SIGNATURE_fetch(NULL, algorithm, NULL);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool good = a != NULL && c != NULL && EVP_PKEY_verify_message_init(c, a, NULL) == 1 &&
                EVP_PKEY_verify(c, signature.p, signature.n, message.p, message.n) == 1;
    EVP_PKEY_CTX_free(c);
    EVP_SIGNATURE_free(a);
    return good;
}

/* Without another check of the peer's key: making it was one. X25519 takes every point, and a point
 * that is on P-256 and not at infinity is in its only subgroup. */
bool openssl_derive(uint8_t *shared, size_t n, EVP_PKEY *own, EVP_PKEY *peer)
{
    EVP_PKEY_CTX *c =
        own != NULL && peer != NULL ? EVP_PKEY_CTX_new_from_pkey(NULL, own, NULL) : NULL;
    size_t done = n;
    bool good = c != NULL && EVP_PKEY_derive_init(c) == 1 &&
                EVP_PKEY_derive_set_peer_ex(c, peer, 0) == 1 &&
                EVP_PKEY_derive(c, shared, &done) == 1 && done == n;
    EVP_PKEY_CTX_free(c);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
    return good;
}

static BIGNUM *number(struct span s)
{
    return s.n <= RSA_BITS_MAX / 8 + 1 ? BN_bin2bn(s.p, (int)s.n, NULL) : NULL;
}

/* A key from what a builder has collected; frees the builder. */
static EVP_PKEY *built(const char *type, int selection, OSSL_PARAM_BLD *parts, bool good)
{
    OSSL_PARAM *list = good ? OSSL_PARAM_BLD_to_param(parts) : NULL;
    EVP_PKEY *key = list != NULL ? openssl_key(type, selection, list) : NULL;
    OSSL_PARAM_free(list);
    OSSL_PARAM_BLD_free(parts);
    return key;
}

static EVP_PKEY *key_of(const struct private_key *k)
{
    return openssl_held(k->opaque);
}

static bool key_keep(struct private_key *k, EVP_PKEY *key)
{
    memset(k, 0, sizeof *k);
    openssl_hold(k->opaque, key);
    return key != NULL;
}

void private_key_stop(struct private_key *k)
{
    EVP_PKEY_free(key_of(k));
    key_keep(k, NULL);
}

/* ===== P-256 ===== */

static OSSL_PARAM p256(void)
{
    static char name[] = "P-256";
    return OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
}

/* libcrypto refuses a point that is not on the curve; it would take compressed ones too. */
static bool point_shaped(struct span point)
{
    return point.n == P256_POINT && point.p[0] == 4;
}

static EVP_PKEY *p256_public(struct span point)
{
    const OSSL_PARAM parts[] = {
        p256(),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)point.p,
                                          point.n),
        OSSL_PARAM_construct_end(),
    };
    return point_shaped(point) ? openssl_key("EC", EVP_PKEY_PUBLIC_KEY, parts) : NULL;
}

static EVP_PKEY *p256_fresh(void)
{
    const OSSL_PARAM curve[] = { p256(), OSSL_PARAM_construct_end() };
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    EVP_PKEY *key = NULL;
    if (c != NULL && EVP_PKEY_keygen_init(c) == 1 && EVP_PKEY_CTX_set_params(c, curve) == 1 &&
        EVP_PKEY_generate(c, &key) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EVP_PKEY_CTX_free(c);
    return key;
}

bool p256_exchange(uint8_t share[P256_POINT], uint8_t shared[P256_NUMBER], struct span peer_point)
{
    EVP_PKEY *peer = p256_public(peer_point), *own = peer != NULL ? p256_fresh() : NULL;
    size_t n = 0;
    bool good =
        own != NULL &&
        EVP_PKEY_get_octet_string_param(own, OSSL_PKEY_PARAM_PUB_KEY, share, P256_POINT, &n) == 1 &&
        n == P256_POINT && share[0] == 4;
    return openssl_derive(shared, P256_NUMBER, own, peer) && good;
}

/* The signature as X9.62 has it (two INTEGERs in a SEQUENCE); 0: no such numbers. */
static size_t der_of(uint8_t der[P256_DER_MAX], struct span r, struct span s)
{
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *first = number(r), *second = number(s);
    int n = 0;
    if (pair != NULL && first != NULL && second != NULL && BN_num_bits(first) <= 8 * P256_NUMBER &&
        BN_num_bits(second) <= 8 * P256_NUMBER && ECDSA_SIG_set0(pair, first, second) == 1) {
        first = second = NULL; /* the pair's now */
        n = i2d_ECDSA_SIG(pair, &der);
    }
    BN_free(first);
    BN_free(second);
    ECDSA_SIG_free(pair);
    return n > 0 ? (size_t)n : 0;
}

bool p256_verify(struct span r, struct span s, struct span message, struct span point)
{
    uint8_t der[P256_DER_MAX];
    size_t n = der_of(der, r, s);
    EVP_PKEY *key = n > 0 ? p256_public(point) : NULL;
    bool good = key != NULL && openssl_verify("ECDSA-SHA2-256", key, span_of(der, n), message);
    EVP_PKEY_free(key);
    return good;
}

static bool pair_fits(EVP_PKEY *key)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool good = c != NULL && EVP_PKEY_check(c) == 1;
    EVP_PKEY_CTX_free(c);
    return good;
}

bool p256_load(struct private_key *k, struct span point, struct span scalar)
{
    BIGNUM *secret = number(scalar);
    OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    bool good =
        secret != NULL && parts != NULL && point_shaped(point) &&
        OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, point.p, point.n) == 1 &&
        OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_PRIV_KEY, secret) == 1;
    EVP_PKEY *key = built("EC", EVP_PKEY_KEYPAIR, parts, good);
    if (key != NULL && !pair_fits(key)) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    BN_clear_free(secret);
    return key_keep(k, key);
}

bool p256_sign(const struct private_key *k, uint8_t r[P256_NUMBER], uint8_t s[P256_NUMBER],
               struct span message)
{
    uint8_t der[P256_DER_MAX];
    size_t n = sizeof der;
    if (!openssl_sign("ECDSA-SHA2-256", key_of(k), der, &n, message))
        return false;
    const uint8_t *at = der;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)n);
    bool good = pair != NULL &&
                BN_bn2binpad(ECDSA_SIG_get0_r(pair), r, P256_NUMBER) == P256_NUMBER &&
                BN_bn2binpad(ECDSA_SIG_get0_s(pair), s, P256_NUMBER) == P256_NUMBER;
    ECDSA_SIG_free(pair);
    return good;
}

/* ===== RSA ===== */

static const char *rsa_algorithm(enum hash hash)
{
    return hash == HASH_SHA512 ? "RSA-SHA2-512" : "RSA-SHA2-256";
}

static bool rsa_sane(const BIGNUM *n, const BIGNUM *e, int bits_max)
{
    return n != NULL && e != NULL && BN_num_bits(n) >= RSA_BITS_MIN && BN_num_bits(n) <= bits_max &&
           BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e) && BN_num_bits(e) <= RSA_E_BITS_MAX;
}

static EVP_PKEY *rsa_public(struct span n, struct span e)
{
    BIGNUM *modulus = number(n), *exponent = number(e);
    OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    bool good = parts != NULL && rsa_sane(modulus, exponent, RSA_BITS_MAX) &&
                OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
                OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_E, exponent) == 1;
    EVP_PKEY *key = built("RSA", EVP_PKEY_PUBLIC_KEY, parts, good);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

/* A signature is as long as the modulus; one that came shorter has lost its leading zeros, as in
 * OpenSSH. */
bool rsa_verify(enum hash hash, struct span signature, struct span message, struct span n,
                struct span e)
{
    uint8_t whole[RSA_BITS_MAX / 8] = { 0 };
    EVP_PKEY *key = rsa_public(n, e);
    size_t size = key != NULL ? (size_t)EVP_PKEY_get_size(key) : 0;
    bool good = size > 0 && size <= sizeof whole && signature.n > 0 && signature.n <= size;
    if (good) {
        memcpy(whole + size - signature.n, signature.p, signature.n);
        good = openssl_verify(rsa_algorithm(hash), key, span_of(whole, size), message);
    }
    EVP_PKEY_free(key);
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

static EVP_PKEY *rsa_private(const struct rsa_parts *k)
{
    const struct {
        const char *name;
        const BIGNUM *value;
    } rows[] = {
        { OSSL_PKEY_PARAM_RSA_N, k->n },
        { OSSL_PKEY_PARAM_RSA_E, k->e },
        { OSSL_PKEY_PARAM_RSA_D, k->d },
        { OSSL_PKEY_PARAM_RSA_FACTOR1, k->p },
        { OSSL_PKEY_PARAM_RSA_FACTOR2, k->q },
        { OSSL_PKEY_PARAM_RSA_EXPONENT1, k->d_p },
        { OSSL_PKEY_PARAM_RSA_EXPONENT2, k->d_q },
        { OSSL_PKEY_PARAM_RSA_COEFFICIENT1, k->q_inverse },
    };
    OSSL_PARAM_BLD *parts = OSSL_PARAM_BLD_new();
    bool good = parts != NULL;
    for (size_t i = 0; good && i < sizeof rows / sizeof rows[0]; i++)
        good = OSSL_PARAM_BLD_push_BN(parts, rows[i].name, rows[i].value) == 1;
    return built("RSA", EVP_PKEY_KEYPAIR, parts, good);
}

bool rsa_load(struct private_key *k, struct span n, struct span e, struct span d, struct span p,
              struct span q)
{
    struct rsa_parts parts = {
        number(n), number(e), number(d), number(p), number(q), BN_new(), BN_new(), BN_new(),
    };
    EVP_PKEY *key = NULL;
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
    return key_keep(k, key);
}

size_t rsa_sign(const struct private_key *k, enum hash hash, uint8_t *signature, size_t room,
                struct span message)
{
    size_t n = room;
    return openssl_sign(rsa_algorithm(hash), key_of(k), signature, &n, message) ? n : 0;
}
