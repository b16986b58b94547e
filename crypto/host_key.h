/* The server's own keys: OpenSSH's private-key file (PROTOCOL.key), and making an ed25519 key. */
#ifndef CRYPTO_HOST_KEY_H
#define CRYPTO_HOST_KEY_H

#include "base/wire.h"
#include "crypto/algorithm.h"

/* Room that a key file written here never exceeds, its NUL included. */
#define HOST_KEY_FILE_MAX 1024

enum host_key_error {
    HOST_KEY_GOOD,
    HOST_KEY_NOT_OPENSSH, /* not an OpenSSH private-key file, or cut short */
    HOST_KEY_ENCRYPTED,
    HOST_KEY_TYPE,    /* of a type, or a size, that this build does not have */
    HOST_KEY_DAMAGED, /* the fields disagree with each other */
};

bool host_key_from_seed(struct host_key *k, const uint8_t seed[32]);
bool host_key_make(struct host_key *k); /* a new random key */

/* `types` ends in NULL. On an error *k is empty. */
enum host_key_error host_key_parse(struct host_key *k, struct span file,
                                   const struct host_key_type *const *types);
void host_key_stop(struct host_key *k); /* wipes it */
const char *host_key_error_text(enum host_key_error e);

/* The file's text of an ed25519 key, NUL-terminated; returns its length. It holds the secret: wipe it. */
size_t host_key_print(char text[HOST_KEY_FILE_MAX], const struct host_key *k, const char *comment);

/* "SHA256:" and base64 without padding, as ssh-keygen -l shows it, with a NUL. */
#define FINGERPRINT_MAX 52
void key_fingerprint(char text[FINGERPRINT_MAX], struct span key_blob);

#endif
