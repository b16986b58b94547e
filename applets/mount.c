/* mount and dmesg: what the kernel tells, line by line. */
#include <string.h>
#include <sys/klog.h>

#include "applets/out.h"
#include "applets/proc.h"
#include "applets/rows.h"

/* "device folder type options 0 0"; blanks in names are \040 there, and here. */
static void put_mount(struct span line)
{
    static const char behind[4][7] = { " on ", " type ", " (", ")\n" };
    for (unsigned i = 0; i < 4; i++) {
        size_t n = strcspn((const char *)line.p, " \n");
        out_safe(span_of(line.p, n));
        out_text(behind[i]);
        line.p += n + 1;
    }
}

static int run_mount(struct args *a)
{
    if (a->words != 0)
        return applet_wrong(*a->word, "this one only lists what is mounted");
    return proc_lines(NULL, "mounts", put_mount);
}

/* "<6>[    0.000000] text", the last of them that fit; what is in the text is anybody's who may write to /dev/kmsg. */
static int run_dmesg(struct args *a)
{
    enum { READ_ALL = 3 };
    const char *text = proc_text;
    (void)a;
    if (klogctl(READ_ALL, proc_text, PROC_ROOM - 1) < 0)
        return applet_failed("the kernel's log");
    while (*text != 0) {
        size_t n = strcspn(text, "\n");
        const char *level = *text == '<' ? memchr(text, '>', n) : NULL;
        size_t from = level != NULL ? (size_t)(level - text) + 1 : 0;
        proc_put(span_of(text + from, n - from));
        text += n + (text[n] != 0);
    }
    return 0;
}

const struct applet applet_mount = { "mount", "", "\nShow what is mounted", run_mount, false };
const struct applet applet_dmesg = { "dmesg", "", "\nShow the kernel's log", run_dmesg, false };
