/* Of cmocka what these tests use, for CPUs that no package of it is here for: tests/cpu/cmocka.c. Its own names. */
#ifndef TESTS_CPU_CMOCKA_H
#define TESTS_CPU_CMOCKA_H

#include <stddef.h>
#include <stdint.h>

typedef void cmocka_function(void **state);
typedef int cmocka_fixture(void **state);

struct CMUnitTest {
    const char *name;
    cmocka_function *run;
    cmocka_fixture *before, *after;
};

#define cmocka_unit_test(f)                                                                        \
    {                                                                                              \
#f, f, NULL, NULL                                                                          \
    }
#define cmocka_unit_test_setup_teardown(f, before, after)                                          \
    {                                                                                              \
#f, f, before, after                                                                       \
    }
#define cmocka_run_group_tests(tests, before, after)                                               \
    cmocka_run(tests, sizeof(tests) / sizeof *(tests), before, after)
int cmocka_run(const struct CMUnitTest *tests, size_t n, cmocka_fixture *before,
               cmocka_fixture *after);

/* None of these comes back. */
_Noreturn void cmocka_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void cmocka_skip(void);
#define fail_msg(...) cmocka_fail(__FILE__, __LINE__, __VA_ARGS__)
#define fail()        fail_msg("failed")
#define skip()        cmocka_skip()

void print_message(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *test_malloc(size_t n);
void test_free(void *p);

/* Each argument is computed once. */
void cmocka_compare(const char *file, int line, const char *what, uint64_t a, uint64_t b,
                    int wanted);
void cmocka_compare_text(const char *file, int line, const char *a, const char *b, int wanted);
void cmocka_compare_bytes(const char *file, int line, const void *a, const void *b, size_t n,
                          int wanted);
void cmocka_range(const char *file, int line, uint64_t v, uint64_t least, uint64_t most);
#define CMOCKA_NUMBER(v)  ((uint64_t)(v))
#define CMOCKA_POINTER(p) ((uint64_t)(uintptr_t)(p))
#define CMOCKA_HERE       __FILE__, __LINE__

#define assert_true(v)  cmocka_compare(CMOCKA_HERE, #v, !(v), 0, 1)
#define assert_false(v) cmocka_compare(CMOCKA_HERE, #v, !(v), 1, 1)
#define assert_int_equal(a, b)                                                                     \
    cmocka_compare(CMOCKA_HERE, #a " == " #b, CMOCKA_NUMBER(a), CMOCKA_NUMBER(b), 1)
#define assert_int_not_equal(a, b)                                                                 \
    cmocka_compare(CMOCKA_HERE, #a " != " #b, CMOCKA_NUMBER(a), CMOCKA_NUMBER(b), 0)
#define assert_ptr_equal(a, b)                                                                     \
    cmocka_compare(CMOCKA_HERE, #a " == " #b, CMOCKA_POINTER(a), CMOCKA_POINTER(b), 1)
#define assert_ptr_not_equal(a, b)                                                                 \
    cmocka_compare(CMOCKA_HERE, #a " != " #b, CMOCKA_POINTER(a), CMOCKA_POINTER(b), 0)
#define assert_null(p)                   cmocka_compare(CMOCKA_HERE, #p, CMOCKA_POINTER(p), 0, 1)
#define assert_non_null(p)               cmocka_compare(CMOCKA_HERE, #p, CMOCKA_POINTER(p), 0, 0)
#define assert_string_equal(a, b)        cmocka_compare_text(CMOCKA_HERE, a, b, 1)
#define assert_string_not_equal(a, b)    cmocka_compare_text(CMOCKA_HERE, a, b, 0)
#define assert_memory_equal(a, b, n)     cmocka_compare_bytes(CMOCKA_HERE, a, b, n, 1)
#define assert_memory_not_equal(a, b, n) cmocka_compare_bytes(CMOCKA_HERE, a, b, n, 0)
#define assert_in_range(v, least, most)                                                            \
    cmocka_range(CMOCKA_HERE, CMOCKA_NUMBER(v), CMOCKA_NUMBER(least), CMOCKA_NUMBER(most))

#endif
