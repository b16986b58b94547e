/* The test client's messages above the transport (RFC 4252, RFC 4254). */
#include "tests/support/client.h"

#include <stdlib.h>
#include <string.h>

void client_service(struct client *c, const char *name)
{
    put_text(client_build(c, MSG_SERVICE_REQUEST), name);
    client_send_built(c);
}

static struct writer *auth_start_message(struct client *c, const char *user, const char *method)
{
    struct writer *w = client_build(c, MSG_USERAUTH_REQUEST);
    put_text(w, user);
    put_text(w, "ssh-connection");
    put_text(w, method);
    return w;
}

void client_auth(struct client *c, const char *user, const char *method)
{
    auth_start_message(c, user, method);
    client_send_built(c);
}

static void put_signed_fields(struct writer *w, const struct host_key *key, bool sign,
                              enum forgery f)
{
    static const char unknown[] = "ssh-unknown";
    uint8_t blob[HOST_KEY_BLOB_MAX];
    struct writer b = writer_of(blob, sizeof blob);
    put_bytes(&b, key->blob, key->blob_n);
    if (f == FORGE_UNKNOWN)
        memcpy(blob + 4, unknown, sizeof unknown - 1); /* as long as ssh-ed25519 */
    put_boolean(w, sign);
    struct reader r = reader_of(span_of(key->blob, key->blob_n));
    struct span name = get_string(&r);
    put_string(w, f == FORGE_UNKNOWN || f == FORGE_ALGORITHM ? span_text(unknown) : name);
    put_string(w, span_of(blob, writer_used(&b)));
}

/* Session identifier and request, perhaps others than the real ones, then the signature blob. */
static void put_signature(struct client *c, const struct host_key *key, enum forgery f)
{
    struct writer *w = &c->building;
    uint8_t message[4096], other_seed[32] = "a key that was never authorised";
    struct host_key signer = *key;
    struct writer m = writer_of(message, sizeof message);
    put_string(&m, span_of(c->session_id, sizeof c->session_id));
    if (f == FORGE_SESSION)
        message[4] ^= 1;
    uint8_t *request = m.p;
    put_bytes(&m, w->start, writer_used(w));
    if (f == FORGE_USER)
        request[5] ^= 1; /* the name's first letter */
    if (f == FORGE_KEY && !host_key_from_seed(&signer, other_seed))
        abort();
    uint8_t *blob = put_string_start(w);
    if (!host_key_ed25519.sign(w, &signer, span_of(message, writer_used(&m))))
        abort();
    if (f == FORGE_SIGNATURE)
        w->p[-40] ^= 0x10;
    if (f == FORGE_LONG)
        put_byte(w, 0);
    put_string_stop(w, blob);
}

void client_publickey(struct client *c, const char *user, const struct host_key *key, bool sign,
                      enum forgery f)
{
    put_signed_fields(auth_start_message(c, user, "publickey"), key, sign, f);
    if (sign)
        put_signature(c, key, f);
    client_send_built(c);
}

void client_password(struct client *c, const char *user, struct span password, const char *new_one)
{
    struct writer *w = auth_start_message(c, user, "password");
    put_boolean(w, new_one != NULL);
    put_string(w, password);
    if (new_one != NULL)
        put_text(w, new_one);
    client_send_built(c);
}

void client_interactive(struct client *c, const char *user)
{
    struct writer *w = auth_start_message(c, user, "keyboard-interactive");
    put_text(w, "en");
    put_text(w, "pam,skey");
    client_send_built(c);
}

void client_response(struct client *c, uint32_t n, struct span answer)
{
    struct writer *w = client_build(c, MSG_USERAUTH_INFO_RESPONSE);
    put_u32(w, n);
    for (uint32_t i = 0; i < n; i++)
        put_string(w, answer);
    client_send_built(c);
}

struct writer *client_opening(struct client *c, const char *type, uint32_t sender, uint32_t window,
                              uint32_t packet)
{
    struct writer *w = client_build(c, MSG_CHANNEL_OPEN);
    put_text(w, type);
    put_u32(w, sender);
    put_u32(w, window);
    put_u32(w, packet);
    return w;
}

void client_open(struct client *c, uint32_t sender, uint32_t window, uint32_t packet)
{
    client_opening(c, "session", sender, window, packet);
    client_send_built(c);
}

void client_direct(struct client *c, uint32_t sender, uint32_t window, uint32_t packet)
{
    struct writer *w = client_opening(c, "direct-tcpip", sender, window, packet);
    put_text(w, "localhost");
    put_u32(w, 80);
    put_text(w, "127.0.0.1");
    put_u32(w, 50000);
    client_send_built(c);
}

void client_confirm(struct client *c, uint32_t channel, uint32_t sender, uint32_t window,
                    uint32_t packet)
{
    struct writer *w = client_build(c, MSG_CHANNEL_OPEN_CONFIRMATION);
    put_u32(w, channel);
    put_u32(w, sender);
    put_u32(w, window);
    put_u32(w, packet);
    client_send_built(c);
}

void client_refuse(struct client *c, uint32_t channel, uint32_t code)
{
    struct writer *w = client_build(c, MSG_CHANNEL_OPEN_FAILURE);
    put_u32(w, channel);
    put_u32(w, code);
    put_text(w, "no");
    put_text(w, "");
    client_send_built(c);
}

struct writer *client_request(struct client *c, uint32_t channel, const char *name, bool reply)
{
    struct writer *w = client_build(c, MSG_CHANNEL_REQUEST);
    put_u32(w, channel);
    put_text(w, name);
    put_boolean(w, reply);
    return w;
}

void client_shell(struct client *c, uint32_t channel)
{
    client_request(c, channel, "shell", true);
    client_send_built(c);
}

void client_exec(struct client *c, uint32_t channel, const char *command)
{
    put_text(client_request(c, channel, "exec", true), command);
    client_send_built(c);
}

void client_data(struct client *c, uint32_t channel, struct span data)
{
    struct writer *w = client_build(c, MSG_CHANNEL_DATA);
    put_u32(w, channel);
    put_string(w, data);
    client_send_built(c);
}

void client_adjust(struct client *c, uint32_t channel, uint32_t more)
{
    struct writer *w = client_build(c, MSG_CHANNEL_WINDOW_ADJUST);
    put_u32(w, channel);
    put_u32(w, more);
    client_send_built(c);
}

void client_channel(struct client *c, uint8_t type, uint32_t channel)
{
    put_u32(client_build(c, type), channel);
    client_send_built(c);
}

void client_global(struct client *c, const char *name, bool reply)
{
    struct writer *w = client_build(c, MSG_GLOBAL_REQUEST);
    put_text(w, name);
    put_boolean(w, reply);
    client_send_built(c);
}

void client_disconnect(struct client *c)
{
    struct writer *w = client_build(c, MSG_DISCONNECT);
    put_u32(w, 11);
    put_text(w, "bye");
    put_text(w, "");
    client_send_built(c);
}
