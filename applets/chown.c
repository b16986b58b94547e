#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "applets/files.h"
#include "applets/rows.h"
#include "applets/walk.h"
#include "process/user.h"

static uint32_t uid, gid;

static int each(struct walk *w, struct entry *e)
{
    w->skip = w->data == NULL;
    return fchownat(e->at, e->name, uid, gid, w->follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0
               ? applet_failed(e->path)
               : 0;
}

/* user, user:group, user: (the user's group), :group */
static bool parse(char *owner)
{
    char *colon = strchr(owner, ':');
    static struct user u;
    uid = gid = UINT32_MAX; /* stays */
    if (colon != NULL)
        *colon++ = 0;
    if (*owner != 0 && !files_user(owner, &uid))
        return false;
    if (colon != NULL && *colon == 0 && user_find(&u, owner))
        gid = u.gid;
    return colon == NULL || *colon == 0 || files_group(colon, &gid);
}

static int run(struct args *a)
{
    bool deep = a->option['R'] != NULL;
    struct walk w = { .each = each,
                      .data = deep ? a : NULL,
                      .follow = !deep && a->option['h'] == NULL };
    int status = 0;
    if (a->words < 2)
        return applet_usage(a);
    if (!parse(a->word[0]))
        return 1;
    for (int i = 1; i < a->words; i++)
        status |= walk_tree(&w, a->word[i]);
    return status;
}

const struct applet applet_chown = {
    "chown", "Rh", "[-Rh] [USER][:[GROUP]] FILE...\nChange owners (-h: of the link)", run, false
};
