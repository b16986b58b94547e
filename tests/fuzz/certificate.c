/* A certificate's blob: its form, its CA's signature, and what it permits. */
#include <string.h>

#include "auth/rule.h"
#include "crypto/crypto.h"
#include "profile/profile.h"
#include "tests/fuzz/support/check.h"

static void ask_rule(const struct certificate *c, struct span blob)
{
    static struct permits permits;
    const char *why = NULL;
    const struct applicant a = {
        .user = "alice",
        .address = span_text("10.1.2.3"),
        .certificate = c,
        .token = { true, true },
        .now = 1700000000,
    };
    bool yes = login_rule(&a, NULL, &permits, &why);
    CHECK(yes == (why == NULL));
    CHECK(!yes || is_within(permits.command, blob));
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    CHECK(crypto_start(NULL, 0));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct span blob = span_of(data, n), name, value;
    struct certificate c;
    uint8_t key[LIMIT_KEY_BLOB + 64];
    CHECK(is_within(blob_name(blob), blob));
    for (unsigned fields = 1; fields <= 2; fields++) {
        if (!certificate_parse(&c, blob, fields))
            continue;
        CHECK(is_within(c.key, blob) && is_within(c.principals, blob) && is_within(c.id, blob));
        CHECK(is_within(c.ca_blob, blob) && is_within(c.signature, blob));
        CHECK(c.signed_part.p == blob.p && c.signed_part.n < blob.n);
        for (struct span list = c.critical; certificate_option(&list, &name, &value);)
            CHECK(is_within(name, blob) && is_within(value, blob));
        struct writer w = writer_of(key, sizeof key);
        certificate_plain_key(&w, &c, "ssh-ed25519");
        CHECK(!w.bad);
        certificate_signed(&c, &profile_algorithms);
        ask_rule(&c, blob);
    }
    return 0;
}
