/* Section 5, and the requests that ask for attributes or set them. */
#include "sftp/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void attributes_get(struct reader *r, struct attributes *a)
{
    a->flags = get_u32(r);
    if (a->flags & ATTR_SIZE)
        a->size = get_u64(r);
    if (a->flags & ATTR_UIDGID) {
        a->uid = get_u32(r);
        a->gid = get_u32(r);
    }
    if (a->flags & ATTR_PERMISSIONS)
        a->permissions = get_u32(r);
    if (a->flags & ATTR_ACMODTIME) {
        a->atime = get_u32(r);
        a->mtime = get_u32(r);
    }
    if (a->flags & ATTR_EXTENDED)
        for (uint32_t n = get_u32(r); n > 0 && !r->bad; n--) {
            get_string(r); /* extended_type */
            get_string(r); /* extended_data */
        }
}

void attributes_put(struct writer *w, const struct stat *st)
{
    put_u32(w, ATTR_ALL);
    put_u64(w, (uint64_t)st->st_size);
    put_u32(w, st->st_uid);
    put_u32(w, st->st_gid);
    put_u32(w, st->st_mode);
    put_u32(w, (uint32_t)st->st_atime);
    put_u32(w, (uint32_t)st->st_mtime);
}

static int reply_attributes(struct sftp *s, uint32_t id, int directory, const char *path, int flags)
{
    struct stat st;
    if (fstatat(directory, path, &st, flags) != 0)
        return errno;
    struct writer *w = reply_start(s, FXP_ATTRS, id, 64);
    attributes_put(w, &st);
    return reply_stop(s);
}

int on_stat(struct sftp *s, struct request *q)
{
    return reply_attributes(s, q->id, AT_FDCWD, q->path[0], 0);
}

int on_lstat(struct sftp *s, struct request *q)
{
    return reply_attributes(s, q->id, AT_FDCWD, q->path[0], AT_SYMLINK_NOFOLLOW);
}

int on_fstat(struct sftp *s, struct request *q)
{
    return reply_attributes(s, q->id, q->handle[0]->fd, "", AT_EMPTY_PATH);
}

static void note(int *first, int returned)
{
    if (returned != 0 && *first == 0)
        *first = errno;
}

/* Each is tried, whatever became of the others; the first error is told. Without a path they are those
 * of an open file. */
static int set(const struct attributes *a, const char *path, int fd, int flags)
{
    int first = 0;
    if (a->flags & ATTR_SIZE)
        note(&first, path != NULL ? truncate(path, (off_t)a->size) : ftruncate(fd, (off_t)a->size));
    if (a->flags & ATTR_PERMISSIONS) {
        mode_t mode = a->permissions & 07777;
        note(&first, path != NULL ? chmod(path, mode) : fchmod(fd, mode));
    }
    if (a->flags & ATTR_ACMODTIME) {
        struct timespec times[2] = { { .tv_sec = a->atime }, { .tv_sec = a->mtime } };
        note(&first, path != NULL ? utimensat(AT_FDCWD, path, times, flags) : futimens(fd, times));
    }
    if (a->flags & ATTR_UIDGID)
        note(&first, path != NULL ? fchownat(AT_FDCWD, path, a->uid, a->gid, flags)
                                  : fchown(fd, a->uid, a->gid));
    return first;
}

int on_setstat(struct sftp *s, struct request *q)
{
    if (q->attributes.flags & ATTR_SIZE)
        splice_settle(s);
    return set(&q->attributes, q->path[0], -1, 0);
}

int on_fsetstat(struct sftp *s, struct request *q)
{
    (void)s;
    return set(&q->attributes, NULL, q->handle[0]->fd, 0);
}

/* Of a symbolic link itself. It has no size that could be set, and on Linux no permissions. */
int on_lsetstat(struct sftp *s, struct request *q)
{
    uint32_t asked = q->attributes.flags;
    bool is_link = readlink(q->path[0], s->scratch, 1) >= 0;
    if (asked & ATTR_SIZE)
        return MALFORMED;
    if (is_link)
        q->attributes.flags &= ~(uint32_t)ATTR_PERMISSIONS;
    int failed = set(&q->attributes, q->path[0], -1, AT_SYMLINK_NOFOLLOW);
    return failed == 0 && is_link && (asked & ATTR_PERMISSIONS) ? EOPNOTSUPP : failed;
}
