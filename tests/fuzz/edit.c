/* Keys for the line editor, with files in memory where a terminal would be. Tab is left out: what is in the folders is not
 * the input's. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "shell/edit.h"
#include "tests/fuzz/support/check.h"

/* The shell's table, where it is not linked: empty. */
__attribute__((weak)) const void *shell_builtins[1];

static int keys_fd, screen_fd;
static char screen[1 << 20];

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    keys_fd = memfd_create("keys", 0);
    screen_fd = memfd_create("screen", 0);
    CHECK(keys_fd >= 0 && screen_fd >= 0 && dup2(keys_fd, STDIN_FILENO) == 0);
    return 0;
}

/* Nothing drives the terminal but what the editor says itself. */
static void check_screen(size_t n)
{
    screen[n] = 0;
    for (const char *p = screen; p < screen + n;) {
        size_t bytes = text_character(p);
        CHECK(bytes != 0 || strchr("\r\n\a\x1b", *p) != NULL);
        CHECK(*p != 0x1b || (p[1] == '[' && p[1 + strspn(p + 1, "[0123456789")] != 0));
        if (*p == 0x1b)
            CHECK(strchr("KGHJ", p[1 + strspn(p + 1, "[0123456789")]) != NULL);
        p += bytes != 0 ? bytes : 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static uint8_t keys[8192];
    struct span line = { NULL, 0 };
    if (n > sizeof keys)
        return 0;
    for (size_t i = 0; i < n; i++)
        keys[i] = data[i] != '\t' ? data[i] : ' ';
    CHECK(ftruncate(keys_fd, 0) == 0 && ftruncate(screen_fd, 0) == 0);
    CHECK(pwrite(keys_fd, keys, n, 0) == (ssize_t)n);
    lseek(keys_fd, 0, SEEK_SET);
    lseek(screen_fd, 0, SEEK_SET);
    int out = dup(STDOUT_FILENO);
    dup2(screen_fd, STDOUT_FILENO);
    int did;
    while ((did = edit_line("漢\x1b# ", &line)) != 0) {
        CHECK(did == 1 || did == -1);
        CHECK(line.p[line.n] == 0 && memchr(line.p, 0, line.n) == NULL);
        for (size_t i = 0; i < line.n; i++)
            CHECK(line.p[i] >= ' ' && line.p[i] != 0x7f);
    }
    dup2(out, STDOUT_FILENO);
    close(out);
    ssize_t shown = pread(screen_fd, screen, sizeof screen - 1, 0);
    check_screen(shown > 0 ? (size_t)shown : 0);
    return 0;
}
