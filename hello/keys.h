/* Who may log in: lines as of authorized_keys, without options. */
#ifndef HELLO_KEYS_H
#define HELLO_KEYS_H

#include "base/wire.h"

/* false: some line is neither empty nor a comment nor a plain ssh-ed25519 key. What such a line would have
 * demanded is not known here, so that nobody may log in by any. */
bool keys_plain(struct span lines);

/* The key is one of the lines, which are plain. */
bool keys_have(struct span lines, struct span key_blob);

#endif
