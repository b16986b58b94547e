#include "process/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "process/error.h"

static bool mode_good(const struct stat *st, const struct user *u)
{
    bool owned = st->st_uid == 0 || st->st_uid == u->uid;
    /* In a sticky directory only a file's owner can replace it, so the file's own check is enough. */
    bool sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) && st->st_uid == 0;
    return owned && (sticky || (st->st_mode & (S_IWGRP | S_IWOTH)) == 0);
}

/* Every directory above `path` (which is cut on the way), up to `stop` inclusive or to /. */
static bool parents_good(char *path, const char *stop, const struct user *u, char *why, size_t room)
{
    struct stat st;
    for (;;) {
        char *slash = strrchr(path, '/');
        if (slash == NULL)
            return false;
        slash[slash == path] = 0; /* the last cut leaves "/" */
        if (stat(path, &st) != 0 || !mode_good(&st, u)) {
            text_format(why, room, "bad ownership or modes for directory %s", path);
            return false;
        }
        if (strcmp(path, stop) == 0 || strcmp(path, "/") == 0)
            return true;
    }
}

int trust_open(const char *path, const struct user *u, char *why, size_t room)
{
    char real[PATH_MAX], home[PATH_MAX];
    struct stat st;
    why[0] = 0;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        if (errno != ENOENT)
            text_format(why, room, "cannot open %s: %s", path, error_text(errno));
        return -1;
    }
    if (realpath(u->home, home) == NULL)
        strcpy(home, "/");
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        text_format(why, room, "%s is not a regular file", path);
    else if (!mode_good(&st, u))
        text_format(why, room, "bad ownership or modes for file %s", path);
    else if (realpath(path, real) == NULL)
        text_format(why, room, "cannot resolve %s: %s", path, error_text(errno));
    else if (parents_good(real, home, u, why, room))
        return fd;
    close(fd);
    return -1;
}
