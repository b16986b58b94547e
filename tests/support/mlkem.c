/* FIPS 203 (ML-KEM) with the parameters of ML-KEM-768, and of FIPS 202 what it needs. Straight from the
 * text; coefficients are kept reduced, and time is not constant. */
#include "tests/support/mlkem.h"

#include <stddef.h>
#include <string.h>

enum { Q = 3329, N = 256, K = 3, DU = 10, DV = 4, POLY = 384, POINT = 32 };

/* --- FIPS 202: Keccak-f[1600] and the sponge --- */
struct sponge {
    uint64_t lanes[25];
    size_t rate, at;
};

static uint64_t rotate(uint64_t v, unsigned by)
{
    return by == 0 ? v : v << by | v >> (64 - by);
}

/* iota's constants come from the shift register of FIPS 202 section 3.2.5 */
static uint64_t round_constant(uint8_t *r)
{
    uint64_t c = 0;
    for (unsigned j = 0; j < 7; j++) {
        c |= (uint64_t)(*r & 1) << ((1u << j) - 1);
        *r = (uint8_t)(*r << 1 ^ (*r >> 7) * 0x71);
    }
    return c;
}

static void theta(uint64_t a[25])
{
    uint64_t c[5];
    for (int x = 0; x < 5; x++)
        c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    for (int i = 0; i < 25; i++)
        a[i] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1);
}

static void rho_pi(uint64_t a[25])
{
    uint64_t moved = a[1];
    unsigned x = 1, y = 0;
    for (unsigned t = 0; t < 24; t++) {
        unsigned next = (2 * x + 3 * y) % 5;
        x = y;
        y = next;
        uint64_t before = a[x + 5 * y];
        a[x + 5 * y] = rotate(moved, (t + 1) * (t + 2) / 2 % 64);
        moved = before;
    }
}

static void keccak(uint64_t a[25])
{
    uint8_t lfsr = 1;
    for (int round = 0; round < 24; round++) {
        theta(a);
        rho_pi(a);
        for (int y = 0; y < 25; y += 5) {
            uint64_t row[5];
            memcpy(row, a + y, sizeof row);
            for (int x = 0; x < 5; x++)
                a[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
        }
        a[0] ^= round_constant(&lfsr);
    }
}

static void add_byte(struct sponge *s, size_t at, uint8_t v)
{
    s->lanes[at / 8] ^= (uint64_t)v << 8 * (at % 8);
}

static void absorb(struct sponge *s, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        add_byte(s, s->at++, p[i]);
        if (s->at == s->rate) {
            keccak(s->lanes);
            s->at = 0;
        }
    }
}

static void pad(struct sponge *s, uint8_t suffix)
{
    add_byte(s, s->at, suffix);
    add_byte(s, s->rate - 1, 0x80);
    keccak(s->lanes);
    s->at = 0;
}

static void squeeze(struct sponge *s, uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s->at == s->rate) {
            keccak(s->lanes);
            s->at = 0;
        }
        to[i] = (uint8_t)(s->lanes[s->at / 8] >> 8 * (s->at % 8));
        s->at++;
    }
}

enum { SHA3 = 0x06, SHAKE = 0x1f, RATE_128 = 168, RATE_256 = 136, RATE_512 = 72 };

/* Both pieces hashed; SHA-3 and SHAKE differ in `suffix`, their strengths in `rate`. */
static void hash(uint8_t *to, size_t n, size_t rate, uint8_t suffix, const uint8_t *a, size_t a_n,
                 const uint8_t *b, size_t b_n)
{
    struct sponge s = { .rate = rate };
    absorb(&s, a, a_n);
    absorb(&s, b, b_n);
    pad(&s, suffix);
    squeeze(&s, to, n);
}

/* --- polynomials --- */
struct poly {
    uint16_t c[N];
};

static uint16_t mul(unsigned a, unsigned b)
{
    return (uint16_t)(a * b % Q);
}

static uint16_t power(unsigned base, unsigned exponent)
{
    unsigned v = 1;
    while (exponent-- != 0)
        v = mul(v, base);
    return (uint16_t)v;
}

static unsigned reversed(unsigned i) /* of seven bits */
{
    unsigned v = 0;
    for (int bit = 0; bit < 7; bit++)
        v |= (i >> bit & 1) << (6 - bit);
    return v;
}

static void add(struct poly *to, const struct poly *a)
{
    for (int i = 0; i < N; i++)
        to->c[i] = (uint16_t)((to->c[i] + a->c[i]) % Q);
}

static void subtract(struct poly *to, const struct poly *a)
{
    for (int i = 0; i < N; i++)
        to->c[i] = (uint16_t)((to->c[i] + Q - a->c[i]) % Q);
}

/* algorithm 9 */
static void ntt(struct poly *f)
{
    unsigned i = 1;
    for (unsigned n = 128; n >= 2; n /= 2)
        for (unsigned start = 0; start < N; start += 2 * n) {
            unsigned zeta = power(17, reversed(i++));
            for (unsigned j = start; j < start + n; j++) {
                uint16_t t = mul(zeta, f->c[j + n]);
                f->c[j + n] = (uint16_t)((f->c[j] + Q - t) % Q);
                f->c[j] = (uint16_t)((f->c[j] + t) % Q);
            }
        }
}

/* algorithm 10 */
static void ntt_back(struct poly *f)
{
    unsigned i = 127;
    for (unsigned n = 2; n <= 128; n *= 2)
        for (unsigned start = 0; start < N; start += 2 * n) {
            unsigned zeta = power(17, reversed(i--));
            for (unsigned j = start; j < start + n; j++) {
                uint16_t t = f->c[j];
                f->c[j] = (uint16_t)((t + f->c[j + n]) % Q);
                f->c[j + n] = mul(zeta, f->c[j + n] + Q - t);
            }
        }
    for (int j = 0; j < N; j++)
        f->c[j] = mul(f->c[j], 3303);
}

/* algorithm 11; the product is added */
static void add_product(struct poly *to, const struct poly *a, const struct poly *b)
{
    for (unsigned i = 0; i < N / 2; i++) {
        unsigned gamma = power(17, 2 * reversed(i) + 1);
        const uint16_t *x = a->c + 2 * i, *y = b->c + 2 * i;
        uint16_t *z = to->c + 2 * i;
        z[0] = (uint16_t)((z[0] + mul(x[0], y[0]) + mul(mul(x[1], y[1]), gamma)) % Q);
        z[1] = (uint16_t)((z[1] + mul(x[0], y[1]) + mul(x[1], y[0])) % Q);
    }
}

/* algorithms 5 and 6 */
static void encode(uint8_t *to, const struct poly *f, unsigned bits)
{
    memset(to, 0, N * bits / 8);
    for (unsigned i = 0; i < N * bits; i++)
        to[i / 8] |= (uint8_t)((f->c[i / bits] >> i % bits & 1) << i % 8);
}

static void decode(struct poly *f, const uint8_t *p, unsigned bits)
{
    memset(f, 0, sizeof *f);
    for (unsigned i = 0; i < N * bits; i++)
        f->c[i / bits] |= (uint16_t)((p[i / 8] >> i % 8 & 1) << i % bits);
}

/* section 4.2.1 */
static void compress(struct poly *f, unsigned bits)
{
    for (int i = 0; i < N; i++)
        f->c[i] = (uint16_t)((((unsigned)f->c[i] << (bits + 1)) + Q) / (2 * Q) % (1u << bits));
}

static void decompress(struct poly *f, unsigned bits)
{
    for (int i = 0; i < N; i++)
        f->c[i] = (uint16_t)((2u * Q * f->c[i] + (1u << bits)) >> (bits + 1));
}

/* algorithm 7 */
static void sample_ntt(struct poly *f, const uint8_t rho[32], uint8_t j, uint8_t i)
{
    struct sponge s = { .rate = RATE_128 };
    const uint8_t place[2] = { j, i };
    absorb(&s, rho, 32);
    absorb(&s, place, 2);
    pad(&s, SHAKE);
    for (unsigned n = 0; n < N;) {
        uint8_t b[3];
        squeeze(&s, b, 3);
        unsigned d[2] = { b[0] + 256u * (b[1] % 16), b[1] / 16 + 16u * b[2] };
        for (unsigned k = 0; k < 2 && n < N; k++)
            if (d[k] < Q)
                f->c[n++] = (uint16_t)d[k];
    }
}

/* algorithm 8, for eta 2 */
static void sample_noise(struct poly *f, const uint8_t seed[32], uint8_t nonce)
{
    uint8_t b[N / 2];
    hash(b, sizeof b, RATE_256, SHAKE, seed, 32, &nonce, 1);
    for (unsigned i = 0; i < N; i++) {
        unsigned v = b[i / 2] >> 4 * (i % 2);
        f->c[i] = (uint16_t)((Q + (v & 1) + (v >> 1 & 1) - (v >> 2 & 1) - (v >> 3 & 1)) % Q);
    }
}

/* --- K-PKE and ML-KEM --- */
/* algorithms 13 and 16 */
void mlkem_keys(uint8_t key[MLKEM_KEY], uint8_t secret[MLKEM_SECRET], const uint8_t seed[64])
{
    static const uint8_t k = K;
    uint8_t seeds[64]; /* rho, sigma */
    struct poly s[K], a;
    hash(seeds, 64, RATE_512, SHA3, seed, 32, &k, 1);
    for (uint8_t i = 0; i < K; i++) {
        sample_noise(&s[i], seeds + 32, i);
        ntt(&s[i]);
        encode(secret + i * POLY, &s[i], 12);
    }
    for (uint8_t i = 0; i < K; i++) {
        struct poly t;
        sample_noise(&t, seeds + 32, (uint8_t)(K + i));
        ntt(&t);
        for (uint8_t j = 0; j < K; j++) {
            sample_ntt(&a, seeds, j, i);
            add_product(&t, &a, &s[j]);
        }
        encode(key + i * POLY, &t, 12);
    }
    memcpy(key + K * POLY, seeds, 32);
    uint8_t *rest = secret + K * POLY;
    memcpy(rest, key, MLKEM_KEY);
    hash(rest + MLKEM_KEY, 32, RATE_256, SHA3, key, MLKEM_KEY, NULL, 0);
    memcpy(rest + MLKEM_KEY + 32, seed + 32, 32);
}

/* algorithm 14 */
static void encrypt(uint8_t c[MLKEM_CIPHERTEXT], const uint8_t key[MLKEM_KEY], const uint8_t m[32],
                    const uint8_t coins[32])
{
    struct poly y[K], v = { { 0 } }, a, noise;
    for (uint8_t i = 0; i < K; i++) {
        sample_noise(&y[i], coins, i);
        ntt(&y[i]);
        decode(&a, key + i * POLY, 12);
        add_product(&v, &a, &y[i]);
    }
    for (uint8_t i = 0; i < K; i++) {
        struct poly u = { { 0 } };
        for (uint8_t j = 0; j < K; j++) {
            sample_ntt(&a, key + K * POLY, i, j);
            add_product(&u, &a, &y[j]);
        }
        ntt_back(&u);
        sample_noise(&noise, coins, (uint8_t)(K + i));
        add(&u, &noise);
        compress(&u, DU);
        encode(c + i * N * DU / 8, &u, DU);
    }
    ntt_back(&v);
    sample_noise(&noise, coins, 2 * K);
    add(&v, &noise);
    decode(&a, m, 1);
    decompress(&a, 1);
    add(&v, &a);
    compress(&v, DV);
    encode(c + K * N * DU / 8, &v, DV);
}

/* algorithm 15 */
static void decrypt(uint8_t m[32], const uint8_t c[MLKEM_CIPHERTEXT], const uint8_t *secret)
{
    struct poly w = { { 0 } }, v;
    for (unsigned i = 0; i < K; i++) {
        struct poly u, s;
        decode(&u, c + i * N * DU / 8, DU);
        decompress(&u, DU);
        ntt(&u);
        decode(&s, secret + i * POLY, 12);
        add_product(&w, &s, &u);
    }
    ntt_back(&w);
    decode(&v, c + K * N * DU / 8, DV);
    decompress(&v, DV);
    subtract(&v, &w);
    compress(&v, 1);
    encode(m, &v, 1);
}

/* algorithm 18 */
void mlkem_decapsulate(uint8_t shared[32], const uint8_t ciphertext[MLKEM_CIPHERTEXT],
                       const uint8_t secret[MLKEM_SECRET])
{
    uint8_t m[32], k_and_coins[64], again[MLKEM_CIPHERTEXT];
    const uint8_t *key = secret + K * POLY, *digest = key + MLKEM_KEY, *z = digest + 32;
    decrypt(m, ciphertext, secret);
    hash(k_and_coins, 64, RATE_512, SHA3, m, 32, digest, 32);
    encrypt(again, key, m, k_and_coins + 32);
    if (memcmp(again, ciphertext, MLKEM_CIPHERTEXT) == 0)
        memcpy(shared, k_and_coins, 32);
    else
        hash(shared, 32, RATE_256, SHAKE, z, 32, ciphertext, MLKEM_CIPHERTEXT);
}
