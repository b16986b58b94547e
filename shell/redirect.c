/* Where descriptors lead while a command runs, and back again. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/features.h"
#include "shell/internal.h"

/* --- redirections --- */
enum { UNTOUCHED = -1, CLOSED = -2 };

struct frame *frames;

static void descriptor_move(int from, int to)
{
    if (from != to && from >= 0) {
        dup2(from, to);
        close(from);
    }
}

/* As much as a pipe takes, which is 1 MB at least where it may be made so large, else 64 KB. */
static int open_pipe(const char *text, size_t n)
{
    int ends[2];
    if (pipe2(ends, O_NONBLOCK) != 0)
        return -1;
    fcntl(ends[1], F_SETPIPE_SZ, n);
    bool whole = write(ends[1], text, n) == (ssize_t)n;
    close(ends[1]);
    if (whole)
        return ends[0];
    close(ends[0]);
    return -1;
}

static int open_document(const char *text)
{
    size_t n = strlen(text);
    int fd = memfd_create("text", 0);
    if (features.old_kernels && fd < 0)
        return open_pipe(text, n);
    if (write(fd, text, n) == (ssize_t)n && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    close(fd);
    return -1;
}

static bool copy_descriptor(const char *from, int to)
{
    errno = EBADF;
    if (from[0] == 0 || from[1] != 0)
        return false;
    return *from == '-' ? close(to) >= -1 : dup2(*from - '0', to) >= 0;
}

static bool redirect_one(const struct redirect *r, const char *text)
{
    static const int flags[] = {
        [REDIRECT_READ] = O_RDONLY,
        [REDIRECT_WRITE] = O_WRONLY | O_CREAT | O_TRUNC,
        [REDIRECT_APPEND] = O_WRONLY | O_CREAT | O_APPEND,
        [REDIRECT_BOTH] = O_RDWR | O_CREAT,
    };
    if (r->kind == REDIRECT_COPY)
        return copy_descriptor(text, r->fd);
    int fd = r->kind >= REDIRECT_TEXT ? open_document(text)
                                      : open(text, flags[r->kind] | O_NOCTTY, 0666);
    descriptor_move(fd, r->fd);
    return fd >= 0;
}

/* false: one could not be; those before it are. */
bool redirect(const struct node *n, struct frame *f)
{
    f->before = frames;
    f->words = NULL;
    memset(f->fd, 0xff, sizeof f->fd);
    frames = f;
    for (const struct redirect *r = n->redirects; r != NULL; r = r->next) {
        const char *text = r->word->text;
        if (r->kind != REDIRECT_PLAIN)
            text = expand_text(text, r->kind == REDIRECT_TEXT ? AS_DOCUMENT : AS_TEXT);
        if (f->fd[r->fd] == UNTOUCHED) {
            int fd = fcntl(r->fd, F_DUPFD_CLOEXEC, FD_OURS);
            f->fd[r->fd] = fd >= 0 ? fd : errno == EBADF ? CLOSED : UNTOUCHED;
        }
        if (f->fd[r->fd] == UNTOUCHED || !redirect_one(r, text)) {
            sh.status = applet_failed(text);
            return false;
        }
    }
    return true;
}

void restore(void)
{
    struct frame *f = frames;
    for (int i = 0; i < 10; i++) {
        if (sh.keeps)
            close(f->fd[i]);
        else if (f->fd[i] == CLOSED)
            close(i);
        else
            descriptor_move(f->fd[i], i);
    }
    sh.keeps = false;
    if (f->words != NULL) {
        names_drop(&sh.set);
        sh.words = f->words;
        sh.set = f->set;
    }
    frames = f->before;
}

/* --- pipes --- */
void pipe_close(void)
{
    for (int i = 0; i < 3; i++) {
        if (sh.pipe[i] != 0)
            close(sh.pipe[i]);
        sh.pipe[i] = 0;
    }
}

void pipe_open(void)
{
    if (pipe2(sh.pipe, O_CLOEXEC) != 0)
        give_up_with(applet_failed("pipe"));
}

void pipe_use(void)
{
    if (sh.pipe[2] != 0)
        dup2(sh.pipe[2], STDIN_FILENO);
    if (sh.pipe[1] != 0)
        dup2(sh.pipe[1], STDOUT_FILENO);
    pipe_close();
}
