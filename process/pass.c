#include "process/pass.h"

#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

union control {
    struct cmsghdr header; /* for its alignment */
    char bytes[CMSG_SPACE(PASS_MAX * sizeof(int))];
};

bool pass_send(int socket, const void *bytes, size_t n, const int *fds, unsigned count)
{
    union control control = { 0 };
    struct iovec part = { (void *)(uintptr_t)bytes, n };
    struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
    if (count != 0) {
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = (socklen_t)CMSG_LEN(count * sizeof *fds);
        memcpy(CMSG_DATA(&control.header), fds, count * sizeof *fds);
        m.msg_control = &control;
        m.msg_controllen = (socklen_t)CMSG_SPACE(count * sizeof *fds);
    }
    return sendmsg(socket, &m, MSG_NOSIGNAL) == (ssize_t)n;
}

ssize_t pass_receive(int socket, void *bytes, size_t room, int fds[PASS_MAX])
{
    union control control;
    struct iovec part = { bytes, room };
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
    };
    memset(fds, -1, PASS_MAX * sizeof *fds);
    ssize_t n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
    struct cmsghdr *c = n < 0 ? NULL : CMSG_FIRSTHDR(&m);
    if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS)
        memcpy(fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
    return n;
}
