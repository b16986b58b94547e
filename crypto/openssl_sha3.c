/* The hashes that are ML-KEM's: SHA-3 and SHAKE (FIPS 202), and the list of all that a build with
 * nothing but libcrypto has. */
#include "crypto/openssl_digest.h"

enum { SHA3_PAD = 0x06, SHAKE_PAD = 0x1f };

static int sha3_256_begin(union openssl_digest_state *s)
{
    return ossl_sha3_init(&s->keccak, SHA3_PAD, 256);
}

static int sha3_512_begin(union openssl_digest_state *s)
{
    return ossl_sha3_init(&s->keccak, SHA3_PAD, 512);
}

static int shake128_begin(union openssl_digest_state *s)
{
    return ossl_keccak_init(&s->keccak, SHAKE_PAD, 128, 0);
}

static int shake256_begin(union openssl_digest_state *s)
{
    return ossl_keccak_init(&s->keccak, SHAKE_PAD, 256, 0);
}

static int keccak_more(union openssl_digest_state *s, const void *p, size_t n)
{
    return ossl_sha3_update(&s->keccak, p, n);
}

static int sha3_end(union openssl_digest_state *s, uint8_t *digest)
{
    return ossl_sha3_final(&s->keccak, digest, s->keccak.md_size);
}

static int shake_out(union openssl_digest_state *s, uint8_t *to, size_t n)
{
    return ossl_sha3_squeeze(&s->keccak, to, n);
}

static const struct evp_md_st sha3_256 = {
    "SHA3-256", 32, 136, false, sha3_256_begin, keccak_more, sha3_end, NULL,
};
static const struct evp_md_st sha3_512 = {
    "SHA3-512", 64, 72, false, sha3_512_begin, keccak_more, sha3_end, NULL,
};
static const struct evp_md_st shake128 = {
    "SHAKE128", 0, 168, true, shake128_begin, keccak_more, NULL, shake_out,
};
static const struct evp_md_st shake256 = {
    "SHAKE256", 0, 136, true, shake256_begin, keccak_more, NULL, shake_out,
};

const struct evp_md_st *const openssl_digests[] = {
    &openssl_sha256, &openssl_sha512, &sha3_256, &sha3_512, &shake128, &shake256, NULL,
};
