#include "process/path.h"

#include <string.h>
#include <unistd.h>

#include "base/text.h"

bool path_next(char *to, size_t room, const char *name, const char **path)
{
    while (*path != NULL && *name != 0 && strchr(name, '/') == NULL) {
        const char *colon = strchr(*path, ':');
        size_t n = colon != NULL ? (size_t)(colon - *path) : strlen(*path);
        text_format(to, room, "%.*s%s%s", (int)n, *path, n != 0 ? "/" : "", name);
        *path = colon != NULL ? colon + 1 : NULL;
        if (access(to, X_OK) == 0)
            return true;
    }
    return false;
}

bool path_find(char *to, size_t room, const char *name, const char *path)
{
    return path_next(to, room, name, &path);
}
