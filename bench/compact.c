/* What the provider's library is used for, now or soon, called directly: for bench/compact.sh, which
 * links it with and without the derived objects (docs/compact.md). Prints a name and the median of
 * the nanoseconds that one call takes. */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "base/text.h"

enum { ROUNDS = 21, ROUND_NS = 1000000, PACKET = 32768, SHORT = 1024 };

static uint8_t packet[PACKET], key[32] = { 1, 2, 3 }, point[32], public_key[32], secret[64];
static uint8_t shared[32], digest[64], signature[64], tag[16], nonce[12];
static uint8_t kem_key[crypto_kem_mlkem768_PUBLICKEYBYTES];
static uint8_t kem_sent[crypto_kem_mlkem768_CIPHERTEXTBYTES];
static crypto_aead_aes256gcm_state gcm;
static size_t length;

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

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

static void need(bool good)
{
    if (good)
        return;
    say("a primitive failed\n");
    _exit(1);
}

static void sha256(void)
{
    need(crypto_hash_sha256(digest, packet, length) == 0);
}

static void sha512(void)
{
    need(crypto_hash_sha512(digest, packet, length) == 0);
}

static void agree(void)
{
    need(crypto_scalarmult_curve25519(shared, key, point) == 0);
}

static void agree_base(void)
{
    need(crypto_scalarmult_curve25519_base(shared, key) == 0);
}

static void make_key(void)
{
    need(crypto_sign_ed25519_seed_keypair(public_key, secret, key) == 0);
}

static void sign(void)
{
    need(crypto_sign_ed25519_detached(signature, NULL, packet, length, secret) == 0);
}

static void verify(void)
{
    need(crypto_sign_ed25519_verify_detached(signature, packet, length, public_key) == 0);
}

static void encapsulate(void)
{
    need(crypto_kem_mlkem768_enc_deterministic(kem_sent, shared, kem_key, key) == 0);
}

static void chachapoly(void)
{
    need(crypto_stream_chacha20_xor_ic(packet, packet, length, nonce, 1, key) == 0);
    need(crypto_onetimeauth_poly1305(tag, packet, length, key) == 0);
}

static void seal_gcm(void)
{
    need(crypto_aead_aes256gcm_encrypt_detached_afternm(packet, tag, NULL, packet, length, NULL, 0,
                                                        NULL, nonce, &gcm) == 0);
}

static void open_gcm(void)
{
    uint8_t copy[SHORT];
    need(crypto_aead_aes256gcm_encrypt_detached_afternm(copy, tag, NULL, packet, length, NULL, 0,
                                                        NULL, nonce, &gcm) == 0);
    need(crypto_aead_aes256gcm_decrypt_detached_afternm(copy, NULL, copy, length, tag, NULL, 0,
                                                        nonce, &gcm) == 0);
}

static int ascending(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void measure(const char *name, void (*call)(void), size_t n)
{
    uint64_t times[ROUNDS];
    length = n;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = now_ns(), calls = 0, end;
        do {
            call();
            calls++;
            end = now_ns();
        } while (end - start < ROUND_NS);
        times[round] = (end - start) / calls;
    }
    qsort(times, ROUNDS, sizeof times[0], ascending);
    say("%s: %lu\n", name, (unsigned long)times[ROUNDS / 2]);
}

int main(void)
{
    need(sodium_init() >= 0);
    agree_base();
    memcpy(point, shared, 32);
    make_key();
    /* Any coefficients below 3329 make a key. */
    for (size_t i = 0; i < sizeof kem_key; i++)
        kem_key[i] = i % 3 == 1 ? 0x11 : (uint8_t)(i * 7 & 0x7f);
    measure("SHA-256, 64 bytes", sha256, 64);
    measure("SHA-256, 4 KB", sha256, 4096);
    measure("SHA-512, 64 bytes", sha512, 64);
    measure("SHA-512, 4 KB", sha512, 4096);
    measure("X25519", agree, 0);
    measure("X25519, base point", agree_base, 0);
    measure("Ed25519 key pair", make_key, 0);
    measure("Ed25519 sign", sign, 32);
    measure("Ed25519 verify", verify, 32);
    measure("ML-KEM-768 encapsulate", encapsulate, 0);
    measure("ChaCha20-Poly1305, 1 KB", chachapoly, SHORT);
    measure("ChaCha20-Poly1305, 32 KB", chachapoly, PACKET);
    if (crypto_aead_aes256gcm_is_available()) {
        need(crypto_aead_aes256gcm_beforenm(&gcm, key) == 0);
        measure("AES-256-GCM, 32 KB", seal_gcm, PACKET);
        measure("AES-256-GCM, 1 KB, sealed and opened", open_gcm, SHORT);
    }
    return 0;
}
