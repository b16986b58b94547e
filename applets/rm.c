#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "applets/files.h"
#include "applets/rows.h"
#include "applets/walk.h"

static int each(struct walk *w, struct entry *e)
{
    const char *const *option = w->data;
    bool folder = S_ISDIR(e->st.st_mode);
    if (folder && option['r'] == NULL) {
        errno = EISDIR;
        w->skip = true;
        return e->after ? 0 : applet_failed(e->path);
    }
    if ((folder && !e->after) || (option['i'] != NULL && !files_yes("remove", e->path)) ||
        unlinkat(e->at, e->name, folder ? AT_REMOVEDIR : 0) == 0)
        return 0;
    return applet_failed(e->path);
}

int files_remove(const char *const *option, const char *path)
{
    struct walk w = { .each = each, .data = (void *)(uintptr_t)option, .after = true };
    const char *base = files_base(path);
    static struct stat st;
    if (strlen(base) < 3 && strspn(base, "./") == strlen(base))
        return applet_wrong(path, "not to be removed");
    if (option['f'] != NULL && fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) != 0 &&
        errno == ENOENT)
        return 0;
    return walk_tree(&w, path);
}

static int run(struct args *a)
{
    int status = 0;
    if (a->option['R'] != NULL)
        a->option['r'] = "";
    if (a->words == 0 && a->option['f'] == NULL)
        return applet_usage(a);
    for (int i = 0; i < a->words; i++) {
        char *word = a->word[i];
        size_t n = strlen(word);
        while (n > 1 && word[n - 1] == '/') /* of a link to a folder, the link */
            word[--n] = 0;
        status |= files_remove(a->option, word);
    }
    return status;
}

const struct applet applet_rm = {
    "rm", "rRfi", "[-rfi] FILE...\nRemove files (-r: folders, -i: ask, -f: those that exist)", run,
    false
};
