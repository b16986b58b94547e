/* draft-ietf-secsh-filexfer-02 section 6: a row for each request says what fields it has and what is
 * done. Fields are taken in one place, so no handler ever sees a malformed request, a name with a NUL
 * in it or a handle that is not one. */
#include "sftp/internal.h"

#include <errno.h>
#include <string.h>

static const struct operation operations[] = {
    [FXP_OPEN] = { "pua", "", on_open },       [FXP_CLOSE] = { "h", "", on_close },
    [FXP_READ] = { "flu", "", on_read },       [FXP_WRITE] = { "fls", "", on_write },
    [FXP_LSTAT] = { "p", "", on_lstat },       [FXP_FSTAT] = { "h", "", on_fstat },
    [FXP_SETSTAT] = { "pa", "", on_setstat },  [FXP_FSETSTAT] = { "ha", "", on_fsetstat },
    [FXP_OPENDIR] = { "p", "", on_opendir },   [FXP_READDIR] = { "d", "", on_readdir },
    [FXP_REMOVE] = { "p", "", on_remove },     [FXP_MKDIR] = { "pa", "", on_mkdir },
    [FXP_RMDIR] = { "p", "", on_rmdir },       [FXP_REALPATH] = { "p", "", on_realpath },
    [FXP_STAT] = { "p", "", on_stat },         [FXP_RENAME] = { "pp", "", on_rename },
    [FXP_READLINK] = { "p", "", on_readlink }, [FXP_SYMLINK] = { "pp", "", on_symlink },
};

enum { OPERATIONS = sizeof operations / sizeof *operations };

/* Section 6.2: the empty name is the directory where names begin. */
static int take_path(struct span name, char to[PATH_MAX])
{
    if (name.n == 0)
        name = span_text(".");
    if (name.n >= PATH_MAX)
        return ENAMETOOLONG;
    return span_copy_text(name, to, PATH_MAX) ? 0 : FAILURE;
}

static int take_handle(struct sftp *s, struct span name, char kind, struct handle **to)
{
    *to = handle_find(s, name);
    bool good = *to != NULL && (kind == 'h' || (*to)->directory == (kind == 'd'));
    return good ? 0 : FAILURE;
}

/* 0, or the first thing that is wrong with a field. */
static int take_fields(struct sftp *s, struct request *q, struct reader *r, const char *fields)
{
    unsigned paths = 0, handles = 0, numbers = 0, spans = 0;
    int first = 0, now = 0;
    for (; *fields != 0; fields++) {
        switch (*fields) {
        case 'p':
            q->path[paths] = s->paths[paths];
            now = take_path(get_string(r), s->paths[paths]);
            paths++;
            break;
        case 'u':
            q->number[numbers++] = get_u32(r);
            break;
        case 'l':
            q->number[numbers++] = get_u64(r);
            break;
        case 's':
            q->text[spans++] = get_string(r);
            break;
        case 'a':
            attributes_get(r, &q->attributes);
            break;
        default:
            now = take_handle(s, get_string(r), *fields, &q->handle[handles++]);
            break;
        }
        if (first == 0)
            first = now;
    }
    return r->bad ? MALFORMED : first;
}

static void put_version(struct sftp *s)
{
    struct writer *w = reply_start(s, FXP_VERSION, 3, 1024); /* where others have an id */
    extensions_put(w);
    reply_stop(s);
}

static void run(struct sftp *s, uint8_t type, struct reader *r)
{
    struct request q = { .id = get_u32(r) };
    const struct operation *o = type < OPERATIONS ? &operations[type] : NULL;
    if (type == FXP_EXTENDED) {
        struct span name = get_string(r);
        o = r->bad ? NULL : extension_find(name);
    }
    int returned = r->bad ? MALFORMED : UNSUPPORTED;
    if (o != NULL && o->run != NULL) {
        returned = take_fields(s, &q, r, o->fields);
        if (returned == 0)
            returned = o->run(s, &q);
    }
    if (returned != REPLIED)
        reply_status(s, q.id, returned);
}

int sftp_main(int in, int out, const struct sftp_config *config)
{
    static struct sftp s;
    struct span packet;
    int got;
    memset(&s, 0, offsetof(struct sftp, input));
    s.in = in;
    s.out = out;
    s.config = config;
    while ((got = packet_next(&s, &packet)) > 0) {
        struct reader r = reader_of(packet);
        uint8_t type = get_byte(&r);
        if (type == FXP_INIT) {
            s.started = true;
            put_version(&s);
        } else if (s.started) {
            run(&s, type, &r);
        } else {
            return 1;
        }
    }
    packet_flush(&s);
    return got < 0;
}
