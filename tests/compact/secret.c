/*
 * Does a branch or an address depend on a secret? Run under valgrind's memcheck, which follows every
 * bit that was declared undefined through all computations and reports a jump or an access that
 * depends on one: here the secrets are what is declared undefined.
 *
 * Built and linked like the release. TAP on standard output; first comes code that does leak, which
 * has to be noticed.
 */
#include <unistd.h>

#include <sodium.h>

#include <memcheck.h>

#include "base/text.h"
#include "crypto/crypto.h"

enum { LENGTHS = 7 };

static const size_t lengths[LENGTHS] = { 1, 31, 64, 119, 200, 1024, 2700 };
static volatile uint8_t table[256];
static uint8_t secret[4096], other[4096], out[4096], public_key[32], keypair[64];
static unsigned number, bad, verdicts;

static void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void say(const char *format, ...)
{
    char line[200];
    va_list list;
    va_start(list, format);
    size_t n = text_vformat(line, sizeof line, format, list);
    va_end(list);
    if (write(1, line, n) < 0)
        _exit(1);
}

static void hide(void *p, size_t n)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(p, n);
}

/* What may be known from now on: a result that everybody sees. */
static void show(void *p, size_t n)
{
    (void)VALGRIND_MAKE_MEM_DEFINED(p, n);
}

/* Whether it went well is no secret. */
static void need(bool good)
{
    show(&good, sizeof good);
    if (good)
        return;
    say("Bail out! a primitive failed\n");
    _exit(1);
}

/* --- what leaks, and must be found --- */
static void leak_by_branch(void)
{
    volatile uint8_t *p = out;
    if (secret[0] & 1)
        p[0] = 1;
}

static void leak_by_address(void)
{
    volatile uint8_t *p = out;
    p[0] = table[secret[0]];
}

/* As in a comparison that stops where a difference is found. */
static void leak_by_loop(void)
{
    volatile uint8_t *p = out;
    size_t i = 0;
    while (i < 32 && secret[i] == other[i])
        i++;
    p[0] = (uint8_t)i;
}

/* --- what must not --- */
static void hash_256(void)
{
    for (int i = 0; i < LENGTHS; i++) {
        struct sha256 h;
        sha256_start(&h);
        sha256_add(&h, secret, lengths[i] / 3);
        sha256_add(&h, secret + lengths[i] / 3, lengths[i] - lengths[i] / 3);
        sha256_stop(&h, out);
    }
}

static void hash_512(void)
{
    for (int i = 0; i < LENGTHS; i++)
        need(crypto_hash_sha512(out, secret, lengths[i]) == 0);
}

static void sign_key(void)
{
    need(ed25519_key(out, keypair, secret));
}

static void sign(void)
{
    need(ed25519_key(public_key, keypair, secret));
    show(keypair + 32, 32); /* the public key again */
    for (int i = 0; i < LENGTHS; i++)
        need(ed25519_sign(out, (struct span){ other, lengths[i] }, keypair));
}

static void sign_secret_message(void)
{
    need(ed25519_key(public_key, keypair, secret));
    for (int i = 0; i < LENGTHS; i++)
        need(ed25519_sign(out, (struct span){ secret, lengths[i] }, keypair));
}

static void agree(void)
{
    static const uint8_t point[32] = { 9 };
    need(x25519(out, secret, point));
    /* a point of no small order that is somebody's */
    need(x25519_base(public_key, other));
    need(x25519(out, secret, public_key));
}

static void agree_base(void)
{
    need(x25519_base(out, secret));
}

/* To a key that is public; the coins and the secret that comes of them are not. */
static void encapsulate(void)
{
    static uint8_t key[crypto_kem_mlkem768_PUBLICKEYBYTES], own[crypto_kem_mlkem768_SECRETKEYBYTES];
    need(crypto_kem_mlkem768_seed_keypair(key, own, other) == 0);
    for (int i = 0; i < LENGTHS; i++)
        need(crypto_kem_mlkem768_enc_deterministic(out, out + 2048, key, secret + 32 * i) == 0);
}

static void cipher(void)
{
    for (int i = 0; i < LENGTHS; i++) {
        need(chacha20_xor(out, secret + 32, lengths[i], other, 1, secret));
        need(poly1305(out + 4000, out, lengths[i], secret + 64));
    }
}

/* Sealed and opened with a secret key, text and all. Whether the tag is right is the one thing that is
 * branched on, once for each; everybody sees it. */
static void aes_gcm(void)
{
    static crypto_aead_aes256gcm_state key;
    uint8_t *tag = out + 4000;
    for (int i = 0; i < LENGTHS; i++) {
        need(crypto_aead_aes256gcm_beforenm(&key, secret) == 0);
        need(crypto_aead_aes256gcm_encrypt_detached_afternm(out, tag, NULL, secret + 32, lengths[i],
                                                            other, 4, NULL, other, &key) == 0);
        show(tag, 16);
        need(crypto_aead_aes256gcm_decrypt_detached_afternm(out, NULL, out, lengths[i], tag, other,
                                                            4, other, &key) == 0);
        verdicts++;
    }
}

static void equal(void)
{
    for (size_t n = 0; n <= 64; n++) {
        out[0] = crypto_equal(secret, other, n);
    }
}

/* Does what was computed depend on the secret? If not, nothing was tested. */
static bool depends(const uint8_t *p, size_t n)
{
    uint8_t undefined = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t bits = 0;
        (void)VALGRIND_GET_VBITS(p + i, &bits, 1);
        undefined |= bits;
    }
    return undefined != 0;
}

static void check(const char *name, void (*call)(void), bool leaks)
{
    for (size_t i = 0; i < sizeof secret; i++)
        secret[i] = other[i] = (uint8_t)(i * 7 + i / 256);
    hide(secret, sizeof secret);
    verdicts = 0;
    unsigned before = (unsigned)VALGRIND_COUNT_ERRORS;
    call();
    unsigned errors = (unsigned)VALGRIND_COUNT_ERRORS - before;
    bool good = leaks ? errors > 0 : errors == verdicts && depends(out, 32);
    say("%sok %u %s%s (%u)\n", good ? "" : "not ", ++number, leaks ? "found: " : "", name, errors);
    bad += !good;
    show(out, sizeof out);
    show(public_key, sizeof public_key);
    show(keypair, sizeof keypair);
}

int main(void)
{
    if (!RUNNING_ON_VALGRIND) {
        say("Bail out! this has to run under valgrind\n");
        return 1;
    }
    need(crypto_start(NULL, 0));
    check("a branch on a secret", leak_by_branch, true);
    check("an address made of a secret", leak_by_address, true);
    check("a loop that a secret ends", leak_by_loop, true);
    check("SHA-256", hash_256, false);
    check("SHA-512", hash_512, false);
    check("Ed25519 key pair", sign_key, false);
    check("Ed25519 signature", sign, false);
    check("Ed25519 signature of a secret", sign_secret_message, false);
    check("X25519", agree, false);
    check("X25519 of the base point", agree_base, false);
    check("ML-KEM-768 encapsulation", encapsulate, false);
    check("ChaCha20 and Poly1305", cipher, false);
    if (crypto_aead_aes256gcm_is_available())
        check("AES-256-GCM", aes_gcm, false);
    check("comparison", equal, false);
    say("1..%u\n", number);
    return bad != 0;
}
