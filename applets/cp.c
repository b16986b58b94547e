/* Trees are copied from descriptor to descriptor on both sides: walk.h comes along the one, `into` the other. Nothing that lies at the
 * destination is followed but what was named there. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "applets/files.h"
#include "applets/rows.h"
#include "applets/walk.h"

enum { BUFFER = 128 * 1024, LINK_ROOM = 4096 };

static const char *const *option;
static const char *top;            /* the name that the start gets */
static int into[WALK_DEEPEST + 2]; /* the folders at the destination, by depth; -1: there is none */
static bool made[WALK_DEEPEST + 1]; /* we made it, so it gets its mode */
static struct stat root;            /* what the start became, if a folder */

static bool deep(void)
{
    return option['r'] != NULL;
}

static bool pour(int in, int out)
{
    static char buffer[BUFFER];
    ssize_t n;
    /* Within the kernel if it can. Where it ends, or cannot, reading goes on. */
    while (copy_file_range(in, NULL, out, NULL, 1 << 30, 0) > 0)
        ;
    while ((n = read(in, buffer, sizeof buffer)) > 0)
        for (ssize_t done = 0, k; done < n; done += k)
            if ((k = write(out, buffer + done, (size_t)(n - done))) < 0)
                return false;
    return n == 0;
}

static int copy_file(const struct entry *e, int at, const char *name)
{
    static struct stat st, there;
    int link = deep() ? O_NOFOLLOW : 0, status = 0;
    int in = openat(e->at, e->name, O_RDONLY | O_CLOEXEC | (e->depth != 0 ? link : 0));
    if (in < 0 || fstat(in, &st) != 0)
        return applet_failed(e->path);
    mode_t mode = option['p'] != NULL ? 0600 : st.st_mode & 0777;
    int out = openat(at, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | link, mode);
    if (out < 0 && option['f'] != NULL && unlinkat(at, name, 0) == 0)
        out = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (out >= 0 && fstat(out, &there) == 0 && files_same(&st, &there))
        status = applet_wrong(e->path, "is where it would go to");
    else if (out < 0 || (S_ISREG(there.st_mode) && ftruncate(out, 0) != 0) || !pour(in, out) ||
             (option['p'] != NULL && !files_seal(out, NULL, &st, true, true)))
        status = applet_failed(e->path);
    if (out >= 0 && close(out) != 0 && status == 0)
        status = applet_failed(e->path);
    close(in);
    return status;
}

/* Links, devices and the like, in the place of what is there. */
static int copy_special(const struct entry *e, int at, const char *name)
{
    static char target[LINK_ROOM];
    bool link = S_ISLNK(e->st.st_mode);
    ssize_t n = link ? readlinkat(e->at, e->name, target, sizeof target - 1) : 0;
    if (n >= 0) {
        target[n] = 0;
        unlinkat(at, name, 0);
        if ((link ? symlinkat(target, at, name)
                  : mknodat(at, name, e->st.st_mode, e->st.st_rdev)) == 0 &&
            (option['p'] == NULL || files_seal(at, name, &e->st, true, true)))
            return 0;
    }
    return applet_failed(e->path);
}

/* A folder, before what is in it: into[depth + 1] is what it becomes. */
static int begin(struct walk *w, const struct entry *e, int at, const char *name)
{
    int d = e->depth, fd = -1, status = 0;
    made[d] = false;
    if (!deep()) {
        errno = EISDIR;
    } else if (d != 0 && files_same(&e->st, &root)) {
        status = applet_wrong(e->path, "not copied into itself");
    } else {
        made[d] = mkdirat(at, name, (e->st.st_mode & 0777) | 0700) == 0;
        if (made[d] || errno == EEXIST)
            fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0 && d == 0 && fstat(fd, &root) == 0 && files_same(&e->st, &root)) {
            status = applet_wrong(e->path, "is where it would go to");
            close(fd);
            fd = -1;
        }
    }
    w->skip = fd < 0;
    into[d + 1] = fd;
    return fd < 0 && status == 0 ? applet_failed(e->path) : status;
}

static int end(const struct entry *e)
{
    int fd = into[e->depth + 1];
    mode_t mask = umask(0);
    bool good = true;
    umask(mask);
    if (fd < 0)
        return 0;
    if (option['p'] != NULL)
        good = files_seal(fd, NULL, &e->st, true, true);
    else if (made[e->depth])
        good = fchmod(fd, e->st.st_mode & 0777 & ~mask) == 0;
    close(fd);
    return good ? 0 : applet_failed(e->path);
}

static int each(struct walk *w, struct entry *e)
{
    int at = into[e->depth];
    const char *name = e->depth == 0 ? top : e->name;
    mode_t type = e->st.st_mode & S_IFMT;
    if (e->after)
        return end(e);
    if (type == S_IFDIR)
        return begin(w, e, at, name);
    return type == S_IFREG || !(deep() || type == S_IFLNK) ? copy_file(e, at, name)
                                                           : copy_special(e, at, name);
}

int files_copy(const char *const *o, const char *from, int at, const char *name)
{
    option = o;
    bool links = o['P'] != NULL || (deep() && o['L'] == NULL);
    struct walk w = { .each = each, .after = true, .follow = !links };
    into[0] = at;
    top = name;
    return walk_tree(&w, from);
}

static int one(struct args *a, const char *from, int at, const char *name)
{
    return files_copy(a->option, from, at, name);
}

static int run(struct args *a)
{
    const char **o = a->option;
    if (o['a'] != NULL)
        o['r'] = o['p'] = "";
    if (o['R'] != NULL)
        o['r'] = "";
    if (o['d'] != NULL)
        o['P'] = "";
    return files_into(a, 0, one);
}

const struct applet applet_cp = {
    "cp", "rRapfdPL",
    "[-rapfdL] FILE... TO\nCopy (-r: folders, -a: all as it is, -d: links as such)", run, false
};
