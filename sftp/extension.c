/* Section 8: extended requests. They have the names, versions and fields of OpenSSH's PROTOCOL file. */
#include "sftp/internal.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int reply_statvfs(struct sftp *s, uint32_t id, int failed, const struct statvfs *v)
{
    if (failed != 0)
        return errno;
    struct writer w = reply_start(s, FXP_EXTENDED_REPLY, id, 88);
    put_u64(&w, v->f_bsize);
    put_u64(&w, v->f_frsize);
    put_u64(&w, v->f_blocks);
    put_u64(&w, v->f_bfree);
    put_u64(&w, v->f_bavail);
    put_u64(&w, v->f_files);
    put_u64(&w, v->f_ffree);
    put_u64(&w, v->f_favail);
    put_u64(&w, v->f_fsid);
    put_u64(&w, v->f_flag & (ST_RDONLY | ST_NOSUID)); /* 1 and 2, here as there */
    put_u64(&w, v->f_namemax);
    return reply_stop(s, &w);
}

static int on_statvfs(struct sftp *s, struct request *q)
{
    struct statvfs v;
    return reply_statvfs(s, q->id, statvfs(q->path[0], &v), &v);
}

static int on_fstatvfs(struct sftp *s, struct request *q)
{
    struct statvfs v;
    return reply_statvfs(s, q->id, fstatvfs(q->handle[0]->fd, &v), &v);
}

static int on_limits(struct sftp *s, struct request *q)
{
    struct writer w = reply_start(s, FXP_EXTENDED_REPLY, q->id, 32);
    put_u64(&w, PACKET_MAX);  /* max-packet-length */
    put_u64(&w, DATA_MAX);    /* max-read-length */
    put_u64(&w, DATA_MAX);    /* max-write-length */
    put_u64(&w, HANDLES_MAX); /* max-open-handles */
    return reply_stop(s, &w);
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
    struct writer w = reply_start(s, FXP_EXTENDED_REPLY, q->id, DATA_MAX);
    put_names(s, &w, false, q->text[0]); /* usernames */
    put_names(s, &w, true, q->text[1]);  /* groupnames */
    return reply_stop(s, &w);
}

static const struct {
    const char *name, *version;
    struct operation operation;
} extensions[] = {
    { "posix-rename@openssh.com", "1", { "pp", on_posix_rename } },
    { "statvfs@openssh.com", "2", { "p", on_statvfs } },
    { "fstatvfs@openssh.com", "2", { "h", on_fstatvfs } },
    { "hardlink@openssh.com", "1", { "pp", on_hardlink } },
    { "fsync@openssh.com", "1", { "h", on_fsync } },
    { "lsetstat@openssh.com", "1", { "pa", on_lsetstat } },
    { "limits@openssh.com", "1", { "", on_limits } },
    { "expand-path@openssh.com", "1", { "p", on_expand_path } },
    { "copy-data", "1", { "fllfl", on_copy_data } },
    { "home-directory", "1", { "p", on_home_directory } },
    { "users-groups-by-id@openssh.com", "1", { "ss", on_users_groups } },
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
        put_text(w, extensions[i].version);
    }
}
