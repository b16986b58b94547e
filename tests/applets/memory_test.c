/* Memory of the commands: what grows keeps what was in it, the arena aligns, sorting is stable. */
#include "applets/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/bytes.h"
#include "tests/support/test.h"

static void test_grow(void **state)
{
    (void)state;
    size_t room = 0, n = 0;
    uint32_t *p = NULL;
    for (; n < 300000; n++) {
        p = memory_room(p, &room, (n + 1) * sizeof *p);
        p[n] = (uint32_t)n;
    }
    for (size_t i = 0; i < n; i++)
        assert_int_equal(p[i], i);
    size_t before = room;
    assert_ptr_equal(memory_room(p, &room, 5), p);
    assert_int_equal(room, before);
    memory_drop(p, room);
    memory_drop(NULL, 0);
}

static void test_arena(void **state)
{
    (void)state;
    struct arena a = { 0 };
    static const size_t sizes[] = { 1, 0, 7, 16, 65536, 100, 200000, 65519, 65520, 65521, 3 };
    uint8_t *taken[11];
    for (unsigned i = 0; i < 11; i++) {
        taken[i] = arena_take(&a, sizes[i]);
        assert_non_null(taken[i]);
        assert_int_equal((uintptr_t)taken[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(taken[i][k], 0);
        memset(taken[i], (int)i + 1, sizes[i]);
    }
    for (unsigned i = 0; i < 11; i++)
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(taken[i][k], i + 1);
    assert_string_equal(arena_text(&a, "abc", 2), "ab");
    assert_string_equal(arena_text(&a, NULL, 0), "");
    arena_drop(&a);
    assert_null(a.part);
}

static void test_names(void **state)
{
    (void)state;
    struct names l = { 0 };
    struct random random = random_of(3);
    char text[40];
    for (unsigned i = 0; i < 5000; i++) {
        int n = snprintf(text, sizeof text, "%u", (unsigned)random_below(&random, 100000));
        assert_true(names_add(&l, text, (size_t)n));
        assert_string_equal(l.list[i], text);
        assert_null(l.list[i + 1]);
    }
    names_sort(&l, 10);
    for (unsigned i = 11; i < 5000; i++)
        assert_true(strcmp(l.list[i - 1], l.list[i]) <= 0);
    names_drop(&l);
    names_sort(&l, 0);
    assert_int_equal(l.n, 0);
}

static int by_tens(const void *a, const void *b)
{
    return *(const int *)a / 10 - *(const int *)b / 10;
}

static void test_sort(void **state)
{
    (void)state;
    static int values[1000];
    void *list[1000], *scratch[1000];
    struct random random = random_of(4);
    for (size_t n = 0; n <= 1000; n += n < 20 ? 1 : 490) {
        for (size_t i = 0; i < n; i++) {
            values[i] = (int)random_below(&random, 20) * 10;
            list[i] = values + i;
        }
        memory_sort(list, scratch, n, by_tens);
        for (size_t i = 1; i < n; i++) {
            int order = by_tens(list[i - 1], list[i]);
            assert_true(order < 0 || (order == 0 && list[i - 1] < list[i]));
        }
    }
}

static void test_compare(void **state)
{
    (void)state;
    assert_true(memory_compare(span_text("a"), span_text("b"), false) < 0);
    assert_true(memory_compare(span_text("ab"), span_text("a"), false) > 0);
    assert_true(memory_compare(span_text(""), span_text("a"), false) < 0);
    assert_true(memory_compare(span_text("\x80"), span_text("a"), false) > 0);
    assert_true(memory_compare(span_text("B"), span_text("a"), false) < 0);
    assert_true(memory_compare(span_text("B"), span_text("a"), true) > 0);
    assert_true(memory_compare(span_text("_"), span_text("a"), true) > 0);
    assert_int_equal(memory_compare(span_text("aZ["), span_text("Az["), true), 0);
    assert_int_equal(memory_compare(span_of(NULL, 0), span_text(""), false), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grow), cmocka_unit_test(test_arena),   cmocka_unit_test(test_names),
        cmocka_unit_test(test_sort), cmocka_unit_test(test_compare),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
