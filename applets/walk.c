#include "applets/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "applets/applet.h"
#include "applets/memory.h"
#include "base/text.h"

enum { PATH_ROOM = 64 * 1024, RECORDS = 16 * 1024 };

/* The path of the entry one is at. One walk at a time. */
static char path[PATH_ROOM];

static dev_t device; /* of the start */

/* A record of getdents64(2): inode, offset, its length, type, name. opendir() would bring malloc() along. */
enum { AT_LENGTH = 16, AT_NAME = 19 };

bool walk_names(int fd, struct names *names)
{
    static char buffer[RECORDS];
    long n;
    uint16_t length;
    while ((n = syscall(SYS_getdents64, fd, buffer, sizeof buffer)) > 0)
        for (const char *p = buffer; p < buffer + n; p += length) {
            const char *name = p + AT_NAME;
            memcpy(&length, p + AT_LENGTH, sizeof length);
            bool self = strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
            if (!self && !names_add(names, name, strlen(name))) {
                errno = ENOMEM;
                return false;
            }
        }
    return n == 0;
}

/* `length`: of the path, at whose end the name stands. */
static int visit(struct walk *w, int at, const char *name, int depth, size_t length);

/* What is in a folder. The names are all read before the first one is visited, so that those may go. */
static int enter(struct walk *w, int at, const char *name, int depth, size_t length)
{
    struct names names = { 0 };
    int status = 0, fd = -1, flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK;
    errno = EMFILE;
    if (depth < WALK_DEEPEST)
        fd = openat(at, name, w->follow && depth == 0 ? flags : flags | O_NOFOLLOW);
    if (fd < 0 || !walk_names(fd, &names))
        status = applet_failed(path);
    if (w->sorted)
        names_sort(&names, 0);
    length += path[length - 1] != '/';
    for (size_t i = 0; i < names.n && !w->stop; i++) {
        path[length - 1] = '/';
        size_t n = text_format(path + length, PATH_ROOM - length, "%s", names.list[i]);
        if (length + n < PATH_ROOM - 1) {
            status |= visit(w, fd, path + length, depth + 1, length + n);
        } else {
            errno = ENAMETOOLONG;
            status |= applet_failed(path);
        }
    }
    names_drop(&names);
    if (fd >= 0)
        close(fd);
    return status;
}

static int visit(struct walk *w, int at, const char *name, int depth, size_t length)
{
    struct entry e = { .path = path, .at = at, .name = name, .depth = depth };
    if (fstatat(at, name, &e.st, w->follow && depth == 0 ? 0 : AT_SYMLINK_NOFOLLOW) != 0)
        return applet_failed(path);
    if (depth == 0)
        device = e.st.st_dev;
    w->skip = false;
    int status = w->each(w, &e);
    if (!S_ISDIR(e.st.st_mode))
        return status;
    if (!w->skip && !w->stop && (w->deepest == 0 || depth < w->deepest) &&
        (!w->one_device || e.st.st_dev == device)) {
        status |= enter(w, at, name, depth, length);
        path[length] = 0;
    }
    if (w->after && !w->stop) {
        e.after = true;
        status |= w->each(w, &e);
    }
    return status;
}

int walk_tree(struct walk *w, const char *start)
{
    size_t n = text_format(path, PATH_ROOM, "%s", start);
    w->stop = false;
    return visit(w, AT_FDCWD, start, 0, n);
}
