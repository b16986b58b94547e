/* The AES-256-GCM that deps/compact/ derives against the untouched library, as compare_test does it for the
 * rest: the same inputs must give the same outputs. COMPACT_INPUTS and COMPACT_SEED as there. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "tests/support/bytes.h"
#include "tests/support/test.h"

#define COMPACT(name) extern __typeof__(name) compact_##name
COMPACT(sodium_init);
COMPACT(crypto_aead_aes256gcm_beforenm);
COMPACT(crypto_aead_aes256gcm_encrypt_detached_afternm);
COMPACT(crypto_aead_aes256gcm_decrypt_detached_afternm);

struct aes {
    __typeof__(crypto_aead_aes256gcm_beforenm) *start;
    __typeof__(crypto_aead_aes256gcm_encrypt_detached_afternm) *seal;
    __typeof__(crypto_aead_aes256gcm_decrypt_detached_afternm) *open;
};
static const struct aes untouched = { crypto_aead_aes256gcm_beforenm,
                                      crypto_aead_aes256gcm_encrypt_detached_afternm,
                                      crypto_aead_aes256gcm_decrypt_detached_afternm };
static const struct aes compact = { compact_crypto_aead_aes256gcm_beforenm,
                                    compact_crypto_aead_aes256gcm_encrypt_detached_afternm,
                                    compact_crypto_aead_aes256gcm_decrypt_detached_afternm };

enum { TEXT_MAX = 33000, HEADER_MAX = 300, TAG = 16, ALL_LENGTHS = 1200 };

static struct random randomness;

struct input {
    uint8_t key[32], nonce[12], header[HEADER_MAX], text[TEXT_MAX];
    size_t header_size, size, wrong; /* wrong: the bit that is */
};
struct output {
    uint8_t sealed[TEXT_MAX + TAG], opened[TEXT_MAX], refused[TEXT_MAX];
    int said[3];
};

/* Sealed where it lies, opened again, and opened with one bit of text or tag wrong. */
static void run(const struct aes *l, const struct input *in, struct output *out)
{
    crypto_aead_aes256gcm_state key;
    uint8_t *tag = out->sealed + in->size;
    memset(out, 0, sizeof *out);
    memcpy(out->sealed, in->text, in->size);
    l->start(&key, in->key);
    out->said[0] = l->seal(out->sealed, tag, NULL, out->sealed, in->size, in->header,
                           in->header_size, NULL, in->nonce, &key);
    memcpy(out->opened, out->sealed, in->size);
    out->said[1] = l->open(out->opened, NULL, out->opened, in->size, tag, in->header,
                           in->header_size, in->nonce, &key);
    assert_memory_equal(out->opened, in->text, in->size);
    out->sealed[in->wrong / 8] ^= (uint8_t)(1 << in->wrong % 8);
    out->said[2] = l->open(out->refused, NULL, out->sealed, in->size, tag, in->header,
                           in->header_size, in->nonce, &key);
}

static void compare(size_t header, size_t text)
{
    static struct input in;
    static struct output want, got;
    random_fill(&randomness, in.key, sizeof in.key);
    random_fill(&randomness, in.nonce, sizeof in.nonce);
    random_fill(&randomness, in.header, header);
    random_fill(&randomness, in.text, text);
    in.header_size = header;
    in.size = text;
    in.wrong = random_below(&randomness, 8 * (text + TAG));
    run(&untouched, &in, &want);
    run(&compact, &in, &got);
    assert_int_equal(got.said[0], 0);
    assert_int_equal(got.said[1], 0);
    assert_int_equal(got.said[2], -1);
    assert_memory_equal(&got, &want, sizeof want);
}

static void test_lengths(void **state)
{
    (void)state;
    for (size_t n = 0; n <= ALL_LENGTHS; n++) {
        compare(4, n);
        compare(n % HEADER_MAX, random_below(&randomness, ALL_LENGTHS));
    }
}

static void test_random(void **state)
{
    (void)state;
    const char *number = getenv("COMPACT_INPUTS");
    unsigned long inputs = number != NULL ? strtoul(number, NULL, 10) : 20000;
    for (unsigned long i = 0; i < inputs / 20; i++)
        compare(random_below(&randomness, HEADER_MAX + 1),
                random_below(&randomness, i % 16 == 0 ? TEXT_MAX + 1 : ALL_LENGTHS));
}

static int start(void **state)
{
    (void)state;
    const char *seed = getenv("COMPACT_SEED");
    randomness = random_of(seed != NULL ? strtoull(seed, NULL, 10) : 1);
    return sodium_init() < 0 || compact_sodium_init() < 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_random),
    };
    if (sodium_init() < 0 || !crypto_aead_aes256gcm_is_available()) {
        puts("1..0 # SKIP no AES instructions here");
        return 0;
    }
    return cmocka_run_group_tests(tests, start, NULL);
}
