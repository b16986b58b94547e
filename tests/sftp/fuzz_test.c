/* Random and damaged requests: each still has its one reply, damaged framing ends the server and nothing else, and
 * nothing happens outside the directory. The latter holds since no packet with a slash or two dots in it is sent;
 * sizes are bounded by a limit of the process. SFTP_SEED chooses other requests. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sftp/internal.h"
#include "tests/support/bytes.h"
#include "tests/support/files.h"
#include "tests/support/sftp.h"
#include "tests/support/test.h"

enum { PACKETS = 20000, STREAMS = 150, PER_STREAM = 60, FILE_MOST = 1 << 20 };

static struct talk talk;
static struct talk *const t = &talk;
static struct random random_state;
static const struct sftp_config nobody;

static size_t below(size_t n)
{
    return random_below(&random_state, n);
}

static void put_field(struct writer *w, char kind)
{
    static const char *const names[] = { "a", "b", "c", "", ".", "~", "file" };
    static const uint64_t numbers[] = { 0, 1, 100, 65536, INT64_MAX, 1ull << 63, UINT64_MAX };
    switch (kind) {
    case 'p':
        put_text(w, names[below(COUNT(names))]);
        break;
    case 'h': /* places and opens as the server counts them */
        put_u32(w, 8);
        put_u32(w, (uint32_t)below(20));
        put_u32(w, (uint32_t)(1 + below(below(2) ? 20 : 2000)));
        break;
    case 'u':
        put_u32(w, (uint32_t)(below(4) ? below(64) : numbers[below(COUNT(numbers))]));
        break;
    case 'l':
        put_u64(w, below(4) ? below(70000) : numbers[below(COUNT(numbers))]);
        break;
    case 's': {
        uint8_t *start = put_string_start(w);
        size_t n = below(4) ? below(40) : below(30000);
        random_fill(&random_state, w->p, n);
        w->p += n;
        put_string_stop(w, start);
        break;
    }
    default: {
        uint32_t flags = (uint32_t)below(16);
        put_u32(w, flags);
        for (uint32_t i = 0; i < 4; i++)
            if (flags >> i & 1) {
                put_u32(w, i == 2 ? 0700 : 0);
                if (i != 2)
                    put_u32(w, (uint32_t)below(1000000));
            }
    }
    }
}

static void make_request(void)
{
    static const char *const fields[] = { "puu", "h", "hlu", "hls", "p", "h", "pa", "ha", "p",
                                          "h",   "p", "pa",  "p",   "p", "p", "pp", "p",  "pp" };
    static const struct {
        const char *name, *fields;
    } extensions[] = {
        { "posix-rename@openssh.com", "pp" },
        { "statvfs@openssh.com", "p" },
        { "fstatvfs@openssh.com", "h" },
        { "hardlink@openssh.com", "pp" },
        { "lsetstat@openssh.com", "pa" },
        { "limits@openssh.com", "" },
        { "expand-path@openssh.com", "p" },
        { "copy-data", "hllhl" },
        { "home-directory", "p" },
        { "users-groups-by-id@openssh.com", "ss" },
    };
    size_t i = below(COUNT(fields) + 6);
    const char *f;
    if (i < COUNT(fields)) {
        talk_begin(t, (uint8_t)(FXP_OPEN + i));
        f = fields[i];
    } else {
        size_t k = below(COUNT(extensions));
        talk_extended(t, extensions[k].name);
        f = extensions[k].fields;
    }
    for (; *f != 0; f++)
        put_field(&t->w, *f);
}

static void damage(uint8_t *p, size_t n)
{
    for (size_t count = 1 + below(4); count > 0; count--) {
        uint8_t *at = p + below(n);
        switch (below(3)) {
        case 0:
            *at ^= (uint8_t)(1u << below(8));
            break;
        case 1:
            *at = (uint8_t)random_next(&random_state);
            break;
        default:
            *at = below(2) ? 0xff : 0;
        }
    }
}

static bool harmless(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] == '/' || (p[i] == '.' && i + 1 < n && p[i + 1] == '.'))
            return false;
    return true;
}

static void expect_inside(void **state)
{
    DIR *d = opendir(*state);
    size_t n = 0;
    assert_non_null(d);
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    assert_int_equal(n, 3); /* with . and .. */
}

static int start(void **state)
{
    const char *seed = getenv("SFTP_SEED");
    const struct rlimit most = { FILE_MOST, FILE_MOST };
    random_state = random_of(seed != NULL ? strtoull(seed, NULL, 10) : 1);
    signal(SIGXFSZ, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &most) != 0 || files_start(state) != 0)
        return -1;
    return mkdir(files_path(state, "served"), 0700);
}

static void test_damaged_requests(void **state)
{
    talk_start(t, files_path(state, "served"));
    for (int i = 0; i < PACKETS; i++) {
        make_request();
        size_t n = writer_used(&t->w) - 4;
        if (below(3) != 0)
            damage(t->request + 4, n);
        if (below(10) == 0 && n > 5)
            t->w.p -= below(n - 5);
        n = writer_used(&t->w) - 4;
        bool init = t->request[4] == FXP_INIT;
        uint32_t id = load_u32(t->request + 5);
        if (!harmless(t->request + 4, n))
            continue;
        talk_send(t);
        assert_true(talk_reply(t));
        assert_int_equal(load_u32(t->reply + 1), init ? 3 : id);
        assert_true(t->type == FXP_VERSION ? init : t->type >= FXP_STATUS);
    }
    assert_int_equal(talk_stop(t), 0);
    expect_inside(state);
}

/* Everything may be damaged, lengths too; written by a process that does not read. */
static void test_damaged_streams(void **state)
{
    for (int i = 0; i < STREAMS; i++) {
        talk_start_raw(t, files_path(state, "served"), false, &nobody);
        uint64_t seed = random_next(&random_state);
        pid_t writer = fork();
        assert_true(writer >= 0);
        random_state = random_of(seed);
        if (writer == 0) {
            close(t->from);
            if (write(t->to, "\0\0\0\5\1\0\0\0\3", 9) != 9)
                _exit(1);
            for (int k = 0; k < PER_STREAM; k++) {
                make_request();
                size_t n = writer_used(&t->w);
                store_u32(t->request, (uint32_t)(n - 4));
                if (below(5) == 0)
                    damage(t->request, n);
                if (harmless(t->request, n) && write(t->to, t->request, n) < 0)
                    _exit(0);
            }
            _exit(0);
        }
        close(t->to);
        t->to = open("/dev/null", O_WRONLY | O_CLOEXEC);
        while (talk_reply(t))
            assert_true(t->type == FXP_VERSION || t->type >= FXP_STATUS);
        int ended = talk_stop(t);
        assert_true(ended == 0 || ended == 1);
        assert_int_equal(waitpid(writer, NULL, 0), writer);
    }
    expect_inside(state);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, files_stop)
    const struct CMUnitTest tests[] = {
        CASE(test_damaged_requests),
        CASE(test_damaged_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
