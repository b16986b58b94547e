#include "process/error.h"

#include <errno.h>
#include <stddef.h>

static const struct {
    int number;
    const char *text;
} errors[] = {
    { EPERM, "Operation not permitted" },
    { ENOENT, "No such file or directory" },
    { EIO, "Input/output error" },
    { ENXIO, "No such device or address" },
    { ENOEXEC, "Exec format error" },
    { EBADF, "Bad file descriptor" },
    { EAGAIN, "Resource temporarily unavailable" },
    { ENOMEM, "Out of memory" },
    { EACCES, "Permission denied" },
    { EEXIST, "File exists" },
    { EXDEV, "Not on the same file system" },
    { ENOTDIR, "Not a directory" },
    { EISDIR, "Is a directory" },
    { EINVAL, "Invalid argument" },
    { EMFILE, "Too many open files" },
    { ENFILE, "Too many open files in system" },
    { EFBIG, "File too large" },
    { ENOSPC, "No space left on device" },
    { EROFS, "Read-only file system" },
    { ELOOP, "Too many symbolic links" },
    { ENAMETOOLONG, "Name too long" },
    { ENOTEMPTY, "Directory not empty" },
    { EDQUOT, "Disk quota exceeded" },
    { EAFNOSUPPORT, "Address family not supported" },
    { EADDRINUSE, "Address already in use" },
    { EADDRNOTAVAIL, "Address not available" },
    { ENETUNREACH, "Network unreachable" },
    { EHOSTUNREACH, "No route to host" },
    { ECONNREFUSED, "Connection refused" },
    { ECONNRESET, "Connection reset" },
    { ETIMEDOUT, "Connection timed out" },
};

const char *error_text(int number)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].number == number)
            return errors[i].text;
    return "system error";
}
