/* Section 6.7: opendir and readdir, by the system call itself: libc's readdir() needs a heap. */
#include "sftp/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sftp/entries.h"

/* How many bytes of a reply a byte of the kernel's entries comes to at most: those of a name of one
 * letter are 24 bytes, and with two long owners' names 163. */
enum { ENTRIES_MAX = 4096, ENTRIES_MIN = 1024, GROWTH = 7 };

int entries_read(int fd, void *to, size_t room)
{
    return (int)syscall(SYS_getdents64, fd, to, room);
}

int on_opendir(struct sftp *s, struct request *q)
{
    int flags = O_RDONLY | O_DIRECTORY;
    return handle_open(s, q->id, open(q->path[0], flags), flags);
}

/* What went meanwhile, or may not be looked at, is left out. */
static uint32_t put_entries(struct sftp *s, struct writer *w, int fd, uint8_t *p, size_t n)
{
    uint32_t count = 0;
    time_t now = time(NULL);
    struct stat st;
    for (size_t i = 0; i < n;) {
        const struct entry *e = (const void *)(p + i);
        i += e->length;
        if (fstatat(fd, e->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        put_text(w, e->name);
        longname_put(s, w, &st, e->name, now);
        attributes_put(w, &st);
        count++;
    }
    return count;
}

int on_readdir(struct sftp *s, struct request *q)
{
    alignas(struct entry) uint8_t entries[ENTRIES_MAX];
    int fd = q->handle[0]->fd, n = 0;
    uint32_t count = 0;
    struct writer *w = reply_start(s, FXP_NAME, q->id, REPLY_MAX);
    uint8_t *at = w->p;
    put_u32(w, 0); /* count: known at the end */
    for (;;) {
        size_t room = (size_t)(w->end - w->p) / GROWTH;
        if (room < ENTRIES_MIN)
            break;
        n = entries_read(fd, entries, room < sizeof entries ? room : sizeof entries);
        if (n <= 0)
            break;
        count += put_entries(s, w, fd, entries, (size_t)n);
    }
    if (count == 0)
        return n < 0 ? errno : END;
    store_u32(at, count);
    return reply_stop(s);
}
