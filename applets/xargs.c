#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "applets/input.h"
#include "applets/memory.h"
#include "applets/out.h"
#include "applets/rows.h"

/* A word is no longer than the kernel takes, and neither is a batch: what else there is room for is the environment's. */
enum { ROOM = 128 * 1024, EXIT_STOP = 255 };
enum { STATUS_SOME = 123, STATUS_STOPPED, STATUS_KILLED };

static struct args *given;
static struct input in;
static struct span some; /* of it, not yet taken */
static struct names batch;
static char word[ROOM];
static size_t word_n, size; /* of the batch */
static uint64_t running, at_once = 1, most = INT64_MAX;
static int status;

static void reap(void)
{
    int s = 0;
    if (wait(&s) < 0)
        return;
    running--;
    int code = WEXITSTATUS(s);
    if (WIFSIGNALED(s))
        status = STATUS_KILLED;
    else if (code == EXIT_STOP)
        status = STATUS_STOPPED;
    else if (code != 0)
        status = code > STATUS_KILLED ? code : STATUS_SOME;
}

static _Noreturn void die(const char *why)
{
    _exit(applet_wrong(NULL, why));
}

static void add(const char *text, size_t n)
{
    size += n + 1 + sizeof text;
    if (size > ROOM || !names_add(&batch, text, n))
        die("too long");
}

static void run_batch(void)
{
    while (running >= at_once)
        reap();
    if (status > STATUS_SOME) /* one could not be started, was killed, or wants no other */
        return;
    if (given->option['t'] != NULL) {
        for (size_t i = 0; i < batch.n; i++)
            applet_wrong(NULL, batch.list[i]);
    }
    pid_t pid = _Fork();
    if (pid == 0) {
        int nothing = open("/dev/null", O_RDONLY);
        if (nothing < 0)
            close(STDIN_FILENO);
        else
            dup2(nothing, STDIN_FILENO);
        applet_become(batch.list);
    }
    if (pid < 0)
        die("cannot start a process");
    running++;
    names_drop(&batch);
    size = 0;
}

/* --- words --- */
static int next_byte(void)
{
    if (some.n == 0 && (some = input_some(&in)).n == 0)
        return -1;
    some.n--;
    return *some.p++;
}

static void keep(int c)
{
    if (word_n == ROOM - 1)
        die("too long");
    word[word_n++] = (char)c;
}

static bool next_word(bool lines)
{
    int quote = given->option['0'] != NULL ? -1 : 0, c;
    bool any = false;
    word_n = 0;
    while ((c = next_byte()) >= 0) {
        bool blank = c == ' ' || c == '\t';
        if (quote < 0) {
            if (c == 0)
                return true;
            keep(c);
        } else if (quote != 0) {
            if (c == '\n')
                break;
            if (c != quote)
                keep(c);
            else
                quote = 0;
        } else if (c == '\n' || (blank && (!lines || !any))) {
            if (any)
                return true;
            continue;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else if (c != '\\' || (c = next_byte()) >= 0) {
            keep(c);
        }
        any = true;
    }
    if (quote > 0)
        die("unmatched quote");
    return any;
}

/* The command with the word in the place of each `what`. */
static void add_replaced(const char *what)
{
    static char text[ROOM];
    size_t length = strlen(what);
    for (char **w = given->word; *w != NULL; w++) {
        size_t n = 0;
        for (const char *p = *w; *p != 0;) {
            bool here = length != 0 && strncmp(p, what, length) == 0;
            size_t k = here ? word_n : 1;
            if (k > ROOM - n)
                die("too long");
            memcpy(text + n, here ? word : p, k);
            p += here ? length : 1;
            n += k;
        }
        add(text, n);
    }
}

static void add_command(void)
{
    if (given->words == 0)
        add("echo", 4);
    for (char **w = given->word; *w != NULL; w++)
        add(*w, strlen(*w));
}

static int run(struct args *a)
{
    const char *what = a->option['I'];
    uint64_t n = 0;
    given = a;
    if (!applet_count(a, 'n', &most) || !applet_count(a, 'P', &at_once))
        return 1;
    if (at_once == 0)
        at_once = INT64_MAX;
    input_start(&in, STDIN_FILENO, "standard input");
    bool once = a->option['r'] == NULL && what == NULL;
    while (status <= STATUS_SOME && next_word(what != NULL)) {
        once = false;
        if (what != NULL) {
            add_replaced(what);
            run_batch();
            continue;
        }
        if (n != 0 && (n == most || size + word_n + 1 + sizeof what > ROOM)) {
            run_batch();
            n = 0;
        }
        if (n++ == 0)
            add_command();
        add(word, word_n);
    }
    if (once)
        add_command();
    if (once || n != 0)
        run_batch();
    while (running != 0)
        reap();
    return status | in.failed;
}

const struct applet applet_xargs = { "xargs", "0rtn:P:I:",
                                     "[-0rt] [-n WORDS] [-P PROCESSES] [-I WHAT] [COMMAND "
                                     "[WORD...]]\nRun a command with the words that are read",
                                     run, false };
