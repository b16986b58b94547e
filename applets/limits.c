/* limits and maps: what a process may have, and has. */
#include "applets/out.h"
#include "applets/proc.h"
#include "applets/rows.h"

static int run_limits(struct args *a)
{
    return proc_lines(*a->word, "limits", proc_put);
}

static const char *cursor;
static uint64_t sum;

static uint64_t take_hex(void)
{
    uint64_t v = 0;
    for (unsigned char c; (c = (unsigned char)*cursor++) >= '0';)
        v = v * 16 + (c & 15u) + (c > '9' ? 9 : 0);
    return v;
}

/* "from-to rights …", with the size before it. */
static void put_mapping(struct span line)
{
    cursor = (const char *)line.p;
    uint64_t from = take_hex(), size = (take_hex() - from) >> 10;
    sum += size;
    out_format("%10llu ", (unsigned long long)size);
    proc_put(line);
}

static int run_maps(struct args *a)
{
    int status = proc_lines(*a->word, "maps", put_mapping);
    if (status == 0) {
        proc_read("smaps_rollup");
        out_format("%10llu KiB, resident %llu, its share of them %llu\n", (unsigned long long)sum,
                   (unsigned long long)proc_number(proc_text, "Rss:"),
                   (unsigned long long)proc_number(proc_text, "Pss:"));
    }
    return status;
}

const struct applet applet_limits = { "limits", "", "[PID]\nShow limits of a process", run_limits,
                                      false };
const struct applet applet_maps = { "maps", "", "[PID]\nShow memory of a process, in KiB", run_maps,
                                    false };
