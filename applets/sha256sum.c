#include <string.h>
#include <unistd.h>

#include "applets/input.h"
#include "applets/memory.h"
#include "applets/out.h"
#include "applets/rows.h"
#include "base/text.h"
#include "crypto/crypto.h"

enum { DIGEST = 32, DIGITS = 2 * DIGEST, NAME_AT = DIGITS + 2, NAME_ROOM = 4097 };
static bool hash(const char *name, char digits[DIGITS + 1])
{
    static struct sha256 h;
    static struct input in;
    static uint8_t digest[DIGEST];
    if (!input_open(&in, name))
        return false;
    sha256_start(&h);
    for (struct span s; (s = input_some(&in)).n != 0;)
        sha256_add(&h, s.p, s.n);
    sha256_stop(&h, digest);
    for (unsigned i = 0; i < DIGEST; i++)
        text_format(digits + 2 * (size_t)i, 3, "%02x", digest[i]);
    input_close(&in);
    return !in.failed;
}

static bool is_line(struct span line)
{
    if (line.n <= NAME_AT || line.n - NAME_AT >= NAME_ROOM || line.p[DIGITS] != ' ')
        return false;
    for (unsigned i = 0; i < DIGITS; i++)
        if ((uint8_t)(line.p[i] - '0') > 9 && (uint8_t)((line.p[i] | 32) - 'a') > 5)
            return false;
    return line.p[DIGITS + 1] == ' ' || line.p[DIGITS + 1] == '*';
}

static int warn(unsigned n, const char *one, const char *more)
{
    static char text[100];
    if (n == 0)
        return 0;
    text_format(text, sizeof text, "%u %s", n, n == 1 ? one : more);
    return applet_wrong("WARNING", text);
}

static int check(struct args *a, struct input *in)
{
    unsigned wrong = 0, unreadable = 0, malformed = 0;
    static char name[NAME_ROOM], digits[DIGITS + 1];
    struct span line;
    bool any = false;
    while (input_line(in, &line)) {
        if (line.n == 0 || *line.p == '#')
            continue;
        if (!is_line(line) ||
            !span_copy_text(span_of(line.p + NAME_AT, line.n - NAME_AT), name, sizeof name)) {
            malformed++;
            continue;
        }
        any = true;
        bool readable = hash(name, digits);
        bool same =
            readable && memory_compare(span_of(line.p, DIGITS), span_of(digits, DIGITS), true) == 0;
        unreadable += !readable;
        wrong += readable && !same;
        if (a->option['s'] == NULL)
            out_format("%s: %s\n", name, same ? "OK" : readable ? "FAILED" : "FAILED open or read");
    }
    if (!any)
        return applet_wrong(in->name, "no properly formatted checksum lines found");
    warn(malformed, "line is improperly formatted", "lines are improperly formatted");
    return warn(unreadable, "listed file could not be read", "listed files could not be read") |
           warn(wrong, "computed checksum did NOT match", "computed checksums did NOT match");
}

static int run(struct args *a)
{
    static char digits[DIGITS + 1];
    int status = 0;
    if (a->option['c'] != NULL)
        return input_each(a, check);
    for (int i = 0; i == 0 || i < a->words; i++) {
        const char *name = a->words != 0 ? a->word[i] : "-";
        if (hash(name, digits))
            out_format("%s  %s\n", digits, name);
        else
            status = 1;
    }
    return status;
}

const struct applet applet_sha256sum = {
    "sha256sum", "cs", "[FILE...] | -c [-s] [LIST...]\nPut checksums out, or check those of a list",
    run, false
};
