/* A line is [options] keytype base64-key [comment]. A line that is not understood as a whole never
 * lets anybody in: ignoring an option would widen what its author allowed. */
#include "auth/authorized_keys.h"

#include <string.h>

#include "auth/certificate.h"
#include "base/features.h"
#include "base/limits.h"
#include "base/text.h"

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct span *s)
{
    while (s->n != 0 && is_blank(s->p[0])) {
        s->p++;
        s->n--;
    }
}

struct span keys_word(struct span *line)
{
    skip_blanks(line);
    struct span word = { line->p, 0 };
    bool quoted = false;
    while (word.n < line->n && (quoted || !is_blank(line->p[word.n]))) {
        uint8_t c = line->p[word.n];
        if (c == '\\' && word.n + 1 < line->n && line->p[word.n + 1] == '"')
            word.n++;
        else if (c == '"')
            quoted = !quoted;
        word.n++;
    }
    line->p += word.n;
    line->n -= word.n;
    return word;
}

/* The words `type` and `base64` are this very key. */
static bool is_key(struct span type, struct span base64, struct span key_blob)
{
    uint8_t decoded[LIMIT_KEY_BLOB];
    if (type.n == 0 || !span_equal(type, blob_name(key_blob)))
        return false;
    long n = base64_decode(decoded, sizeof decoded, base64);
    return n >= 0 && span_equal(span_of(decoded, (size_t)n), key_blob);
}

enum keys_verdict authorized_keys_line(struct span line, const struct offered *k,
                                       struct key_options *options, const char **why)
{
    bool certified = features.certificates && k->ca_blob.n != 0;
    struct span wanted = certified ? k->ca_blob : k->key_blob;
    skip_blanks(&line);
    if (line.n == 0 || line.p[0] == '#')
        return KEYS_OTHER;
    bool has_nul = memchr(line.p, 0, line.n) != NULL;
    struct span first = keys_word(&line), second = keys_word(&line), third = keys_word(&line);
    if (is_key(first, second, wanted))
        first.n = 0; /* no options */
    else if (!is_key(second, third, wanted))
        return KEYS_OTHER;
    *why = has_nul                                 ? "the line holds a NUL"
           : first.n != 0 && !features.key_options ? "this build knows no options of keys"
                                                   : key_options_parse(options, first);
    if (*why != NULL)
        return KEYS_REFUSED;
    if (certified != ((options->flags & IS_AUTHORITY) != 0))
        return KEYS_OTHER;
    if (!features.key_options || options->principals.p == NULL || certified)
        return KEYS_MATCH;
    *why = "principals are for a cert-authority";
    return KEYS_REFUSED;
}
