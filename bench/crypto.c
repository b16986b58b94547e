/* Speed of the primitives as this build links them: what a packet and a handshake cost. Prints one
 * line each; the best of many short rounds, since a shared machine only ever makes things slower, and
 * some of them get the CPU for themselves. */
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "crypto/algorithm.h"
#include "crypto/crypto.h"

enum { ROUNDS = 400, ROUND_NS = 1000000, PACKET = 32768, TAG_ROOM = 64 };

static uint8_t packet[PACKET + TAG_ROOM];
static const struct cipher *cipher;
static struct cipher_state state;
static uint8_t secret[64], public_key[32], shared[32], signature[64];
static uint8_t mlkem_key[MLKEM768_KEY], mlkem_ciphertext[MLKEM768_CIPHERTEXT];

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Nanoseconds of one call, at best. */
static uint64_t measure(void (*call)(size_t n), size_t n)
{
    uint64_t best = UINT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = now_ns(), calls = 0, end;
        do {
            call(n);
            calls++;
            end = now_ns();
        } while (end - start < ROUND_NS);
        if ((end - start) / calls < best)
            best = (end - start) / calls;
    }
    return best;
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

static void seal(size_t n)
{
    need(cipher->seal(&state, 7, packet, n - 4));
}

static void encapsulate(size_t n)
{
    (void)n;
    need(mlkem768_encapsulate(mlkem_ciphertext, shared, mlkem_key, secret));
}

static void agree(size_t n)
{
    (void)n;
    need(x25519(shared, secret, public_key));
}

static void base(size_t n)
{
    (void)n;
    need(x25519_base(shared, secret));
}

static void sign(size_t n)
{
    need(ed25519_sign(signature, span_of(packet, n), secret));
}

static void verify(size_t n)
{
    need(ed25519_verify(signature, span_of(packet, n), public_key));
}

static void say_speed(const char *name, size_t n)
{
    uint64_t ns = measure(seal, n);
    unsigned long mb = (unsigned long)(n * 1000 / ns);
    say("%s %u bytes: %lu ns, %lu.%lu%lu GB/s\n", name, (unsigned)n, (unsigned long)ns, mb / 1000,
        mb / 100 % 10, mb / 10 % 10);
}

static void say_cipher(const struct cipher *c)
{
    static const uint8_t key[3][CIPHER_KEY_MAX] = { { 1 }, { 2 }, { 3 } };
    if (c->here != NULL && !c->here())
        return;
    cipher = c;
    need(c->start(&state, key[0], key[1], key[2]));
    say_speed(c->name, 64);
    say_speed(c->name, 1024);
    say_speed(c->name, PACKET);
    if (c->stop != NULL)
        c->stop(&state);
}

static void say_time(const char *name, void (*call)(size_t n), size_t n)
{
    unsigned long ns = (unsigned long)measure(call, n);
    say("%s: %lu.%lu us\n", name, ns / 1000, ns / 100 % 10);
}

int main(void)
{
    static const uint8_t seed[32] = { 4, 5, 6 };
    uint64_t started = now_ns();
    need(crypto_start(NULL, 0));
    started = now_ns() - started;
    say("provider: %s, starts in %lu us\n", crypto_provider, (unsigned long)started / 1000);
    say_cipher(&cipher_chachapoly);
    say_cipher(&cipher_aes256gcm);
    need(ed25519_key(public_key, secret, seed));
    say_time("ed25519 sign", sign, 32);
    say_time("ed25519 verify", verify, 32);
    need(x25519_base(public_key, seed));
    say_time("x25519", agree, 0);
    say_time("x25519 base point", base, 0);
    say_time("mlkem768 encapsulate", encapsulate, 0);
    return 0;
}
