/* sk-ssh-ed25519@openssh.com: an ed25519 key in a FIDO token (OpenSSH's PROTOCOL.u2f). */
#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "crypto/sk.h"

static const char name[] = "sk-ssh-ed25519@openssh.com";
static const char cert_name[] = "sk-ssh-ed25519-cert-v01@openssh.com";

static bool verify(struct span key_blob, struct span signature_blob, struct span message,
                   struct presence *token)
{
    uint8_t signed_by_token[SK_SIGNED];
    struct reader key = reader_of(key_blob), blob = reader_of(signature_blob);
    struct span key_name = get_string(&key), public_key = get_string(&key);
    struct span application = get_string(&key);
    struct span signature_name = get_string(&blob), signature = get_string(&blob);
    sk_signed(signed_by_token, &blob, application, message, token);
    return get_done(&key) && get_done(&blob) && span_is(key_name, name) &&
           span_is(signature_name, name) && public_key.n == 32 && signature.n == 64 &&
           ed25519_verify(signature.p, span_of(signed_by_token, SK_SIGNED), public_key.p);
}

const struct user_key_type user_key_sk_ed25519 = {
    name, name, "ED25519-SK", 2, NULL, verify, NULL
};
const struct user_key_type user_key_sk_ed25519_cert = {
    cert_name, cert_name, "ED25519-SK-CERT", 2, &user_key_sk_ed25519, verify, NULL,
};
