/* Keys in, lines out. What reads and shows them here are files in memory: a terminal only adds its mode. */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/edit.h"

/* The shell's table, where it is not linked: empty. */
__attribute__((weak)) const void *shell_builtins[1];

static int keys_fd, screen_fd, saved_in, saved_out;
static char line[128 * 1024], screen[1024 * 1024];
static char folder[] = "/tmp/edit_test.XXXXXX";

static void type(const char *keys, size_t n)
{
    assert_int_equal(ftruncate(keys_fd, 0), 0);
    assert_int_equal(lseek(keys_fd, 0, SEEK_SET), 0);
    assert_int_equal(write(keys_fd, keys, n), (ssize_t)n);
    assert_int_equal(lseek(keys_fd, 0, SEEK_SET), 0);
}

static int edit(const char *prompt)
{
    struct span got = { NULL, 0 };
    assert_int_equal(ftruncate(screen_fd, 0), 0);
    lseek(screen_fd, 0, SEEK_SET);
    dup2(keys_fd, STDIN_FILENO);
    dup2(screen_fd, STDOUT_FILENO);
    int did = edit_line(prompt, &got);
    dup2(saved_in, STDIN_FILENO);
    dup2(saved_out, STDOUT_FILENO);
    assert_true(got.n < sizeof line);
    memcpy(line, got.p, got.n);
    line[got.n] = 0;
    ssize_t n = pread(screen_fd, screen, sizeof screen - 1, 0);
    screen[n > 0 ? n : 0] = 0;
    return did;
}

/* The line that these keys and return make. */
static const char *after(const char *keys)
{
    char all[1024];
    int n = snprintf(all, sizeof all, "%s\r", keys);
    type(all, (size_t)n);
    assert_int_equal(edit("$ "), 1);
    assert_int_equal(lseek(keys_fd, 0, SEEK_CUR), n);
    return line;
}

#define CHECK_KEYS(keys, wanted) assert_string_equal(after(keys), wanted)

static void test_moves_and_deletes(void **state)
{
    (void)state;
    CHECK_KEYS("abc", "abc");
    CHECK_KEYS("abc\x02X\x06Y\x06\x06Z", "abXcYZ");
    CHECK_KEYS("abc\x1b[DX", "abXc");
    CHECK_KEYS("abc\x1bODX\x1bOCY", "abXcY");
    CHECK_KEYS("abc\x01X\x05Y", "XabcY");
    CHECK_KEYS("abc\x1b[HX\x1b[FY", "XabcY");
    CHECK_KEYS("abc\x1b[1~X\x1b[4~Y", "XabcY");
    CHECK_KEYS("abc\x1b[7~X\x1b[8~Y", "XabcY");
    CHECK_KEYS("abc\x1bOHX\x1bOFY", "XabcY");
    CHECK_KEYS("abc\x7f\x08X", "aX");
    CHECK_KEYS("abc\x01\x7f\x08X", "Xabc");
    CHECK_KEYS("abc\x01\x04\x1b[3~X", "Xc");
    CHECK_KEYS("abc\x04\x1b[3~X", "abcX");
    CHECK_KEYS("abc\x02\x02\x0bX", "aX");
    CHECK_KEYS("abc\x02\x02\x15X", "Xbc");
    CHECK_KEYS("one two/three\x17X", "one two/X");
    CHECK_KEYS("one two  \x17X", "one X");
    CHECK_KEYS("one two three\x1b[1;5D\x1b[1;5DX\x1b[1;5CY", "one Xtwo Ythree");
    CHECK_KEYS("one two three\x1b"
               "b\x1b"
               "bX\x1b"
               "fY",
               "one Xtwo Ythree");
    CHECK_KEYS("one two three\x1b\x7fX", "one two X");
    CHECK_KEYS("one two\x01\x1b"
               "d\x1b[1;5CX",
               "twoX");
}

static void test_characters(void **state)
{
    (void)state;
    CHECK_KEYS("aé漢🙂\x7f", "aé漢");
    CHECK_KEYS("aé漢🙂\x02\x02\x02X", "aXé漢🙂");
    CHECK_KEYS("aé漢🙂\x01\x06\x04", "a漢🙂");
    CHECK_KEYS("a\xff\xe6\xbc\x7f\x7fX", "a\xffX"); /* half a character */
    CHECK_KEYS("漢\x02\x06X", "漢X");
}

static void test_sequences_unknown(void **state)
{
    (void)state;
    CHECK_KEYS("a\x1b[15~\x1b[200~b\x1b[201~\x1b[M\x1b[?1;2c\x1b[99999999999999~c", "abc");
    CHECK_KEYS("a\x1b[1;9Ab\x1bzcd\x1b[17~\x1b[31~e", "abcde");
    CHECK_KEYS("ab\x1b\x1b[DX\x1b\x1b\x1b[DY", "aYXb");
    CHECK_KEYS("a\x1b[\x03"
               "b\x1bO\x1b[Dc",
               "ab[Dc");
    CHECK_KEYS("\x0f\x11\x13\x16\x1a"
               "a",
               "a");
}

static void test_ends(void **state)
{
    (void)state;
    type("\x04", 1);
    assert_int_equal(edit("$ "), 0);
    type("ab", 2);
    assert_int_equal(edit("$ "), 0); /* the terminal is gone */
    type("ab\x03"
         "cd\r",
         6);
    assert_int_equal(edit("$ "), -1);
    assert_non_null(strstr(screen, "$ ab\x1b[K^C\n"));
    assert_int_equal(edit("$ "), 1); /* what was typed ahead stays */
    assert_string_equal(line, "cd");
    type("one\ntwo\n", 8);
    assert_int_equal(edit("$ "), 1);
    assert_string_equal(line, "one");
    assert_int_equal(lseek(keys_fd, 0, SEEK_CUR), 4);
    assert_int_equal(edit("$ "), 1);
    assert_string_equal(line, "two");
}

#define UP   "\x1b[A"
#define DOWN "\x1b[B"

static void test_history(void **state)
{
    (void)state;
    CHECK_KEYS("first", "first");
    CHECK_KEYS("second", "second");
    CHECK_KEYS("second", "second");
    CHECK_KEYS(" blank", " blank");
    CHECK_KEYS("", "");
    CHECK_KEYS(UP, "second");
    CHECK_KEYS(UP UP, "first");
    CHECK_KEYS("second", "second");
    CHECK_KEYS("x" UP UP DOWN DOWN, "x");
    CHECK_KEYS("y" UP DOWN DOWN "z", "yz");
    CHECK_KEYS("a" UP UP "b" DOWN "c", "yzc");
    CHECK_KEYS("q" UP UP "!" UP DOWN DOWN DOWN, "q");
    CHECK_KEYS("\x10\x10\x0e\x0e"
               "n",
               "n");
}

static void test_search(void **state)
{
    (void)state;
    after("echo alpha");
    after("ls beta");
    after("echo gamma");
    CHECK_KEYS("\x12"
               "alp",
               "echo alpha");
    CHECK_KEYS("\x12"
               "echo"
               "\x12",
               "echo gamma");
    after("ls beta");
    CHECK_KEYS("\x12"
               "a\x12\x12\x12",
               "echo alpha");
    CHECK_KEYS("\x12"
               "beta\x05 more",
               "ls beta more");
    CHECK_KEYS("\x12"
               "beta\x1b[D\x1b[DX",
               "lXs beta more");
    CHECK_KEYS("typed\x12"
               "gam\x07!",
               "typed!");
    CHECK_KEYS("typed\x12"
               "gam\x03!",
               "typed!");
    CHECK_KEYS("\x12gamx\x7f\x7fm", "echo gamma");
    CHECK_KEYS("typed\x12%%", "typed");
    CHECK_KEYS("\x12\x07", "");
    CHECK_KEYS("\x12"
               "echo alpha" UP "!",
               "ls beta!");
}

static void test_long(void **state)
{
    (void)state;
    static char keys[70001];
    memset(keys, 'x', sizeof keys);
    keys[70000] = '\r';
    type(keys, sizeof keys);
    assert_int_equal(edit("$ "), 1);
    assert_int_equal(strlen(line), 64 * 1024);
    assert_non_null(strstr(screen, "\a\a"));
    /* When there is no more room for what was entered before, it is forgotten. */
    memset(keys, 'a', 65536);
    for (int i = 0; i < 9; i++) {
        keys[0] = (char)('a' + i);
        keys[65535] = '\r';
        type(keys, 65536);
        assert_int_equal(edit("$ "), 1);
        after(UP);
        assert_int_equal(line[0], i == 2 || i == 6 ? 0 : 'a' + i);
    }
}

static void test_screen(void **state)
{
    (void)state;
    after("abc\x02");
    assert_non_null(strstr(screen, "\r$ abc\x1b[K\n"));
    assert_null(strstr(screen, "G")); /* what is there at once is shown at once */
}

static void test_hostile(void **state)
{
    (void)state;
    type("\r", 1);
    edit("\x1b[2J\xc2\x9b\x07$ ");
    assert_non_null(
        strstr(screen, "\r?[2J??$ \x1b[K\n") != NULL ? "" : strstr(screen, "\r?[2J???$ \x1b[K\n"));
    type("a\xc2\x9b"
         "31m\xe0\x80\x9b\r",
         10);
    edit("$ ");
    assert_non_null(strstr(screen, "\r$ a??31m???\x1b[K\n"));
}

/* --- completion --- */
static void test_files(void **state)
{
    (void)state;
    CHECK_KEYS("cat al\t", "cat alone ");
    CHECK_KEYS("cat d\t", "cat dir/");
    CHECK_KEYS("cat d\ti\t", "cat dir/inside ");
    CHECK_KEYS("cat ./dir/\t", "cat ./dir/inside ");
    CHECK_KEYS("cat pre\t", "cat prefix_");
    CHECK_KEYS("cat pre\tt\t", "cat prefix_two ");
    CHECK_KEYS("cat none\tx", "cat nonex");
    CHECK_KEYS("cat .h\t", "cat .hidden ");
    CHECK_KEYS("cat sp\t", "cat sp\\ a\\$ce ");
    CHECK_KEYS("cat sp\\ \t", "cat sp\\ a\\$ce ");
    CHECK_KEYS("cat \"sp \t", "cat \"sp \"a\\$ce ");
    CHECK_KEYS("cat 'sp a$\t", "cat 'sp a$'ce ");
    CHECK_KEYS("cat 'al'o\t", "cat 'al'one ");
    CHECK_KEYS("cat \"d\t", "cat \"d\"ir/");
    CHECK_KEYS("cat al x\x02\x02\t", "cat alone  x");
    CHECK_KEYS("cat <al\t", "cat <alone ");
    CHECK_KEYS("cat >>al\t", "cat >>alone ");
    CHECK_KEYS("./al\t", "./alone ");
    CHECK_KEYS("cat ~/al\t", "cat ~/alone ");
    CHECK_KEYS("cat ~/d\t\t", "cat ~/dir/inside ");
    CHECK_KEYS("cat w\t", "cat wé");  /* wér and wéé: no half of a character */
    CHECK_KEYS("cat ev\t", "cat ev"); /* a line feed, an escape: not offered */
    CHECK_KEYS("cat \\\\\\~\t", "cat \\\\\\~");
    CHECK_KEYS("cat \\~t\t", "cat \\~tilde ");
    CHECK_KEYS("cat /dev/nul\t", "cat /dev/null ");
    CHECK_KEYS("cat /none/x\t", "cat /none/x");
    CHECK_KEYS("al\t", "al");
    CHECK_KEYS("\t\t", "");
}

static void test_commands(void **state)
{
    (void)state;
    static const char *const before[] = {
        "",         "x; ", "x;", "x & ", "x && ",       "x || ", "x | ",
        "x |",      "( ",  "$(", "if ",  "if x; then ", "else ", "while true; do ",
        "A=1 B=2 ", "! ",  "{ ", "x `",  "x > y; ",
    };
    char keys[100], wanted[100];
    setenv("PATH", "/none:bin::more", 1);
    for (size_t i = 0; i < COUNT(before); i++) {
        snprintf(keys, sizeof keys, "%snano-s\t", before[i]);
        snprintf(wanted, sizeof wanted, "%snano-sh ", before[i]);
        CHECK_KEYS(keys, wanted);
    }
    CHECK_KEYS("own-\t", "own-program ");
    CHECK_KEYS("other-\t", "other-program ");
    CHECK_KEYS("ec\t", "echo ");                    /* there is one in bin as well */
    CHECK_KEYS("echo own-\t", "echo own-program "); /* there is no file of that name */
    CHECK_KEYS("echo ec\t", "echo echo ");
    CHECK_KEYS("ec al\t", "ec alone ");
    CHECK_KEYS("> al\t", "> alone ");
    CHECK_KEYS("al\t", "al");
    assert_string_equal(getenv("PATH"), "/none:bin::more");
    unsetenv("PATH");
    CHECK_KEYS("ec\t", "echo ");
}

static void test_list(void **state)
{
    (void)state;
    after("cat pre\t\t\t");
    assert_non_null(strstr(screen, "\r$ cat prefix_\x1b[K"));
    assert_non_null(strstr(screen, "prefix_one"));
    assert_non_null(strstr(screen, "prefix_two"));
    after("cat dir/../\t\t");
    assert_non_null(strstr(screen, "dir/"));
    assert_null(strstr(screen, ".hidden"));
    assert_null(strstr(screen, "evil"));
    after("cat many/\t\t\t");
    assert_non_null(strstr(screen, "file_0001"));
    assert_null(strstr(screen, "file_0999"));
    assert_non_null(strstr(screen, "\n... and 500 more\n"));
}

static void make(const char *name)
{
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fclose(f);
}

static int start(void **state)
{
    (void)state;
    static const char *const files[] = {
        "alone",   "prefix_one",      "prefix_two",   "dir/inside",
        ".hidden", "sp a$ce",         "wér",          "wéé",
        "ev\nil",  "ev\x1bil",        "ev\xc2\x9bil", "ev\xffil",
        "~tilde",  "bin/own-program", "bin/echo",     "more/other-program",
    };
    char name[100];
    keys_fd = memfd_create("keys", 0);
    screen_fd = memfd_create("screen", 0);
    saved_in = dup(STDIN_FILENO);
    saved_out = dup(STDOUT_FILENO);
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || setenv("HOME", folder, 1) != 0)
        return 1;
    mkdir("dir", 0700);
    mkdir("bin", 0700);
    mkdir("more", 0700);
    mkdir("many", 0700);
    for (size_t i = 0; i < COUNT(files); i++)
        make(files[i]);
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "many/file_%04d", i);
        make(name);
    }
    return keys_fd < 0 || screen_fd < 0;
}

static int stop(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return chdir("/") != 0 || system(command) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves_and_deletes),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_sequences_unknown),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_history),
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_screen),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
