/* getrandom(), or before Linux 3.17 the device. The device is opened at the start, when the provider asks for its first
 * bytes, and kept, so that neither a chroot nor a /dev that goes away matters. A child has closed it, and its number
 * may be another file's by then: so each time it is looked at whether that is the device. */
#include "crypto/random.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/features.h"

enum { AT_ONCE = 256 }; /* getrandom() gives so many whole, whatever signal comes */

static int open_device(const char *path)
{
    return open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
}

/* /dev/urandom never waits, not even for the first entropy after the machine's start. That there is some is when
 * /dev/random can be read. */
static int device(void)
{
    static int kept = -1;
    struct stat st;
    struct pollfd p = { .events = POLLIN };
    if (kept < 0) {
        p.fd = open_device("/dev/random");
        if (p.fd < 0 || poll(&p, 1, -1) != 1)
            return -1;
        close(p.fd);
    }
    for (int looks = 0; looks < 2; looks++) {
        if (fstat(kept, &st) == 0 && st.st_rdev == makedev(1, 9))
            return kept;
        kept = open_device("/dev/urandom");
    }
    return -1;
}

static ssize_t get(void *to, size_t n)
{
    ssize_t got = getrandom(to, n, 0);
    return features.old_kernels && got < 0 && errno == ENOSYS ? read(device(), to, n) : got;
}

void random_bytes(void *to, size_t n)
{
    static const char why[] = "nano_ssh_server: neither getrandom() nor /dev/urandom\n";
    for (uint8_t *at = to; n != 0;) {
        size_t some = n < AT_ONCE ? n : AT_ONCE;
        ssize_t got = get(at, some);
        if (got > 0) {
            at += got;
            n -= (size_t)got;
        } else if (errno != EINTR) {
            if (features.old_kernels && write(STDERR_FILENO, why, sizeof why - 1) < 0)
                abort();
            abort();
        }
    }
}
