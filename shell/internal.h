/* What the files of shell/ have in common. */
#ifndef SHELL_INTERNAL_H
#define SHELL_INTERNAL_H

#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "applets/applet.h"
#include "applets/memory.h"

enum {
    STATUS_WRONG = 1,
    STATUS_SYNTAX = 2,
    STATUS_NOT_FOUND = 127,
    STATUS_SIGNAL = 128,
    NESTED = 200, /* constructs within constructs … */
    CALLED = 200, /* … and functions within functions */
    FD_OURS = 10, /* descriptors from here on are the shell's own, and no child's … */
    FD_ALL = 256  /* … and so many there may be that are worth to be closed one by one */
};

/* --- the state of the shell --- */
enum skip { SKIP_NOTHING, SKIP_BREAK, SKIP_CONTINUE, SKIP_RETURN };

struct shell {
    char **words;                      /* $0 … and NULL */
    struct names set;                  /* where they are, of those that `set` set */
    const struct node *last;           /* after that the process ends: a program takes its place */
    int status;                        /* $? */
    int substituted;                   /* the last $( ) in the command that is being expanded */
    pid_t pid, background;             /* $$, $! */
    enum skip skip;                    /* what is being left: until then nothing is run … */
    int levels, loops;                 /* … so many loops of those one is in */
    int depth;                         /* functions, eval and . within each other */
    int tested;                        /* inside what may fail in spite of `set -e` */
    int pipe[3];                       /* what is open while processes are started */
    bool fails, shows;                 /* set -e, set -x */
    bool interactive;                  /* lines are asked for, and an error is not the end */
    bool terminal;                     /* it is ours to give: pipelines have process groups */
    bool keeps;                        /* exec: its redirections stay */
    char place[20];                    /* the process that was entered, for the prompt */
    volatile sig_atomic_t interrupted; /* by control-C */
    jmp_buf *prompt;                   /* where an error leads; NULL: to the end */
};
extern struct shell sh;

/* Says why, and then there is the next prompt, or the end of the shell. */
_Noreturn void give_up(const char *why);
_Noreturn void give_up_with(int status); /* was said */
void *checked(void *memory);             /* gives up where there is none */

int words_count(void); /* $# */

/* --- text that grows, with a NUL behind --- */
struct buffer {
    char *p;
    size_t n, room;
};
void buffer_add(struct buffer *b, const char *p, size_t n);
void buffer_drop(struct buffer *b);

/* One line with its end, and never more of the input than that. false: there was no byte. */
bool read_line(int fd, struct buffer *b);

/* --- commands (parse.c) --- */
enum kind {
    SIMPLE,   /* words, redirects */
    SUBSHELL, /* a */
    GROUP,    /* a */
    IF,       /* a: condition, b, c: else */
    WHILE,    /* a: condition, b */
    UNTIL,    /* the same */
    FOR,      /* words: the name, what it is to be; b; `flag`: without `in` */
    CASE,     /* words: what is looked at; a: list of branches, which have words (patterns) and b */
    FUNCTION, /* words: the name, the body */
    PIPELINE, /* a: list of commands; `flag`: with ! */
    ANDS,     /* a: list of pipelines */
};

struct node {
    struct node *next; /* of a list */
    struct node *a, *b, *c;
    struct word *words;
    struct redirect *redirects;
    enum kind kind;
    bool flag;
    bool either;     /* || before it, in ANDS */
    bool background; /* & behind it */
};

/* As it was written, with its quotes. */
struct word {
    struct word *next;
    char text[];
};

enum redirect_kind {
    REDIRECT_READ,
    REDIRECT_WRITE,
    REDIRECT_APPEND,
    REDIRECT_BOTH,
    REDIRECT_COPY,
    REDIRECT_TEXT,
    REDIRECT_PLAIN /* text without expansion */
};

struct redirect {
    struct redirect *next;
    struct redirect *later; /* of those whose text is yet to come */
    struct word *word;      /* a file, a descriptor, the text */
    enum redirect_kind kind;
    int fd;    /* 0 to 9 */
    bool tabs; /* <<-: are taken off */
};

/* Where commands come from: text, or lines as they are asked for. */
struct source {
    struct buffer text;
    size_t at;
    int fd;     /* -1: only the text */
    bool asks;  /* a terminal, or something like one, is asked */
    bool more;  /* a command has begun */
    bool final; /* the process ends after it */
    bool over;  /* there are no more lines */
    bool bad;   /* was said; nothing more comes */
    int depth;
    struct arena arena; /* of what is parsed */
    struct redirect *later;
};
char peek(struct source *s); /* 0: the end */
char next(struct source *s);
void skip_to(struct source *s, char end);
void skip_dollar(struct source *s); /* behind a $: what belongs to it */
bool source_line(struct source *s); /* one more */

_Noreturn void parse_wrong(struct source *s, const char *missing);
void deeper(struct source *s);
struct word *take_word(struct source *s, size_t from); /* what was read since */
bool ends_word(char c);
void blanks(struct source *s);
bool accept_text(struct source *s, const char *text);
bool accept_word(struct source *s, const char *word);
unsigned accept_one(struct source *s, const char *words);
void expect(struct source *s, const char *word);
struct word *parse_word(struct source *s);
struct node *parse_list(struct source *s, bool line);
struct node *parse_line(struct source *s); /* a line, and what belongs to it; NULL: nothing */

bool is_name(char c, bool first);
size_t name_length(const char *text); /* of the name that it begins with */

/* --- words to what they stand for (expand.c, names.c, number.c) --- */
enum expand_as {
    AS_TEXT,
    AS_PATTERN /* for match_glob() */,
    AS_DOCUMENT /* quotes mean nothing */
};

/* Any number of fields, with names of files. */
void expand_word(const char *word, struct names *to);
char *expand_text(const char *word, enum expand_as as); /* one; valid until the next call */
void field_add(struct names *to, const char *text);
void names_matching(char *pattern, struct names *to); /* or what it is without being one */
char *unescape(char *pattern);
long long number_evaluate(const char *text);

/* --- variables (variable.c); functions are those whose name ends in "()" --- */
const char *variable_get(const char *name); /* NULL: there is none */
const char *variable_find(const char *name, size_t n);
void variable_set(const char *name, size_t n, const char *value, bool exported);
void variable_unset(const char *name, size_t n);
void variable_put(const char *assignment, bool exported); /* "NAME=value" */
void variables_start(void);
const char *variable_nth(size_t i, bool *exported); /* "NAME=value"; NULL: no more */

/* --- running (run.c, job.c) --- */
void run_list(const struct node *n);
void run_source(struct source *s);
void run_text(const char *text, bool final);
int run_file(const char *name);
const char *function_named(const char *name);
const struct applet *inside_named(const char *name); /* what runs in the shell's own process */
/* What is to be as it was before a command. */
struct frame {
    struct frame *before;
    char **words; /* of a function: $1 … outside of it */
    struct names set;
    int fd[10];
};
extern struct frame *frames;
bool redirect(const struct node *n, struct frame *f); /* false: not all */
void restore(void);
void pipe_open(void);  /* for the next process … */
void pipe_use(void);   /* … which does so … */
void pipe_close(void); /* … and the shell this */

enum job { JOB_OURS, JOB_FRONT, JOB_BACK }; /* the shell's process group, or one of its own */
pid_t job_fork(pid_t *group, enum job how); /* as fork(2), or gives up */
/* $? of its last process. In front: a control-C that came to the shell is for it. */
int job_wait(pid_t group, bool front);
void job_notices(void);                                /* what has ended meanwhile */
void job_say(pid_t pid, const char *what, int status); /* -1: none */
void job_start(void); /* the terminal becomes ours, if there is one */
_Noreturn void job_end(int status);
void job_hang_up(void);          /* there is no terminal any more: ends the shell */
void job_leave(void);            /* before something takes the shell's place */
int job_control(struct args *a); /* jobs, fg, bg */
int job_await(struct args *a);   /* wait */

/* What has to happen in the shell itself (cd, export, …): rows as the other commands', NULL at the end. */
extern const struct applet *shell_builtins[];
void builtins_start(void); /* makes them */
const struct applet *builtin_named(const char *name);
int enter_run(struct args *a);
const char *folder(void); /* the one we are in */

#endif
