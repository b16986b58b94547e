#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applets/input.h"
#include "applets/memory.h"
#include "applets/out.h"
#include "applets/rows.h"

enum { FIRST_LOOK = 64 * 1024, LOOK_AGAIN = 200 /* ms */ };

static uint64_t count = 10;
static bool bytes, complete; /* there were that many */

/* Where what is wanted of the bytes in memory begins. */
static size_t start_of(const struct input *in)
{
    size_t have = in->used - in->from;
    const char *p = in->buffer + in->used, *low = in->buffer + in->from;
    complete = count <= have;
    if (bytes)
        return in->used - (complete ? (size_t)count : have);
    p -= have != 0 && p[-1] == '\n';
    for (uint64_t left = count; left != 0; left--) {
        p = p > low ? memrchr(low, '\n', (size_t)(p - low)) : NULL;
        complete = p != NULL;
        if (!complete)
            return in->from;
    }
    return count != 0 ? (size_t)(p + 1 - in->buffer) : in->used;
}

/* From the end of a file back, further and further; of a pipe, all goes by and the end is kept. */
static void find_end(struct input *in)
{
    off_t size = lseek(in->fd, 0, SEEK_END), back = bytes ? (off_t)count : FIRST_LOOK;
    for (;; back *= 4) {
        bool all = back >= size;
        if (size > 0)
            lseek(in->fd, all ? 0 : size - back, SEEK_SET);
        while (!in->over) {
            size_t start = in->used == in->room ? start_of(in) : 0;
            if (start > in->room / 2)
                in->from = start;
            input_fill(in);
        }
        size_t start = start_of(in);
        if (all || complete) {
            in->from = start;
            return;
        }
        in->from = in->used = 0;
        in->over = false;
    }
}

static const struct input *last; /* whose bytes were put out */

static void copy(struct input *in)
{
    for (struct span s; (s = input_some(in)).n != 0;) {
        out_span(s);
        if (!out_flush())
            _exit(1);
    }
}

static void skip(struct input *in)
{
    struct span s;
    for (uint64_t left = count; left > 1; left--)
        if (!bytes) {
            if (!input_line(in, &s))
                return;
        } else {
            s = input_some(in);
            if (s.n == 0)
                return;
            size_t n = s.n < left - 1 ? s.n : (size_t)(left - 1);
            in->from -= s.n - n;
            left -= n - 1;
        }
}

/* A file that grows, or was made shorter; by its name, also one that took its place. */
static void look(const struct args *a, struct input *in, bool by_name)
{
    static struct stat st, named;
    if (by_name && stat(in->name, &named) == 0 &&
        (in->fd < 0 ||
         (fstat(in->fd, &st) == 0 && (st.st_ino != named.st_ino || st.st_dev != named.st_dev)))) {
        const char *name = in->name;
        input_close(in);
        if (!input_open(in, name))
            return;
    }
    if (in->fd < 0)
        return;
    if (fstat(in->fd, &st) == 0 && st.st_size < lseek(in->fd, 0, SEEK_CUR)) {
        applet_wrong(in->name, "file truncated");
        lseek(in->fd, 0, SEEK_SET);
    }
    in->over = false;
    if (last != in && input_more(in)) {
        input_heading(a, in);
        last = in;
    }
    copy(in);
}

static int run(struct args *a)
{
    static char standard[] = "-", *none[] = { standard, NULL };
    const char *text = a->option['n'];
    bool by_name = a->option['F'] != NULL, follow = by_name || a->option['f'] != NULL;
    int status = 0, n = a->words;
    char **names = n != 0 ? a->word : none;
    size_t room = 0;
    struct input *in = memory_room(NULL, &room, (size_t)(n + 1) * sizeof *in);
    if (a->option['c'] != NULL) {
        bytes = true;
        text = a->option['c'];
    }
    bool from_start = text != NULL && *text == '+';
    if (text != NULL && !applet_number(text + from_start, INT64_MAX, &count))
        return 1;
    for (int i = 0; names[i] != NULL; i++) {
        if (!input_open(in + i, names[i])) {
            status = 1;
            continue;
        }
        input_heading(a, in + i);
        last = in + i;
        if (from_start)
            skip(in + i);
        else
            find_end(in + i);
        copy(in + i);
        status |= in[i].failed;
        if (in[i].failed || lseek(in[i].fd, 0, SEEK_CUR) < 0 || !follow)
            input_close(in + i);
    }
    while (follow) {
        static struct pollfd reader = { .fd = STDOUT_FILENO };
        if (poll(&reader, 1, LOOK_AGAIN) > 0)
            break;
        for (int i = 0; i == 0 || i < n; i++)
            look(a, in + i, by_name);
    }
    return status;
}

const struct applet applet_tail = { "tail", "#n:c:fFqv",
                                    "[-fFqv] [-n [+]LINES | -c [+]BYTES] [FILE...]\nPut the end of "
                                    "files out (10 lines); -f: and what they get",
                                    run, false };
