/* Names of files that match a pattern, sorted. Those that begin with a dot only where the pattern does. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "applets/match.h"
#include "applets/walk.h"
#include "shell/internal.h"

enum { PATH_ROOM = 4096 };

static char path[PATH_ROOM];

/* Part by part: the path has n bytes by now, `part` is what remains of the pattern. */
static void match_part(struct names *to, size_t n, char *part)
{
    struct names names = { 0 };
    while (*part == '/' && n < PATH_ROOM - 1)
        path[n++] = *part++;
    char *end = part + strcspn(part, "/"), slash = *end;
    path[n] = 0;
    *end = 0;
    bool pattern = strpbrk(part, "*?[") != NULL;
    if (pattern) {
        int fd = open(n != 0 ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
        if (fd >= 0) {
            walk_names(fd, &names); /* what can be read */
            close(fd);
        }
    } else {
        field_add(&names, part);
        for (char **name = names.list; name != NULL && *name != NULL; name++)
            unescape(*name);
    }
    for (char **name = names.list; name != NULL && *name != NULL && !sh.interrupted; name++) {
        size_t length = strlen(*name);
        *end = 0;
        bool found = (**name != '.' || *part == '.') && match_glob(part, *name, false) &&
                     n + length < PATH_ROOM;
        *end = slash;
        if (!found)
            continue;
        memcpy(path + n, *name, length + 1);
        if (slash != 0)
            match_part(to, n + length, end);
        else if (pattern || access(path, F_OK) == 0)
            field_add(to, path);
    }
    *end = slash;
    names_drop(&names);
}

void names_matching(char *pattern, struct names *to)
{
    size_t before = to->n;
    match_part(to, 0, pattern);
    if (to->n == before)
        field_add(to, unescape(pattern));
    names_sort(to, before);
}
