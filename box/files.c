#include "box/files.h"

#include <string.h>

#include "base/features.h"
#include "process/error.h"
#include "process/user.h"
#include "sftp/scp.h"
#include "sftp/sftp.h"

int serve_files(char **argv)
{
    int argc = 0;
    if (argv[0] == NULL)
        return -1;
    struct sftp_config files = { user_name, group_name, user_home, error_text, argv[1] != NULL };
    while (argv[argc] != NULL)
        argc++;
    if (features.sftp && strcmp(argv[0], "internal-sftp") == 0)
        return sftp_main(0, 1, &files);
    return features.scp && strcmp(argv[0], "scp") == 0 ? scp_main(0, 1, &files, argc, argv) : -1;
}
