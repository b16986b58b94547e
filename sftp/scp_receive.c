/* The side that receives: scp -t. Names are looked up in the directory they were announced in, by its
 * descriptor, and a name that is not a plain one ends everything: so nothing leaves the target by a name. Through
 * symbolic links that are there already it may, as with scp. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "sftp/scp_internal.h"

struct record {
    char type; /* C or D */
    mode_t mode;
    uint64_t size;
    const char *name;
};

struct when {
    bool set;
    struct timespec times[2]; /* of access, of change */
};

/* A number up to the next blank, taken off the text. */
static bool number(const char **text, unsigned digits, uint64_t *value)
{
    size_t n = (size_t)(strchrnul(*text, ' ') - *text);
    bool good = (digits == 0 || n == digits) && text_number(span_of(*text, n), INT64_MAX, value);
    *text += n + ((*text)[n] == ' ');
    return good;
}

static bool parse_times(struct when *w, const char *text)
{
    uint64_t v[4];
    for (int i = 0; i < 4; i++)
        if (!number(&text, 0, &v[i]))
            return false;
    w->times[1] = (struct timespec){ .tv_sec = (time_t)v[0] };
    w->times[0] = (struct timespec){ .tv_sec = (time_t)v[2] };
    w->set = *text == 0 && v[1] < 1000000 && v[3] < 1000000; /* microseconds, which nobody sends */
    return w->set;
}

static bool parse_record(struct record *r, const char *line)
{
    uint64_t mode;
    const char *text = line + 1;
    r->type = line[0];
    if ((line[0] != 'C' && line[0] != 'D') || !number(&text, 4, &mode) ||
        !number(&text, 0, &r->size))
        return false;
    r->mode = 0;
    for (int i = 1; i <= 4; i++) {
        if (line[i] > '7')
            return false;
        r->mode = r->mode << 3 | (mode_t)(line[i] - '0');
    }
    r->name = text;
    return true;
}

static bool name_good(const char *name)
{
    return name[0] != 0 && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

/* All of them are taken, also when they cannot be kept. 0, or the first errno. */
static int receive_bytes(struct scp *s, int fd, uint64_t left)
{
    int failed = 0;
    while (left != 0) {
        struct span data = scp_data(s, left);
        if (data.n == 0) {
            s->errors++;
            return EPIPE;
        }
        left -= data.n;
        while (data.n != 0 && failed == 0) {
            ssize_t done = write(fd, data.p, data.n);
            if (done < 0) {
                failed = errno;
                break;
            }
            data.p += done;
            data.n -= (size_t)done;
        }
    }
    return failed;
}

static void note(int *first, int returned)
{
    if (returned != 0 && *first == 0)
        *first = errno;
}

static void receive_file(struct scp *s, int directory, const char *name, const struct record *r,
                         const struct when *w)
{
    struct stat st;
    bool existed = fstatat(directory, name, &st, 0) == 0;
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_NOCTTY, r->mode | S_IWUSR);
    if (fd < 0) {
        scp_failed(s, name, errno);
        return;
    }
    scp_good(s);
    int failed = receive_bytes(s, fd, r->size);
    if (failed == 0 && (!existed || S_ISREG(st.st_mode)))
        note(&failed, ftruncate(fd, (off_t)r->size));
    if (s->option[TIMES] || !existed || !(r->mode & S_IWUSR))
        note(&failed, fchmod(fd, s->option[TIMES] ? r->mode : r->mode & ~s->mask));
    if (scp_heard(s) && w->set) /* whether the sender had what it announced */
        note(&failed, futimens(fd, w->times));
    note(&failed, close(fd));
    if (s->over)
        return;
    if (failed == 0)
        scp_good(s);
    else
        scp_failed(s, name, failed);
}

static void receive_entries(struct scp *s, int directory, const char *only, unsigned depth);

static void receive_directory(struct scp *s, int directory, const char *name,
                              const struct record *r, const struct when *w, unsigned depth)
{
    bool made = mkdirat(directory, name, r->mode | S_IRWXU) == 0;
    int failed = made || errno == EEXIST ? 0 : errno;
    int fd = failed == 0 ? openat(directory, name, O_RDONLY | O_DIRECTORY) : -1;
    if (fd < 0) {
        scp_failed(s, name, failed != 0 ? failed : errno);
        return;
    }
    receive_entries(s, fd, NULL, depth + 1);
    if (s->option[TIMES] || (made && (r->mode & S_IRWXU) != S_IRWXU))
        note(&failed, fchmod(fd, s->option[TIMES] ? r->mode : r->mode & ~s->mask));
    if (w->set)
        note(&failed, futimens(fd, w->times));
    close(fd);
    if (failed != 0)
        scp_failed(s, name, failed);
}

static void receive_one(struct scp *s, int directory, const char *only, const struct when *w,
                        unsigned depth)
{
    struct record r;
    char name[NAME_MAX + 1];
    if (!parse_record(&r, s->line)) {
        scp_fatal(s, s->line, "protocol error");
    } else if (!name_good(r.name) || !span_copy_text(span_text(r.name), name, sizeof name)) {
        scp_fatal(s, r.name, "unexpected filename");
    } else if (r.type == 'C') {
        receive_file(s, directory, only != NULL ? only : name, &r, w);
    } else if (!s->option[RECURSIVE]) {
        scp_fatal(s, name, "a directory without -r");
    } else if (depth >= SCP_DEPTH_MAX) {
        scp_fatal(s, name, "too deep");
    } else {
        receive_directory(s, directory, only != NULL ? only : name, &r, w, depth);
    }
}

/* With `only` everything gets that name. */
static void receive_entries(struct scp *s, int directory, const char *only, unsigned depth)
{
    struct when w = { 0 };
    scp_good(s);
    while (!s->over && scp_line(s)) {
        switch (s->line[0]) {
        case 2:
            s->over = true;
            s->errors++;
            break;
        case 1:
            s->errors++;
            break;
        case 'E':
            if (depth == 0)
                scp_fatal(s, "", "protocol error: unexpected E");
            else
                scp_good(s);
            return;
        case 'T':
            if (!parse_times(&w, s->line + 1))
                scp_fatal(s, s->line, "protocol error");
            else
                scp_good(s);
            break;
        default:
            receive_one(s, directory, only, &w, depth);
            w.set = false;
            break;
        }
    }
}

void scp_receive(struct scp *s, const char *target)
{
    int fd = open(target, O_PATH | O_DIRECTORY);
    if (fd < 0 && s->option[INTO_DIRECTORY]) {
        int failed = errno;
        scp_fatal(s, target,
                  s->config->error_text != NULL ? s->config->error_text(failed) : "no directory");
        return;
    }
    receive_entries(s, fd >= 0 ? fd : AT_FDCWD, fd >= 0 ? NULL : target, 0);
    if (fd >= 0)
        close(fd);
}
