/* OpenSSH's PROTOCOL.key: "openssh-key-v1" NUL, cipher, kdf, kdf options, number of keys, public
 * blob, and the private section (two equal check numbers, the key's fields, comment, 1 2 3 padding).
 * Unencrypted files only. */
#include "crypto/host_key.h"

#include <string.h>

#include "base/text.h"
#include "crypto/crypto.h"

static const char begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
static const char end[] = "-----END OPENSSH PRIVATE KEY-----";
static const char magic[] = "openssh-key-v1"; /* with its NUL */

enum { BINARY_MAX = 3300, PRINTED_MAX = 600, LINE = 70 };

bool host_key_make(struct host_key *k)
{
    uint8_t seed[32];
    crypto_random(seed, sizeof seed);
    bool good = host_key_from_seed(k, seed);
    crypto_wipe(seed, sizeof seed);
    return good;
}

static const struct host_key_type *find_type(const struct host_key_type *const *types,
                                             struct span key_name)
{
    while (*types != NULL && !((*types)->load != NULL && span_is(key_name, (*types)->key_name)))
        types++;
    return *types;
}

static enum host_key_error parse_private(struct host_key *k, struct span section,
                                         const struct host_key_type *const *types)
{
    struct reader r = reader_of(section);
    uint32_t check1 = get_u32(&r), check2 = get_u32(&r);
    const struct host_key_type *type = find_type(types, get_string(&r));
    if (r.bad || check1 != check2)
        return HOST_KEY_DAMAGED;
    if (type == NULL)
        return HOST_KEY_TYPE;
    if (!type->load(k, &r))
        return HOST_KEY_DAMAGED;
    get_string(&r); /* comment */
    struct span padding = get_rest(&r);
    if (r.bad || padding.n >= 8)
        return HOST_KEY_DAMAGED;
    for (size_t i = 0; i < padding.n; i++)
        if (padding.p[i] != i + 1)
            return HOST_KEY_DAMAGED;
    return HOST_KEY_GOOD;
}

static enum host_key_error parse_binary(struct host_key *k, struct span binary,
                                        const struct host_key_type *const *types)
{
    struct reader r = reader_of(binary);
    struct span mark = get_bytes(&r, sizeof magic);
    struct span cipher = get_string(&r), kdf = get_string(&r);
    get_string(&r); /* kdf options */
    uint32_t number = get_u32(&r);
    struct span public_blob = get_string(&r), section = get_string(&r);
    if (!span_equal(mark, span_of(magic, sizeof magic)))
        return HOST_KEY_NOT_OPENSSH;
    if (!r.bad && (!span_is(cipher, "none") || !span_is(kdf, "none")))
        return HOST_KEY_ENCRYPTED;
    if (!get_done(&r) || number != 1)
        return HOST_KEY_DAMAGED;
    enum host_key_error e = parse_private(k, section, types);
    if (e == HOST_KEY_GOOD && !span_equal(public_blob, span_of(k->blob, k->blob_n)))
        e = HOST_KEY_DAMAGED;
    return e;
}

/* The base64 between the two marks, without its line ends. */
static long gather(char *to, size_t room, struct span file)
{
    if (!span_starts(file, begin))
        return -1;
    size_t n = 0;
    for (size_t i = sizeof begin - 1; i < file.n; i++) {
        struct span rest = { file.p + i, file.n - i };
        if (span_starts(rest, end))
            return (long)n;
        uint8_t c = *rest.p;
        if (c == '\n' || c == '\r' || c == ' ' || c == '\t')
            continue;
        if (n == room)
            return -1;
        to[n++] = (char)c;
    }
    return -1;
}

void host_key_stop(struct host_key *k)
{
    if (k->type != NULL && k->type->stop != NULL)
        k->type->stop(k);
    crypto_wipe(k, sizeof *k);
}

enum host_key_error host_key_parse(struct host_key *k, struct span file,
                                   const struct host_key_type *const *types)
{
    char text[BINARY_MAX / 3 * 4];
    uint8_t binary[BINARY_MAX];
    enum host_key_error e = HOST_KEY_NOT_OPENSSH;
    memset(k, 0, sizeof *k);
    long n = gather(text, sizeof text, file);
    if (n >= 0)
        n = base64_decode(binary, sizeof binary, span_of(text, (size_t)n));
    if (n >= 0)
        e = parse_binary(k, span_of(binary, (size_t)n), types);
    else if (span_starts(file, begin) && file.n > sizeof text)
        e = HOST_KEY_TYPE; /* longer than any key that is known here */
    if (e != HOST_KEY_GOOD)
        host_key_stop(k);
    crypto_wipe(text, sizeof text);
    crypto_wipe(binary, sizeof binary);
    return e;
}

const char *host_key_error_text(enum host_key_error e)
{
    static const char *const texts[] = {
        [HOST_KEY_GOOD] = "good",
        [HOST_KEY_NOT_OPENSSH] =
            "not a complete OpenSSH private key file (ssh-keygen -p -f FILE converts others)",
        [HOST_KEY_ENCRYPTED] = "encrypted with a passphrase, which a server cannot ask for",
        [HOST_KEY_TYPE] = "not of a type that this build has (--version lists them)",
        [HOST_KEY_DAMAGED] = "damaged",
    };
    return texts[e];
}

static void put_private(struct writer *w, const struct host_key *k, const char *comment)
{
    uint8_t check[4];
    crypto_random(check, sizeof check);
    uint8_t *section = put_string_start(w);
    put_bytes(w, check, 4);
    put_bytes(w, check, 4);
    put_text(w, host_key_ed25519.name);
    put_string(w, span_of(k->secret + 32, 32));
    put_string(w, span_of(k->secret, 64));
    put_text(w, comment);
    for (uint8_t pad = 1; !w->bad && (w->p - section) % 8 != 0; pad++)
        put_byte(w, pad);
    put_string_stop(w, section);
}

size_t host_key_print(char text[HOST_KEY_FILE_MAX], const struct host_key *k, const char *comment)
{
    uint8_t binary[PRINTED_MAX];
    char base64[PRINTED_MAX / 3 * 4 + 1];
    struct writer w = writer_of(binary, sizeof binary);
    put_bytes(&w, magic, sizeof magic);
    put_text(&w, "none"); /* cipher */
    put_text(&w, "none"); /* kdf */
    put_text(&w, "");     /* kdf options */
    put_u32(&w, 1);       /* number of keys */
    put_string(&w, span_of(k->blob, k->blob_n));
    put_private(&w, k, comment);

    size_t n = base64_encode(base64, span_of(binary, writer_used(&w)), true);
    struct writer t = writer_of(text, HOST_KEY_FILE_MAX - 1);
    put_bytes(&t, begin, sizeof begin - 1);
    for (size_t i = 0; i < n; i += LINE) {
        put_byte(&t, '\n');
        put_bytes(&t, base64 + i, n - i < LINE ? n - i : LINE);
    }
    put_byte(&t, '\n');
    put_bytes(&t, end, sizeof end - 1);
    put_byte(&t, '\n');
    text[writer_used(&t)] = 0;
    crypto_wipe(binary, sizeof binary);
    crypto_wipe(base64, sizeof base64);
    return writer_used(&t);
}

void key_fingerprint(char text[FINGERPRINT_MAX], struct span key_blob)
{
    struct sha256 h;
    uint8_t digest[32];
    sha256_start(&h);
    sha256_add(&h, key_blob.p, key_blob.n);
    sha256_stop(&h, digest);
    memcpy(text, "SHA256:", 7);
    base64_encode(text + 7, span_of(digest, sizeof digest), false);
}
