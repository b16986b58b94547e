/* free and uptime. */
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "applets/out.h"
#include "applets/proc.h"
#include "applets/rows.h"
#include "applets/show.h"
#include "base/text.h"

enum { TOTAL, USED, FREE, SHARED, CACHE, AVAILABLE, SWAP, SWAP_USED, SWAP_FREE, NUMBERS };

bool free_show(bool human, unsigned shift)
{
    /* in the order above; where one is computed, what is needed for it */
    static const char labels[NUMBERS][14] = { "MemTotal:",  "SReclaimable:", "MemFree:",
                                              "Shmem:",     "Cached:",       "MemAvailable:",
                                              "SwapTotal:", "Buffers:",      "SwapFree:" };
    static uint64_t number[NUMBERS];
    static char size[TEXT_DECIMAL];
    if (proc_read("/proc/meminfo") < 0)
        return proc_failed(NULL) == 0;
    for (unsigned i = 0; i < NUMBERS; i++)
        number[i] = proc_number(proc_text, labels[i]);
    number[CACHE] += number[USED] + number[SWAP_USED];
    if (number[AVAILABLE] == 0) /* Linux before 3.14 does not say */
        number[AVAILABLE] = number[FREE] + number[CACHE];
    number[USED] = number[TOTAL] - number[AVAILABLE];
    number[SWAP_USED] = number[SWAP] - number[SWAP_FREE];
    out_text("               total        used        free      shared  buff/cache   available\n"
             "Mem:    ");
    for (unsigned i = 0; i < NUMBERS; i++) {
        uint64_t bytes = number[i] << 10;
        const char *text = size;
        if (human)
            show_size(size, bytes);
        else
            text = text_decimal(size, bytes >> shift);
        out_format(i == SWAP ? "\nSwap:   %12s" : "%12s", text);
    }
    out_char('\n');
    return true;
}

static int run_free(struct args *a)
{
    unsigned shift = a->option['m'] != NULL ? 20 : a->option['g'] != NULL ? 30 : 10;
    return !free_show(a->option['h'] != NULL, shift);
}

void uptime_show(void)
{
    static struct sysinfo info;
    static char now[64];
    sysinfo(&info);
    unsigned minutes = (unsigned)(info.uptime / 60), hours = minutes / 60;
    show_time(now, sizeof now, "%T", time(NULL), 0, false);
    out_format(" %s up %u days, %2u:%02u,  load average", now, hours / 24, hours % 24,
               minutes % 60);
    for (unsigned i = 0; i < 3; i++) {
        unsigned load = (unsigned)(info.loads[i] * 100 >> SI_LOAD_SHIFT);
        out_format("%c %u.%02u", i == 0 ? ':' : ',', load / 100, load % 100);
    }
    out_char('\n');
}

static int run_uptime(struct args *a)
{
    (void)a;
    uptime_show();
    return 0;
}

const struct applet applet_free = { "free", "kmgh", "[-kmgh]\nMemory of the machine", run_free,
                                    false };
const struct applet applet_uptime = { "uptime", "", "\nUptime and load of the machine", run_uptime,
                                      false };
