/* RFC 4254 section 6.10: signal names travel without "SIG". */
#include <signal.h>

#include "connection/internal.h"

static const struct {
    char name[5];
    uint8_t number;
} signals[] = {
    { "ABRT", SIGABRT }, { "ALRM", SIGALRM }, { "FPE", SIGFPE },   { "HUP", SIGHUP },
    { "ILL", SIGILL },   { "INT", SIGINT },   { "KILL", SIGKILL }, { "PIPE", SIGPIPE },
    { "QUIT", SIGQUIT }, { "SEGV", SIGSEGV }, { "TERM", SIGTERM }, { "USR1", SIGUSR1 },
    { "USR2", SIGUSR2 },
};

enum { SIGNALS = sizeof signals / sizeof *signals };

int signal_number(struct span name)
{
    for (size_t i = 0; i < SIGNALS; i++)
        if (span_is(name, signals[i].name))
            return signals[i].number;
    return 0;
}

const char *signal_name(int number)
{
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i].number == number)
            return signals[i].name;
    return NULL;
}
