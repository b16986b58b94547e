/* ssh-ed25519 (RFC 8709): blobs, host signatures and user signatures. */
#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "crypto/host_key.h"

static const char name[] = "ssh-ed25519";

static void host_key_blob(struct host_key *k, const uint8_t public_key[32])
{
    struct writer w = writer_of(k->blob, sizeof k->blob);
    put_text(&w, name);
    put_string(&w, span_of(public_key, 32));
    k->blob_n = writer_used(&w);
}

bool host_key_from_seed(struct host_key *k, const uint8_t seed[32])
{
    uint8_t public_key[32];
    if (!ed25519_key(public_key, k->secret, seed))
        return false;
    host_key_blob(k, public_key);
    return true;
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

static bool verify(struct span key_blob, struct span signature_blob, struct span message)
{
    struct reader key = reader_of(key_blob), blob = reader_of(signature_blob);
    struct span key_name = get_string(&key), public_key = get_string(&key);
    struct span signature_name = get_string(&blob), signature = get_string(&blob);
    return get_done(&key) && get_done(&blob) && span_is(key_name, name) &&
           span_is(signature_name, name) && public_key.n == 32 && signature.n == 64 &&
           ed25519_verify(signature.p, message, public_key.p);
}

const struct host_key_type host_key_ed25519 = { name, sign };
const struct user_key_type user_key_ed25519 = { name, "ED25519", verify };
