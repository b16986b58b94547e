#include <time.h>

#include "applets/out.h"
#include "applets/rows.h"
#include "applets/show.h"
#include "base/text.h"

static int run(struct args *a)
{
    const char *format = "%a %b %e %T %Z %Y", *given = a->option['d'];
    static struct timespec now;
    static uint64_t seconds;
    static char text[4096];
    clock_gettime(CLOCK_REALTIME, &now);
    if (given != NULL) {
        if (*given != '@' || !text_number(span_text(given + 1), INT64_MAX, &seconds))
            return applet_wrong(given, "not of the form @SECONDS");
        now = (struct timespec){ .tv_sec = (time_t)seconds };
    }
    if (a->option['I'] != NULL)
        format = "%F";
    if (a->option['R'] != NULL)
        format = "%a, %d %b %Y %T %z";
    if (a->words != 0) {
        if (**a->word != '+')
            return applet_usage(a);
        format = *a->word + 1;
    }
    show_time(text, sizeof text, format, now.tv_sec, (uint32_t)now.tv_nsec, a->option['u'] != NULL);
    out_text(text);
    out_char('\n');
    return 0;
}

const struct applet applet_date = { "date", "ud:RI",
                                    "[-u] [-d @SECONDS] [-R|-I|+FORMAT]\nShow the time", run,
                                    false };
