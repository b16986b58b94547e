/* Blocks, the pool and queues: nothing lost, nothing doubled, nothing handed on unwiped. */
#include <stdlib.h>
#include <string.h>

#include "base/block.h"
#include "tests/support/bytes.h"
#include "tests/support/test.h"

enum { BLOCKS = 6 };

static struct block *region;

static int make_region(void **state)
{
    (void)state;
    region = malloc(BLOCKS * sizeof *region);
    return region == NULL ? -1 : 0;
}

static int drop_region(void **state)
{
    (void)state;
    free(region);
    return 0;
}

static void test_pool_lends_all_and_no_more(void **state)
{
    (void)state;
    struct pool p;
    struct block *b[BLOCKS];
    pool_start(&p, region, BLOCKS);
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_int_equal(pool_left(&p, BLOCKS), BLOCKS - i);
        b[i] = pool_take(&p);
        assert_non_null(b[i]);
        assert_in_range((uintptr_t)b[i], (uintptr_t)region, (uintptr_t)(region + BLOCKS - 1));
        for (size_t k = 0; k < i; k++)
            assert_ptr_not_equal(b[i], b[k]);
        assert_int_equal(block_used(b[i]), 0);
        assert_int_equal(block_room(b[i]), LIMIT_BLOCK_BYTES);
        assert_int_equal(p.n_lent, i + 1);
    }
    assert_null(pool_take(&p));
    assert_int_equal(pool_left(&p, 1), 0);
    for (size_t i = 0; i < BLOCKS; i++) {
        pool_give(&p, b[i]);
        assert_int_equal(pool_left(&p, i + 1), i + 1);
    }
    assert_int_equal(p.n_lent, 0);
    assert_ptr_equal(pool_take(&p), b[BLOCKS - 1]); /* most recent first */
}

static void test_empty_pool(void **state)
{
    (void)state;
    struct pool p;
    struct queue q = { 0 };
    pool_start(&p, NULL, 0);
    assert_null(pool_take(&p));
    assert_true(queue_push(&q, &p, span_of(NULL, 0)));
    assert_false(queue_push(&q, &p, span_of("a", 1)));
    assert_int_equal(q.n, 0);
    assert_int_equal(queue_front(&q).n, 0);
    queue_stop(&q, &p);
}

/* Whatever was written since the block was lent is zero when it comes back, even where the bytes
 * were dropped or moved meanwhile. */
static void test_given_blocks_are_wiped(void **state)
{
    (void)state;
    struct pool p;
    memset(region, 0, BLOCKS * sizeof *region);
    pool_start(&p, region, BLOCKS);
    struct block *b = pool_take(&p);
    memset(b->bytes, 0x5a, 1000);
    block_add(b, 1000);
    block_drop(b, 900);
    block_compact(b);
    assert_int_equal(block_used(b), 100);
    memset(b->bytes + b->tail, 0xa5, 50);
    block_add(b, 50);
    block_drop(b, 150);
    pool_give(&p, b);
    for (size_t i = 0; i < LIMIT_BLOCK_BYTES; i++)
        assert_int_equal(b->bytes[i], 0);
}

static void test_block_moves(void **state)
{
    (void)state;
    struct pool p;
    pool_start(&p, region, BLOCKS);
    struct block *b = pool_take(&p);
    memcpy(b->bytes, "0123456789", 10);
    block_add(b, 10);
    block_compact(b); /* nothing to do */
    assert_memory_equal(b->bytes, "0123456789", 10);
    block_drop(b, 4);
    assert_int_equal(block_used(b), 6);
    assert_int_equal(block_room(b), LIMIT_BLOCK_BYTES - 10);
    block_compact(b);
    assert_int_equal(block_room(b), LIMIT_BLOCK_BYTES - 6);
    assert_memory_equal(b->bytes + b->head, "456789", 6);
    block_drop(b, 6);
    assert_int_equal(block_room(b), LIMIT_BLOCK_BYTES); /* empty: all of it is free again */
    pool_give(&p, b);
}

static void test_queue_is_all_or_nothing(void **state)
{
    (void)state;
    struct pool p;
    struct queue q = { 0 };
    size_t most = (size_t)BLOCKS * LIMIT_BLOCK_BYTES;
    uint8_t *bytes = calloc(1, most + 1);
    assert_non_null(bytes);
    pool_start(&p, region, BLOCKS);
    assert_false(queue_push(&q, &p, span_of(bytes, most + 1)));
    assert_int_equal(q.n, 0);
    assert_int_equal(p.n_lent, 0);
    assert_true(queue_push(&q, &p, span_of(bytes, most - 1)));
    assert_false(queue_push(&q, &p, span_of(bytes, 2)));
    assert_int_equal(q.n, most - 1);
    assert_true(queue_push(&q, &p, span_of(bytes, 1)));
    assert_int_equal(p.n_lent, BLOCKS);
    queue_stop(&q, &p);
    assert_int_equal(q.n, 0);
    assert_null(q.first);
    assert_null(q.last);
    assert_int_equal(p.n_lent, 0);
    free(bytes);
}

static void check_queue(const struct queue *q, const struct pool *p, const struct bytes *model)
{
    size_t n = 0, blocks = 0;
    assert_int_equal(q->n, bytes_used(model));
    for (const struct block *b = q->first; b != NULL; b = b->next) {
        assert_true(block_used(b) != 0); /* no block is held for nothing */
        assert_memory_equal(b->bytes + b->head, bytes_front(model) + n, block_used(b));
        n += block_used(b);
        blocks++;
        if (b->next == NULL)
            assert_ptr_equal(b, q->last);
    }
    assert_int_equal(n, q->n);
    assert_int_equal(blocks, p->n_lent);
}

/* Against a plain buffer, through many random pushes and drops. */
static void test_queue_against_model(void **state)
{
    (void)state;
    struct pool p;
    struct queue q = { 0 };
    struct bytes model = { 0 };
    struct random random = random_of(1);
    static uint8_t bytes[2 * LIMIT_BLOCK_BYTES];
    pool_start(&p, region, BLOCKS);
    random_fill(&random, bytes, sizeof bytes);
    for (int i = 0; i < 1500; i++) {
        size_t most = random_below(&random, 4) ? 20000 : sizeof bytes;
        struct span s =
            span_of(bytes + random_below(&random, 999), random_below(&random, most - 999));
        if (queue_push(&q, &p, s))
            bytes_add(&model, s.p, s.n);
        check_queue(&q, &p, &model);
        assert_true(queue_front(&q).n <= q.n);
        assert_int_equal(queue_front(&q).n == 0, q.n == 0);
        size_t n = random_below(&random, (q.n < 60000 ? q.n : 60000) + 1);
        if (random_below(&random, 20) == 0)
            n = q.n;
        queue_drop(&q, &p, n);
        bytes_drop(&model, n);
        check_queue(&q, &p, &model);
    }
    queue_stop(&q, &p);
    assert_int_equal(p.n_lent, 0);
    bytes_stop(&model);
}

/* What base/limits.h promises: every window of a connection full, each queue with part-used blocks
 * at both ends, and the blocks still suffice, whoever has the share. */
static void hold_every_window(uint8_t *bytes, struct block *big, unsigned wide)
{
    struct pool p;
    struct queue q[LIMIT_CHANNELS] = { 0 };
    size_t sum = 0;
    pool_start(&p, big, LIMIT_BLOCKS - 8);
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
        /* leaves one byte at the very end of a first block */
        assert_true(queue_push(&q[i], &p, span_of(bytes, LIMIT_BLOCK_BYTES)));
        queue_drop(&q[i], &p, LIMIT_BLOCK_BYTES - 1);
    }
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++) {
        size_t window = LIMIT_WINDOW_LEAST + (i < wide ? LIMIT_SHARE / wide : 0);
        assert_true(queue_push(&q[i], &p, span_of(bytes, window - 1)));
        assert_int_equal(q[i].n, window);
        sum += window;
    }
    assert_int_equal(sum, LIMIT_PROMISE);
    for (unsigned i = 0; i < LIMIT_CHANNELS; i++)
        queue_stop(&q[i], &p);
    assert_int_equal(p.n_lent, 0);
}

static void test_limit_blocks_hold_every_window(void **state)
{
    (void)state;
    struct block *big = malloc(LIMIT_BLOCKS * sizeof *big);
    uint8_t *bytes = calloc(1, LIMIT_WINDOW_LEAST + LIMIT_SHARE / 2);
    assert_non_null(big);
    assert_non_null(bytes);
    for (unsigned wide = 2; wide <= LIMIT_CHANNELS; wide *= 2)
        hold_every_window(bytes, big, wide);
    free(bytes);
    free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool_lends_all_and_no_more),
        cmocka_unit_test(test_empty_pool),
        cmocka_unit_test(test_given_blocks_are_wiped),
        cmocka_unit_test(test_block_moves),
        cmocka_unit_test(test_queue_is_all_or_nothing),
        cmocka_unit_test(test_queue_against_model),
        cmocka_unit_test(test_limit_blocks_hold_every_window),
    };
    return cmocka_run_group_tests(tests, make_region, drop_region);
}
