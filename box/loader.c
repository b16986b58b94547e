/* What a server that is packed as a whole begins with (make PACK=all): unpacks it, and becomes it. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "box/box.h"
#include "box/launch.h"
#include "box/unpack.h"

/* deps/pack.sh, deps/loader.ld. Behind the packed bytes: what stays as it is (the box, which is packed already), with its length
 * before it and a one after it. */
#define HERE extern __attribute__((visibility("hidden")))
HERE const struct packed box;
HERE const uint8_t box_dictionary[], box_dictionary_end[];

_Noreturn static void fail(const char *why, size_t n)
{
    ssize_t ignored = write(STDERR_FILENO, why, n);
    (void)ignored;
    _exit(BOX_CANNOT_RUN);
}

#define FAIL(why) fail("nano_ssh_server: " why "\n", sizeof "nano_ssh_server: " why)

/* Behind the end of a file there is no memory, or there are zeros. The kernel says so without a signal: of a name. */
static bool is_there(const uint8_t *p)
{
    return access((const char *)p, F_OK) == 0 || errno != EFAULT;
}

/* Nothing where the file has no end. */
static struct span whole_rest(void)
{
    struct span rest = span_of(box.start + box.packed + sizeof(uint32_t), 0);
    uint32_t n = 0;
    if (is_there(rest.p))
        memcpy(&n, rest.p - sizeof n, sizeof n);
    rest.n = n;
    return is_there(rest.p + n) && rest.p[n] == 1 ? rest : (struct span){ 0 };
}

int main(int argc, char *argv[], char *environment[])
{
    struct span dictionary =
        span_of(box_dictionary, (uintptr_t)box_dictionary_end - (uintptr_t)box_dictionary);
    struct span rest = whole_rest(), server = { 0 };
    (void)argc;
    if (rest.p != NULL)
        server = unpack(&box, dictionary);
    if (server.n == 0) {
        if (errno == ENOMEM)
            FAIL("no memory");
        FAIL("this file is damaged");
    }
    launch("nano_ssh_server", server, rest, argv, environment);
    FAIL("cannot be run from memory, nor from a file in /dev/shm, /tmp or /run; take a build with "
         "PACK=box");
}
