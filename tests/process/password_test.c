/* Passwords against files of hashes. The hashes are what glibc's crypt and `openssl passwd` made. How often
 * crypt(3) is called, and with what, is counted by standing in front of the library's. */
#include "process/password.h"

#include <crypt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/limits.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

#define GOOD "correct horse"
#define SHA512                                                                                     \
    "$6$rounds=1000$shortsalt$sxgVNA.elRuAoQliwiVDv2qy6K09wf27THkw3fcRZcd1OX/T3R3CrejmpGbD.YNtlI"  \
    "uE6Tb8jwP5JgeCXup2V1"
#define OTHER "$5$nano_ssh$rtB8YgJ6Mt2ME8H1njylky2tD3wxaaFXXYeOdiWjU10"

static unsigned calls;
static char last_setting[256];
static size_t last_length;

char *crypt(const char *key, const char *setting)
{
    static struct crypt_data data;
    calls++;
    snprintf(last_setting, sizeof last_setting, "%s", setting);
    last_length = strlen(key);
    return crypt_r(key, setting, &data);
}

static char why[256];
static const char *path;

static void write_file(void **state, const char *text, size_t n)
{
    path = files_path(state, "shadow");
    files_write(path, text, n, 0600);
}

/* Whatever is asked: crypt(3) once, `why` only with a no, and nothing of a hash in it. */
static bool check_span(const char *user, bool known, struct span password)
{
    calls = 0;
    memset(why, 'x', sizeof why);
    bool yes = password_check(path, user, known, password, why, sizeof why);
    assert_int_equal(calls, 1);
    assert_non_null(memchr(why, 0, sizeof why));
    if (yes)
        assert_string_equal(why, "");
    assert_null(strstr(why, "salt"));
    assert_null(strstr(why, GOOD));
    return yes;
}

static bool check(const char *user, const char *password)
{
    return check_span(user, true, span_text(password));
}

static bool check_text(void **state, const char *text, const char *user, const char *password)
{
    write_file(state, text, strlen(text));
    return check(user, password);
}

/* One line, of "user", with this behind the name. */
static bool check_fields(void **state, const char *fields)
{
    char text[1024];
    snprintf(text, sizeof text, "user:%s\n", fields);
    return check_text(state, text, "user", GOOD);
}

static const char *const vectors[][2] = {
    { GOOD, "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2sc"
            "Ftv/uamSo5z0" },
    { GOOD, SHA512 },
    { GOOD, "$6$nano_ssh$uR26/aYsNgvZf0JBITirkcldNRxiVLwiHj3xpzSdILrX9aW/QSrpKGj9jyZto1wXrqEbSQNTFy"
            "Plh5UmM9R9p." },
    { GOOD, "$5$0123456789abcdef$GkVfGOcpKLcryIiNM.uN6AQV7DQsJJPqGu0QqsSSMrD" },
    { GOOD, "$5$rounds=1500$x$8Pv3cVxRY8XFPmabppk5gizFBjsFG2MXmKwHpPv6d65" },
    { GOOD, OTHER },
    { GOOD, "$1$ab$.ThsTrbyIbEahEdE8LNwj1" },
    { GOOD, "$1$nano_ssh$NrQNPV8c/VARH0Csb4C7L0" },
    { GOOD, "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e" },
    { GOOD, "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e" },
    { GOOD, "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e" },
    { "\xc3\xa9\xc3\xbc \x7f\x01~", "$6$rounds=1000$shortsalt$PFfsC0Z."
                                    "uPQO86V68kkaAefIxvhvBoA0voWAqFSFpW0fMheGOtDwpnczHQyENFdjsPBn"
                                    "vXjezu5xULyV98i03/" },
    { "\xc3\xa9\xc3\xbc \x7f\x01~",
      "$5$rounds=1500$x$edrH5xJLMzpuvzyl.BQGFtrOM4cEeTR.MKrGHlixpL3" },
    { "\xc3\xa9\xc3\xbc \x7f\x01~", "$1$ab$LXxSBbBnfH2DTBPtHQ.Jx0" },
    { "\xc3\xa9\xc3\xbc \x7f\x01~",
      "$2b$04$abcdefghijklmnopqrstuux4b.Mn/FRdPoZbnSOxjqEPh99YsQjjy" },
    { "", "$6$rounds=1000$shortsalt$JJGUZeloWnP/QGyh1e5EvZutX071NSF4ztjswLvXp7RMWb5cP6exFGu4.5jgMzy"
          "NW.uSxvTRGgiYsRqogcK/W/" },
    { "", "$1$ab$rn6aQS/o7141mj179E/zA." },
};

/* Each with its password, and with one byte changed, added or lost; and with each byte of the hash
 * changed. */
static void test_vectors(void **state)
{
    for (size_t i = 0; i < COUNT(vectors); i++) {
        const char *password = vectors[i][0], *hash = vectors[i][1];
        char text[512], wrong[64];
        snprintf(text, sizeof text, "user:%s:19000:0:99999:7:::\n", hash);
        if (!check_text(state, text, "user", password))
            fail_msg("%s was not accepted: %s", hash, why);
        assert_string_equal(last_setting, hash);
        snprintf(wrong, sizeof wrong, "%sx", password);
        assert_false(check("user", wrong));
        assert_string_equal(why, ""); /* there is nothing wrong with the file */
        snprintf(wrong, sizeof wrong, "%s", password);
        if (wrong[0] == 0)
            continue;
        wrong[0] ^= 0x20;
        assert_false(check("user", wrong));
        assert_false(check("user", password + 1));
        assert_false(check("user", hash));
    }
}

static void test_changed_hashes(void **state)
{
    static const char hash[] = OTHER;
    char text[256];
    for (size_t i = 0; i < sizeof hash - 1; i++) {
        int n = snprintf(text, sizeof text, "user:%s\n", hash);
        text[5 + i] = text[5 + i] == 'z' ? 'y' : 'z';
        write_file(state, text, (size_t)n);
        calls = 0;
        assert_false(password_check(path, "user", true, span_text(GOOD), why, sizeof why));
        assert_in_range(calls, 1, 2); /* "$5znano": no hash at all */
        n = snprintf(text, sizeof text, "user:%.*s\n", (int)i, hash); /* and cut */
        write_file(state, text, (size_t)n);
        assert_false(password_check(path, "user", true, span_text(GOOD), why, sizeof why));
    }
    snprintf(text, sizeof text, "user:%sx\n", hash);
    assert_false(check_text(state, text, "user", GOOD));
}

/* 256 bytes are a password, 257 are none, whatever they begin with; a NUL ends none. */
static void test_long_and_nul(void **state)
{
    static const char hash[] =
        "user:$5$rounds=1500$x$LtiFLd.4oeTdh2Ix6GUnjtngqPCl.fL6Jgga4ZQAvDA\n";
    char password[600];
    memset(password, 'b', sizeof password);
    write_file(state, hash, sizeof hash - 1);
    assert_true(check_span("user", true, span_of(password, 256)));
    for (size_t n = 252; n < sizeof password; n += n < 260 ? 1 : 41) {
        assert_int_equal(check_span("user", true, span_of(password, n)), n == 256);
        assert_int_equal(last_length, n < 256 ? n : 256);
    }
    write_file(state, "user:" SHA512, sizeof "user:" SHA512 - 1);
    assert_true(check_span("user", true, span_of(GOOD, sizeof GOOD - 1)));
    assert_false(check_span("user", true, span_of(GOOD, sizeof GOOD)));
    assert_false(check_span("user", true, span_of(GOOD "\0x", sizeof GOOD + 1)));
    assert_false(check_span("user", true, span_of("\0" GOOD, sizeof GOOD)));
    assert_false(check_span("user", true, (struct span){ NULL, 0 }));
}

/* The last line without its end, comments, empty lines and overlong ones; the first of two counts. */
static void test_lines(void **state)
{
    static char text[20000];
    assert_true(check_text(state, "user:" SHA512, "user", GOOD));
    assert_true(check_text(state, "user:" SHA512 ":", "user", GOOD));
    assert_true(check_text(state, "# a comment\n\n::::\nuser:" SHA512 "\n\n", "user", GOOD));
    assert_true(check_text(state, "user:" SHA512 "\nuser:!\n", "user", GOOD));
    assert_false(check_text(state, "user:!\nuser:" SHA512 "\n", "user", GOOD));
    assert_non_null(strstr(why, ":1:"));
    assert_true(check_text(state, "use:!\nuser2:!\nuser:" SHA512 "\n", "user", GOOD));
    assert_false(check_text(state, "user2:" SHA512 "\nuse:" SHA512 "\n", "user", GOOD));
    assert_non_null(strstr(why, "no line"));
    assert_false(check_text(state, "", "user", GOOD));
    assert_false(check_text(state, "user", "user", GOOD));
    assert_false(check_text(state, "user\nuser:" SHA512 "\n", "user", GOOD));
    assert_false(check_text(state, " user:" SHA512 "\n", "user", GOOD));
    assert_false(check_text(state, "user :" SHA512 "\n", "user", GOOD));
    for (size_t n = 8000; n < 8400; n += 13) { /* LIMIT_KEYS_LINE lies between */
        memset(text, 'x', n);
        snprintf(text + n, sizeof text - n, "\nuser:" SHA512 "\n");
        assert_true(check_text(state, text, "user", GOOD));
        snprintf(text, sizeof text, "user:" SHA512 ":::::::");
        size_t used = strlen(text);
        memset(text + used, 'x', n);
        text[used + n] = 0;
        assert_int_equal(check_text(state, text, "user", GOOD), used + n <= LIMIT_KEYS_LINE);
    }
}

static void test_nul_in_the_file(void **state)
{
    static const char name[] = "us\0er:" SHA512 "\n", hash[] = "user:" OTHER "\0:\n";
    write_file(state, name, sizeof name - 1);
    assert_false(check("us", GOOD));
    assert_false(check("user", GOOD));
    write_file(state, hash, sizeof hash - 1);
    assert_false(check("user", GOOD));
}

static void test_locked(void **state)
{
    static const char *const fields[] = { "!",        "*", "!!", "!*", "!" SHA512,
                                          "*" SHA512, "",  ":1", "!:", "!:19000:0:99999:7:::" };
    for (size_t i = 0; i < COUNT(fields); i++) {
        assert_false(check_fields(state, fields[i]));
        assert_non_null(strstr(why, ":1: no password is set, or it is locked"));
        assert_string_equal(last_setting, "$6$nano_ssh_server$");
    }
    write_file(state, "user::::::::\n", 13);
    assert_false(check("user", ""));
    write_file(state, "user:!\n", 7);
    assert_false(check("user", "!"));
    assert_false(check("user", ""));
}

/* Hashes that this very libc would check, but another does not, included. */
static void test_unknown_kinds(void **state)
{
    static const char *const kinds[][2] = {
        { "$y$j75$abcdefgh$Jakf0CHhzdQOivqISxvBXCIRIaxY0Fs1wJGsJSurry/", "($y$)" },
        { "$gy$j75$abcdefgh$E.8/7w02Y2Ed.Uc2CpVIdgpGTbWIWVYm/SoufLuoKA2", "($gy$)" },
        { "$sha1$40000$saltsalt$Gfaj8GiG/0TFhwyxC4WnXzRAyGlA", "($sha1$)" },
        { "$3$$cfc43211ba8dc470832267827cac1407", "($3$)" },
        { "$md5,rounds=904$saltsalt$$KDC.k1QNmqCFselsWmDOn/", "(DES?)" },
        { "abhfCpXqd4GrI", "(DES?)" },
        { "_J9..rasmDiLRGIlI80c", "(DES?)" },
        { "x", "(DES?)" },
        { "$", "(DES?)" },
        { "$6", "(DES?)" },
        { "$$", "($$)" },
        { "$2x$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e", "($2x$)" },
        { GOOD, "(DES?)" },
    };
    for (size_t i = 0; i < COUNT(kinds); i++) {
        assert_false(check_fields(state, kinds[i][0]));
        if (strstr(why, kinds[i][1]) == NULL || strstr(why, "openssl passwd -6") == NULL)
            fail_msg("%s: %s", kinds[i][0], why);
        assert_string_equal(last_setting, "$6$nano_ssh_server$");
    }
    char longest[300] = "$6$";
    memset(longest + 3, 'a', 200);
    assert_false(check_fields(state, longest)); /* longer than any hash */
}

/* Numbers that crypt(3) itself refuses: no hash, and no shorter a time. */
static void test_broken_settings(void **state)
{
    static const char *const settings[] = { "$2b$99$abcdefghijklmnopqrstuu", "$2b$04$ab",
                                            "$6$rounds=99999999999$salt$abc" };
    for (size_t i = 0; i < COUNT(settings); i++) {
        char text[128];
        snprintf(text, sizeof text, "user:%s\n", settings[i]);
        write_file(state, text, strlen(text));
        calls = 0;
        assert_false(password_check(path, "user", true, span_text(GOOD), why, sizeof why));
        assert_int_equal(calls, 2);
        assert_string_equal(last_setting, "$6$nano_ssh_server$");
    }
}

/* Days since 1970, relative to today. */
static const char *day(int from_today)
{
    static char buffers[8][24];
    static unsigned next;
    char *to = buffers[next++ % 8];
    snprintf(to, 24, "%ld", (long)(time(NULL) / 86400) + from_today);
    return to;
}

static bool check_days(void **state, const char *changed, const char *maximum, const char *expiry)
{
    char fields[512];
    snprintf(fields, sizeof fields, SHA512 ":%s:0:%s:7::%s:", changed, maximum, expiry);
    return check_fields(state, fields);
}

static void test_expiry(void **state)
{
    assert_true(check_days(state, "", "", ""));
    assert_true(check_days(state, day(-5), "99999", ""));
    assert_true(check_days(state, day(-5), "", ""));
    assert_true(check_days(state, "", "5", ""));
    assert_true(check_days(state, day(-5), "5", ""));
    assert_true(check_days(state, day(-5), "4294967295", ""));
    assert_true(check_days(state, "4294967295", "4294967295", "4294967295"));
    assert_true(check_days(state, "", "", day(1)));
    assert_true(check_days(state, day(100), "0", ""));
    assert_false(check_days(state, day(-5), "4", ""));
    assert_non_null(strstr(why, ":1: the password has expired"));
    assert_false(check_days(state, "0", "99999", ""));
    assert_non_null(strstr(why, "the password has expired"));
    assert_false(check_days(state, "0", "", ""));
    assert_false(check_days(state, "1", "1", ""));
    assert_false(check_days(state, "", "", day(0)));
    assert_non_null(strstr(why, "the account has expired"));
    assert_false(check_days(state, "", "", day(-1)));
    assert_false(check_days(state, "", "", "0"));
    assert_false(check_days(state, "", "", "1"));
    assert_false(check_fields(state, SHA512 ":::::"
                                            ":1")); /* as the last field */
}

static void test_malformed_numbers(void **state)
{
    static const char *const numbers[] = { "x",  "-1", " ",  "1 ",         "+1",
                                           "1x", "0x", "1.", "4294967296", "99999999999999999999" };
    for (size_t i = 0; i < COUNT(numbers); i++)
        for (int field = 0; field < 6; field++) {
            char text[512] = SHA512;
            for (int k = 0; k < 6; k++) {
                strcat(text, ":");
                strcat(text, k == field ? numbers[i] : "");
            }
            assert_false(check_fields(state, text));
            assert_non_null(strstr(why, "a number is malformed"));
        }
    assert_true(check_fields(state, SHA512 ":::::::reserved:and more"));
}

/* Where no hash of the user's is to go by, the first in the file that is one is computed with, and even
 * its own password is a no. */
static void test_the_same_time_for_all(void **state)
{
    static const char text[] = "daemon:*\nyes:$y$j75$abcdefgh$x\nfirst:" OTHER "\nsecond:" SHA512
                               "\nlocked:!" SHA512 "\nold:" SHA512 ":::::::\ngone:" SHA512
                               "::::::1:\nodd:" SHA512 ":x\nempty:\nlocked:" SHA512 "\n";
    static const char *const others[] = { "nobody-here", "locked", "gone",  "odd",
                                          "empty",       "yes",    "daemon" };
    write_file(state, text, sizeof text - 1);
    for (size_t i = 0; i < COUNT(others); i++)
        for (int known = 0; known < 2; known++) {
            assert_false(check_span(others[i], known, span_text(GOOD)));
            assert_string_equal(last_setting, OTHER);
            assert_int_equal(last_length, sizeof GOOD - 1);
        }
    assert_true(check("second", GOOD));
    assert_string_equal(last_setting, SHA512);
    assert_true(check("first", GOOD));
    assert_true(check("old", GOOD));
    assert_false(check_span("second", false, span_text(GOOD))); /* in the file, but no user */
    assert_string_equal(last_setting, OTHER);
    assert_string_equal(why, "");
}

static void test_modes(void **state)
{
    static const struct {
        mode_t mode;
        bool good;
    } modes[] = { { 0400, true },  { 0600, true },  { 0640, true },  { 0440, true },
                  { 0700, true },  { 0644, false }, { 0604, false }, { 0660, false },
                  { 0620, false }, { 0602, false }, { 0666, false } };
    write_file(state, "user:" SHA512 "\n", sizeof "user:" SHA512);
    for (size_t i = 0; i < COUNT(modes); i++) {
        assert_int_equal(chmod(path, modes[i].mode), 0);
        assert_int_equal(check("user", GOOD), modes[i].good);
        if (!modes[i].good) {
            assert_non_null(strstr(why, "bad ownership or modes for file"));
            assert_string_equal(last_setting, "$6$nano_ssh_server$");
        }
    }
}

static void test_owners(void **state)
{
    write_file(state, "user:" SHA512 "\n", sizeof "user:" SHA512);
    if (geteuid() != 0)
        skip();
    assert_true(check("user", GOOD));
    assert_int_equal(chown(path, 12345, 0), 0);
    assert_false(check("user", GOOD));
    assert_non_null(strstr(why, "bad ownership"));
    assert_int_equal(chown(path, 0, 12345), 0);
    assert_true(check("user", GOOD));
}

/* None of these may hang, and none is read. */
static void test_no_regular_file(void **state)
{
    path = files_path(state, "nowhere");
    assert_false(check("user", GOOD));
    assert_non_null(strstr(why, "cannot open"));
    path = *state;
    assert_false(check("user", GOOD));
    assert_non_null(strstr(why, "regular"));
    path = files_path(state, "fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(check("user", GOOD));
    assert_non_null(strstr(why, "regular"));
    path = "/dev/null";
    assert_false(check("user", GOOD));
    write_file(state, "user:" SHA512, sizeof "user:" SHA512 - 1);
    assert_int_equal(symlink("shadow", files_path(state, "link")), 0);
    path = files_path(state, "link");
    assert_true(check("user", GOOD));
}

/* `why` is cut, not overrun, and no descriptor stays open. */
static void test_small_room(void **state)
{
    char text[] = "12345678";
    int before = dup(0);
    close(before);
    write_file(state, "user:!\n", 7);
    assert_false(password_check(path, "user", true, span_text(GOOD), text, 5));
    assert_int_equal(strlen(text), 4);
    assert_string_equal(text + 5, "678");
    for (int i = 0; i < 20; i++) {
        assert_false(check("user", GOOD));
        assert_int_equal(chmod(path, i % 2 ? 0600 : 0666), 0);
    }
    int after = dup(0);
    close(after);
    assert_int_equal(before, after);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, files_start, files_stop)
    const struct CMUnitTest tests[] = {
        CASE(test_vectors),
        CASE(test_changed_hashes),
        CASE(test_long_and_nul),
        CASE(test_lines),
        CASE(test_nul_in_the_file),
        CASE(test_locked),
        CASE(test_unknown_kinds),
        CASE(test_broken_settings),
        CASE(test_expiry),
        CASE(test_malformed_numbers),
        CASE(test_the_same_time_for_all),
        CASE(test_modes),
        CASE(test_owners),
        CASE(test_no_regular_file),
        CASE(test_small_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
