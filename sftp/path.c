/* Sections 6.5 to 6.10: what is done with names. */
#include "sftp/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int on_remove(struct sftp *s, struct request *q)
{
    (void)s;
    return result(unlink(q->path[0]));
}

int on_mkdir(struct sftp *s, struct request *q)
{
    (void)s;
    const struct attributes *a = &q->attributes;
    return result(mkdir(q->path[0], a->flags & ATTR_PERMISSIONS ? a->permissions & 07777 : 0777));
}

int on_rmdir(struct sftp *s, struct request *q)
{
    (void)s;
    return result(rmdir(q->path[0]));
}

int on_posix_rename(struct sftp *s, struct request *q)
{
    (void)s;
    return result(rename(q->path[0], q->path[1]));
}

/* Section 6.5: nothing is replaced. Not every file system can promise that by itself. */
int on_rename(struct sftp *s, struct request *q)
{
    struct stat st;
    if (syscall(SYS_renameat2, AT_FDCWD, q->path[0], AT_FDCWD, q->path[1],
                1 /* RENAME_NOREPLACE */) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return errno;
    return lstat(q->path[1], &st) == 0 ? EEXIST : on_posix_rename(s, q);
}

int on_readlink(struct sftp *s, struct request *q)
{
    ssize_t n = readlink(q->path[0], s->scratch, sizeof s->scratch - 1);
    if (n < 0)
        return errno;
    s->scratch[n] = 0;
    return reply_name(s, q->id, s->scratch);
}

/* The draft has linkpath first, OpenSSH and so nearly everybody else targetpath. */
int on_symlink(struct sftp *s, struct request *q)
{
    bool turned = s->config->linkpath_first;
    return result(symlink(q->path[turned], q->path[!turned]));
}

int on_hardlink(struct sftp *s, struct request *q)
{
    (void)s;
    return result(link(q->path[0], q->path[1]));
}
