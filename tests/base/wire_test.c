/* RFC 4251 section 5: data types and name-lists. */
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"
#include "tests/support/bytes.h"
#include "tests/support/test.h"

static void test_reading_in_order(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 7, 1, 0, 0x01, 0x02, 0x03, 0x04, 0,
                                     0, 0, 3, 'a',  'b',  'c',  9,    8 };
    struct reader r = reader_of(span_of(bytes, sizeof bytes));
    assert_int_equal(get_byte(&r), 7);
    assert_true(get_boolean(&r));
    assert_false(get_boolean(&r));
    assert_int_equal(get_u32(&r), 0x01020304);
    assert_true(span_is(get_string(&r), "abc"));
    assert_false(get_done(&r));
    struct span rest = get_rest(&r);
    assert_int_equal(rest.n, 2);
    assert_int_equal(rest.p[0], 9);
    assert_true(get_done(&r));
    assert_int_equal(get_rest(&r).n, 0);
    assert_true(get_done(&r));
}

static void test_64_bits(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };
    uint8_t written[8];
    struct reader r = reader_of(span_of(bytes, 8));
    assert_true(get_u64(&r) == 0xfedcba9876543210);
    assert_true(get_done(&r));
    struct writer w = writer_of(written, 8);
    put_u64(&w, 0xfedcba9876543210);
    assert_memory_equal(written, bytes, 8);
    put_u64(&w, 0);
    assert_true(w.bad);
    for (size_t n = 0; n < 8; n++) {
        r = reader_of(span_of(bytes, n));
        get_u64(&r);
        assert_true(r.bad);
        w = writer_of(written, n);
        put_u64(&w, 1);
        assert_true(w.bad);
    }
}

static void test_any_nonzero_is_true(void **state)
{
    (void)state;
    for (unsigned v = 0; v < 256; v++) {
        uint8_t b = (uint8_t)v;
        struct reader r = reader_of(span_of(&b, 1));
        assert_int_equal(get_boolean(&r), v != 0);
    }
}

static void test_bad_is_sticky(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 0, 0, 0, 5, 'a', 'b', 'c', 'd', 1, 2, 3 };
    struct reader r = reader_of(span_of(bytes, 8));
    assert_int_equal(get_string(&r).n, 0); /* five wanted, four there */
    assert_true(r.bad);
    assert_int_equal(get_byte(&r), 0);
    assert_int_equal(get_u32(&r), 0);
    assert_int_equal(get_string(&r).n, 0);
    assert_int_equal(get_bytes(&r, 0).n, 0);
    assert_int_equal(get_rest(&r).n, 0);
    assert_false(get_boolean(&r));
    assert_false(get_done(&r));
}

/* No length field whatever makes a reader leave its bytes, with 0 to 8 of them behind it. */
static void test_lengths_out_of_range(void **state)
{
    (void)state;
    static const uint32_t lengths[] = { 0,          1,          7,          8,         9,
                                        0x7fffffff, 0x80000000, 0xfffffffb, 0xffffffff };
    for (size_t have = 0; have <= 8; have++)
        for (size_t i = 0; i < COUNT(lengths); i++) {
            uint8_t *exact = malloc(4 + have); /* the sanitizer sees the byte after */
            assert_non_null(exact);
            memset(exact, 0x55, 4 + have);
            store_u32(exact, lengths[i]);
            struct reader r = reader_of(span_of(exact, 4 + have));
            struct span s = get_string(&r);
            assert_int_equal(r.bad, lengths[i] > have);
            assert_int_equal(s.n, lengths[i] > have ? 0 : lengths[i]);
            free(exact);
        }
}

static void test_every_truncation(void **state)
{
    (void)state;
    static const uint8_t bytes[] = { 1, 0, 0, 0, 2, 'h', 'i', 0, 0, 0, 9, 1 };
    for (size_t n = 0; n <= sizeof bytes; n++) {
        struct reader r = reader_of(span_of(bytes, n));
        get_byte(&r);
        get_string(&r);
        get_u32(&r);
        get_boolean(&r);
        assert_int_equal(get_done(&r), n == sizeof bytes);
    }
}

static void test_writing(void **state)
{
    (void)state;
    static const uint8_t want[] = { 5,   1, 0xfe, 0xdc, 0xba, 0x98, 0, 0, 0, 2, 'o', 'k',
                                    'x', 0, 0,    0,    3,    1,    2, 3, 0, 0, 0,   0 };
    uint8_t bytes[64];
    struct writer w = writer_of(bytes, sizeof bytes);
    put_byte(&w, 5);
    put_boolean(&w, true);
    put_u32(&w, 0xfedcba98);
    put_text(&w, "ok");
    put_bytes(&w, "x", 1);
    uint8_t *start = put_string_start(&w);
    put_bytes(&w, "\1\2\3", 3);
    put_string_stop(&w, start);
    put_string(&w, (struct span){ NULL, 0 });
    assert_false(w.bad);
    assert_int_equal(writer_used(&w), sizeof want);
    assert_memory_equal(bytes, want, sizeof want);
}

static void fill(struct writer *w)
{
    put_byte(w, 1);
    put_u32(w, 2);
    uint8_t *start = put_string_start(w);
    put_text(w, "abc");
    put_string_stop(w, start);
    put_mpint(w, span_of("\x80", 1));
}

/* With any smaller room the writer goes bad, stays so, and writes nothing behind its end. */
static void test_writer_without_room(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct writer w = writer_of(bytes, sizeof bytes);
    fill(&w);
    size_t whole = writer_used(&w);
    assert_int_equal(whole, 1 + 4 + 4 + 7 + 6);
    for (size_t room = 0; room <= whole; room++) {
        memset(bytes, 0xaa, sizeof bytes);
        w = writer_of(bytes, room);
        fill(&w);
        assert_int_equal(w.bad, room < whole);
        assert_true(writer_used(&w) <= room);
        for (size_t i = room; i < sizeof bytes; i++)
            assert_int_equal(bytes[i], 0xaa);
        size_t used = writer_used(&w);
        if (w.bad) { /* sticky even for what would fit */
            put_bytes(&w, "", 0);
            put_byte(&w, 0);
            assert_int_equal(writer_used(&w), used);
        }
    }
}

static void test_mpint(void **state)
{
    (void)state;
    static const struct {
        const char *number, *wire;
    } cases[] = {
        /* the examples of RFC 4251 section 5 that are not negative */
        { "", "00000000" },           { "00", "00000000" },
        { "000000", "00000000" },     { "09a378f9b2e332a7", "0000000809a378f9b2e332a7" },
        { "80", "000000020080" },     { "0080", "000000020080" },
        { "0000007f", "000000017f" }, { "ff00", "0000000300ff00" },
        { "0100", "000000020100" },
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        uint8_t number[32], want[40], got[40];
        size_t n = hex_bytes(number, sizeof number, cases[i].number);
        size_t want_n = hex_bytes(want, sizeof want, cases[i].wire);
        struct writer w = writer_of(got, sizeof got);
        put_mpint(&w, span_of(number, n));
        assert_int_equal(writer_used(&w), want_n);
        assert_memory_equal(got, want, want_n);
    }
}

static void test_numbers_both_ways(void **state)
{
    (void)state;
    static const uint32_t values[] = { 0, 1, 0x7f, 0x80, 0xff00ff00, 0x12345678, 0xffffffff };
    for (size_t i = 0; i < COUNT(values); i++) {
        uint8_t b[4];
        store_u32(b, values[i]);
        assert_int_equal(load_u32(b), values[i]);
        assert_int_equal(b[0], values[i] >> 24);
    }
    uint8_t b[8], want[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    store_u64(b, 0x0102030405060708);
    assert_memory_equal(b, want, 8);
}

static void test_spans(void **state)
{
    (void)state;
    assert_true(span_equal(span_of(NULL, 0), span_of("x", 0)));
    assert_true(span_equal(span_text("abc"), span_of("abcd", 3)));
    assert_false(span_equal(span_text("abc"), span_text("abd")));
    assert_false(span_equal(span_text("abc"), span_text("ab")));
    assert_true(span_is(span_text(""), ""));
    assert_false(span_is(span_of("ab\0c", 4), "ab"));
    assert_true(span_starts(span_text("SSH-2.0-x"), "SSH-2.0-"));
    assert_false(span_starts(span_text("SSH-2"), "SSH-2.0-"));
}

static void test_copy_text(void **state)
{
    (void)state;
    char to[5];
    assert_true(span_copy_text(span_text("four"), to, sizeof to));
    assert_string_equal(to, "four");
    assert_false(span_copy_text(span_text("fives"), to, sizeof to));
    assert_string_equal(to, "");
    assert_true(span_copy_text(span_of(NULL, 0), to, sizeof to));
    assert_string_equal(to, "");
    assert_false(span_copy_text(span_of("a\0b", 3), to, sizeof to));
    assert_string_equal(to, "");
    assert_false(span_copy_text(span_of("\0", 1), to, sizeof to));
    assert_true(span_copy_text(span_of(NULL, 0), to, 1));
    assert_false(span_copy_text(span_text("a"), to, 1));
}

static void test_name_list_walk(void **state)
{
    (void)state;
    struct span list = span_text("one,two,three");
    assert_true(span_is(name_list_next(&list), "one"));
    assert_true(span_is(name_list_next(&list), "two"));
    assert_true(span_is(name_list_next(&list), "three"));
    assert_int_equal(list.n, 0);
    assert_int_equal(name_list_next(&list).n, 0);
    struct span none = { NULL, 0 };
    assert_int_equal(name_list_next(&none).n, 0);
}

static void test_name_list_has(void **state)
{
    (void)state;
    struct span list = span_text("curve25519-sha256,ext-info-c,kex-strict");
    assert_true(name_list_has(list, span_text("curve25519-sha256")));
    assert_true(name_list_has(list, span_text("ext-info-c")));
    assert_true(name_list_has(list, span_text("kex-strict")));
    assert_false(name_list_has(list, span_text("kex-strict-c")));
    assert_false(name_list_has(list, span_text("kex")));
    assert_false(name_list_has(list, span_text("info")));
    assert_false(name_list_has(list, span_text("ext-info-c,kex-strict")));
    assert_false(name_list_has(span_text(""), span_text("a")));
    assert_true(name_list_has(span_text(",,a,,"), span_text("a"))); /* empty names do no harm */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading_in_order),
        cmocka_unit_test(test_64_bits),
        cmocka_unit_test(test_any_nonzero_is_true),
        cmocka_unit_test(test_bad_is_sticky),
        cmocka_unit_test(test_lengths_out_of_range),
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_writing),
        cmocka_unit_test(test_writer_without_room),
        cmocka_unit_test(test_mpint),
        cmocka_unit_test(test_numbers_both_ways),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_copy_text),
        cmocka_unit_test(test_name_list_walk),
        cmocka_unit_test(test_name_list_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
