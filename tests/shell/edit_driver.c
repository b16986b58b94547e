/* The line editor alone: says what it got. The argument is the prompt. Some lines are commands. */
#include "shell/edit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The shell's table, where it is not linked: empty. */
__attribute__((weak)) const void *shell_builtins[1];

static void obey(struct span line)
{
    char read_back[100];
    if (span_is(line, "read")) { /* a program that reads what was typed ahead */
        ssize_t n = read(STDIN_FILENO, read_back, sizeof read_back);
        printf("{%.*s}\n", (int)(n > 0 ? n - 1 : 0), read_back);
    } else if (span_is(line, "nonblock")) { /* one that leaves the terminal like that */
        fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
    } else { /* … or in the middle of a row */
        printf("[%.*s]%s", (int)line.n, (const char *)line.p, span_is(line, "bare") ? "" : "\n");
    }
}

int main(int argc, char **argv)
{
    struct span line;
    int got;
    if (!edit_possible()) {
        puts("no terminal");
        return 1;
    }
    while ((got = edit_line(argc > 1 ? argv[1] : "# ", &line)) != 0) {
        if (got > 0)
            obey(line);
        else
            puts("[cancelled]");
        fflush(stdout);
    }
    puts("[end]");
    return 0;
}
