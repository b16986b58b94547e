/* Section 6.11, and OpenSSH's ways to ask for home directories. The last component need not exist, as with
 * OpenSSH's server, so libc's realpath() (which would bring a heap along) is of no use. */
#include "sftp/internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { LINKS_MAX = 40 };

/* What is done and what is left of the walk. */
struct walk {
    char *done, *left;
    size_t n_done;
};

static void up(struct walk *w)
{
    while (w->n_done > 0 && w->done[--w->n_done] != '/')
        ;
    w->done[w->n_done] = 0;
}

/* The first component off what is left: its length, and where the rest begins. */
static size_t component(const char *left, size_t *rest)
{
    size_t n = strcspn(left, "/");
    *rest = n + (left[n] == '/');
    return n;
}

/* The target goes before what is left. */
static int follow(struct walk *w, const char *target, size_t n)
{
    size_t left = strlen(w->left);
    if (n + 1 + left >= PATH_MAX)
        return ENAMETOOLONG;
    memmove(w->left + n + (left != 0), w->left, left + 1);
    memcpy(w->left, target, n);
    if (left != 0)
        w->left[n] = '/';
    up(w);
    if (target[0] == '/')
        w->n_done = 0;
    return 0;
}

/* One component, of which `more` says whether there was a slash behind it. */
static int step(struct walk *w, const char *name, size_t n, bool more, unsigned *links)
{
    char target[PATH_MAX];
    if (n == 0 || (n == 1 && name[0] == '.'))
        return 0;
    if (n == 2 && name[0] == '.' && name[1] == '.') {
        up(w);
        return 0;
    }
    if (w->n_done + 1 + n >= PATH_MAX)
        return ENAMETOOLONG;
    w->done[w->n_done++] = '/';
    memcpy(w->done + w->n_done, name, n);
    w->n_done += n;
    w->done[w->n_done] = 0;
    ssize_t got = readlink(w->done, target, sizeof target);
    if (got >= 0)
        return ++*links > LINKS_MAX ? ELOOP : follow(w, target, (size_t)got);
    return errno == EINVAL || (errno == ENOENT && !more) ? 0 : errno; /* EINVAL: it is no link */
}

/* Of s->paths[0], which is used up, into s->scratch. */
static int resolve(struct sftp *s)
{
    struct walk w = { s->scratch, s->paths[0], 0 };
    char name[NAME_MAX + 1];
    unsigned links = 0;
    w.done[0] = 0;
    if (w.left[0] != '/') {
        if (getcwd(w.done, PATH_MAX) == NULL)
            return errno;
        w.n_done = w.done[1] != 0 ? strlen(w.done) : 0;
    }
    while (w.left[0] != 0) {
        size_t rest, n = component(w.left, &rest);
        if (n >= sizeof name)
            return ENAMETOOLONG;
        memcpy(name, w.left, n);
        memmove(w.left, w.left + rest, strlen(w.left + rest) + 1);
        int failed = step(&w, name, n, rest > n, &links);
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
        size_t n = strcspn(path, "/");
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
