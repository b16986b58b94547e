/* The test client's packets (RFC 4253 sections 4.2 and 6). */
#include "tests/support/client.h"

#include <stdlib.h>
#include <string.h>

enum { LENGTH = 4, TAG_MAX = 64, PACKET_MAX = 256 * 1024 };

struct client_options client_defaults(void)
{
    return (struct client_options){
        .ident = "SSH-2.0-test_client a comment",
        .kex = "curve25519-sha256,curve25519-sha256@libssh.org",
        .host_keys = "ssh-ed25519",
        .cipher_out = "chacha20-poly1305@openssh.com",
        .cipher_in = "chacha20-poly1305@openssh.com",
        .mac = "hmac-sha2-256-etm@openssh.com",
        .compression = "none",
        .strict = true,
        .ext_info = true,
    };
}

void client_start(struct client *c, const struct client_options *o, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    c->options = *o;
    c->random = random_of(seed);
    c->automatic = true;
    c->tx.cipher = c->rx.cipher = &cipher_none;
    c->scratch = malloc(CLIENT_MESSAGE_MAX);
    if (c->scratch == NULL)
        abort();
}

void client_keys_stop(struct client_keys *k)
{
    if (k->cipher != NULL && k->cipher->stop != NULL)
        k->cipher->stop(&k->state);
    memset(k, 0, sizeof *k);
}

void client_stop(struct client *c)
{
    client_keys_stop(&c->tx);
    client_keys_stop(&c->rx);
    client_keys_stop(&c->tx_next);
    client_keys_stop(&c->rx_next);
    bytes_stop(&c->out);
    bytes_stop(&c->in);
    bytes_stop(&c->i_c);
    bytes_stop(&c->i_s);
    free(c->scratch);
    memset(c, 0, sizeof *c);
}

void client_send_bytes(struct client *c, const void *p, size_t n)
{
    bytes_add(&c->out, p, n);
}

void client_send_frame(struct client *c, uint32_t length, const uint8_t *body, size_t n)
{
    struct client_keys *k = &c->tx;
    uint8_t *p = calloc(1, LENGTH + n + TAG_MAX);
    if (p == NULL)
        abort();
    store_u32(p, length);
    memcpy(p + LENGTH, body, n);
    if (!k->cipher->seal(&k->state, k->seq++, p, n))
        abort();
    bytes_add(&c->out, p, LENGTH + n + k->cipher->tag_n);
    free(p);
}

void client_send_padded(struct client *c, struct span payload, size_t more_padding)
{
    size_t block = c->tx.cipher->block;
    size_t outside = c->tx.cipher->length_n ? 0 : LENGTH;
    size_t padding = 4 + more_padding;
    while ((outside + 1 + payload.n + padding) % block != 0)
        padding++;
    size_t n = 1 + payload.n + padding;
    uint8_t *body = malloc(n);
    if (body == NULL || padding > 255)
        abort();
    body[0] = (uint8_t)padding;
    if (payload.n != 0)
        memcpy(body + 1, payload.p, payload.n);
    random_fill(&c->random, body + 1 + payload.n, padding);
    client_send_frame(c, (uint32_t)n, body, n);
    free(body);
}

void client_send(struct client *c, struct span payload)
{
    client_send_padded(c, payload, 0);
}

struct writer *client_build(struct client *c, uint8_t type)
{
    c->building = writer_of(c->scratch, CLIENT_MESSAGE_MAX);
    put_byte(&c->building, type);
    return &c->building;
}

struct span client_built(struct client *c)
{
    if (c->building.bad)
        abort();
    return span_of(c->scratch, writer_used(&c->building));
}

void client_send_built(struct client *c)
{
    client_send(c, client_built(c));
}

static int fault(struct client *c, const char *what)
{
    c->broken = what;
    return -1;
}

static int take_ident(struct client *c)
{
    const uint8_t *p = bytes_front(&c->in);
    const uint8_t *lf = bytes_used(&c->in) ? memchr(p, '\n', bytes_used(&c->in)) : NULL;
    if (lf == NULL)
        return bytes_used(&c->in) < 255 ? 0 : fault(c, "no identification");
    size_t n = (size_t)(lf - p);
    if (n < 9 || p[n - 1] != '\r' || memcmp(p, "SSH-2.0-", 8) != 0 ||
        !span_copy_text(span_of(p, n - 1), c->server_ident, sizeof c->server_ident))
        return fault(c, "identification is wrong");
    bytes_drop(&c->in, n + 1);
    c->ident_known = true;
    return 1;
}

/* A frame that is complete and checked: its payload, copied. */
static int take_frame(struct client *c, struct packet *out)
{
    struct client_keys *k = &c->rx;
    if (bytes_used(&c->in) < LENGTH)
        return 0;
    uint8_t *p = c->in.p + c->in.head;
    uint32_t n = k->cipher->length(&k->state, k->seq, p);
    if (n > PACKET_MAX || n < 6 || (n + (k->cipher->length_n ? 0 : LENGTH)) % k->cipher->block != 0)
        return fault(c, "packet length is wrong");
    size_t whole = LENGTH + n + k->cipher->tag_n;
    if (bytes_used(&c->in) < whole)
        return 0;
    if (!k->cipher->open(&k->state, k->seq, p, n))
        return fault(c, "tag is wrong");
    uint8_t padding = p[LENGTH];
    if (padding < 4 || padding > n - 2)
        return fault(c, "padding is wrong");
    out->n = n - 1 - padding;
    out->seq = k->seq++;
    out->p = malloc(out->n);
    if (out->p == NULL)
        abort();
    memcpy(out->p, p + LENGTH + 1, out->n);
    bytes_drop(&c->in, whole);
    return 1;
}

int client_take(struct client *c, struct packet *p)
{
    if (c->broken != NULL)
        return -1;
    int done = c->ident_known ? 1 : take_ident(c);
    if (done == 1)
        done = take_frame(c, p);
    if (done != 1)
        return done;
    client_learn(c, span_of(p->p, p->n));
    if (c->broken == NULL)
        return 1;
    free(p->p);
    return -1;
}
