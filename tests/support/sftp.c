#include "tests/support/sftp.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sftp/internal.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

enum { BROKEN = 77 }; /* sftp_main() returned 1: not what a sanitizer ends with */

void talk_start_raw(struct talk *t, const char *directory, bool socket,
                    const struct sftp_config *config)
{
    int in[2], out[2];
    if (socket) {
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in), 0);
        out[0] = fcntl(in[1], F_DUPFD_CLOEXEC, 0); /* ours */
        out[1] = fcntl(in[0], F_DUPFD_CLOEXEC, 0);
    } else {
        assert_int_equal(pipe2(in, O_CLOEXEC), 0);
        assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    }
    t->pid = fork();
    assert_true(t->pid >= 0);
    if (t->pid == 0) {
        close(in[1]);
        close(out[0]);
        if (chdir(directory) != 0)
            _exit(99);
        _exit(sftp_main(in[0], out[1], config) == 0 ? 0 : BROKEN);
    }
    close(in[0]);
    close(out[1]);
    t->to = in[1];
    t->from = out[0];
    t->id = 100;
}

void talk_start(struct talk *t, const char *directory)
{
    static const struct sftp_config config;
    talk_start_with(t, directory, &config);
}

void talk_start_with(struct talk *t, const char *directory, const struct sftp_config *config)
{
    static const uint8_t init[] = { 0, 0, 0, 5, FXP_INIT, 0, 0, 0, 3 };
    talk_start_raw(t, directory, false, config);
    assert_int_equal(write(t->to, init, sizeof init), sizeof init);
    assert_true(talk_reply(t));
    assert_int_equal(t->type, FXP_VERSION);
}

int talk_stop(struct talk *t)
{
    int status;
    close(t->to);
    shutdown(t->from, SHUT_WR); /* where it is a socket */
    while (read(t->from, t->reply, sizeof t->reply) > 0)
        ;
    close(t->from);
    assert_int_equal(waitpid(t->pid, &status, 0), t->pid);
    if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != BROKEN))
        return TALK_LOST;
    return WEXITSTATUS(status) != 0;
}

int talk_setup(struct talk *t, void **state)
{
    if (files_start(state) != 0)
        return -1;
    umask(022);
    files_write(files_path(state, "file"), "0123456789", 10, 0644);
    if (mkdir(files_path(state, "directory"), 0755) != 0 ||
        symlink("file", files_path(state, "link")) != 0 ||
        symlink("nowhere", files_path(state, "dangling")) != 0)
        return -1;
    talk_start(t, *state);
    return 0;
}

int talk_teardown(struct talk *t, void **state)
{
    int failed = talk_stop(t);
    return files_stop(state) != 0 || failed != 0;
}

mode_t talk_mode(void **state, const char *name)
{
    struct stat st;
    return lstat(files_path(state, name), &st) == 0 ? st.st_mode : 0;
}

off_t talk_size(void **state, const char *name)
{
    struct stat st;
    return stat(files_path(state, name), &st) == 0 ? st.st_size : -1;
}

struct writer *talk_begin(struct talk *t, uint8_t type)
{
    t->w = writer_of(t->request, sizeof t->request);
    put_u32(&t->w, 0);
    put_byte(&t->w, type);
    put_u32(&t->w, ++t->id);
    return &t->w;
}

struct writer *talk_extended(struct talk *t, const char *name)
{
    talk_begin(t, FXP_EXTENDED);
    put_text(&t->w, name);
    return &t->w;
}

void talk_send(struct talk *t)
{
    size_t n = writer_used(&t->w), done = 0;
    assert_false(t->w.bad);
    store_u32(t->request, (uint32_t)(n - 4));
    while (done < n) {
        ssize_t now = write(t->to, t->request + done, n - done);
        if (now <= 0)
            return;
        done += (size_t)now;
    }
}

static bool read_whole(int fd, uint8_t *p, size_t n)
{
    while (n != 0) {
        ssize_t now = read(fd, p, n);
        if (now <= 0)
            return false;
        p += now;
        n -= (size_t)now;
    }
    return true;
}

bool talk_reply(struct talk *t)
{
    if (!read_whole(t->from, t->reply, 4))
        return false;
    uint32_t n = load_u32(t->reply);
    assert_in_range(n, 5, PACKET_MAX);
    if (!read_whole(t->from, t->reply, n))
        return false;
    t->type = t->reply[0];
    t->body = reader_of(span_of(t->reply + 5, n - 5));
    return true;
}

uint8_t talk_ask(struct talk *t)
{
    talk_send(t);
    assert_true(talk_reply(t));
    assert_int_equal(load_u32(t->reply + 1), t->id);
    return t->type;
}

int talk_status(struct talk *t)
{
    assert_int_equal(talk_ask(t), FXP_STATUS);
    uint32_t code = get_u32(&t->body);
    struct reader rest = t->body;
    assert_int_not_equal(get_string(&rest).n, 0); /* a text */
    get_string(&rest);                            /* its language */
    assert_true(get_done(&rest));
    return (int)code;
}

static struct talk_handle take_handle(struct talk *t)
{
    struct talk_handle h = { .n = 0 };
    if (talk_ask(t) != FXP_HANDLE)
        return h;
    struct span name = get_string(&t->body);
    assert_true(get_done(&t->body));
    assert_in_range(name.n, 1, sizeof h.bytes);
    memcpy(h.bytes, name.p, name.n);
    h.n = name.n;
    return h;
}

struct talk_handle talk_open(struct talk *t, const char *path, uint32_t pflags)
{
    struct writer *w = talk_begin(t, FXP_OPEN);
    put_text(w, path);
    put_u32(w, pflags);
    put_u32(w, 0); /* attributes */
    return take_handle(t);
}

struct talk_handle talk_opendir(struct talk *t, const char *path)
{
    put_text(talk_begin(t, FXP_OPENDIR), path);
    return take_handle(t);
}

void put_handle(struct writer *w, const struct talk_handle *h)
{
    put_string(w, span_of(h->bytes, h->n));
}

int talk_close(struct talk *t, const struct talk_handle *h)
{
    put_handle(talk_begin(t, FXP_CLOSE), h);
    return talk_status(t);
}

int talk_path(struct talk *t, uint8_t type, const char *path)
{
    put_text(talk_begin(t, type), path);
    return talk_status(t);
}

int talk_write(struct talk *t, const struct talk_handle *h, uint64_t offset, struct span data)
{
    struct writer *w = talk_begin(t, FXP_WRITE);
    put_handle(w, h);
    put_u64(w, offset);
    put_string(w, data);
    return talk_status(t);
}

int talk_read(struct talk *t, const struct talk_handle *h, uint64_t offset, uint32_t n,
              struct span *data)
{
    struct writer *w = talk_begin(t, FXP_READ);
    put_handle(w, h);
    put_u64(w, offset);
    put_u32(w, n);
    if (talk_ask(t) == FXP_STATUS)
        return (int)get_u32(&t->body);
    assert_int_equal(t->type, FXP_DATA);
    *data = get_string(&t->body);
    assert_true(get_done(&t->body));
    return FX_OK;
}
