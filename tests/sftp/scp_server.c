/* scp_main() without an SSH server: `scp_server -t DIRECTORY` or `scp_server -f FILE...`, or one argument that is a
 * whole command line as a client sends it. */
#include <string.h>

#include "process/error.h"
#include "sftp/scp.h"

int main(int argc, char *argv[])
{
    static const struct sftp_config config = { .error_text = error_text };
    char *words[SCP_WORDS_MAX + 1];
    if (argc == 2) {
        int n = scp_words(argv[1], words);
        return n > 0 ? scp_main(0, 1, &config, n, words) : 127;
    }
    return scp_main(0, 1, &config, argc, argv);
}
