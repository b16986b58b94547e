/* The scp protocol byte for byte, in both directions: records good and bad, names that would lead elsewhere, and command
 * lines as clients send them. */
#include "sftp/scp.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/bytes.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

static char said[300000];
static size_t n_said;

/* All of `sent` at once, then the end. The exit status; what came is in `said`. */
static int run(void **state, const char *command, const void *sent, size_t n)
{
    static const struct sftp_config config;
    int in[2], out[2], status;
    assert_int_equal(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        char line[1000], *words[SCP_WORDS_MAX + 1];
        snprintf(line, sizeof line, "%s", command);
        int argc = scp_words(line, words);
        close(in[1]);
        if (chdir(files_path(state, "in")) != 0 || argc == 0)
            _exit(99);
        _exit(scp_main(in[0], out[1], &config, argc, words) == 0 ? 0 : 77);
    }
    close(in[0]);
    close(out[1]);
    assert_true(n <= 65536); /* the pipe takes it */
    assert_int_equal(write(in[1], sent, n), n);
    close(in[1]);
    ssize_t now;
    n_said = 0;
    while ((now = read(out[0], said + n_said, sizeof said - 1 - n_said)) > 0)
        n_said += (size_t)now;
    said[n_said] = 0;
    close(out[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 77));
    return WEXITSTATUS(status) != 0;
}

#define RUN(command, bytes) run(state, command, bytes, sizeof bytes - 1)

static void expect_said(const void *want, size_t n)
{
    if (n_said != n || memcmp(said, want, n) != 0)
        fail_msg("%zu bytes: %s", n_said, said[0] == 0 ? said + 1 : said);
}
#define SAID(bytes) expect_said(bytes, sizeof bytes - 1)

static int start(void **state)
{
    umask(022);
    return files_start(state) != 0 || mkdir(files_path(state, "in"), 0755) != 0;
}

static struct stat stat_of(void **state, const char *name)
{
    struct stat st;
    memset(&st, 0, sizeof st);
    if (lstat(files_path(state, name), &st) != 0)
        st.st_size = -1;
    return st;
}

static void expect_file(void **state, const char *name, mode_t mode, const char *content)
{
    char got[100];
    struct stat st = stat_of(state, name);
    int fd = open(files_path(state, name), O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, got, sizeof got);
    close(fd);
    assert_int_equal(n, strlen(content));
    assert_memory_equal(got, content, n);
    assert_int_equal(st.st_mode, S_IFREG | mode);
}

/* --- receiving --- */
static void test_receive(void **state)
{
    assert_int_equal(RUN("scp -t .", "C0666 5 one\nhello\0C0600 0 two\n\0"), 0);
    SAID("\0\0\0\0\0");
    expect_file(state, "in/one", 0644, "hello");
    expect_file(state, "in/two", 0600, "");
    assert_int_equal(RUN("scp -t one", "C0666 3 whatever\nbye\0"), 0);
    expect_file(state, "in/one", 0644, "bye");
    assert_int_equal(RUN("scp -qt new", "C0640 2 whatever\nhi\0"), 0);
    expect_file(state, "in/new", 0640, "hi");
    assert_int_equal(RUN("scp -p -t .", "T1000000000 0 1000000001 0\nC4777 1 p\nx\0"), 0);
    SAID("\0\0\0\0");
    expect_file(state, "in/p", 04777, "x");
    assert_int_equal(stat_of(state, "in/p").st_mtime, 1000000000);
}

static void test_receive_tree(void **state)
{
    assert_int_equal(
        RUN("scp -rp -t -- .",
            "T5 0 6 0\nD0755 0 d\nD0700 0 e\nC0644 1 f\nx\0E\nC0600 1 g\ny\0E\nC0600 1 h\nz\0"),
        0);
    SAID("\0\0\0\0\0\0\0\0\0\0\0\0");
    expect_file(state, "in/d/e/f", 0644, "x");
    expect_file(state, "in/d/g", 0600, "y");
    expect_file(state, "in/h", 0600, "z");
    assert_int_equal(stat_of(state, "in/d").st_mtime, 5);
    assert_int_equal(RUN("scp -r -t new", "D0555 0 d\nC0644 1 f\nx\0E\n"), 0); /* named anew */
    expect_file(state, "in/new/f", 0644, "x");
    assert_int_equal(stat_of(state, "in/new").st_mode, S_IFDIR | 0555);
}

/* Names that are none end it, and nothing was made. */
static void test_bad_names(void **state)
{
    static const char *const names[] = { "../up", "/tmp/nano_scp", "..", ".", "", "in/../x", "a/",
                                         "/",     "../../x" };
    char sent[200];
    for (size_t i = 0; i < COUNT(names); i++)
        for (int d = 0; d < 2; d++) {
            int n =
                snprintf(sent, sizeof sent, "%c0755 %d %s\n", d ? 'D' : 'C', d ? 0 : 1, names[i]);
            assert_int_equal(run(state, "scp -r -t .", sent, (size_t)n), 1);
            assert_int_equal(said[1], 2);
            assert_non_null(strstr(said + 1, "unexpected filename"));
            n = snprintf(sent, sizeof sent, "D0755 0 x\n%c0755 1 %s\n", d ? 'D' : 'C', names[i]);
            assert_int_equal(run(state, "scp -r -t .", sent, (size_t)n), 1);
            assert_int_equal(rmdir(files_path(state, "in/x")), 0);
        }
    assert_int_equal(RUN("scp -t .", "C0644 1 a\0b\nx"), 1);
    assert_int_equal(RUN("scp -t .", "C0644 1 \033[31m/\nx"), 1);
    SAID("\0\2scp: \\033[31m/: unexpected filename\n");
    assert_int_equal(rmdir(files_path(state, "in")), 0); /* still empty */
    assert_int_equal(stat_of(state, "up").st_size, -1);
}

static void test_bad_records(void **state)
{
    static const char *const records[] = {
        "X0644 1 a\n",
        "C644 1 a\n",
        "C0684 1 a\n",
        "C0644 a\n",
        "C0644 -1 a\n",
        "C0644  a\n",
        "C0644\n",
        "\n",
        "C06444 1 a\n",
        "C+644 1 a\n",
        "C0644 9223372036854775808 a\n",
        "T1 0 1\n",
        "T1 0 1 0 0\n",
        "T-1 0 1 0\n",
        "T1 1000000 1 0\n",
        "E\n",
        "C0644 0x1 a\n",
        " C0644 1 a\n",
        "D0755 0 d\nD0755 0\n",
    };
    char longest[5000];
    for (size_t i = 0; i < COUNT(records); i++) {
        assert_int_equal(run(state, "scp -r -t .", records[i], strlen(records[i])), 1);
        assert_non_null(memchr(said, 2, n_said));
    }
    assert_int_equal(RUN("scp -t .", "D0755 0 d\n"), 1); /* without -r */
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "C0644 1 ", 8);
    assert_int_equal(run(state, "scp -t .", longest, sizeof longest), 1);
    longest[8 + 256] = '\n';
    assert_int_equal(run(state, "scp -t .", longest, 8 + 257), 1);
}

/* What cannot be done is said with a 1, and the rest goes on. */
static void test_failures_go_on(void **state)
{
    files_write(files_path(state, "in/file"), "old", 3, 0644);
    assert_int_equal(mkdir(files_path(state, "in/dir"), 0755), 0);
    assert_int_equal(RUN("scp -r -t .", "C0644 1 dir\nD0755 0 file\nC0644 1 ok\nx\0"), 1);
    SAID("\0\1scp: dir: failed\n\1scp: file: failed\n\0\0");
    expect_file(state, "in/ok", 0644, "x");
    expect_file(state, "in/file", 0644, "old");
    assert_int_equal(RUN("scp -t .", "\1a warning\nC0644 1 ok\ny\0"), 1);
    expect_file(state, "in/ok", 0644, "y");
    assert_int_equal(RUN("scp -t .", "\2over\nC0644 1 ok\nz\0"), 1);
    expect_file(state, "in/ok", 0644, "y");
    assert_int_equal(RUN("scp -t none/x", "C0644 1 x\n"), 1);
    SAID("\0\1scp: none/x: failed\n");
    assert_int_equal(RUN("scp -d -t file", "C0644 1 x\n"), 1);
    assert_int_equal(said[0], 2);
    assert_int_equal(RUN("scp -t a b", ""), 1);
    assert_int_equal(RUN("scp -tf a", ""), 1);
    assert_int_equal(RUN("scp -tx a", ""), 1);
    assert_int_equal(RUN("scp -t", ""), 1);
}

/* What arrived before the connection went stays. */
static void test_interrupted(void **state)
{
    assert_int_equal(RUN("scp -t .", "C0644 10 part\nhalf"), 1);
    expect_file(state, "in/part", 0644, "half");
    assert_int_equal(RUN("scp -t .", "C0644 4 whole\nhalf"), 1);
    expect_file(state, "in/whole", 0644, "half");
    assert_int_equal(RUN("scp -t .", "C0644 4 na"), 1);
    assert_int_equal(RUN("scp -t .", ""), 0);
    /* the sender could not read it */
    assert_int_equal(RUN("scp -t .", "C0644 4 bad\n\0\0\0\0\1read error\n"), 1);
}

/* Symbolic links that are there are followed, as by scp. */
static void test_receive_links(void **state)
{
    assert_int_equal(mkdir(files_path(state, "else"), 0755), 0);
    assert_int_equal(symlink("../else", files_path(state, "in/to")), 0);
    assert_int_equal(symlink("../else/f", files_path(state, "in/file")), 0);
    assert_int_equal(RUN("scp -r -t .", "D0755 0 to\nC0644 1 x\nx\0E\nC0644 1 file\ny\0"), 0);
    expect_file(state, "else/x", 0644, "x");
    expect_file(state, "else/f", 0644, "y");
}

static void test_depth(void **state)
{
    static char sent[3000];
    size_t n = 0;
    for (int i = 0; i < 200; i++)
        n += (size_t)snprintf(sent + n, sizeof sent - n, "D0755 0 d\n");
    assert_int_equal(run(state, "scp -r -t .", sent, n), 1);
    assert_non_null(memmem(said, n_said, "too deep", 8));
}

/* --- sending --- */
static void test_send(void **state)
{
    files_write(files_path(state, "in/one"), "hello", 5, 0644);
    files_write(files_path(state, "in/none"), "", 0, 0600);
    assert_int_equal(RUN("scp -f one", "\0\0\0"), 0);
    SAID("C0644 5 one\nhello\0");
    assert_int_equal(RUN("scp -f -- ./one none", "\0\0\0\0\0"), 0);
    SAID("C0644 5 one\nhello\0C0600 0 none\n\0");
    struct timespec times[2] = { { .tv_sec = 7 }, { .tv_sec = 8 } };
    assert_int_equal(utimensat(AT_FDCWD, files_path(state, "in/one"), times, 0), 0);
    assert_int_equal(RUN("scp -p -f one", "\0\0\0\0"), 0);
    SAID("T8 0 7 0\nC0644 5 one\nhello\0");
    assert_int_equal(RUN("scp -f missing one", "\0\0\0"), 1);
    SAID("\1scp: missing: failed\nC0644 5 one\nhello\0");
    assert_int_equal(RUN("scp -f . one", "\0\0\0"), 1);
    SAID("\1scp: .: not a regular file\nC0644 5 one\nhello\0");
    assert_int_equal(RUN("scp -f one none", "\0\1no\n\0\0"), 1); /* the first is not wanted */
    SAID("C0644 5 one\nC0600 0 none\n\0");
    assert_int_equal(RUN("scp -f one none", "\0\2no\n"), 1);
    SAID("C0644 5 one\n");
    assert_int_equal(RUN("scp -f one", ""), 1);
    assert_int_equal(mkfifo(files_path(state, "in/fifo"), 0600), 0);
    assert_int_equal(RUN("scp -f fifo", "\0"), 1);
    SAID("\1scp: fifo: not a regular file\n");
}

static void test_send_tree(void **state)
{
    static char good[1000];
    assert_int_equal(mkdir(files_path(state, "in/d"), 0755), 0);
    assert_int_equal(mkdir(files_path(state, "in/d/e"), 0700), 0);
    files_write(files_path(state, "in/d/e/f"), "x", 1, 0644);
    assert_int_equal(run(state, "scp -r -f d/", good, 7), 0);
    SAID("D0755 0 d\nD0700 0 e\nC0644 1 f\nx\0E\nE\n");
    assert_int_equal(run(state, "scp -r -f d/e/../../d", good, 7), 0);
    assert_int_equal(symlink(".", files_path(state, "in/d/loop")), 0);
    assert_int_equal(run(state, "scp -r -f d", good, sizeof good), 1);
    assert_non_null(memmem(said, n_said, "scp: loop: ", 11));
}

static void test_send_large(void **state)
{
    static uint8_t bytes[250000];
    struct random random = random_of(5);
    random_fill(&random, bytes, sizeof bytes);
    files_write(files_path(state, "in/large"), bytes, sizeof bytes, 0644);
    assert_int_equal(RUN("scp -f large", "\0\0\0"), 0);
    static const char line[] = "C0644 250000 large\n";
    assert_int_equal(n_said, sizeof line - 1 + sizeof bytes + 1);
    assert_memory_equal(said, line, sizeof line - 1);
    assert_memory_equal(said + sizeof line - 1, bytes, sizeof bytes);
}

static void test_send_line_break(void **state)
{
    files_write(files_path(state, "in/a\nb"), "x", 1, 0644);
    assert_int_equal(RUN("scp -f 'a\nb'", "\0\0\0"), 1);
    SAID("\1scp: a\\012b: a line break in its name\n");
}

/* --- command lines --- */
static void test_words(void **state)
{
    static const struct {
        const char *line, *words; /* joined by | */
    } lines[] = {
        { "scp -t .", "scp|-t|." },
        { "scp  -v\t-r -t -- dir ", "scp|-v|-r|-t|--|dir" },
        { "scp -t -- 'path with space'", "scp|-t|--|path with space" },
        { "scp -f 'it'\\''s' \"a \\\" \\$ \\x b\" c\\ d ''", "scp|-f|it's|a \" $ \\x b|c d|" },
        { "scp -f ~ ~/x a~ '~'", "scp|-f|.|./x|a~|~" },
        { "scp -f a#b !x = ^ % @ ]}", "scp|-f|a#b|!x|=|^|%|@|]}" },
        { "scp -f '*?$`;&|<>()'", "scp|-f|*?$`;&|<>()" },
        { "scp -f \\*\\$", "scp|-f|*$" },
        { "scp -pf x", "scp|-pf|x" },
        { "scp -t", "scp|-t" },
    };
    static const char *const others[] = {
        "",
        " ",
        "scp",
        "scp x y",
        "scp -- -t x",
        "ls -t",
        "/bin/scp -t x",
        "scp -t *",
        "scp -t a?",
        "scp -t $HOME",
        "scp -t `x`",
        "scp -t x;id",
        "scp -t x&",
        "scp -t x|y",
        "scp -t x>y",
        "scp -t x<y",
        "scp -t (x)",
        "scp -t {a,b}",
        "scp -t [a]",
        "scp -t 'x",
        "scp -t \"x",
        "scp -t \"$x\"",
        "scp -t \"`x`\"",
        "scp -t x\\",
        "scp -t a\nb",
        "scp -t ~root",
        "scp -t #x",
        "scp -t \\\n",
        "scp -t \"x\\",
        "'scp -t' x",
    };
    char line[1000], joined[1000], *words[SCP_WORDS_MAX + 1];
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        snprintf(line, sizeof line, "%s", lines[i].line);
        int n = scp_words(line, words);
        size_t used = 0;
        joined[0] = 0;
        for (int k = 0; k < n; k++)
            used += (size_t)snprintf(joined + used, sizeof joined - used, "%s%s", k ? "|" : "",
                                     words[k]);
        assert_string_equal(joined, lines[i].words);
        assert_null(words[n]);
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        snprintf(line, sizeof line, "%s", others[i]);
        if (scp_words(line, words) != 0)
            fail_msg("taken: %s", others[i]);
    }
    for (size_t n = SCP_WORDS_MAX; n <= SCP_WORDS_MAX + 1; n++) {
        size_t used = (size_t)snprintf(line, sizeof line, "scp -f");
        for (size_t i = 2; i < n; i++)
            used += (size_t)snprintf(line + used, sizeof line - used, " x");
        assert_int_equal(scp_words(line, words), n <= SCP_WORDS_MAX ? n : 0);
    }
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, files_stop)
    const struct CMUnitTest tests[] = {
        CASE(test_receive),       CASE(test_receive_tree),   CASE(test_bad_names),
        CASE(test_bad_records),   CASE(test_failures_go_on), CASE(test_interrupted),
        CASE(test_receive_links), CASE(test_depth),          CASE(test_send),
        CASE(test_send_tree),     CASE(test_send_large),     CASE(test_send_line_break),
        CASE(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
