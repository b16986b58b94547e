/* Commands are run: here what happens within the shell, in children what does not. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "applets/match.h"
#include "applets/out.h"
#include "base/text.h"
#include "shell/internal.h"

static void run(const struct node *n);

/* --- errors --- */
void give_up_with(int status)
{
    sh.status = status;
    if (sh.prompt == NULL)
        job_end(status);
    while (frames != NULL)
        restore();
    pipe_close();
    sh.skip = SKIP_NOTHING;
    sh.loops = sh.depth = sh.tested = 0;
    sh.interrupted = 0;
    longjmp(*sh.prompt, 1);
}

void give_up(const char *why)
{
    give_up_with(applet_wrong(NULL, why) + 1);
}

/* --- what happens within the shell --- */
const char *function_named(const char *name)
{
    static char key[256];
    return variable_find(key, text_format(key, sizeof key, "%s()", name));
}

static void define(const char *name, const char *body)
{
    static char key[256];
    variable_set(key, text_format(key, sizeof key, "%s()", name), body, false);
}

const struct applet *inside_named(const char *name)
{
    const struct applet *a = builtin_named(name);
    if (a == NULL)
        a = applet_named(name);
    return a != NULL && a->inside ? a : NULL;
}

static void call(const char *body, char **words)
{
    frames->words = sh.words;
    frames->set = sh.set;
    words[0] = sh.words[0];
    sh.words = words;
    sh.set = (struct names){ 0 };
    run_text(body, false);
    if (sh.skip == SKIP_RETURN)
        sh.skip = SKIP_NOTHING;
}

static bool assigns(const struct word *w)
{
    size_t n = w != NULL ? name_length(w->text) : 0;
    return n != 0 && w->text[n] == '=';
}

/* The variables before a command; `before` gets what they were. */
static void assign(const struct word *w, bool exported, struct names *before)
{
    for (; assigns(w); w = w->next) {
        size_t n = name_length(w->text);
        const char *value = expand_text(w->text + n + 1, AS_TEXT), *old = variable_find(w->text, n);
        if (before != NULL)
            field_add(before, old != NULL ? old - n - 1 : "");
        variable_set(w->text, n, value, exported);
    }
}

static void assign_back(const struct word *w, struct names *before)
{
    for (size_t i = 0; i < before->n; i++, w = w->next) {
        if (*before->list[i] != 0)
            variable_put(before->list[i], false);
        else
            variable_unset(w->text, name_length(w->text));
    }
    names_drop(before);
}

static void run_inside(const struct node *n, const char *body, const struct applet *a, char **words)
{
    struct names before = { 0 };
    if (a == NULL && body == NULL) {
        assign(n->words, false, NULL);
        sh.status = sh.substituted;
        return;
    }
    assign(n->words, false, &before);
    if (body != NULL)
        call(body, words);
    else
        sh.status = applet_run(a, words);
    assign_back(n->words, &before);
}

/* --- commands --- */
static void run_program(const struct node *n, char **words)
{
    pid_t group = 0;
    if (sh.last == n || job_fork(&group, JOB_FRONT) == 0) {
        struct frame f;
        if (!redirect(n, &f))
            job_end(sh.status);
        assign(n->words, true, NULL);
        applet_become(words);
    }
    sh.status = job_wait(group, true);
}

static void show(char **words)
{
    struct buffer b = { 0 };
    buffer_add(&b, "+", 1);
    for (; *words != NULL; words++) {
        buffer_add(&b, " ", 1);
        buffer_add(&b, *words, strlen(*words));
    }
    buffer_add(&b, "\n", 1);
    if (write(STDERR_FILENO, b.p, b.n) < 0)
        sh.shows = false;
    buffer_drop(&b);
}

static void run_simple(const struct node *n)
{
    struct names words = { 0 };
    const char *body = NULL;
    const struct applet *a = NULL;
    const struct word *w = n->words;
    sh.substituted = 0;
    while (assigns(w))
        w = w->next;
    for (; w != NULL; w = w->next)
        expand_word(w->text, &words);
    if (words.n != 0) {
        if (sh.shows)
            show(words.list);
        body = function_named(words.list[0]);
        a = inside_named(words.list[0]);
    }
    if (words.n != 0 && body == NULL && a == NULL) {
        run_program(n, words.list);
    } else {
        struct frame f;
        if (redirect(n, &f))
            run_inside(n, body, a, words.list);
        restore();
    }
    names_drop(&words);
}

static void run_pipeline(const struct node *p)
{
    pid_t group = 0;
    for (const struct node *n = p->a; n != NULL; n = n->next) {
        if (n->next != NULL)
            pipe_open();
        if (job_fork(&group, JOB_FRONT) == 0) {
            pipe_use();
            sh.last = n;
            run(n);
            job_end(sh.status);
        }
        int in = sh.pipe[0];
        sh.pipe[0] = 0;
        pipe_close();
        sh.pipe[2] = in;
    }
    sh.status = job_wait(group, true);
}

/* In children: that is all these do. */
static void run_subshell(const struct node *n)
{
    pid_t group = 0;
    if (sh.last == n || job_fork(&group, JOB_FRONT) == 0) {
        if (n->a != NULL && n->a->next == NULL)
            sh.last = n->a;
        run_list(n->a);
        job_end(sh.status);
    }
    sh.status = job_wait(group, true);
}

static void run_background(const struct node *n)
{
    pid_t group = 0;
    if (job_fork(&group, JOB_BACK) == 0) {
        sh.last = n;
        run(n);
        job_end(sh.status);
    }
    sh.background = group;
    sh.status = 0;
    if (sh.interactive)
        job_say(group, "started", -1);
}

/* After a round of a loop: is there another one? */
static bool goes_on(void)
{
    enum skip skip = sh.skip;
    if (skip != SKIP_BREAK && skip != SKIP_CONTINUE)
        return skip == SKIP_NOTHING;
    if (--sh.levels > 0)
        return false;
    sh.skip = SKIP_NOTHING;
    return skip == SKIP_CONTINUE;
}

static void run_tested(const struct node *n)
{
    sh.tested++;
    run_list(n);
    sh.tested--;
}

static void run_while(const struct node *n)
{
    int status = 0;
    sh.loops++;
    for (;;) {
        run_tested(n->a);
        if (sh.skip == SKIP_NOTHING) {
            if ((sh.status != 0) == (n->kind == WHILE))
                break;
            run_list(n->b);
            status = sh.status;
        }
        if (!goes_on())
            break;
    }
    sh.loops--;
    if (sh.skip == SKIP_NOTHING)
        sh.status = status;
}

static void run_for(const struct node *n)
{
    struct names words = { 0 };
    const char *name = n->words->text;
    if (n->flag)
        expand_word("\"$@\"", &words);
    for (const struct word *w = n->words->next; w != NULL; w = w->next)
        expand_word(w->text, &words);
    sh.status = 0;
    sh.loops++;
    for (size_t i = 0; i < words.n; i++) {
        variable_set(name, strlen(name), words.list[i], false);
        run_list(n->b);
        if (!goes_on())
            break;
    }
    sh.loops--;
    names_drop(&words);
}

static void run_case(const struct node *n)
{
    struct names text = { 0 };
    field_add(&text, expand_text(n->words->text, AS_TEXT));
    const struct node *b = n->a;
    for (; b != NULL; b = b->next) {
        const struct word *w = b->words;
        while (w != NULL && !match_glob(expand_text(w->text, AS_PATTERN), text.list[0], false))
            w = w->next;
        if (w != NULL)
            break;
    }
    names_drop(&text);
    sh.status = 0;
    if (b != NULL)
        run_list(b->b);
}

static void run_ands(const struct node *n)
{
    for (const struct node *c = n->a; c != NULL && sh.skip == SKIP_NOTHING; c = c->next) {
        if (c != n->a && (sh.status == 0) == c->either)
            continue;
        sh.tested += c->next != NULL;
        run(c);
        sh.tested -= c->next != NULL;
    }
}

static void run_compound(const struct node *n)
{
    switch (n->kind) {
    case GROUP:
        run_list(n->a);
        break;
    case IF:
        run_tested(n->a);
        if (sh.skip != SKIP_NOTHING)
            break;
        n = sh.status == 0 ? n->b : n->c;
        sh.status = 0;
        run_list(n);
        break;
    case FOR:
        run_for(n);
        break;
    case CASE:
        run_case(n);
        break;
    case SUBSHELL:
        run_subshell(n);
        break;
    case FUNCTION:
        define(n->words->text, n->words->next->text);
        break;
    case ANDS:
        run_ands(n);
        break;
    default:
        run_while(n);
    }
}

static void run(const struct node *n)
{
    struct frame f;
    bool negated = n->kind == PIPELINE && n->flag;
    sh.tested += negated;
    if (n->kind == SIMPLE) {
        run_simple(n);
    } else if (n->kind != PIPELINE) {
        if (redirect(n, &f))
            run_compound(n);
        restore();
    } else if (n->a == NULL || n->a->next != NULL) {
        run_pipeline(n);
    } else {
        run(n->a);
    }
    sh.tested -= negated;
    if (negated)
        sh.status = sh.status == 0;
    else if (sh.fails && sh.status != 0 && sh.tested == 0 &&
             (n->kind == SIMPLE || n->kind == PIPELINE || n->kind == SUBSHELL))
        job_end(sh.status);
}

void run_list(const struct node *n)
{
    for (; n != NULL && sh.skip == SKIP_NOTHING; n = n->next) {
        if (n->background)
            run_background(n);
        else
            run(n);
        if (sh.interrupted)
            give_up_with(STATUS_SIGNAL + SIGINT);
    }
}

/* --- text --- */
void run_source(struct source *s)
{
    if (++sh.depth > CALLED)
        give_up("functions nested too deeply");
    while (sh.skip == SKIP_NOTHING) {
        if (s->fd >= 0)
            s->at = s->text.n = 0;
        s->more = false;
        if (peek(s) == 0)
            break;
        struct node *n = parse_line(s);
        if (s->final && n != NULL && n->next == NULL && peek(s) == 0)
            sh.last = n;
        run_list(n);
        arena_drop(&s->arena);
    }
    sh.depth--;
}

void run_text(const char *text, bool final)
{
    struct source s = { .text = { (char *)(uintptr_t)text, strlen(text), 0 },
                        .fd = -1,
                        .final = final };
    run_source(&s);
}
