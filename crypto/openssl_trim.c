/* What libcrypto's code refers to beyond the algorithms, answered here.
 *
 * deps/openssl.sh puts into the library what algorithms are made of: no EVP, no providers, no reading
 * and writing of keys, no names of objects, no AVX-512. What the code that stays still wants of those
 * is below. That cannot go wrong unnoticed: a name that is missing stops the link, as does one that
 * the library has too ("multiple definition of").
 *
 * Two kinds: some are called, and say that there is nothing; the others must not be called, and end
 * the process if they are. tests/openssl/ and the vectors call all of crypto.h with these in place.
 *
 * The declarations are libcrypto's; its headers are not included, since most are internal ones. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "crypto/crypto.h"

/* --- random numbers: the kernel's, asked for each time, with no state that a fork() could double.
 * libcrypto wants them for nonces of ECDSA, blinding in RSA and ECDH, and keys of ECDH. --- */
int RAND_bytes_ex(void *context, unsigned char *to, size_t n, unsigned strength);
int RAND_priv_bytes_ex(void *context, unsigned char *to, size_t n, unsigned strength);

int RAND_bytes_ex(void *context, unsigned char *to, size_t n, unsigned strength)
{
    (void)context, (void)strength;
    crypto_random(to, n);
    return 1;
}

int RAND_priv_bytes_ex(void *context, unsigned char *to, size_t n, unsigned strength)
{
    return RAND_bytes_ex(context, to, n, strength);
}

/* --- errors: return values tell of them. Memory that is used up tells the queue, too. --- */
void ERR_new(void);
void ERR_set_debug(const char *file, int line, const char *function);
void ERR_set_error(int library, int reason, const char *format, ...);
int ERR_set_mark(void);
int ERR_pop_to_mark(void);
int ERR_clear_last_mark(void);
void ossl_set_error_state(const char *type);

void ERR_new(void)
{
}

void ERR_set_debug(const char *file, int line, const char *function)
{
    (void)file, (void)line, (void)function;
}

void ERR_set_error(int library, int reason, const char *format, ...)
{
    (void)library, (void)reason, (void)format;
}

int ERR_set_mark(void)
{
    return 1;
}

int ERR_pop_to_mark(void)
{
    return 1;
}

int ERR_clear_last_mark(void)
{
    return 1;
}

void ossl_set_error_state(const char *type)
{
    (void)type;
}

/* --- what others may attach to a key: nobody does --- */
int CRYPTO_new_ex_data(int kind, void *object, void *data);
void CRYPTO_free_ex_data(int kind, void *object, void *data);

int CRYPTO_new_ex_data(int kind, void *object, void *data)
{
    (void)kind, (void)object, (void)data;
    return 1;
}

void CRYPTO_free_ex_data(int kind, void *object, void *data)
{
    (void)kind, (void)object, (void)data;
}

/* --- a curve asks whether its name has an encoding: P-256's has one --- */
const void *OBJ_nid2obj(int number);
size_t OBJ_length(const void *object);
void ASN1_OBJECT_free(void *object);

const void *OBJ_nid2obj(int number)
{
    static const char some;
    (void)number;
    return &some;
}

size_t OBJ_length(const void *object)
{
    (void)object;
    return 8;
}

void ASN1_OBJECT_free(void *object)
{
    (void)object;
}

/* --- no RSA key has more than two primes, or parameters of PSS; there are no lists --- */
int OPENSSL_sk_num(const void *none);
void OPENSSL_sk_pop_free(void *none, void (*call)(void *));
void RSA_PSS_PARAMS_free(void *none);

int OPENSSL_sk_num(const void *none)
{
    (void)none;
    return -1;
}

void OPENSSL_sk_pop_free(void *none, void (*call)(void *))
{
    (void)none, (void)call;
}

void RSA_PSS_PARAMS_free(void *none)
{
    (void)none;
}

/* ===== what must not be called ===== */

void openssl_never(void);
void openssl_never(void)
{
    abort();
}

#define NEVER(name)                                                                                \
    void name(void);                                                                               \
    __attribute__((alias("openssl_never"))) void name(void)

/* --- signatures in DER, nonces without random numbers, points that are only half given --- */
NEVER(BUF_MEM_free);
NEVER(BUF_MEM_new);
NEVER(WPACKET_cleanup);
NEVER(WPACKET_finish);
NEVER(WPACKET_get_total_written);
NEVER(WPACKET_init_len);
NEVER(WPACKET_init_null);
NEVER(WPACKET_init_static_len);
NEVER(ossl_decode_der_dsa_sig);
NEVER(ossl_encode_der_dsa_sig);
NEVER(ossl_gen_deterministic_nonce_rfc6979);
NEVER(ERR_peek_last_error);

/* --- more than two primes --- */
NEVER(OPENSSL_sk_value);

#ifdef __x86_64__
/* --- AVX-512: AES-GCM, 700 KB for 6 GB/s to become 20; RSA, 45 KB --- */
int ossl_vaes_vpclmulqdq_capable(void);
int ossl_rsaz_avx512ifma_eligible(void);
int ossl_rsaz_avxifma_eligible(void);

int ossl_vaes_vpclmulqdq_capable(void)
{
    return 0;
}

int ossl_rsaz_avx512ifma_eligible(void)
{
    return 0;
}

int ossl_rsaz_avxifma_eligible(void)
{
    return 0;
}

NEVER(ossl_aes_gcm_init_avx512);
NEVER(ossl_aes_gcm_setiv_avx512);
NEVER(ossl_aes_gcm_update_aad_avx512);
NEVER(ossl_aes_gcm_encrypt_avx512);
NEVER(ossl_aes_gcm_decrypt_avx512);
NEVER(ossl_aes_gcm_finalize_avx512);
NEVER(ossl_gcm_gmult_avx512);
NEVER(ossl_rsaz_mod_exp_avx512_x2);
#endif
