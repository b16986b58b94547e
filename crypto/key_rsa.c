/* RSA with SHA-2 (RFC 8332): keys are called ssh-rsa, their signatures rsa-sha2-256 or -512. The
 * SHA-1 signature that is called as the key is not offered and not accepted. */
#include "crypto/algorithm.h"
#include "crypto/crypto.h"

static const char key_name[] = "ssh-rsa";
static const char name256[] = "rsa-sha2-256", name512[] = "rsa-sha2-512";
static const char cert_key_name[] = "ssh-rsa-cert-v01@openssh.com";
static const char cert256[] = "rsa-sha2-256-cert-v01@openssh.com";
static const char cert512[] = "rsa-sha2-512-cert-v01@openssh.com";

/* --- host keys --- */
/* n, e, d, iqmp (which follows from the others), p, q */
static bool load(struct host_key *k, struct reader *fields)
{
    struct span n = get_string(fields), e = get_string(fields), d = get_string(fields);
    get_string(fields);
    struct span p = get_string(fields), q = get_string(fields);
    if (fields->bad || !rsa_load(&k->handle, n, e, d, p, q))
        return false;
    struct writer w = writer_of(k->blob, sizeof k->blob);
    put_text(&w, key_name);
    put_string(&w, e);
    put_string(&w, n);
    k->blob_n = writer_used(&w);
    k->type = &host_key_rsa512;
    return !w.bad;
}

static void stop(struct host_key *k)
{
    private_key_stop(&k->handle);
}

static bool sign(struct writer *w, const struct host_key *k, struct span message, enum hash hash)
{
    uint8_t signature[SIGNATURE_BLOB_MAX];
    size_t n = rsa_sign(&k->handle, hash, signature, sizeof signature, message);
    put_text(w, hash == HASH_SHA256 ? name256 : name512);
    put_string(w, span_of(signature, n));
    return n != 0 && !w->bad;
}

static bool sign256(struct writer *w, const struct host_key *k, struct span message)
{
    return sign(w, k, message, HASH_SHA256);
}

static bool sign512(struct writer *w, const struct host_key *k, struct span message)
{
    return sign(w, k, message, HASH_SHA512);
}

/* --- user keys --- */
static bool verify(struct span key_blob, struct span signature_blob, struct span message,
                   struct presence *token, enum hash hash)
{
    struct reader key = reader_of(key_blob), blob = reader_of(signature_blob);
    struct span name = get_string(&key), e = get_string(&key), n = get_string(&key);
    struct span signature_name = get_string(&blob), signature = get_string(&blob);
    *token = (struct presence){ true, true };
    return get_done(&key) && get_done(&blob) && span_is(name, key_name) &&
           span_is(signature_name, hash == HASH_SHA256 ? name256 : name512) &&
           rsa_verify(hash, signature, message, n, e);
}

static bool verify256(struct span key_blob, struct span signature_blob, struct span message,
                      struct presence *token)
{
    return verify(key_blob, signature_blob, message, token, HASH_SHA256);
}

static bool verify512(struct span key_blob, struct span signature_blob, struct span message,
                      struct presence *token)
{
    return verify(key_blob, signature_blob, message, token, HASH_SHA512);
}

const struct host_key_type host_key_rsa512 = {
    name512, key_name, false, load, stop, sign512, NULL
};
const struct host_key_type host_key_rsa256 = {
    name256, key_name, false, NULL, NULL, sign256, NULL
};
const struct host_key_type host_key_rsa512_cert = { cert512, key_name, true, NULL,
                                                    NULL,    sign512,  NULL };
const struct host_key_type host_key_rsa256_cert = { cert256, key_name, true, NULL,
                                                    NULL,    sign256,  NULL };
const struct user_key_type user_key_rsa512 = { name512, key_name, "RSA", 2, NULL, verify512, NULL };
const struct user_key_type user_key_rsa256 = { name256, key_name, "RSA", 2, NULL, verify256, NULL };
const struct user_key_type user_key_rsa512_cert = {
    cert512, cert_key_name, "RSA-CERT", 2, &user_key_rsa512, verify512, NULL,
};
const struct user_key_type user_key_rsa256_cert = {
    cert256, cert_key_name, "RSA-CERT", 2, &user_key_rsa256, verify256, NULL,
};
