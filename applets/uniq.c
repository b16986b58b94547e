#include <string.h>

#include "applets/input.h"
#include "applets/memory.h"
#include "applets/out.h"
#include "applets/rows.h"

static void put(const struct args *a, struct span line, uint64_t count)
{
    if (a->option[count < 2 ? 'd' : 'u'] != NULL)
        return;
    if (a->option['c'] != NULL)
        out_format("%7llu ", (unsigned long long)count);
    out_span(line);
    out_char('\n');
}

static int run(struct args *a)
{
    static struct input in;
    struct span line, kept = { 0 };
    char *copy = NULL;
    size_t room = 0;
    if (a->words > 2)
        return applet_usage(a);
    if (!input_open(&in, a->words != 0 ? a->word[0] : "-") ||
        (a->words == 2 && !out_to(a->word[1])))
        return 1;
    for (uint64_t count = 0;;) {
        bool more = input_line(&in, &line);
        if (more && count != 0 && memory_compare(line, kept, a->option['i'] != NULL) == 0) {
            count++;
            continue;
        }
        if (count != 0)
            put(a, kept, count);
        if (!more)
            return in.failed;
        copy = memory_room(copy, &room, line.n);
        if (line.n != 0)
            memcpy(copy, line.p, line.n);
        kept = span_of(copy, line.n);
        count = 1;
    }
}

const struct applet applet_uniq = {
    "uniq", "cdui", "[-cdui] [FILE [OUT]]\nLines that repeat, once (-c counted, -d only, -u none)",
    run, false
};
