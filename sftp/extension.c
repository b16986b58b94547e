/* Section 8: extended requests. They have the names, versions and fields of OpenSSH's PROTOCOL file. */
#include "sftp/internal.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Of struct statfs, which is the kernel's, all there is to struct statvfs. */
static int reply_statvfs(struct sftp *s, uint32_t id, int failed, const struct statfs *f)
{
    uint64_t fsid;
    if (failed != 0)
        return errno;
    memcpy(&fsid, &f->f_fsid, sizeof fsid);
    struct writer *w = reply_start(s, FXP_EXTENDED_REPLY, id, 88);
    put_u64(w, (uint64_t)f->f_bsize);
    put_u64(w, (uint64_t)(f->f_frsize != 0 ? f->f_frsize : f->f_bsize));
    put_u64(w, f->f_blocks);
    put_u64(w, f->f_bfree);
    put_u64(w, f->f_bavail);
    put_u64(w, f->f_files);
    put_u64(w, f->f_ffree);
    put_u64(w, f->f_ffree); /* f_favail */
    put_u64(w, fsid);
    put_u64(w, (uint64_t)f->f_flags & (ST_RDONLY | ST_NOSUID)); /* 1 and 2, here as there */
    put_u64(w, (uint64_t)f->f_namelen);
    return reply_stop(s);
}

static int on_statvfs(struct sftp *s, struct request *q)
{
    struct statfs f;
    return reply_statvfs(s, q->id, statfs(q->path[0], &f), &f);
}

static int on_fstatvfs(struct sftp *s, struct request *q)
{
    struct statfs f;
    return reply_statvfs(s, q->id, fstatfs(q->handle[0]->fd, &f), &f);
}

static int on_limits(struct sftp *s, struct request *q)
{
    struct writer *w = reply_start(s, FXP_EXTENDED_REPLY, q->id, 32);
    put_u64(w, PACKET_MAX);  /* max-packet-length */
    put_u64(w, DATA_MAX);    /* max-read-length */
    put_u64(w, DATA_MAX);    /* max-write-length */
    put_u64(w, HANDLES_MAX); /* max-open-handles */
    return reply_stop(s);
}

/* A string of strings, empty for who is not known. */
static void put_names(struct sftp *s, struct writer *w, bool group, struct span ids)
{
    struct reader r = reader_of(ids);
    uint8_t *start = put_string_start(w);
    while (!get_done(&r) && !r.bad) {
        uint32_t id = get_u32(&r);
        if (!r.bad)
            put_text(w, name_of(s, group, id));
    }
    put_string_stop(w, start);
}

static int on_users_groups(struct sftp *s, struct request *q)
{
    if (q->text[0].n % 4 != 0 || q->text[1].n % 4 != 0)
        return MALFORMED;
    struct writer *w = reply_start(s, FXP_EXTENDED_REPLY, q->id, DATA_MAX);
    put_names(s, w, false, q->text[0]); /* usernames */
    put_names(s, w, true, q->text[1]);  /* groupnames */
    return reply_stop(s);
}

static const struct {
    const char *name;
    struct operation operation;
} extensions[] = {
    { "posix-rename@openssh.com", { "pp", "1", on_posix_rename } },
    { "statvfs@openssh.com", { "p", "2", on_statvfs } },
    { "fstatvfs@openssh.com", { "h", "2", on_fstatvfs } },
    { "hardlink@openssh.com", { "pp", "1", on_hardlink } },
    { "fsync@openssh.com", { "h", "1", on_fsync } },
    { "lsetstat@openssh.com", { "pa", "1", on_lsetstat } },
    { "limits@openssh.com", { "", "1", on_limits } },
    { "expand-path@openssh.com", { "p", "1", on_expand_path } },
    { "copy-data", { "fllfl", "1", on_copy_data } },
    { "home-directory", { "p", "1", on_home_directory } },
    { "users-groups-by-id@openssh.com", { "ss", "1", on_users_groups } },
};

enum { EXTENSIONS = sizeof extensions / sizeof *extensions };

const struct operation *extension_find(struct span name)
{
    for (unsigned i = 0; i < EXTENSIONS; i++)
        if (span_is(name, extensions[i].name))
            return &extensions[i].operation;
    return NULL;
}

void extensions_put(struct writer *w)
{
    for (unsigned i = 0; i < EXTENSIONS; i++) {
        put_text(w, extensions[i].name);
        put_text(w, extensions[i].operation.version);
    }
}
