#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "shell/internal.h"

enum { ROOM = 4096 };

void *checked(void *memory)
{
    if (memory == NULL)
        give_up("out of memory");
    return memory;
}

void field_add(struct names *to, const char *text)
{
    checked(names_add(to, text, strlen(text)) ? to : NULL);
}

void buffer_add(struct buffer *b, const char *p, size_t n)
{
    size_t room = b->room != 0 ? b->room : ROOM;
    while (room - b->n <= n)
        room *= 2;
    if (room != b->room)
        b->p = checked(memory_grow(b->p, b->room, room));
    b->room = room;
    memcpy(b->p + b->n, p, n);
    b->n += n;
    b->p[b->n] = 0;
}

void buffer_drop(struct buffer *b)
{
    memory_drop(b->p, b->room);
    *b = (struct buffer){ 0 };
}

/* What follows may be for the commands: it is left there, or given back. */
bool read_line(int fd, struct buffer *b)
{
    static char some[1024];
    const size_t before = b->n, most = lseek(fd, 0, SEEK_CUR) >= 0 ? sizeof some : 1;
    ssize_t n, i = 0;
    do {
        n = read(fd, some, most);
        for (i = 0; i < n && (i == 0 || some[i - 1] != '\n'); i++)
            if (some[i] != 0)
                buffer_add(b, some + i, 1);
    } while ((n > 0 && some[i - 1] != '\n') || (n < 0 && errno == EINTR && !sh.interrupted));
    if (i < n)
        lseek(fd, i - n, SEEK_CUR);
    return b->n != before;
}
