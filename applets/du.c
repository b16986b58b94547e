#include <string.h>

#include "applets/files.h"
#include "applets/out.h"
#include "applets/rows.h"
#include "applets/show.h"
#include "applets/walk.h"
#include "base/text.h"

static struct links seen;
static uint64_t sum[WALK_DEEPEST + 3], total,
    deepest; /* in 512 bytes, of what is below each depth */
static const char *const *option;

static void put(uint64_t blocks, const char *path)
{
    static char size[TEXT_DECIMAL];
    if (option['h'] != NULL)
        show_size(size, blocks * 512);
    out_format("%s\t%s\n", option['h'] != NULL ? size : text_decimal(size, (blocks + 1) / 2), path);
}

static int each(struct walk *w, struct entry *e)
{
    bool folder = S_ISDIR(e->st.st_mode);
    uint64_t *own = &sum[e->depth];
    w->stop = out_failed();
    if (folder && !e->after) {
        own[1] = 0;
        return 0;
    }
    uint64_t blocks = (uint64_t)e->st.st_blocks;
    if (folder)
        blocks += own[1];
    else if (links_seen(&seen, &e->st, "") != NULL)
        return 0;
    *own += blocks;
    if ((unsigned)e->depth <= deepest && (folder || option['a'] != NULL || e->depth == 0))
        put(blocks, e->path);
    return 0;
}

static int run(struct args *a)
{
    static char here[] = ".";
    char *usual[] = { here, NULL };
    struct walk w = { .each = each, .after = true, .one_device = a->option['x'] != NULL };
    int status = 0;
    option = a->option;
    deepest = option['s'] != NULL ? 0 : UINT32_MAX;
    if (option['d'] != NULL && !applet_number(option['d'], UINT32_MAX, &deepest))
        return 2;
    for (char **word = a->words != 0 ? a->word : usual; *word != NULL; word++) {
        sum[0] = 0;
        status |= walk_tree(&w, *word);
        total += sum[0];
    }
    if (option['c'] != NULL)
        put(total, "total");
    return status;
}

const struct applet applet_du = { "du", "shkad:xc",
                                  "[-shkaxc] [-d DEPTH] [FILE...]\nSpace that files take, in KB",
                                  run, false };
