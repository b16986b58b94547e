/* The scp server: the first byte chooses what it is started as (0: the command line is the text up to the first NUL), the
 * rest is what its client sends. */
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sftp/scp.h"
#include "tests/fuzz/support/confine.h"

enum { COMMAND_MAX = 4096 };

static const char *const commands[] = {
    "",
    "scp -t .",
    "scp -rpt .",
    "scp -t new",
    "scp -r -d -t folder",
    "scp -f file link none",
    "scp -rpf . folder/",
    "scp -tf x",
};

static int words_of(const uint8_t *data, size_t n, char *command, char **words, size_t *used)
{
    const char *text = commands[data[0] % (sizeof commands / sizeof *commands)];
    *used = 1;
    if (*text == 0) {
        text = (const char *)data + 1;
        size_t length = strnlen(text, n - 1);
        if (length >= COMMAND_MAX || length == n - 1)
            return 0;
        *used += length + 1;
    }
    strcpy(command, text);
    return scp_words(command, words);
}

static void run(const uint8_t *data, size_t n)
{
    static const struct sftp_config config;
    static char command[COMMAND_MAX], *words[SCP_WORDS_MAX + 1];
    size_t used;
    int argc = n != 0 ? words_of(data, n, command, words, &used) : 0;
    confine_check(argc >= 0 && argc <= SCP_WORDS_MAX, "as many words as there is room for");
    if (argc == 0)
        return;
    confine_check(words[argc] == NULL, "a NULL behind the words");
    for (int i = 0; i < argc; i++)
        confine_check(words[i] >= command && words[i] + strlen(words[i]) < command + COMMAND_MAX,
                      "words are in the line");
    int in = confine_file(data + used, n - used), out = confine_file(NULL, 0);
    int returned = scp_main(in, out, &config, argc, words);
    confine_check(returned == 0 || returned == 1, "0 or 1");
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    confine_start(run);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    confine_run(data, n);
    return 0;
}
