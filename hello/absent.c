/* What the rooms would call and hello has no use for, answered here: certificates and passwords, for which no
 * row of the profile asks, the texts of a DISCONNECT, whose code says as much, and formats but for one. Linked
 * instead of auth/certificate.c, auth/password.c, base/reason.c and base/format.c. */
#include <assert.h>
#include <string.h>

#include "auth/certificate.h"
#include "auth/password.h"
#include "base/reason.h"
#include "base/text.h"

bool certificate_parse(struct certificate *c, struct span blob, unsigned fields)
{
    (void)c, (void)blob, (void)fields;
    return false;
}

bool certificate_signed(const struct certificate *c, const struct algorithms *a)
{
    (void)c, (void)a;
    return false;
}

void certificate_plain_key(struct writer *w, const struct certificate *c, const char *name)
{
    (void)c, (void)name;
    w->bad = true;
}

struct span blob_name(struct span blob)
{
    struct reader r = reader_of(blob);
    return get_string(&r);
}

bool password_request(struct auth *a, struct transport *t, struct reader *r)
{
    (void)a, (void)r;
    transport_fail(t, REASON_PHASE);
    return false;
}

void prompt_request(struct auth *a, struct transport *t, struct reader *r)
{
    (void)a, (void)r;
    transport_fail(t, REASON_PHASE);
}

/* Nobody was prompted. */
bool auth_response(struct auth *a, struct transport *t, struct span payload)
{
    (void)a, (void)payload;
    transport_fail(t, REASON_PHASE);
    return false;
}

void password_wipe(const struct auth_question *q)
{
    (void)q;
}

/* Our identification is the only text that is made: "%s\r\n". */
TEXT_NO_FLOATS size_t text_format(char *to, size_t room, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    struct span s = span_text(va_arg(list, const char *));
    va_end(list);
    assert(s.n + 2 < room && span_is(span_text(format), "%s\r\n"));
    memcpy(to, s.p, s.n);
    memcpy(to + s.n, "\r\n", 2);
    return s.n + 2;
}

#define ROW_CODE(name, code, text) code,
static const uint8_t codes[] = { REASONS(ROW_CODE) };

const char *reason_text(enum reason r)
{
    (void)r;
    return "";
}

uint32_t reason_code(enum reason r)
{
    return codes[r];
}
