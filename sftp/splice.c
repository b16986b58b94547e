/* Data that is read goes to the client as the file's pages themselves, by splice(2). It costs the processor
 * a quarter of copying them to us and on.
 *
 * They follow their header through a pipe of our own, so that whoever reads the output wakes up once for both.
 * The header promises what the file's size says. Should fewer bytes come, all of it is taken back out and sent
 * with the true length.
 *
 * Pages change with the file until the client has taken them, yet requests for a file are to have the effect of one after
 * another (section 4.1). So nothing is spliced while there is a handle to write with; one that is opened later comes to the
 * client behind the data. What needs no handle to change a file waits: splice_settle(). */
#include "sftp/internal.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Of a data packet: its length, type, id and the data's length. */
enum { WORTH_IT = 16 * 1024, HEADER = 4 + 1 + 4 + 4, PIPE_ROOM = 2 * PACKET_MAX };
enum { PATIENCE_MS = 1000 };

/* With room for the pages of the longest read, wherever they begin. */
static bool pipe_ready(struct sftp *s)
{
    if (s->pipe_state == PIPE_UNTRIED)
        s->pipe_state =
            pipe(s->pipe) == 0 && fcntl(s->pipe[1], F_SETPIPE_SZ, PIPE_ROOM) >= PIPE_ROOM
                ? PIPE_READY
                : PIPE_NONE;
    return s->pipe_state == PIPE_READY;
}

/* Header and file into the pipe; how many bytes are in it then. */
static size_t fill(struct sftp *s, uint32_t id, int fd, off_t offset, size_t n)
{
    struct writer *w = reply_start(s, FXP_DATA, id, HEADER);
    put_u32(w, (uint32_t)n);
    store_u32(w->start, (uint32_t)(HEADER - 4 + n));
    if (write(s->pipe[1], w->start, HEADER) != HEADER)
        return 0;
    size_t done = 0;
    ssize_t now = 1;
    while (done < n && now > 0) {
        now = splice(fd, &offset, s->pipe[1], NULL, n - done, 0);
        done += now > 0 ? (size_t)now : 0;
    }
    return HEADER + done;
}

/* How many bytes are left in the pipe: some where the output is nothing that can be spliced to. */
static size_t send(struct sftp *s, size_t left)
{
    ssize_t now = 1;
    packet_flush(s);
    s->spliced = true;
    while (left != 0 && now > 0) {
        now = splice(s->pipe[0], NULL, s->out, NULL, left, 0);
        left -= now > 0 ? (size_t)now : 0;
    }
    return left;
}

static void take_back(struct sftp *s, size_t left)
{
    packet_flush(s);
    while (s->pending < left && !s->broken) {
        ssize_t now = read(s->pipe[0], s->output + s->pending, left - s->pending);
        s->broken = now <= 0;
        s->pending += s->broken ? 0 : (size_t)now;
    }
}

bool reply_spliced(struct sftp *s, uint32_t id, int fd, uint64_t offset, size_t n)
{
    struct stat st;
    if (n < WORTH_IT || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
        offset >= (uint64_t)st.st_size)
        return false;
    if (n > (uint64_t)st.st_size - offset)
        n = (size_t)((uint64_t)st.st_size - offset);
    if (n < WORTH_IT || !pipe_ready(s))
        return false;
    size_t held = fill(s, id, fd, (off_t)offset, n);
    bool whole = held == HEADER + n;
    take_back(s, whole ? send(s, held) : held);
    if (whole || s->broken)
        return true;
    if (held <= HEADER) {
        s->pending = 0;
        return false;
    }
    store_u32(s->output, (uint32_t)(held - 4));
    store_u32(s->output + HEADER - 4, (uint32_t)(held - HEADER));
    return true;
}

/* The client has not taken all that was sent: of a socket or a terminal the first says so, of a pipe the other. */
static bool unread(int out)
{
    int n = 0;
    return (ioctl(out, TIOCOUTQ, &n) == 0 || ioctl(out, FIONREAD, &n) == 0) && n > 0;
}

/* There is no event for an empty pipe. A client that takes nothing for so long may be one that wants to say more
 * first, and gets what the file has then. */
void splice_settle(struct sftp *s)
{
    struct pollfd gone = { .fd = s->out };
    if (!s->spliced)
        return;
    packet_flush(s);
    for (int i = 0; i < PATIENCE_MS && unread(s->out) && poll(&gone, 1, 1) == 0; i++)
        ;
    s->spliced = false;
}
