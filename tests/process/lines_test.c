/* Lines through a fixed buffer: nothing lost, nothing joined, overlong ones named and skipped. */
#include "process/lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/bytes.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

static int open_with(void **state, const void *p, size_t n)
{
    const char *path = files_path(state, "lines");
    files_write(path, p, n, 0600);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static void expect_lines_of(int fd, struct span text, const struct span *want, size_t n)
{
    static struct lines l;
    struct span line;
    lines_start(&l, fd);
    l.text = text;
    for (size_t i = 0; i < n; i++) {
        assert_true(lines_next(&l, &line));
        assert_int_equal(l.number, i + 1);
        assert_int_equal(l.overlong, want[i].p == NULL);
        if (!span_equal(line, want[i]))
            fail_msg("line %zu is %zu bytes", i + 1, line.n);
    }
    assert_false(lines_next(&l, &line));
    assert_false(lines_next(&l, &line)); /* and stays so */
}

/* The same from a file and from memory. */
static void expect_lines(void **state, struct span text, const struct span *want, size_t n)
{
    int fd = open_with(state, text.p, text.n);
    expect_lines_of(fd, text, want, n);
    expect_lines_of(-1, text, want, n);
    close(fd);
}

static void test_simple(void **state)
{
    const struct span lines[] = { span_text("one"), span_text(""), span_text("three\r"),
                                  span_of("f\0ur", 4), span_text("no end") };
    static const char text[] = "one\n\nthree\r\nf\0ur\nno end";
    expect_lines(state, span_of(text, sizeof text - 1), lines, 5);
    expect_lines(state, span_text(""), NULL, 0);
    expect_lines(state, span_text("\n"), &lines[1], 1);
    expect_lines(state, span_text("one\n"), lines, 1);
    expect_lines(state, span_text("one"), lines, 1);
}

/* Lengths around the limit, at the file's start, middle and end, with and without a line end. */
static void test_around_the_limit(void **state)
{
    static char text[4 * LIMIT_KEYS_LINE];
    static const struct span overlong = { NULL, 0 };
    for (size_t n = LIMIT_KEYS_LINE - 2; n < 3 * LIMIT_KEYS_LINE;
         n += n < LIMIT_KEYS_LINE + 3 ? 1 : 4093)
        for (int before = 0; before < 2; before++)
            for (int end = 0; end < 2; end++) {
                struct span lines[3] = { span_text("before") };
                size_t used = before ? (size_t)snprintf(text, sizeof text, "before\n") : 0;
                memset(text + used, 'x', n);
                lines[before] = n <= LIMIT_KEYS_LINE ? span_of(text + used, n) : overlong;
                used += n;
                if (end)
                    used += (size_t)snprintf(text + used, sizeof text - used, "\nafter\n");
                lines[before + 1] = span_text("after");
                expect_lines(state, span_of(text, used), lines, (size_t)before + 1 + (size_t)end);
            }
}

/* Random lines through a pipe that hands them on in random portions, against the plain text. */
static void test_random_portions(void **state)
{
    (void)state;
    static uint8_t text[60000];
    struct random random = random_of(6);
    for (int round = 0; round < 20; round++) {
        size_t n = random_below(&random, sizeof text), from = 0;
        for (size_t i = 0; i < n; i++)
            text[i] = random_below(&random, 1 + (size_t)round * 40) ? (uint8_t)random_next(&random)
                                                                    : '\n';
        int fds[2];
        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            close(fds[0]);
            for (size_t i = 0, k; i < n; i += k) {
                k = 1 + random_below(&random, 3000);
                k = k < n - i ? k : n - i;
                if (write(fds[1], text + i, k) != (ssize_t)k)
                    _exit(1);
            }
            _exit(0);
        }
        close(fds[1]);
        struct lines l;
        struct span line;
        lines_start(&l, fds[0]);
        while (lines_next(&l, &line)) {
            const uint8_t *lf = memchr(text + from, '\n', n - from);
            size_t length = lf != NULL ? (size_t)(lf - text) - from : n - from;
            assert_int_equal(l.overlong, length > LIMIT_KEYS_LINE);
            if (!l.overlong)
                assert_true(span_equal(line, span_of(text + from, length)));
            from += length + (lf != NULL);
        }
        assert_int_equal(from, n);
        close(fds[0]);
    }
}

/* What cannot be read has no lines. */
static void test_read_error(void **state)
{
    struct lines l;
    struct span line;
    int fd = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    lines_start(&l, fd);
    assert_false(lines_next(&l, &line));
    close(fd);
    lines_start(&l, -1);
    assert_false(lines_next(&l, &line));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, files_start, files_stop)
    const struct CMUnitTest tests[] = {
        CASE(test_simple),
        CASE(test_around_the_limit),
        CASE(test_random_portions),
        CASE(test_read_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
