/* Words as sh(1) makes them, as far as that is plain: everything a shell would act on ends it. */
#include <string.h>

#include "sftp/scp.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_special(char c)
{
    return strchr("$`*?[{();&|<>\n\r", c) != NULL;
}

/* One quoted part; false: not plain, or open-ended. */
static bool take_quoted(char **from, char **to)
{
    char quote = *(*from)++;
    for (; **from != quote; (*from)++) {
        char c = **from;
        if (quote == '"' && c == '\\' && (*from)[1] != 0 && strchr("$`\"\\", (*from)[1]) != NULL)
            c = *++*from;
        else if (c == 0 || (quote == '"' && (c == '$' || c == '`')))
            return false;
        *(*to)++ = c;
    }
    (*from)++;
    return true;
}

/* One word, to its end. */
static bool take_word(char **from, char **to)
{
    if (**from == '#')
        return false;
    if (**from == '~') { /* somebody else's home is a matter for a shell */
        char c = (*from)[1];
        if (c != 0 && c != '/' && !is_blank(c))
            return false;
        *(*to)++ = '.';
        (*from)++;
    }
    for (;;) {
        char c = **from;
        if (c == 0 || is_blank(c))
            return true;
        if (c == '\'' || c == '"') {
            if (!take_quoted(from, to))
                return false;
            continue;
        }
        if (is_special(c))
            return false;
        if (c == '\\') {
            c = *++*from;
            if (c == 0 || c == '\n')
                return false;
        }
        *(*to)++ = c;
        (*from)++;
    }
}

/* -t or -f among the options. */
static bool has_direction(char *const words[], int n)
{
    for (int i = 1; i < n && words[i][0] == '-' && strcmp(words[i], "--") != 0; i++)
        if (strchr(words[i], 't') != NULL || strchr(words[i], 'f') != NULL)
            return true;
    return false;
}

int scp_words(char *command, char *words[SCP_WORDS_MAX + 1])
{
    char *from = command, *to = command;
    int n = 0;
    for (;;) {
        while (is_blank(*from))
            from++;
        if (*from == 0)
            break;
        if (n == SCP_WORDS_MAX)
            return 0;
        words[n++] = to;
        if (!take_word(&from, &to))
            return 0;
        bool last = *from == 0;
        from += !last;
        *to++ = 0; /* never beyond what was read: a word is not longer than its source */
        if (last)
            break;
    }
    words[n] = NULL;
    return n > 0 && strcmp(words[0], "scp") == 0 && has_direction(words, n) ? n : 0;
}
