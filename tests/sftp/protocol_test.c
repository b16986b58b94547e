/* SFTP at the level of bytes: framing, versions, fields, names and handles that are none. */
#include <string.h>
#include <unistd.h>

#include "sftp/internal.h"
#include "tests/support/files.h"
#include "tests/support/sftp.h"
#include "tests/support/test.h"

static struct talk talk;
static struct talk *const t = &talk;

static int start(void **state)
{
    return talk_setup(t, state);
}

static int stop(void **state)
{
    return talk_teardown(t, state);
}

/* --- framing --- */
static const struct sftp_config nobody;

static int outcome(void **state, const void *sent, size_t n)
{
    static struct talk raw;
    talk_start_raw(&raw, *state, false, &nobody);
    assert_int_equal(write(raw.to, sent, n), n);
    return talk_stop(&raw);
}

static void test_framing(void **state)
{
    static const char init[] = "\0\0\0\5\1\0\0\0\3";
#define OUTCOME(bytes) outcome(state, bytes, sizeof bytes - 1)
    assert_int_equal(outcome(state, "", 0), 0);
    assert_int_equal(outcome(state, init, 9), 0);
    assert_int_equal(outcome(state, init, 3), 1);
    assert_int_equal(outcome(state, init, 8), 1);
    assert_int_equal(OUTCOME("\0\0\0\0"), 1);
    assert_int_equal(OUTCOME("\0\0\0\4\1\0\0\0"), 1);
    assert_int_equal(OUTCOME("\0\4\0\1\1\0\0\0\3"), 1);
    assert_int_equal(OUTCOME("\377\377\377\377\1\0\0\0\3"), 1);
    assert_int_equal(OUTCOME("\0\0\0\12\21\0\0\0\1\0\0\0\1."), 1); /* before INIT */
    assert_int_equal(OUTCOME("\0\0\0\5\1\0\0\0\3\0\0\0\1\4"), 1);
    assert_int_equal(OUTCOME("\0\0\0\5\1\0\0\0\6\0\0\0\5\1\0\0\0\3"), 0);
}

static void test_version(void **state)
{
    static struct talk raw;
    static const char *const names[] = {
        "posix-rename@openssh.com",
        "1",
        "statvfs@openssh.com",
        "2",
        "fstatvfs@openssh.com",
        "2",
        "hardlink@openssh.com",
        "1",
        "fsync@openssh.com",
        "1",
        "lsetstat@openssh.com",
        "1",
        "limits@openssh.com",
        "1",
        "expand-path@openssh.com",
        "1",
        "copy-data",
        "1",
        "home-directory",
        "1",
        "users-groups-by-id@openssh.com",
        "1",
    };
    talk_start_raw(&raw, *state, true, &nobody);
    assert_int_equal(write(raw.to, "\0\0\0\22\1\0\0\0\6\0\0\0\1x\0\0\0\4abcd", 22), 22);
    assert_true(talk_reply(&raw));
    assert_int_equal(raw.type, FXP_VERSION);
    assert_int_equal(load_u32(raw.reply + 1), 3);
    for (size_t i = 0; i < COUNT(names); i++)
        assert_true(span_is(get_string(&raw.body), names[i]));
    assert_true(get_done(&raw.body));
    assert_int_equal(talk_stop(&raw), 0);
}

/* Requests a byte at a time, and many in one write: each has its reply, in order. */
static void test_portions(void **state)
{
    static uint8_t all[8192];
    size_t n = 0;
    (void)state;
    for (uint32_t i = 0; i < 200; i++) {
        put_text(talk_begin(t, FXP_STAT), "file");
        store_u32(t->request, (uint32_t)(writer_used(&t->w) - 4));
        memcpy(all + n, t->request, writer_used(&t->w));
        n += writer_used(&t->w);
    }
    uint32_t first = t->id - 199;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0, k = round == 0 ? n : 1; i < n; i += k)
            assert_int_equal(write(t->to, all + i, k), k);
        for (uint32_t i = 0; i < 200; i++) {
            assert_true(talk_reply(t));
            assert_int_equal(t->type, FXP_ATTRS);
            assert_int_equal(load_u32(t->reply + 1), first + i);
        }
    }
}

/* Every request cut short at every byte: only then is it BAD_MESSAGE, and the next one works. */
static void test_cut_short(void **state)
{
    static const char *const fields[] = {
        [FXP_OPEN] = "sua",   [FXP_CLOSE] = "s",    [FXP_READ] = "slu",   [FXP_WRITE] = "sls",
        [FXP_LSTAT] = "s",    [FXP_FSTAT] = "s",    [FXP_SETSTAT] = "sa", [FXP_FSETSTAT] = "sa",
        [FXP_OPENDIR] = "s",  [FXP_READDIR] = "s",  [FXP_REMOVE] = "s",   [FXP_MKDIR] = "sa",
        [FXP_RMDIR] = "s",    [FXP_REALPATH] = "s", [FXP_STAT] = "s",     [FXP_RENAME] = "ss",
        [FXP_READLINK] = "s", [FXP_SYMLINK] = "ss",
    };
    (void)state;
    for (uint8_t type = FXP_OPEN; type <= FXP_SYMLINK; type++) {
        struct writer *w = talk_begin(t, type);
        for (const char *f = fields[type]; *f != 0; f++) {
            if (*f == 's')
                put_text(w, "no/such");
            if (*f == 'u' || *f == 'a')
                put_u32(w, *f == 'a' ? ATTR_ALL | ATTR_EXTENDED : 0);
            if (*f == 'l')
                put_u64(w, 0);
            for (int i = 0; *f == 'a' && i < 7; i++)
                put_u32(w, 0); /* size, uid, gid, permissions, two times */
            if (*f == 'a') {
                put_u32(w, 1); /* extended_count */
                put_text(w, "type");
                put_text(w, "data");
            }
        }
        uint8_t *end = w->p;
        for (uint8_t *cut = w->start + 9; cut < end; cut++) {
            w->p = cut;
            assert_int_equal(talk_status(t), FX_BAD_MESSAGE);
        }
        w->p = end;
        if (type != FXP_REALPATH)
            assert_int_not_equal(talk_status(t), FX_BAD_MESSAGE);
    }
    assert_int_equal(talk_path(t, FXP_REMOVE, "file"), FX_OK);
}

static void test_unknown(void **state)
{
    (void)state;
    for (unsigned type = 0; type < 256; type++) {
        if (type == FXP_INIT || (type >= FXP_OPEN && type <= FXP_SYMLINK))
            continue;
        talk_begin(t, (uint8_t)type);
        assert_int_equal(talk_status(t), type == FXP_EXTENDED ? FX_BAD_MESSAGE : FX_OP_UNSUPPORTED);
    }
    talk_extended(t, "nobody@example.com");
    assert_int_equal(talk_status(t), FX_OP_UNSUPPORTED);
    talk_extended(t, "");
    assert_int_equal(talk_status(t), FX_OP_UNSUPPORTED);
}

/* --- names --- */
static void test_bad_names(void **state)
{
    static const uint8_t with_name[] = { FXP_LSTAT, FXP_OPENDIR,  FXP_REMOVE,  FXP_RMDIR,
                                         FXP_STAT,  FXP_REALPATH, FXP_READLINK };
    char longest[5000];
    memset(longest, 'x', sizeof longest);
    for (size_t i = 0; i < COUNT(with_name); i++) {
        put_string(talk_begin(t, with_name[i]), span_of("file\0", 5));
        assert_int_equal(talk_status(t), FX_FAILURE);
        put_string(talk_begin(t, with_name[i]), span_of("fi\0le", 5));
        assert_int_equal(talk_status(t), FX_FAILURE);
        put_string(talk_begin(t, with_name[i]), span_of(longest, 256));
        assert_int_equal(talk_status(t), FX_BAD_MESSAGE);
        put_string(talk_begin(t, with_name[i]), span_of(longest, 4096));
        assert_int_equal(talk_status(t), FX_BAD_MESSAGE);
    }
    assert_int_equal(talk_size(state, "file"), 10);
    put_text(talk_begin(t, FXP_STAT), ""); /* where names begin */
    assert_int_equal(talk_ask(t), FXP_ATTRS);
}

/* --- handles --- */
static void test_bad_handles(void **state)
{
    static const uint8_t with_handle[] = { FXP_CLOSE,    FXP_FSTAT, FXP_READDIR,
                                           FXP_FSETSTAT, FXP_READ,  FXP_WRITE };
    struct talk_handle file = talk_open(t, "file", READ), directory = talk_opendir(t, "directory");
    struct talk_handle stale = talk_open(t, "file", READ), bad[7];
    (void)state;
    assert_int_equal(talk_close(t, &stale), FX_OK);
    struct talk_handle again = talk_open(t, "file", READ); /* takes the same place */
    bad[0] = stale;
    bad[1] = file;
    bad[1].bytes[bad[1].n - 1] ^= 1;
    bad[2] = file;
    bad[2].bytes[0] = 255;
    bad[3] = (struct talk_handle){ .n = 0 };
    bad[4] = file;
    bad[4].n--;
    bad[5] = file;
    bad[5].n++;
    bad[6] = (struct talk_handle){ .n = 256 };
    for (size_t i = 0; i < COUNT(with_handle); i++)
        for (size_t k = 0; k < COUNT(bad); k++) {
            struct writer *w = talk_begin(t, with_handle[i]);
            put_handle(w, &bad[k]);
            put_u64(w, 0);
            put_u32(w, 0);
            assert_int_equal(talk_status(t), FX_FAILURE);
        }
    struct span data;
    assert_int_equal(talk_read(t, &directory, 0, 10, &data), FX_FAILURE);
    assert_int_equal(talk_write(t, &directory, 0, span_text("x")), FX_FAILURE);
    put_handle(talk_begin(t, FXP_READDIR), &file);
    assert_int_equal(talk_status(t), FX_FAILURE);
    assert_int_equal(talk_close(t, &again), FX_OK);
    assert_int_equal(talk_close(t, &file), FX_OK);
    assert_int_equal(talk_close(t, &directory), FX_OK);
    assert_int_equal(talk_close(t, &directory), FX_FAILURE);
}

static void test_many_handles(void **state)
{
    static struct talk_handle handles[HANDLES_MAX];
    struct span data;
    size_t open = 0;
    (void)state;
    for (int i = 0; i < 5000; i++) {
        struct talk_handle h = i % 2 ? talk_open(t, "file", READ) : talk_opendir(t, ".");
        if (h.n == 0)
            assert_int_equal(get_u32(&t->body), FX_FAILURE);
        else
            handles[open++] = h;
    }
    assert_int_equal(open, HANDLES_MAX);
    for (size_t i = 0; i < open; i++) {
        if (i % 2 != 0)
            assert_int_equal(talk_read(t, &handles[i], 0, 10, &data), FX_OK);
        assert_int_equal(talk_close(t, &handles[i]), FX_OK);
    }
    assert_int_not_equal(talk_open(t, "file", READ).n, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(test_framing), CASE(test_version),   CASE(test_portions),    CASE(test_cut_short),
        CASE(test_unknown), CASE(test_bad_names), CASE(test_bad_handles), CASE(test_many_handles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
