#include <time.h>

#include "applets/rows.h"

static int run(struct args *a)
{
    const uint64_t endless = UINT64_MAX / 1000 / 1000;
    static uint64_t ms;
    static struct timespec left;
    uint64_t sum = 0;
    if (a->words == 0)
        return applet_usage(a);
    for (char **w = a->word; *w != NULL; w++) {
        if (!applet_duration(*w, endless, &ms))
            return 1;
        sum += ms;
    }
    left = (struct timespec){ .tv_sec = (time_t)(sum / 1000),
                              .tv_nsec = (long)(sum % 1000 * 1000000) };
    nanosleep(&left, NULL);
    return 0;
}

const struct applet applet_sleep = { "sleep", "", "SECONDS|TIMEm|h|d...\nWait", run, false };
