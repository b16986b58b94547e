/* cgroup(7), both versions: in the second all files of a group are in one folder, in the first each controller has a tree. */
#include <string.h>
#include <unistd.h>

#include "applets/out.h"
#include "applets/proc.h"
#include "applets/rows.h"
#include "applets/show.h"
#include "base/text.h"

static const char tree[] = "/sys/fs/cgroup";

/* Of both versions; whichever are there. */
static const char files[] =
    "memory.max\0memory.current\0memory.peak\0memory.swap.max\0cpu.max\0cpu.stat\0pids.max\0"
    "pids.current\0memory.limit_in_bytes\0memory.usage_in_bytes\0cpu.cfs_quota_us\0"
    "cpu.cfs_period_us\0cpuacct.usage\0";

static void put_line(const char *name, struct span line)
{
    static char size[8];
    static uint64_t v;
    v = 0;
    text_number(line, UINT64_MAX, &v);
    out_format("%-22s ", name);
    if (span_starts(line, "max") || span_is(line, "-1") || v >> 62 != 0)
        line = span_text("no limit");
    else if (v >= 1024 && *name == 'm') {
        show_size(size, v);
        out_format("%s = ", size);
    }
    proc_put(line);
}

static bool any;

/* What is in this folder. */
static void put_files(void)
{
    for (const char *name = files; *name != 0; name += strlen(name) + 1) {
        any |= proc_read(name) >= 0;
        for (const char *p = proc_text, *next; (next = strchr(p, '\n')) != NULL; p = next + 1)
            put_line(name, span_of(p, (size_t)(next - p)));
    }
}

/* "number:controllers:path", without controllers for the second version. */
static void put_group(struct span line)
{
    char *text = (char *)(uintptr_t)line.p;
    proc_put(line);
    text[line.n] = 0;
    char *controllers = strchr(text, ':') + 1, *path = strchr(controllers, ':');
    *path = 0;
    /* What is mounted often begins with our group. Another's may be outside of it: then there is nothing to see. */
    if (chdir(tree) == 0 && (*controllers == 0 || chdir(controllers) == 0) &&
        (chdir(path + 2) == 0 || path[2] != '.'))
        put_files();
}

static int run(struct args *a)
{
    int status = proc_lines(*a->word, "cgroup", put_group);
    return status != 0 || any ? status : applet_wrong(tree, "has nothing of this group");
}

const struct applet applet_cgroup = { "cgroup", "",
                                      "[PID]\nShow limits and use of its control group", run,
                                      false };
