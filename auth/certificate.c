#include "auth/certificate.h"

#include "base/limits.h"

static uint64_t get_wide(struct reader *r)
{
    uint64_t high = get_u32(r);
    return high << 32 | get_u32(r);
}

static bool are_strings(struct span list)
{
    struct reader r = reader_of(list);
    while (!r.bad && r.p != r.end)
        get_string(&r);
    return !r.bad;
}

bool certificate_option(struct span *list, struct span *name, struct span *data)
{
    struct reader r = reader_of(*list);
    *name = get_string(&r);
    *data = get_string(&r);
    *list = get_rest(&r);
    return !r.bad;
}

/* PROTOCOL.certkeys wants the names in order, too; OpenSSH does not insist on that. */
static bool are_options(struct span list)
{
    struct span name, data, other;
    while (list.n != 0) {
        if (!certificate_option(&list, &name, &data))
            return false;
        for (struct span rest = list; certificate_option(&rest, &other, &data);)
            if (span_equal(name, other))
                return false;
    }
    return true;
}

bool certificate_parse(struct certificate *c, struct span blob, unsigned fields)
{
    struct reader r = reader_of(blob);
    c->name = get_string(&r);
    get_string(&r); /* nonce */
    const uint8_t *key = r.p;
    while (fields-- > 0)
        get_string(&r);
    c->key = span_of(key, (size_t)(r.p - key));
    c->serial = get_wide(&r);
    c->type = get_u32(&r);
    c->id = get_string(&r);
    c->principals = get_string(&r);
    c->valid_after = get_wide(&r);
    c->valid_before = get_wide(&r);
    c->critical = get_string(&r);
    c->extensions = get_string(&r);
    get_string(&r); /* reserved */
    c->ca_blob = get_string(&r);
    c->signed_part = span_of(blob.p, (size_t)(r.p - blob.p));
    c->signature = get_string(&r);
    return get_done(&r) && blob.n <= LIMIT_KEY_BLOB &&
           (c->type == CERTIFICATE_USER || c->type == CERTIFICATE_HOST) &&
           are_strings(c->principals) && are_options(c->critical) && are_options(c->extensions);
}

struct span blob_name(struct span blob)
{
    struct reader r = reader_of(blob);
    return get_string(&r);
}

bool certificate_signed(const struct certificate *c, const struct algorithms *a)
{
    struct span key_name = blob_name(c->ca_blob), name = blob_name(c->signature);
    for (const struct user_key_type *const *k = a->user_keys; *k != NULL; k++) {
        struct presence token; /* the CA's own: nothing is asked of it */
        if ((*k)->plain == NULL && span_is(name, (*k)->name) && span_is(key_name, (*k)->blob_name))
            return (*k)->verify(c->ca_blob, c->signature, c->signed_part, &token);
    }
    return false;
}

void certificate_plain_key(struct writer *w, const struct certificate *c, const char *name)
{
    put_text(w, name);
    put_bytes(w, c->key.p, c->key.n);
}
