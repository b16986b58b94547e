/* What commands read: lines, blocks of lines and all of it, through pipes that hand it on in random portions. */
#include "applets/input.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/bytes.h"
#include "tests/support/test.h"

enum { MOST = 400000, ROUNDS = 12 };
static uint8_t text[MOST];

/* A pipe out of which the text comes. */
static void start(struct input *in, size_t n, struct random *random)
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fds[0]);
        for (size_t i = 0, k; i < n; i += k) {
            k = 1 + random_below(random, 50000);
            k = k < n - i ? k : n - i;
            if (write(fds[1], text + i, k) != (ssize_t)k)
                _exit(1);
        }
        _exit(0);
    }
    close(fds[1]);
    input_start(in, fds[0], "pipe");
}

static void stop(struct input *in)
{
    struct span line;
    assert_false(input_line(in, &line));
    assert_int_equal(input_some(in).n, 0);
    assert_int_equal(input_lines(in).n, 0);
    assert_false(in->failed);
    input_close(in);
    wait(NULL);
}

static size_t make(struct random *random, int round)
{
    size_t n = random_below(random, MOST);
    for (size_t i = 0; i < n; i++)
        text[i] = random_below(random, 1 + ((size_t)1 << (2 * round))) != 0
                      ? (uint8_t)random_next(random)
                      : '\n';
    return n;
}

static void test_lines(void **state)
{
    (void)state;
    struct random random = random_of(1);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = make(&random, round), from = 0;
        struct input in;
        struct span line;
        start(&in, n, &random);
        while (input_line(&in, &line)) {
            const uint8_t *lf = memchr(text + from, '\n', n - from);
            size_t length = lf != NULL ? (size_t)(lf - text) - from : n - from;
            assert_true(span_equal(line, span_of(text + from, length)));
            assert_int_equal(in.ended, lf != NULL);
            from += length + in.ended;
        }
        assert_int_equal(from, n);
        stop(&in);
    }
}

static void test_blocks(void **state)
{
    (void)state;
    struct random random = random_of(2);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = make(&random, round), from = 0;
        struct input in;
        struct span block;
        start(&in, n, &random);
        while ((block = input_lines(&in)).n != 0) {
            assert_true(span_equal(block, span_of(text + from, block.n)));
            from += block.n;
            assert_true(from == n || block.p[block.n - 1] == '\n');
        }
        assert_int_equal(from, n);
        stop(&in);
    }
}

static void test_all(void **state)
{
    (void)state;
    struct random random = random_of(3);
    for (int round = 0; round < ROUNDS; round++) {
        size_t n = make(&random, round), from = 0;
        struct input in;
        struct span all;
        start(&in, n, &random);
        if (round % 2 == 0 && input_more(&in)) {
            all = input_some(&in);
            assert_true(span_equal(all, span_of(text, all.n)));
            from = all.n;
        }
        assert_true(input_all(&in, &all));
        assert_true(span_equal(all, span_of(text + from, n - from)));
        stop(&in);
    }
}

static void test_cannot(void **state)
{
    (void)state;
    struct input in;
    struct span line;
    assert_false(input_open(&in, "no/such/file"));
    assert_true(input_open(&in, "/"));
    assert_false(input_line(&in, &line));
    assert_true(in.failed);
    assert_false(input_all(&in, &line));
    input_close(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
