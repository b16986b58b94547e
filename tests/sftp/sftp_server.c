/* The SFTP server without an SSH server, for `sftp -D` and for measuring: standard input and output are
 * the client's. */
#include "sftp/sftp.h"

#include "process/error.h"
#include "process/user.h"

int main(void)
{
    static const struct sftp_config config = {
        .user_name = user_name,
        .group_name = group_name,
        .user_home = user_home,
        .error_text = error_text,
    };
    return sftp_main(0, 1, &config);
}
