/* A line is "ssh-ed25519", a blank, 68 characters that stand for the 51 bytes of the key, and perhaps a
 * blank and a comment. As there is but one text for one key, texts are compared. */
#include "hello/keys.h"

#include <string.h>

#include "base/text.h"

/* All keys begin so: the name once more, and the length of what differs. */
static const char begin[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI";
enum { NAME = 12, BLOB = 51, BASE64 = BLOB / 3 * 4, KEY = NAME + BASE64 };

/* Of the next line the key; empty: there is none in it. false: this was no line for here. */
static bool take(struct span *lines, struct span *key)
{
    span_cut(lines, '\n', key);
    if (key->n == 0 || key->p[0] == '#' || key->p[0] == '\r') {
        key->n = 0;
        return true;
    }
    if (key->n < KEY || !span_starts(*key, begin) || (key->n > KEY && key->p[KEY] > ' '))
        return false;
    key->n = KEY;
    return true;
}

bool keys_plain(struct span lines)
{
    struct span key;
    while (lines.n != 0)
        if (!take(&lines, &key))
            return false;
    return true;
}

bool keys_have(struct span lines, struct span key_blob)
{
    char wanted[KEY + 1];
    struct span key;
    if (key_blob.n != BLOB)
        return false;
    memcpy(wanted, begin, NAME);
    base64_encode(wanted + NAME, key_blob, false);
    while (lines.n != 0)
        if (take(&lines, &key) && span_equal(key, span_of(wanted, KEY)))
            return true;
    return false;
}
