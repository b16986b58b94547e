/* As base/reason.c: pointers would be relocated at the start, and take more than twice the room. */
#include "process/error.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ERRORS(ROW)                                                                                \
    ROW(EPERM, "Operation not permitted")                                                          \
    ROW(ENOENT, "No such file or directory")                                                       \
    ROW(ESRCH, "No such process")                                                                  \
    ROW(EIO, "Input/output error")                                                                 \
    ROW(ENXIO, "No such device or address")                                                        \
    ROW(ENOEXEC, "Exec format error")                                                              \
    ROW(EBADF, "Bad file descriptor")                                                              \
    ROW(EAGAIN, "Resource temporarily unavailable")                                                \
    ROW(ENOMEM, "Out of memory")                                                                   \
    ROW(EACCES, "Permission denied")                                                               \
    ROW(EEXIST, "File exists")                                                                     \
    ROW(EXDEV, "Not on the same file system")                                                      \
    ROW(ENOTDIR, "Not a directory")                                                                \
    ROW(EISDIR, "Is a directory")                                                                  \
    ROW(EINVAL, "Invalid argument")                                                                \
    ROW(EMFILE, "Too many open files")                                                             \
    ROW(ENFILE, "Too many open files in system")                                                   \
    ROW(EFBIG, "File too large")                                                                   \
    ROW(ENOSPC, "No space left on device")                                                         \
    ROW(EROFS, "Read-only file system")                                                            \
    ROW(ELOOP, "Too many symbolic links")                                                          \
    ROW(ENAMETOOLONG, "Name too long")                                                             \
    ROW(ENOTEMPTY, "Directory not empty")                                                          \
    ROW(EDQUOT, "Disk quota exceeded")                                                             \
    ROW(EAFNOSUPPORT, "Address family not supported")                                              \
    ROW(EADDRINUSE, "Address already in use")                                                      \
    ROW(EADDRNOTAVAIL, "Address not available")                                                    \
    ROW(ENETUNREACH, "Network unreachable")                                                        \
    ROW(EHOSTUNREACH, "No route to host")                                                          \
    ROW(ECONNREFUSED, "Connection refused")                                                        \
    ROW(ECONNRESET, "Connection reset")                                                            \
    ROW(ETIMEDOUT, "Connection timed out")

#define ROW_TEXT(number, text)   text "\0"
#define ROW_NUMBER(number, text) number,

static const char texts[] = ERRORS(ROW_TEXT) "system error";
#ifdef __mips__ /* EDQUOT is 1133 there */
static const uint16_t numbers[] = { ERRORS(ROW_NUMBER) };
#else
static const uint8_t numbers[] = { ERRORS(ROW_NUMBER) };
#endif

const char *error_text(int number)
{
    const char *text = texts;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && numbers[i] != number; i++)
        text += strlen(text) + 1;
    return text;
}
