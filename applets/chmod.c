#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "applets/files.h"
#include "applets/rows.h"
#include "applets/walk.h"

static bool deep;

enum { FCHMODAT2 = 452 }; /* the one that can be told not to follow; Linux 6.6 */

static int each(struct walk *w, struct entry *e)
{
    const struct args *a = w->data;
    mode_t mode = e->st.st_mode;
    w->skip = !deep;
    if (S_ISLNK(mode))
        return 0;
    if (!files_mode(a->word[0], &mode)) {
        w->stop = true;
        return 1;
    }
    long done = syscall(FCHMODAT2, e->at, e->name, mode, e->depth != 0 ? AT_SYMLINK_NOFOLLOW : 0);
    if (done != 0 && errno == ENOSYS)
        done = syscall(SYS_fchmodat, e->at, e->name, mode);
    if (done != 0)
        return applet_failed(e->path);
    return 0;
}

/* The options are taken here, since a mode may begin with a dash. */
static int run(struct args *a)
{
    deep = a->words != 0 && strcmp(a->word[0], "-R") == 0;
    a->word += deep;
    a->words -= deep;
    struct walk w = { .each = each, .data = a, .follow = true };
    int status = 0;
    if (a->words < 2)
        return applet_usage(a);
    for (int i = 1; i < a->words && !w.stop; i++)
        status |= walk_tree(&w, a->word[i]);
    return status;
}

const struct applet applet_chmod = { "chmod", NULL,
                                     "[-R] MODE FILE...\nChange rights: 755, u+rwX,o=", run,
                                     false };
