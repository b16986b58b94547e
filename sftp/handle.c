/* Section 6.3: a handle's name is its place in the table and the number of the open it comes from. */
#include "sftp/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

struct handle *handle_find(struct sftp *s, struct span name)
{
    if (name.n != 8)
        return NULL;
    uint32_t place = load_u32(name.p), opened = load_u32(name.p + 4);
    struct handle *h = &s->handles[place % HANDLES_MAX];
    return place < HANDLES_MAX && opened != 0 && h->opened == opened ? h : NULL;
}

int handle_open(struct sftp *s, uint32_t id, int fd, int flags)
{
    bool writable = (flags & O_ACCMODE) != O_RDONLY;
    uint32_t place = 0;
    if (fd < 0)
        return errno;
    while (place < HANDLES_MAX && s->handles[place].opened != 0)
        place++;
    if (place == HANDLES_MAX) {
        close(fd);
        return EMFILE;
    }
    if (++s->opens == 0)
        s->opens = 1;
    s->handles[place] = (struct handle){ .fd = fd,
                                         .opened = s->opens,
                                         .directory = flags & O_DIRECTORY,
                                         .writable = writable,
                                         .at = AT_UNKNOWN };
    s->writers += writable;
    struct writer *w = reply_start(s, FXP_HANDLE, id, 4 + 8);
    put_u32(w, 8); /* string handle */
    put_u32(w, place);
    put_u32(w, s->opens);
    return reply_stop(s);
}

int on_close(struct sftp *s, struct request *q)
{
    s->writers -= q->handle[0]->writable;
    q->handle[0]->opened = 0;
    return result(close(q->handle[0]->fd));
}
