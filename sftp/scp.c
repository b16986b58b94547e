/* What both directions share: bytes, lines, statuses, the command line. */
#include "sftp/scp.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "sftp/scp_internal.h"

void scp_flush(struct scp *s)
{
    size_t done = 0;
    while (done < s->pending) {
        ssize_t n = write(s->out, s->output + done, s->pending - done);
        if (n < 0 && errno != EINTR) {
            s->over = true;
            break;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    s->pending = 0;
}

/* Where the next bytes go: there is room for a whole line. */
static char *room(struct scp *s, size_t *n)
{
    if (sizeof s->output - s->pending < SCP_SAY_MAX)
        scp_flush(s);
    *n = SCP_SAY_MAX;
    return (char *)s->output + s->pending;
}

TEXT_NO_FLOATS void scp_say(struct scp *s, const char *format, ...)
{
    size_t n;
    char *to = room(s, &n);
    va_list list;
    va_start(list, format);
    s->pending += text_vformat(to, n, format, list);
    va_end(list);
}

void scp_good(struct scp *s)
{
    size_t n;
    *room(s, &n) = 0;
    s->pending++;
}

static void say_status(struct scp *s, char status, const char *name, const char *text)
{
    size_t n;
    scp_say(s, "%cscp: ", status);
    char *to = room(s, &n);
    s->pending += text_escape(to, n, span_text(name));
    scp_say(s, "%s%s\n", name[0] != 0 ? ": " : "", text);
    s->errors++;
}

void scp_complain(struct scp *s, const char *name, const char *text)
{
    say_status(s, 1, name, text);
}

void scp_failed(struct scp *s, const char *name, int number)
{
    bool known = s->config->error_text != NULL;
    say_status(s, 1, name, known ? s->config->error_text(number) : "failed");
}

void scp_fatal(struct scp *s, const char *name, const char *text)
{
    if (s->over)
        return;
    say_status(s, 2, name, text);
    scp_flush(s);
    s->over = true;
}

struct span scp_data(struct scp *s, uint64_t most)
{
    if (s->taken == s->used && !s->over) {
        scp_flush(s);
        ssize_t n;
        do
            n = read(s->in, s->input, sizeof s->input);
        while (n < 0 && errno == EINTR);
        s->over = s->over || n <= 0;
        s->taken = 0;
        s->used = n > 0 ? (size_t)n : 0;
    }
    size_t n = s->over ? 0 : s->used - s->taken;
    struct span data = span_of(s->input + s->taken, n < most ? n : (size_t)most);
    s->taken += data.n;
    return data;
}

bool scp_line(struct scp *s)
{
    for (size_t n = 0; n < sizeof s->line; n++) {
        struct span byte = scp_data(s, 1);
        if (byte.n == 0) {
            s->errors += n != 0;
            return false;
        }
        s->line[n] = (char)byte.p[0];
        if (byte.p[0] == '\n') {
            s->line[n] = 0;
            if (strlen(s->line) == n)
                return true;
            break; /* a NUL in it */
        }
    }
    scp_fatal(s, "", "protocol error: bad line");
    return false;
}

bool scp_heard(struct scp *s)
{
    struct span status = scp_data(s, 1);
    if (status.n == 0) {
        s->errors++;
        return false;
    }
    if (status.p[0] == 0)
        return true;
    bool fatal = status.p[0] != 1;
    s->errors++;
    while (!s->over && (status = scp_data(s, 1)).n != 0 && status.p[0] != '\n')
        ; /* for people, who are on the other side */
    s->over = s->over || fatal;
    return false;
}

static bool set_option(struct scp *s, char letter)
{
    static const char letters[] = "tfrpdqv"; /* the last two mean nothing here */
    const char *at = strchr(letters, letter);
    if (at != NULL)
        s->option[at - letters] = true;
    return at != NULL;
}

/* How many words are options; more than there are words when one is not known. */
static int options(struct scp *s, int argc, char *const argv[])
{
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] != 0; i++) {
        if (strcmp(argv[i], "--") == 0)
            return i + 1;
        for (const char *p = argv[i] + 1; *p != 0; p++)
            if (!set_option(s, *p))
                return argc + 1;
    }
    return i;
}

int scp_main(int in, int out, const struct sftp_config *config, int argc, char *const argv[])
{
    static struct scp s;
    memset(&s, 0, offsetof(struct scp, line));
    s.in = in;
    s.out = out;
    s.config = config;
    int first = options(&s, argc, argv);
    s.mask = umask(0);
    if (!s.option[TIMES])
        umask(s.mask);
    if (first >= argc || s.option[TO] == s.option[FROM] || (s.option[TO] && argc - first != 1)) {
        scp_fatal(&s, "", "only serves scp -t DIRECTORY and scp -f FILE...");
    } else if (s.option[TO]) {
        scp_receive(&s, argv[first]);
    } else if (scp_heard(&s)) {
        for (int i = first; i < argc && !s.over; i++)
            scp_send(&s, AT_FDCWD, argv[i], 0);
    }
    scp_flush(&s);
    return s.errors != 0;
}
