/* EVP's interface to hashes, as far as libcrypto's own code wants it (openssl_digest.h). EVP would look
 * for them in a provider, by a name that could be anyone's; here they are two rows, or six.
 *
 * Defined in an object of ours, these functions are not looked for in libcrypto.a; should something
 * else of EVP's be wanted one day, the link stops (openssl_trim.c has more of that). */
#include "crypto/openssl_digest.h"

#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "crypto/crypto.h"

struct evp_md_ctx_st {
    const EVP_MD *digest;
    union openssl_digest_state state;
};

/* ===== SHA-2: libcrypto has one state for both halves of it, and these return 1 ===== */

static int sha256_begin(union openssl_digest_state *s)
{
    return SHA256_Init(&s->sha256);
}

static int sha256_more(union openssl_digest_state *s, const void *p, size_t n)
{
    return SHA256_Update(&s->sha256, p, n);
}

static int sha256_end(union openssl_digest_state *s, uint8_t *digest)
{
    return SHA256_Final(digest, &s->sha256);
}

static int sha512_begin(union openssl_digest_state *s)
{
    return SHA512_Init(&s->sha512);
}

static int sha512_more(union openssl_digest_state *s, const void *p, size_t n)
{
    return SHA512_Update(&s->sha512, p, n);
}

static int sha512_end(union openssl_digest_state *s, uint8_t *digest)
{
    return SHA512_Final(digest, &s->sha512);
}

const struct evp_md_st openssl_sha256 = {
    "SHA256", 32, 64, false, sha256_begin, sha256_more, sha256_end, NULL,
};
const struct evp_md_st openssl_sha512 = {
    "SHA512", 64, 128, false, sha512_begin, sha512_more, sha512_end, NULL,
};

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): EVP's headers have other words for them */

/* ===== a hash by its name ===== */

EVP_MD *EVP_MD_fetch(OSSL_LIB_CTX *context, const char *name, const char *properties)
{
    (void)context, (void)properties;
    for (const struct evp_md_st *const *d = openssl_digests; *d != NULL; d++)
        if (strcasecmp((*d)->name, name) == 0)
            return (EVP_MD *)(uintptr_t)*d;
    return NULL;
}

void EVP_MD_free(EVP_MD *d)
{
    (void)d;
}

int EVP_MD_xof(const EVP_MD *d)
{
    return d->stretches;
}

int EVP_MD_get_size(const EVP_MD *d)
{
    return (int)d->digest_n;
}

int EVP_MD_get_block_size(const EVP_MD *d)
{
    return (int)d->block_n;
}

/* ===== its states: they have seen keys, and are wiped ===== */

EVP_MD_CTX *EVP_MD_CTX_new(void)
{
    return OPENSSL_zalloc(sizeof(EVP_MD_CTX));
}

int EVP_MD_CTX_reset(EVP_MD_CTX *c)
{
    if (c != NULL)
        crypto_wipe(c, sizeof *c);
    return 1;
}

void EVP_MD_CTX_free(EVP_MD_CTX *c)
{
    OPENSSL_clear_free(c, sizeof *c);
}

int EVP_MD_CTX_copy_ex(EVP_MD_CTX *to, const EVP_MD_CTX *from)
{
    *to = *from;
    return 1;
}

const EVP_MD *EVP_MD_CTX_get0_md(const EVP_MD_CTX *c)
{
    return c->digest;
}

int EVP_DigestInit_ex(EVP_MD_CTX *c, const EVP_MD *d, ENGINE *engine)
{
    (void)engine;
    c->digest = d;
    return d->start(&c->state);
}

int EVP_DigestUpdate(EVP_MD_CTX *c, const void *p, size_t n)
{
    return c->digest->add(&c->state, p, n);
}

int EVP_DigestFinal_ex(EVP_MD_CTX *c, unsigned char *digest, unsigned *n)
{
    if (n != NULL)
        *n = (unsigned)c->digest->digest_n;
    return !c->digest->stretches && c->digest->stop(&c->state, digest);
}

int EVP_DigestSqueeze(EVP_MD_CTX *c, unsigned char *to, size_t n)
{
    return c->digest->stretches && c->digest->squeeze(&c->state, to, n);
}

int EVP_DigestFinalXOF(EVP_MD_CTX *c, unsigned char *to, size_t n)
{
    return EVP_DigestSqueeze(c, to, n);
}

int EVP_Digest(const void *p, size_t n, unsigned char *digest, unsigned *digest_n, const EVP_MD *d,
               ENGINE *engine)
{
    EVP_MD_CTX c;
    int good = EVP_DigestInit_ex(&c, d, engine) && EVP_DigestUpdate(&c, p, n) &&
               EVP_DigestFinal_ex(&c, digest, digest_n);
    crypto_wipe(&c, sizeof c);
    return good;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
