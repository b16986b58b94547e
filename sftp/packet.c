/* Section 3: a packet is its length (uint32), a type (byte) and what the type says, nearly always an id
 * (uint32) first.
 *
 * Requests are handled where they were read to. Replies gather in the output until there are many
 * bytes of them or no request is left: so many small ones are one read and one write. */
#include "sftp/internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum {
    ENOUGH = 64 * 1024, /* output that is worth a write */
    LARGE =
        16 * 1024 /* of such a packet the rest is read, and no more: nothing is ever moved then */
};

void packet_flush(struct sftp *s)
{
    size_t done = 0;
    while (done < s->pending && !s->broken) {
        ssize_t n = write(s->out, s->output + done, s->pending - done);
        if (n > 0)
            done += (size_t)n;
        else if (n == 0 || errno != EINTR)
            s->broken = true;
    }
    s->pending = 0;
}

/* More input; `need` is how long the packet at the front will be, as far as that is known. */
static bool fill(struct sftp *s, size_t need)
{
    size_t have = s->used - s->from;
    packet_flush(s);
    if (have == 0 || s->from + need > sizeof s->input) {
        memmove(s->input, s->input + s->from, have);
        s->from = 0;
        s->used = have;
    }
    ssize_t n;
    do
        n = read(s->in, s->input + s->used, need > LARGE ? need - have : sizeof s->input - s->used);
    while (n < 0 && errno == EINTR);
    if (n > 0)
        s->used += (size_t)n;
    return n > 0;
}

int packet_next(struct sftp *s, struct span *packet)
{
    if (s->pending >= ENOUGH)
        packet_flush(s);
    for (;;) {
        size_t have = s->used - s->from, need = 4;
        if (have >= need) {
            uint32_t n = load_u32(s->input + s->from);
            if (n < 1 + 4 || n > PACKET_MAX)
                return -1;
            need += n;
            if (have >= need) {
                *packet = span_of(s->input + s->from + 4, n);
                s->from += need;
                return s->broken ? -1 : 1;
            }
        }
        if (!fill(s, need))
            return have == 0 && !s->broken ? 0 : -1;
    }
}

struct writer *reply_start(struct sftp *s, uint8_t type, uint32_t id, size_t room)
{
    struct writer *w = &s->w;
    room += 4 + 1 + 4;
    if (sizeof s->output - s->pending < room)
        packet_flush(s);
    *w = writer_of(s->output + s->pending, room);
    put_u32(w, 0); /* length: known at the end */
    put_byte(w, type);
    put_u32(w, id);
    return w;
}

int reply_stop(struct sftp *s)
{
    if (s->w.bad)
        return FAILURE;
    size_t n = writer_used(&s->w);
    store_u32(s->w.start, (uint32_t)(n - 4));
    s->pending += n;
    return REPLIED;
}

/* As OpenSSH's server translates them. */
static int status_of(int number)
{
    switch (number) {
    case 0:
        return FX_OK;
    case ENOENT:
    case ENOTDIR:
    case EBADF:
    case ELOOP:
        return FX_NO_SUCH_FILE;
    case EPERM:
    case EACCES:
    case EFAULT:
        return FX_PERMISSION_DENIED;
    case ENAMETOOLONG:
    case EINVAL:
        return FX_BAD_MESSAGE;
    case ENOSYS:
        return FX_OP_UNSUPPORTED;
    default:
        return FX_FAILURE;
    }
}

static const char *const texts[] = {
    "Success",     "End of file",   "No such file",    "Permission denied",     "Failure",
    "Bad message", "No connection", "Connection lost", "Operation unsupported",
};

void reply_status(struct sftp *s, uint32_t id, int returned)
{
    int code = returned < 0 ? -returned : status_of(returned);
    const char *text = texts[code];
    if (returned > 0 && s->config->error_text != NULL)
        text = s->config->error_text(returned);
    struct writer *w = reply_start(s, FXP_STATUS, id, 256);
    put_u32(w, (uint32_t)code);
    put_text(w, text);
    put_text(w, ""); /* language tag */
    reply_stop(s);
}

int reply_name(struct sftp *s, uint32_t id, const char *name)
{
    struct writer *w = reply_start(s, FXP_NAME, id, REPLY_MAX);
    put_u32(w, 1); /* count */
    put_text(w, name);
    put_text(w, name); /* longname */
    put_u32(w, 0);     /* no attributes */
    return reply_stop(s);
}
