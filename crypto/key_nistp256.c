/* ecdsa-sha2-nistp256 (RFC 5656 section 3), and the same in a FIDO token
 * (sk-ecdsa-sha2-nistp256@openssh.com, OpenSSH's PROTOCOL.u2f). */
#include "crypto/algorithm.h"
#include "crypto/crypto.h"
#include "crypto/sk.h"

static const char name[] = "ecdsa-sha2-nistp256";
static const char cert_name[] = "ecdsa-sha2-nistp256-cert-v01@openssh.com";
static const char sk_name[] = "sk-ecdsa-sha2-nistp256@openssh.com";
static const char sk_cert_name[] = "sk-ecdsa-sha2-nistp256-cert-v01@openssh.com";
static const char curve[] = "nistp256";

/* --- host keys --- */
/* curve; point; secret scalar */
static bool load(struct host_key *k, struct reader *fields)
{
    struct span curve_name = get_string(fields), point = get_string(fields),
                scalar = get_string(fields);
    if (fields->bad || !span_is(curve_name, curve) || !p256_load(&k->handle, point, scalar))
        return false;
    struct writer w = writer_of(k->blob, sizeof k->blob);
    put_text(&w, name);
    put_text(&w, curve);
    put_string(&w, point);
    k->blob_n = writer_used(&w);
    k->type = &host_key_nistp256;
    return !w.bad;
}

static void stop(struct host_key *k)
{
    private_key_stop(&k->handle);
}

static bool sign(struct writer *w, const struct host_key *k, struct span message)
{
    uint8_t r[32], s[32];
    if (!p256_sign(&k->handle, r, s, message))
        return false;
    put_text(w, name);
    uint8_t *inner = put_string_start(w);
    put_mpint(w, span_of(r, sizeof r));
    put_mpint(w, span_of(s, sizeof s));
    put_string_stop(w, inner);
    return !w->bad;
}

/* --- user keys --- */
/* RFC 4251 section 5: positive, in the one shortest form. */
static bool positive(struct span n)
{
    return n.n != 0 && n.n <= 33 && n.p[0] < 0x80 && (n.p[0] != 0 || (n.n > 1 && n.p[1] >= 0x80));
}

/* The blob in a signature: two mpints, nothing behind them. */
static bool numbers_good(struct span inner, struct span message, struct span point)
{
    struct reader n = reader_of(inner);
    struct span r = get_string(&n), s = get_string(&n);
    return get_done(&n) && positive(r) && positive(s) && p256_verify(r, s, message, point);
}

static bool verify(struct span key_blob, struct span signature_blob, struct span message,
                   struct presence *token)
{
    struct reader key = reader_of(key_blob), blob = reader_of(signature_blob);
    struct span key_name = get_string(&key), curve_name = get_string(&key),
                point = get_string(&key);
    struct span signature_name = get_string(&blob), inner = get_string(&blob);
    *token = (struct presence){ true, true };
    return get_done(&key) && get_done(&blob) && span_is(key_name, name) &&
           span_is(curve_name, curve) && span_is(signature_name, name) &&
           numbers_good(inner, message, point);
}

static bool verify_sk(struct span key_blob, struct span signature_blob, struct span message,
                      struct presence *token)
{
    uint8_t signed_by_token[SK_SIGNED];
    struct reader key = reader_of(key_blob), blob = reader_of(signature_blob);
    struct span key_name = get_string(&key), curve_name = get_string(&key),
                point = get_string(&key);
    struct span application = get_string(&key);
    struct span signature_name = get_string(&blob), inner = get_string(&blob);
    sk_signed(signed_by_token, &blob, application, message, token);
    return get_done(&key) && get_done(&blob) && span_is(key_name, sk_name) &&
           span_is(curve_name, curve) && span_is(signature_name, sk_name) &&
           numbers_good(inner, span_of(signed_by_token, SK_SIGNED), point);
}

/* A signature over "sample" (RFC 6979, A.2.5). */
static bool test(void)
{
    static const uint8_t point[P256_POINT] = {
        0x04, 0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74,
        0xc6, 0x35, 0x6d, 0x68, 0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6,
        0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, 0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8,
        0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1, 0xb2,
        0x0c, 0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99,
    };
    static const uint8_t r[] = { 0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd, 0x11, 0x40, 0xdd,
                                 0x9c, 0xd4, 0x5e, 0x81, 0xd6, 0x9d, 0x2c, 0x87, 0x7b, 0x56, 0xaa,
                                 0xf9, 0x91, 0xc3, 0x4d, 0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16 };
    static const uint8_t s[] = { 0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65, 0x7c, 0x41, 0xd4, 0x36, 0xc7,
                                 0xa1, 0xb6, 0xe2, 0x9f, 0x65, 0xf3, 0xe9, 0x00, 0xdb, 0xb9, 0xaf,
                                 0xf4, 0x06, 0x4d, 0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8 };
    struct span of_r = span_of(r, sizeof r), of_s = span_of(s, sizeof s);
    struct span p = span_of(point, sizeof point);
    return p256_verify(of_r, of_s, span_text("sample"), p);
}

const struct host_key_type host_key_nistp256 = { name, name, false, load, stop, sign, NULL };
const struct host_key_type host_key_nistp256_cert = {
    cert_name, name, true, NULL, NULL, sign, NULL,
};
const struct user_key_type user_key_nistp256 = { name, name, "ECDSA", 2, NULL, verify, test };
const struct user_key_type user_key_nistp256_cert = {
    cert_name, cert_name, "ECDSA-CERT", 2, &user_key_nistp256, verify, NULL,
};
const struct user_key_type user_key_sk_nistp256 = {
    sk_name, sk_name, "ECDSA-SK", 3, NULL, verify_sk, NULL,
};
const struct user_key_type user_key_sk_nistp256_cert = {
    sk_cert_name, sk_cert_name, "ECDSA-SK-CERT", 3, &user_key_sk_nistp256, verify_sk, NULL,
};
