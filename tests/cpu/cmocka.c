/* Runs the tests of one file and says in TAP how they went. */
#include <cmocka.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIPPED = 1, FAILED };

static jmp_buf out;

static int run(const struct CMUnitTest *t)
{
    void *state = NULL;
    int result = setjmp(out);
    if (result != 0)
        return result;
    if (t->before != NULL && t->before(&state) != 0)
        return FAILED;
    t->run(&state);
    return t->after != NULL && t->after(&state) != 0 ? FAILED : 0;
}

int cmocka_run(const struct CMUnitTest *tests, size_t n, cmocka_fixture *before,
               cmocka_fixture *after)
{
    void *state = NULL;
    int failed = before != NULL && before(&state) != 0;
    (void)printf("1..%zu\n", n);
    for (size_t i = 0; i < n; i++) {
        int result = run(&tests[i]);
        failed += result == FAILED;
        (void)printf("%sok %zu - %s%s\n", result == FAILED ? "not " : "", i + 1, tests[i].name,
                     result == SKIPPED ? " # SKIP" : "");
        (void)fflush(stdout); /* before a test forks */
    }
    failed += after != NULL && after(&state) != 0;
    return failed;
}

void print_message(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)printf("# ");
    (void)vprintf(format, list);
    va_end(list);
}

/* What cmocka looks for with these, sanitizers look for on the machine that builds. */
void *test_malloc(size_t n)
{
    return malloc(n);
}

void test_free(void *p)
{
    free(p);
}

_Noreturn void cmocka_skip(void)
{
    longjmp(out, SKIPPED);
}

_Noreturn void cmocka_fail(const char *file, int line, const char *format, ...)
{
    va_list list;
    (void)printf("# %s:%d: ", file, line);
    va_start(list, format);
    (void)vprintf(format, list);
    va_end(list);
    (void)puts("");
    longjmp(out, FAILED);
}

void cmocka_compare(const char *file, int line, const char *what, uint64_t a, uint64_t b,
                    int wanted)
{
    if ((a == b) != wanted)
        cmocka_fail(file, line, "%s: %#jx, %#jx", what, (uintmax_t)a, (uintmax_t)b);
}

void cmocka_compare_text(const char *file, int line, const char *a, const char *b, int wanted)
{
    if ((strcmp(a, b) == 0) != wanted)
        cmocka_fail(file, line, "\"%s\", \"%s\"", a, b);
}

void cmocka_compare_bytes(const char *file, int line, const void *a, const void *b, size_t n,
                          int wanted)
{
    if ((memcmp(a, b, n) == 0) != wanted)
        cmocka_fail(file, line, "%zu bytes", n);
}

void cmocka_range(const char *file, int line, uint64_t v, uint64_t least, uint64_t most)
{
    if (v < least || v > most)
        cmocka_fail(file, line, "%ju is not in %ju to %ju", (uintmax_t)v, (uintmax_t)least,
                    (uintmax_t)most);
}
