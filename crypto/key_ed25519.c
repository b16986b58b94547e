/* ssh-ed25519 (RFC 8709): blobs, host signatures and user signatures. */
#include <string.h>

#include "base/features.h"
#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "crypto/host_key.h"
#include "crypto/known.h"

static const char name[] = "ssh-ed25519";
static const char cert_name[] = "ssh-ed25519-cert-v01@openssh.com";

bool host_key_from_seed(struct host_key *k, const uint8_t seed[32])
{
    uint8_t public_key[32];
    if (!ed25519_key(public_key, k->secret, seed))
        return false;
    struct writer w = writer_of(k->blob, sizeof k->blob);
    put_text(&w, name);
    put_string(&w, span_of(public_key, sizeof public_key));
    k->blob_n = writer_used(&w);
    k->type = &host_key_ed25519;
    return true;
}

/* public key; seed and public key */
static bool load(struct host_key *k, struct reader *fields)
{
    struct span public_key = get_string(fields), secret = get_string(fields);
    return !fields->bad && public_key.n == 32 && secret.n == 64 &&
           host_key_from_seed(k, secret.p) && crypto_equal(k->secret, secret.p, 64) &&
           span_equal(public_key, span_of(secret.p + 32, 32));
}

static bool sign(struct writer *w, const struct host_key *k, struct span message)
{
    uint8_t signature[64];
    if (!ed25519_sign(signature, message, k->secret))
        return false;
    put_text(w, name);
    put_string(w, span_of(signature, sizeof signature));
    return !w->bad;
}

static bool verify(struct span key_blob, struct span signature_blob, struct span message,
                   struct presence *token)
{
    struct reader key = reader_of(key_blob), blob = reader_of(signature_blob);
    struct span key_name = get_string(&key), public_key = get_string(&key);
    struct span signature_name = get_string(&blob), signature = get_string(&blob);
    *token = (struct presence){ true, true };
    return get_done(&key) && get_done(&blob) && span_is(key_name, name) &&
           span_is(signature_name, name) && public_key.n == 32 && signature.n == 64 &&
           ed25519_verify(signature.p, message, public_key.p);
}

/* A known signature, which is good, and not for another message. */
static bool test(void)
{
    static const uint8_t known[8] = { 0xfc, 0x0c, 0x65, 0xbf, 0x71, 0x71, 0xf8, 0x42 };
    uint8_t seed[32], public_key[32], secret[64], message[64], signature[64];
    if (!features.self_test)
        return true;
    known_input(seed, sizeof seed, 1);
    known_input(message, sizeof message, 2);
    struct span m = span_of(message, sizeof message);
    if (!ed25519_key(public_key, secret, seed) || !ed25519_sign(signature, m, secret) ||
        !known_answer(span_of(signature, sizeof signature), known) ||
        !ed25519_verify(signature, m, public_key))
        return false;
    message[0] ^= 1;
    return !ed25519_verify(signature, m, public_key);
}

const struct host_key_type host_key_ed25519 = { name, name, false, load, NULL, sign, test };
const struct host_key_type host_key_ed25519_cert = {
    cert_name, name, true, NULL, NULL, sign, NULL,
};
const struct user_key_type user_key_ed25519 = { name, name, "ED25519", 1, NULL, verify, NULL };
const struct user_key_type user_key_ed25519_cert = {
    cert_name, cert_name, "ED25519-CERT", 1, &user_key_ed25519, verify, NULL,
};
