#include "process/relay.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Until the end of input, or until nobody takes it any more. */
static void copy(int from, int to)
{
    static char bytes[16384];
    ssize_t n;
    while ((n = read(from, bytes, sizeof bytes)) > 0)
        for (ssize_t done = 0, k; done < n; done += k)
            if ((k = send(to, bytes + done, (size_t)(n - done), MSG_NOSIGNAL)) <= 0)
                return;
    shutdown(to, SHUT_WR);
}

void relay_run(int user, int server)
{
    fcntl(user, F_SETFL, 0); /* blocks */
    fcntl(server, F_SETFL, 0);
    if (_Fork() == 0) {
        copy(user, server);
        _exit(0);
    }
    copy(server, user);
    /* The other way may still be wanted: not once the other side is closed altogether. */
    poll(&(struct pollfd){ .fd = server }, 1, -1);
    shutdown(user, SHUT_RDWR);
    _exit(0);
}
