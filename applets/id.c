/* What the kernel says, and names where there are any: the user needs not be in /etc/passwd. */
#include <string.h>
#include <unistd.h>

#include "applets/out.h"
#include "applets/rows.h"
#include "applets/show.h"
#include "base/text.h"

enum { MANY = 65536 }; /* as the kernel has it */

static bool only, names; /* one thing, by name */

static void put(const char *label, uint32_t id, const char *(*find)(uint32_t))
{
    static char digits[TEXT_DECIMAL];
    const char *number = text_decimal(digits, id), *name = find(id);
    out_text(label);
    out_text(only && names ? name : number);
    if (!only && strcmp(name, number) != 0)
        out_format("(%s)", name);
}

static int run(struct args *a)
{
    static gid_t groups[MANY];
    bool user = a->option['u'] != NULL, group = a->option['g'] != NULL,
         all = a->option['G'] != NULL;
    gid_t own = getegid();
    only = user || group || all;
    names = a->option['n'] != NULL;
    if (!group && !all)
        put(only ? "" : "uid=", geteuid(), show_user);
    if (!user && !all)
        put(only ? "" : " gid=", own, show_group);
    if (!user && !group) {
        put(only ? "" : " groups=", own, show_group);
        for (int n = getgroups(MANY, groups), i = 0; i < n; i++)
            if (groups[i] != own)
                put(only ? " " : ",", groups[i], show_group);
    }
    out_char('\n');
    return 0;
}

const struct applet applet_id = { "id", "ugGn", "[-u|-g|-G] [-n]\nShow user and groups", run,
                                  false };
