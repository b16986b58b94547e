#include <sys/utsname.h>

#include "applets/out.h"
#include "applets/rows.h"

static int run(struct args *a)
{
    static const char letters[] = "snrvmo";
    static struct utsname u;
    uname(&u);
    const char *const values[] = { u.sysname, u.nodename, u.release,
                                   u.version, u.machine,  "GNU/Linux" };
    const char *blank = "";
    for (unsigned round = 0; *blank == 0; round++) { /* the second time: nothing was asked for */
        for (unsigned i = 0; letters[i] != 0; i++)
            if (a->option['a'] != NULL || a->option[(unsigned char)letters[i]] != NULL) {
                out_format("%s%s", blank, values[i]);
                blank = " ";
            }
        a->option['s'] = "";
    }
    out_char('\n');
    return 0;
}

const struct applet applet_uname = { "uname", "asnrvmo", "[-asnrvmo]\nShow kernel and machine", run,
                                     false };
