/* Section 6.11, and OpenSSH's ways to ask for home directories. The last component need not exist, as with
 * OpenSSH's server, so libc's realpath() (which would bring a heap along) is of no use. */
#include "sftp/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LINKS_MAX = 40 };

/* The walk: what is done, without a slash at its end, and what is left. */
struct walk {
    char *done, *left;
    char *spare; /* takes what is left when a link comes before it */
    size_t n_done;
    unsigned links;
};

static void up(struct walk *w)
{
    while (w->n_done > 0 && w->done[--w->n_done] != '/')
        ;
}

/* The link that the walk is at is replaced by its target; behind a slash that has to exist. */
static int follow(struct walk *w, const char *target, size_t n, bool more)
{
    size_t left = strlen(w->left);
    if (++w->links > LINKS_MAX)
        return ELOOP;
    if (n + 1 + left >= PATH_MAX)
        return ENAMETOOLONG;
    memcpy(w->spare, target, n);
    w->spare[n] = '/';
    memcpy(w->spare + n + more, w->left, left + 1);
    char *used = w->left;
    w->left = w->spare;
    w->spare = used;
    up(w);
    if (target[0] == '/')
        w->n_done = 0;
    return 0;
}

/* One component off what is left. */
static int step(struct walk *w)
{
    char target[PATH_MAX];
    char *end = strchrnul(w->left, '/');
    struct span name = span_of(w->left, (size_t)(end - w->left));
    bool more = *end == '/';
    w->left = end + more;
    if (name.n == 0 || span_is(name, "."))
        return 0;
    if (span_is(name, "..")) {
        up(w);
        return 0;
    }
    if (w->n_done + 1 + name.n >= PATH_MAX)
        return ENAMETOOLONG;
    w->done[w->n_done++] = '/';
    memcpy(w->done + w->n_done, name.p, name.n);
    w->n_done += name.n;
    w->done[w->n_done] = 0;
    ssize_t got = readlink(w->done, target, sizeof target);
    if (got >= 0)
        return follow(w, target, (size_t)got, more);
    return errno == EINVAL || (errno == ENOENT && !more) ? 0 : errno; /* EINVAL: it is no link */
}

/* Of s->paths[0] into s->scratch; both paths are used up. */
static int resolve(struct sftp *s)
{
    struct walk w = { s->scratch, s->paths[0], s->paths[1], 0, 0 };
    if (w.left[0] != '/') {
        /* the system call: libc's function would bring a heap along */
        if (syscall(SYS_getcwd, w.done, PATH_MAX) < 0)
            return errno;
        if (w.done[0] != '/')
            return ENOENT; /* out of reach */
        w.n_done = w.done[1] != 0 ? strlen(w.done) : 0;
    }
    while (w.left[0] != 0) {
        int failed = step(&w);
        if (failed != 0)
            return failed;
    }
    if (w.n_done == 0)
        w.n_done = 1;
    w.done[0] = '/';
    w.done[w.n_done] = 0;
    return 0;
}

int on_realpath(struct sftp *s, struct request *q)
{
    int failed = resolve(s);
    return failed != 0 ? failed : reply_name(s, q->id, s->scratch);
}

/* A user's home and what comes behind, to be resolved. */
static int at_home(struct sftp *s, const char *user, const char *behind)
{
    char *to = s->scratch;
    if (s->config->user_home == NULL || !s->config->user_home(user, to, PATH_MAX))
        return ENOENT;
    size_t n = strlen(to), more = strlen(behind);
    if (n + more >= PATH_MAX)
        return ENAMETOOLONG;
    memcpy(to + n, behind, more + 1);
    memcpy(s->paths[0], to, n + more + 1);
    return 0;
}

int on_expand_path(struct sftp *s, struct request *q)
{
    char *path = s->paths[0];
    if (path[0] == '~') {
        size_t n = (size_t)(strchrnul(path, '/') - path);
        if (n == 1) {
            path[0] = '.'; /* home is where this process started */
        } else {
            char user[NAME_ROOM];
            if (!span_copy_text(span_of(path + 1, n - 1), user, sizeof user))
                return ENOENT;
            memmove(s->paths[1], path + n, strlen(path + n) + 1);
            int failed = at_home(s, user, s->paths[1]);
            if (failed != 0)
                return failed;
        }
    }
    return on_realpath(s, q);
}

/* draft-ietf-secsh-filexfer-extensions-00 section 5; nobody's home is our own. */
int on_home_directory(struct sftp *s, struct request *q)
{
    if (strcmp(s->paths[0], ".") != 0) {
        memcpy(s->paths[1], s->paths[0], sizeof s->paths[1]);
        int failed = at_home(s, s->paths[1], "");
        if (failed != 0)
            return failed;
    }
    return on_realpath(s, q);
}
