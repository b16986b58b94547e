#include <fcntl.h>
#include <unistd.h>

#include "applets/input.h"
#include "applets/memory.h"
#include "applets/out.h"
#include "applets/rows.h"

/* What does not take everything gets nothing more. */
static int add(int fd, struct span s, const char *name)
{
    while (s.n != 0 && fd >= 0) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0) {
            close(fd);
            return applet_failed(name) - 2;
        }
        s.p += n;
        s.n -= (size_t)n;
    }
    return fd;
}

static int run(struct args *a)
{
    static struct input in;
    struct span s;
    int status = 0, mode = a->option['a'] != NULL ? O_APPEND : O_TRUNC;
    size_t room = 0;
    int *fd = memory_room(NULL, &room, (size_t)a->words * sizeof *fd);
    for (int i = 0; i < a->words; i++)
        if ((fd[i] = open(a->word[i], O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0666)) < 0)
            status = applet_failed(a->word[i]);
    input_start(&in, STDIN_FILENO, "standard input");
    while ((s = input_some(&in)).n != 0) {
        out_span(s);
        out_flush();
        for (int i = 0; i < a->words; i++)
            if (fd[i] >= 0 && (fd[i] = add(fd[i], s, a->word[i])) < 0)
                status = 1;
    }
    return status | in.failed;
}

const struct applet applet_tee = { "tee", "a",
                                   "[-a] [FILE...]\nCopy standard input to output and files", run,
                                   false };
