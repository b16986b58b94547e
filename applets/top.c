#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "applets/out.h"
#include "applets/proc.h"
#include "applets/rows.h"

enum { USUAL_MS = 2000, TITLE = 6, CONTROL_C = 3, BATCH_COLUMNS = 512 };

static volatile sig_atomic_t over;

static void stop(int number)
{
    (void)number;
    over = 1;
}

/* Keys come one by one, and control-C is one of them; whatever else ends us has to wait until the mode is as it was. */
static struct termios mode;
enum { RAW = ICANON | ECHO | ISIG };

static bool terminal_start(void)
{
    static const char ends[] = { SIGINT, SIGTERM, SIGHUP };
    static struct sigaction act;
    if (!out_terminal() || tcgetattr(STDIN_FILENO, &mode) != 0)
        return false;
    act.sa_handler = stop;
    for (unsigned i = 0; i < sizeof ends; i++)
        sigaction(ends[i], &act, NULL);
    return true;
}

static void terminal_set(tcflag_t flags)
{
    mode.c_lflag = flags;
    tcsetattr(STDIN_FILENO, TCSANOW, &mode);
}

static bool put_all(struct processes *l, bool terminal)
{
    size_t rows = l->n, columns = BATCH_COLUMNS;
    if (terminal) {
        unsigned fit = out_rows();
        columns = out_columns();
        out_text("\033[H\033[J");
        if (fit > TITLE && rows > fit - TITLE)
            rows = fit - TITLE;
    }
    uptime_show();
    free_show(true, 0);
    ps_title();
    while (rows-- != 0) {
        struct process *most = l->list;
        for (struct process *p = l->list; p < l->list + l->n; p++)
            if (most->shown || (!p->shown && p->cpu > most->cpu))
                most = p;
        most->shown = true;
        ps_line(most, 0, columns);
    }
    return out_flush();
}

/* Until the next is due; false: enough. */
static bool wait_for_key(bool terminal, uint64_t ms)
{
    static struct pollfd p = { .events = POLLIN };
    static char c;
    p.fd = terminal ? STDIN_FILENO : -1;
    if (poll(&p, 1, (int)ms) <= 0)
        return !over;
    return read(STDIN_FILENO, &c, 1) == 1 && c != 'q' && c != CONTROL_C;
}

static int run(struct args *a)
{
    static struct processes l;
    static uint64_t ms = USUAL_MS, rounds = UINT64_MAX;
    bool good;
    if ((a->option['d'] != NULL && !applet_duration(a->option['d'], INT32_MAX, &ms)) ||
        (a->option['n'] != NULL && !applet_number(a->option['n'], UINT64_MAX, &rounds)))
        return 1;
    bool terminal = a->option['b'] == NULL && terminal_start();
    tcflag_t flags = mode.c_lflag;
    if (terminal)
        terminal_set(flags & ~(tcflag_t)RAW);
    do
        good = proc_list(&l) && put_all(&l, terminal);
    while (good && --rounds != 0 && wait_for_key(terminal, ms));
    if (terminal)
        terminal_set(flags);
    return !good;
}

const struct applet applet_top = { "top", "bd:n:",
                                   "[-b] [-d SECONDS] [-n TIMES]\n"
                                   "Show processes by their use of the CPU, until q",
                                   run, false };
