/* Distances of each CPU's calls become places, and distances again; whatever else there is stays as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "box/packing.h"

enum { PAGE = 4096, ROOM = 4 * PAGE, ROUNDS = 1000 };

static const struct {
    packing_places *places;
    uint8_t likely[4]; /* of a call */
} cpus[] = {
    { places_none, { 0 } },
    { places_x86_64, { 0xe8, 0x8b, 0x05, 0xff } },
    { places_i386, { 0xe8, 0xe8, 0, 0xff } },
    { places_arm, { 0xeb, 0xeb, 0, 0xff } },
    { places_thumb, { 0xf0, 0xf7, 0xff, 0xf8 } },
    { places_arm64, { 0x97, 0x94, 0x90, 0xb0 } },
    { places_riscv, { 0xef, 0x02, 0x17, 0x13 } },
    { places_mips_big, { 0x04, 0x11, 0, 0xff } },
    { places_mips_little, { 0x11, 0x04, 0, 0xff } },
    { places_powerpc, { 0x48, 0x01, 0x4b, 0xff } },
    { places_s390x, { 0xc0, 0xe5, 0x20, 0xff } },
};
enum { CPUS = sizeof cpus / sizeof *cpus };

static void test_all_comes_back(void **state)
{
    (void)state;
    srand(1);
    for (unsigned cpu = 0; cpu < CPUS; cpu++)
        for (unsigned round = 0; round < ROUNDS; round++) {
            size_t n = round < 100 ? round : (unsigned)rand() % PAGE;
            uint8_t *p = malloc(n + 1), *was = malloc(n + 1); /* sanitizers watch the end */
            for (size_t i = 0; i < n; i++)
                was[i] = rand() & 0x100 ? (uint8_t)rand() : cpus[cpu].likely[rand() >> 3 & 3];
            memcpy(p, was, n);
            cpus[cpu].places(p, (uint32_t)n, false);
            cpus[cpu].places(p, (uint32_t)n, true);
            assert_memory_equal(p, was, n);
            free(p);
            free(was);
        }
}

/* Two instructions, at two places, that mean the same: alike, once they have the place. */
static void alike(packing_places *places, uint32_t at, const void *a, uint32_t n, uint32_t behind,
                  const void *b)
{
    uint8_t p[ROOM] = { 0 }, was[ROOM];
    memcpy(p + at, a, n);
    memcpy(p + at + behind, b, n);
    memcpy(was, p, sizeof p);
    places(p, sizeof p, false);
    assert_memory_equal(p + at, p + at + behind, n);
    assert_memory_not_equal(p + at, was + at, n);
    places(p, sizeof p, true);
    assert_memory_equal(p, was, sizeof p);
}

/* As the assemblers of binutils write them. */
static void test_the_same_target_looks_the_same(void **state)
{
    (void)state;
    alike(places_x86_64, 16, "\xe8\x00\x01\0\0", 5, 0x10, "\xe8\xf0\0\0\0");
    alike(places_x86_64, 16, "\x8b\x05\x00\x01\0\0", 6, 0x10, "\x8b\x05\xf0\0\0\0");
    alike(places_i386, 16, "\xe8\x00\x01\0\0", 5, 0x10, "\xe8\xf0\0\0\0");
    alike(places_arm, 16, "\x02\0\0\xeb", 4, 0x10, "\xfe\xff\xff\xeb");
    alike(places_thumb, 16, "\0\xf0\x08\xf8", 4, 0x10, "\0\xf0\x00\xf8");
    alike(places_thumb, 18, "\0\xf0\x08\xf8", 4, 0x20, "\xff\xf7\xf8\xff");
    alike(places_arm64, 16, "\x02\0\0\x94", 4, 0x10, "\xfe\xff\xff\x97");
    alike(places_arm64, 16, "\x01\x01\0\x10", 4, 0x10, "\x81\0\0\x10"); /* adr x1, .+32 */
    alike(places_arm64, PAGE + 16, "\0\0\0\xb0", 4, PAGE,
          "\0\0\0\x90"); /* adrp x0, of the third page */
    alike(places_riscv, 16, "\xef\x00\x00\x02", 4, 0x10, "\xef\x00\x00\x01"); /* jal ra, .+32 */
    alike(places_riscv, 16, "\xef\x00\x00\x01", 4, 0x20, "\xef\xf0\x1f\xff"); /* … and .-16 */
    alike(places_riscv, 16, "\x17\x05\0\0\x13\x05\x05\x02", 8, 0x10,
          "\x17\x05\0\0\x13\x05\x05\x01");
    alike(places_mips_big, 16, "\x04\x11\0\x08", 4, 0x10, "\x04\x11\0\x04");
    alike(places_mips_little, 16, "\x08\0\x11\x04", 4, 0x20, "\0\0\x11\x04");
    alike(places_powerpc, 16, "\x48\0\0\x11", 4, 0x20, "\x4b\xff\xff\xf1");
    alike(places_s390x, 16, "\xc0\xe5\0\0\0\x08", 6, 0x20, "\xc0\xe5\xff\xff\xff\xf8");
    alike(places_s390x, 16, "\xc0\x20\0\0\0\x10", 6, 0x10, "\xc0\x20\0\0\0\x08");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_comes_back),
        cmocka_unit_test(test_the_same_target_looks_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
