#include <limits.h>
#include <signal.h>
#include <string.h>

#include "applets/out.h"
#include "applets/rows.h"
#include "base/text.h"

/* From 1 on. */
#ifdef __mips__ /* with the numbers of another system */
static const char names[] =
    "HUP\0INT\0QUIT\0ILL\0TRAP\0ABRT\0EMT\0FPE\0KILL\0BUS\0SEGV\0SYS\0PIPE\0"
    "ALRM\0TERM\0USR1\0USR2\0CHLD\0PWR\0WINCH\0URG\0IO\0STOP\0TSTP\0CONT\0"
    "TTIN\0TTOU\0VTALRM\0PROF\0XCPU\0XFSZ\0";
_Static_assert(SIGBUS == 10 && SIGUSR1 == 16 && SIGCHLD == 18 && SIGURG == 21 && SIGXFSZ == 31,
               "another table of signals");
#else
static const char names[] =
    "HUP\0INT\0QUIT\0ILL\0TRAP\0ABRT\0BUS\0FPE\0KILL\0USR1\0SEGV\0USR2\0PIPE\0"
    "ALRM\0TERM\0STKFLT\0CHLD\0CONT\0STOP\0TSTP\0TTIN\0TTOU\0URG\0XCPU\0"
    "XFSZ\0VTALRM\0PROF\0WINCH\0IO\0PWR\0SYS\0";
_Static_assert(SIGBUS == 7 && SIGUSR1 == 10 && SIGCHLD == 17 && SIGURG == 23 && SIGSYS == 31,
               "another table of signals");
#endif

enum { LAST = 64, STATUS_BITS = 127 };

static const char *name_of(int number)
{
    const char *name = names;
    while (--number > 0 && *name != 0)
        name += strlen(name) + 1;
    return name;
}

/* -1: there is none, which was said. */
static int number_of(char *text)
{
    static uint64_t number;
    if (text_number(span_text(text), INT_MAX, &number))
        return (int)number;
    for (char *p = text; *p != 0; p++)
        if (*p >= 'a')
            *p -= 'a' - 'A';
    if (strncmp(text, "SIG", 3) == 0)
        text += 3;
    for (int i = 1; *name_of(i) != 0; i++)
        if (strcmp(text, name_of(i)) == 0)
            return i;
    applet_wrong(text, "no such signal");
    return -1;
}

/* Of all, or of one, whose number may be as $? has it. */
static int list(char *given)
{
    int first = 1, last = LAST;
    if (given != NULL)
        first = last = number_of(given) & STATUS_BITS;
    for (; first <= last && *name_of(first) != 0; first++)
        out_format("%2d %s\n", first, name_of(first));
    return first == last;
}

static int run(struct args *a)
{
    char **w = a->word;
    int number = SIGTERM, status = 0;
    if (*w != NULL && **w == '-' && (*w)[1] != '-') {
        char *name = *w++ + 1;
        if (*name == 'l')
            return list(*w);
        if (name[0] == 's' && name[1] == 0 && *w != NULL)
            name = *w++;
        number = number_of(name);
        if (number < 0)
            return 1;
    }
    if (*w != NULL && strcmp(*w, "--") == 0)
        w++;
    if (*w == NULL)
        return applet_usage(a);
    for (; *w != NULL; w++) {
        static uint64_t id;
        bool group = **w == '-';
        if (!applet_number(*w + group, INT_MAX, &id))
            status = 1;
        else if (kill(group ? -(pid_t)id : (pid_t)id, number) != 0)
            status = applet_failed(*w);
    }
    return status;
}

const struct applet applet_kill = { "kill", NULL,
                                    "[-SIGNAL | -s SIGNAL] [-]PID... | -l [SIGNAL]\n"
                                    "Send a signal (TERM) to processes; -PID: to a group",
                                    run, false };
