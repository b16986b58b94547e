#include <errno.h>
#include <time.h>

#include "network/internal.h"

uint64_t network_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

bool network_wait(struct pollfd *p, unsigned n, uint64_t until)
{
    for (;;) {
        uint64_t now = network_now();
        int ready = poll(p, n, until > now ? (int)(until - now) : 0);
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}
