/* What libcrypto brings along that this server never calls, answered here so that the linker leaves
 * it out: 350 KB beside the AES-GCM for AVX-512 with its 700 KB.
 *
 * EVP refers to much for callers that this server is not: keys of the time before providers,
 * configuration files, names of all objects that have a number, generation of RSA keys, X448. What is
 * defined in an object of ours, which the linker sees before libcrypto.a, is not looked for there,
 * and what that alone would bring is not linked. As in sodium_trim.c the link stops ("multiple
 * definition of") where a function named here is not all that brings its object; a new version of
 * libcrypto may want a name more.
 *
 * Two kinds: some are called, and say that there is nothing; the others must not be called, and end
 * the process if they are. tests/openssl/ and the vectors call all of crypto.h with these in place.
 *
 * The declarations are libcrypto's; its headers are not included, since most are internal ones. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* --- no providers but those that are added: see openssl_provider.c --- */
extern const void *const ossl_predefined_providers[5];
const void *const ossl_predefined_providers[5] = { NULL }; /* one OSSL_PROVIDER_INFO, the last */

/* --- no sources of random numbers but ours there --- */
int ossl_rand_pool_init(void);
int ossl_rand_pool_init(void)
{
    return 1;
}

/* --- configuration files: there are none. A library context wants to own something. --- */
void *ossl_prov_conf_ctx_new(void *context);
void *ossl_prov_conf_ctx_new(void *context)
{
    static char nothing;
    (void)context;
    return &nothing;
}

/* --- object identifiers: 128 KB of names and numbers. Of the numbers, EVP_PKEY asks for those of
 * some kinds of keys, which it knows by itself, to find their names; a curve, whether its has an
 * encoding. --- */
enum { NID_RSA = 6, NID_EC = 408, NID_X25519 = 1034, NID_ED25519 = 1087 };

int OBJ_sn2nid(const char *name);
int OBJ_ln2nid(const char *name);
const char *OBJ_nid2sn(int number);
const void *OBJ_nid2obj(int number);
size_t OBJ_length(const void *object);

int OBJ_sn2nid(const char *name)
{
    (void)name;
    return 0;
}

int OBJ_ln2nid(const char *name)
{
    (void)name;
    return 0;
}

const char *OBJ_nid2sn(int number)
{
    switch (number) {
    case NID_RSA:
        return "RSA";
    case NID_EC:
        return "EC";
    case NID_X25519:
        return "X25519";
    case NID_ED25519:
        return "ED25519";
    default:
        return NULL;
    }
}

/* An ASN1_OBJECT is smaller; all zero it is one that was not allocated. */
const void *OBJ_nid2obj(int number)
{
    static const uint64_t some[16] = { 0 };
    (void)number;
    return some;
}

size_t OBJ_length(const void *object)
{
    (void)object;
    return 1;
}

/* --- keys of the time before providers: there are none --- */
int EVP_PKEY_asn1_get_count(void);
const void *EVP_PKEY_asn1_find(void **engine, int type);
const void *EVP_PKEY_asn1_find_str(void **engine, const char *name, int n);

int EVP_PKEY_asn1_get_count(void)
{
    return 0;
}

const void *EVP_PKEY_asn1_find(void **engine, int type)
{
    (void)engine, (void)type;
    return NULL;
}

const void *EVP_PKEY_asn1_find_str(void **engine, const char *name, int n)
{
    (void)engine, (void)name, (void)n;
    return NULL;
}

/* --- no RSA key has parameters of PSS; what frees them is called all the same --- */
void RSA_PSS_PARAMS_free(void *none);
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

/* --- keys of the time before providers --- */
NEVER(EVP_PKEY_asn1_get0);
NEVER(EVP_PKEY_asn1_get0_info);
NEVER(EVP_PKEY_get0_asn1);
NEVER(ossl_ed448_asn1_meth);
NEVER(ossl_rsa_pkey_method);
NEVER(ossl_rsa_pss_pkey_method);
NEVER(ossl_ec_pkey_method);
NEVER(ossl_ecx25519_pkey_method);
NEVER(ossl_ecx448_pkey_method);
NEVER(ossl_ed25519_pkey_method);
NEVER(ossl_ed448_pkey_method);
NEVER(evp_pkey_ctx_ctrl_str_to_param);
NEVER(evp_pkey_ctx_ctrl_to_param);
NEVER(evp_pkey_ctx_get_params_to_ctrl);
NEVER(evp_pkey_ctx_set_params_to_ctrl);
NEVER(evp_pkey_get_params_to_ctrl);

/* --- object identifiers --- */
NEVER(OBJ_bsearch_);
NEVER(OBJ_cmp);
NEVER(OBJ_create);
NEVER(OBJ_dup);
NEVER(OBJ_get0_data);
NEVER(OBJ_nid2ln);
NEVER(OBJ_obj2nid);
NEVER(OBJ_obj2txt);
NEVER(OBJ_txt2nid);
NEVER(OBJ_txt2obj);
NEVER(ossl_obj_cleanup_int);

/* --- configuration files --- */
NEVER(CONF_imodule_get_value);
NEVER(CONF_module_add);
NEVER(CONF_modules_load_file_ex);
NEVER(CONF_parse_list);
NEVER(OPENSSL_load_builtin_modules);
NEVER(ossl_config_int);
NEVER(ossl_config_modules_free);
NEVER(ossl_no_config_int);
NEVER(ossl_prov_conf_ctx_free);

/* --- random numbers and files by way of the core's functions for providers --- */
NEVER(ossl_rand_cleanup_entropy);
NEVER(ossl_rand_cleanup_nonce);
NEVER(ossl_rand_cleanup_user_entropy);
NEVER(ossl_rand_cleanup_user_nonce);
NEVER(ossl_rand_get_entropy);
NEVER(ossl_rand_get_nonce);
NEVER(ossl_rand_get_user_entropy);
NEVER(ossl_rand_get_user_nonce);
NEVER(ossl_pool_acquire_entropy);
NEVER(ossl_pool_add_nonce_data);
NEVER(ossl_rand_pool_cleanup);
NEVER(ossl_rand_pool_keep_random_devices_open);
NEVER(ossl_core_bio_ctrl);
NEVER(ossl_core_bio_free);
NEVER(ossl_core_bio_gets);
NEVER(ossl_core_bio_new_file);
NEVER(ossl_core_bio_new_mem_buf);
NEVER(ossl_core_bio_new_from_bio);
NEVER(ossl_core_bio_puts);
NEVER(ossl_core_bio_read_ex);
NEVER(ossl_core_bio_up_ref);
NEVER(ossl_core_bio_vprintf);
NEVER(ossl_core_bio_write_ex);

/* --- X448 and Ed448, which share their code with X25519 and Ed25519 --- */
NEVER(ossl_x448);
NEVER(ossl_x448_public_from_private);
NEVER(ossl_ed448_public_from_private);
NEVER(ossl_ed448_sign);
NEVER(ossl_ed448_verify);

/* --- keys derived from given bytes (HPKE); MACs of TLS records --- */
NEVER(ossl_ec_dhkem_derive_private);
NEVER(ossl_ecx_dhkem_derive_private);
NEVER(ssl3_cbc_digest_record);

/* --- signatures that begin with a digest; points of a curve that are only half given --- */
NEVER(EVP_DigestSignInit);
NEVER(EVP_DigestSignInit_ex);
NEVER(EVP_DigestSign);
NEVER(EVP_DigestSignFinal);
NEVER(EVP_DigestVerify);
NEVER(EVP_DigestSignUpdate);
NEVER(EVP_DigestVerifyInit);
NEVER(EVP_DigestVerifyUpdate);
NEVER(BN_mod_sqrt);

/* --- RSA: new keys, more than two primes, encryption --- */
NEVER(BN_GENCB_call);
NEVER(BN_check_prime);
NEVER(BN_generate_prime_ex2);
NEVER(ossl_bn_check_generated_prime);
NEVER(ossl_bn_check_prime);
NEVER(ossl_bn_get0_small_factors);
NEVER(ossl_bn_miller_rabin_is_prime);
NEVER(RSA_generate_multi_prime_key);
NEVER(ossl_rsa_multiprime_derive);
NEVER(ossl_rsa_validate_pairwise);
NEVER(ossl_rsa_validate_private);
NEVER(ossl_rsa_validate_public);
NEVER(RSA_check_key_ex);
NEVER(RSA_PSS_PARAMS_dup);
NEVER(i2d_RSAPublicKey);
NEVER(d2i_RSAPublicKey);
NEVER(i2d_RSAPrivateKey);
NEVER(RSA_PSS_PARAMS_new);
NEVER(RSAPublicKey_it);
NEVER(RSAPrivateKey_it);
NEVER(d2i_RSAPrivateKey);
NEVER(RSA_PSS_PARAMS_it);
NEVER(PKCS1_MGF1);
NEVER(RSA_padding_add_PKCS1_OAEP_mgf1);
NEVER(RSA_padding_check_PKCS1_OAEP);
NEVER(RSA_padding_check_PKCS1_OAEP_mgf1);
NEVER(ossl_rsa_padding_add_PKCS1_OAEP_mgf1_ex);

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
