/* The side that sends: scp -f. Symbolic links are followed, as scp does; a loop of them ends at the depth. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include "base/text.h"
#include "sftp/entries.h"
#include "sftp/scp_internal.h"

enum { ENTRIES_ROOM = 1024, PORTION = 1 << 20 };

/* What the other side shall call it: the last component. */
static struct span base_name(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    return span_of(path + start, end - start);
}

/* The line for a file or directory; false: the other side does not want it, or it cannot be put in a line. */
static bool announce(struct scp *s, char type, const char *path, const struct stat *st)
{
    char one[TEXT_DECIMAL], mode[8];
    struct span name = base_name(path);
    if (strchr(path, '\n') != NULL) {
        scp_complain(s, path, "a line break in its name");
        return false;
    }
    if (s->option[TIMES]) {
        char other[TEXT_DECIMAL];
        scp_say(s, "T%s 0 %s 0\n", text_decimal(one, st->st_mtime > 0 ? (uint64_t)st->st_mtime : 0),
                text_decimal(other, st->st_atime > 0 ? (uint64_t)st->st_atime : 0));
        if (!scp_heard(s))
            return false;
    }
    text_format(mode, sizeof mode, "%o", 010000 | (st->st_mode & SCP_MODES)); /* five digits */
    scp_say(s, "%c%s %s %.*s\n", type, mode + 1,
            text_decimal(one, type == 'C' ? (uint64_t)st->st_size : 0), (int)name.n,
            (const char *)name.p);
    return scp_heard(s);
}

/* By the kernel where it can. */
static ssize_t send_some(struct scp *s, int fd, size_t n)
{
    ssize_t done = sendfile(s->out, fd, NULL, n);
    if (done >= 0 || (errno != EINVAL && errno != ENOSYS))
        return done;
    done = read(fd, s->output, n < sizeof s->output ? n : sizeof s->output);
    if (done > 0) {
        s->pending = (size_t)done;
        scp_flush(s);
    }
    return done;
}

/* As many bytes as were announced, whatever becomes of the file meanwhile. 0, or an errno. */
static int send_bytes(struct scp *s, int fd, uint64_t left)
{
    scp_flush(s);
    while (left != 0 && !s->over) {
        ssize_t done = send_some(s, fd, left < PORTION ? (size_t)left : PORTION);
        if (done < 0 && errno == EPIPE)
            s->over = true;
        if (done <= 0) {
            int failed = done < 0 ? errno : EIO;
            while (left != 0 && !s->over) {
                size_t n = left < sizeof s->output ? (size_t)left : sizeof s->output;
                memset(s->output, 0, n);
                s->pending = n;
                scp_flush(s);
                left -= n;
            }
            return failed;
        }
        left -= (uint64_t)done;
    }
    return 0;
}

static void send_file(struct scp *s, int fd, const char *name, const struct stat *st)
{
    if (!announce(s, 'C', name, st))
        return;
    int failed = send_bytes(s, fd, (uint64_t)st->st_size);
    if (failed == 0)
        scp_good(s);
    else
        scp_failed(s, name, failed);
    scp_heard(s);
}

static void send_entries(struct scp *s, int fd, const char *name, unsigned depth)
{
    alignas(struct entry) uint8_t entries[ENTRIES_ROOM];
    int n;
    while ((n = entries_read(fd, entries, sizeof entries)) > 0)
        for (int i = 0; i < n && !s->over;) {
            const struct entry *e = (const void *)(entries + i);
            i += e->length;
            if (strcmp(e->name, ".") != 0 && strcmp(e->name, "..") != 0)
                scp_send(s, fd, e->name, depth + 1);
        }
    if (n < 0)
        scp_failed(s, name, errno);
}

static void send_directory(struct scp *s, int fd, const char *name, const struct stat *st,
                           unsigned depth)
{
    if (!announce(s, 'D', name, st))
        return;
    send_entries(s, fd, name, depth);
    scp_say(s, "E\n");
    scp_heard(s);
}

void scp_send(struct scp *s, int directory, const char *name, unsigned depth)
{
    struct stat st;
    /* O_NONBLOCK: not to wait at a FIFO, which is then refused */
    int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) != 0)
        scp_failed(s, name, errno);
    else if (S_ISREG(st.st_mode))
        send_file(s, fd, name, &st);
    else if (!S_ISDIR(st.st_mode) || !s->option[RECURSIVE])
        scp_complain(s, name, "not a regular file");
    else if (depth >= SCP_DEPTH_MAX)
        scp_complain(s, name, "too deep");
    else
        send_directory(s, fd, name, &st, depth);
    if (fd >= 0)
        close(fd);
}
