/* Sections 6.3 and 6.4: open, read, write; and what else there is to do with an open file. */
#include "sftp/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int result(int returned)
{
    return returned < 0 ? errno : 0;
}

enum {
    PFLAG_READ = 1,
    PFLAG_WRITE = 2,
    PFLAG_APPEND = 4,
    PFLAG_CREAT = 8,
    PFLAG_TRUNC = 16,
    PFLAG_EXCL = 32
};

static int flags_of(uint64_t pflags)
{
    static const int more[] = { O_APPEND, O_CREAT, O_TRUNC, O_EXCL };
    int flags = (pflags & PFLAG_WRITE) == 0 ? O_RDONLY : pflags & PFLAG_READ ? O_RDWR : O_WRONLY;
    for (unsigned i = 0; i < 4; i++)
        if (pflags & (uint64_t)PFLAG_APPEND << i)
            flags |= more[i];
    return flags |
           O_NOCTTY; /* and nothing is ever executed here: O_CLOEXEC may cost a call of its own */
}

/* What has no positions (a FIFO, a terminal) can be neither read nor written through SFTP, so there is no
 * use in waiting for its other end; O_NONBLOCK says so, and means nothing to other files, but for one
 * somebody holds a lease on. */
int on_open(struct sftp *s, struct request *q)
{
    int flags = flags_of(q->number[0]);
    mode_t mode = q->attributes.flags & ATTR_PERMISSIONS ? q->attributes.permissions & 07777 : 0666;
    if (flags & O_TRUNC)
        splice_settle(s);
    int fd = open(q->path[0], flags | O_NONBLOCK, mode);
    if (fd < 0 && errno == EWOULDBLOCK)
        fd = open(q->path[0], flags, mode);
    return handle_open(s, q->id, fd, flags);
}

int on_read(struct sftp *s, struct request *q)
{
    size_t n = q->number[1] < DATA_MAX ? (size_t)q->number[1] : DATA_MAX;
    struct handle *h = q->handle[0];
    if (h->large && s->writers == 0 && reply_spliced(s, q->id, h->fd, q->number[0], n))
        return REPLIED;
    struct writer *w = reply_start(s, FXP_DATA, q->id, 4 + n);
    ssize_t got = pread(h->fd, w->p + 4, n, (off_t)q->number[0]);
    if (got < 0)
        return errno;
    if (got == 0 && n != 0)
        return END;
    h->large = (size_t)got == n; /* there may be more, for which another way is worth its effort */
    put_u32(w, (uint32_t)got);
    w->p += got;
    return reply_stop(s);
}

/* By write(), not pwrite(): what is opened to append then does append, with every libc. */
static int write_all(struct handle *h, const uint8_t *p, size_t n, uint64_t offset)
{
    if (offset > INT64_MAX)
        return EINVAL;
    if (h->at != (int64_t)offset && lseek(h->fd, (off_t)offset, SEEK_SET) < 0)
        return errno;
    h->at = (int64_t)offset;
    do {
        ssize_t done = write(h->fd, p, n);
        if (done < 0) {
            h->at = AT_UNKNOWN;
            return errno;
        }
        p += done;
        n -= (size_t)done;
        h->at += done;
    } while (n != 0);
    return 0;
}

int on_write(struct sftp *s, struct request *q)
{
    (void)s;
    return write_all(q->handle[0], q->text[0].p, q->text[0].n, q->number[0]);
}

int on_fsync(struct sftp *s, struct request *q)
{
    (void)s;
    return result(fsync(q->handle[0]->fd));
}

static bool same_file(int a, int b)
{
    struct stat one, other;
    return fstat(a, &one) != 0 || fstat(b, &other) != 0 ||
           (one.st_dev == other.st_dev && one.st_ino == other.st_ino);
}

/* draft-ietf-secsh-filexfer-extensions-00 section 7: a length of 0 is all there is. As with OpenSSH, a
 * file is not copied into itself, and less than was asked for is no error. */
int on_copy_data(struct sftp *s, struct request *q)
{
    int from = q->handle[0]->fd, to = q->handle[1]->fd;
    off_t read_at = (off_t)q->number[0], write_at = (off_t)q->number[2];
    uint64_t left = q->number[1] != 0 ? q->number[1] : UINT64_MAX;
    bool in_kernel = true;
    if (same_file(from, to))
        return FAILURE;
    packet_flush(s); /* its place is needed, and it may take long */
    while (left != 0) {
        size_t n = left < SSIZE_MAX / 2 ? (size_t)left : SSIZE_MAX / 2;
        ssize_t done = -1;
        if (in_kernel)
            done = copy_file_range(from, &read_at, to, &write_at, n, 0);
        /* -1 where these two files cannot be copied so, 0 for some that only look empty */
        if (done <= 0) {
            in_kernel = false;
            done = pread(from, s->output, n < sizeof s->output ? n : sizeof s->output, read_at);
            if (done <= 0)
                return result((int)done);
            int failed = write_all(q->handle[1], s->output, (size_t)done, (uint64_t)write_at);
            if (failed != 0)
                return failed;
            read_at += done;
            write_at += done;
        }
        left -= (uint64_t)done;
    }
    return 0;
}
