/* What xz packed comes back; what nobody packed does no harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "box/lzma.h"

enum { ROOM = 300000, PACKED_ROOM = 2 * ROOM };

static const struct span none = { 0 };
/* What builds have, and what there may be at most; a release knows no more place bits than it needs. */
#define BITS(n) ((n) < LZMA_PLACE_BITS ? (n) : LZMA_PLACE_BITS)
static const struct lzma_kind usual = { 3, 0, 0 }, kinds[] = {
    { 3, 0, 0 }, { 2, 2, BITS(2) }, { 3, 1, BITS(1) }, { 0, 4, BITS(2) }, { 4, 0, 0 }
};
enum { KINDS = sizeof kinds / sizeof *kinds };
static uint8_t plain[ROOM], packed[PACKED_ROOM], unpacked[ROOM];

static size_t pack(size_t n, struct lzma_kind kind)
{
    char name[] = "/tmp/nano_lzma.XXXXXX", command[128];
    int fd = mkstemp(name);
    FILE *f = fdopen(fd, "w");
    assert_int_equal(fwrite(plain, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    (void)snprintf(command, sizeof command,
                   "xz --format=raw --lzma1=preset=9e,lc=%u,lp=%u,pb=%u -c %s", kind.lc, kind.lp,
                   kind.pb, name);
    f = popen(command, "r");
    size_t m = fread(packed, 1, sizeof packed, f);
    assert_int_equal(pclose(f), 0);
    (void)remove(name);
    return m;
}

static uint8_t some(unsigned kind, size_t i, unsigned r)
{
    switch (kind) {
    case 0:
        return 0;
    case 1:
        return (uint8_t)r;
    case 2:
        return (uint8_t) "abcd"[r & 3];
    case 3:
        return (uint8_t)(i / 100 * 7 + i % 3);
    default:
        return i > 1000 && (r & 0x7000) ? plain[i - 1 - r % 1000] : (uint8_t)r;
    }
}

static void fill(unsigned kind, size_t n)
{
    for (size_t i = 0; i < n; i++)
        plain[i] = some(kind, i, (unsigned)rand() >> 8);
}

static void test_whatever_was_packed(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 2, 3, 100, 4096, 70000, ROOM };
    srand(1);
    for (unsigned kind = 0; kind < 5; kind++)
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            struct lzma_kind of = kinds[(kind + i) % KINDS];
            fill(kind, sizes[i]);
            size_t m = pack(sizes[i], of);
            memset(unpacked, 0xa5, sizeof unpacked);
            assert_true(lzma_unpack(unpacked, sizes[i], span_of(packed, m), none, of));
            assert_memory_equal(unpacked, plain, sizes[i]);
        }
}

static void test_cut_short(void **state)
{
    (void)state;
    fill(1, 5000);
    size_t m = pack(5000, usual);
    for (size_t cut = 0; cut < m - 16; cut += 97) {
        uint8_t *exact = malloc(cut + 1); /* sanitizers watch its end */
        memcpy(exact, packed, cut);
        assert_false(lzma_unpack(unpacked, 5000, span_of(exact, cut), none, usual));
        free(exact);
    }
}

static void test_damaged(void **state)
{
    (void)state;
    fill(4, 5000);
    size_t m = pack(5000, usual);
    uint8_t *exact = malloc(5000);
    for (unsigned i = 0; i < 2000; i++) {
        uint8_t *p = &packed[(unsigned)rand() % m], was = *p;
        *p ^= (uint8_t)(1 << rand() % 8);
        lzma_unpack(exact, 5000, span_of(packed, m), none,
                    kinds[i % KINDS]); /* stays within, whatever comes of it */
        *p = was;
    }
    free(exact);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whatever_was_packed),
        cmocka_unit_test(test_cut_short),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
