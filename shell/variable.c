/* Variables: the environment is those that are exported. Functions are in the same table, by their text. */
#include <string.h>
#include <unistd.h>

#include "shell/internal.h"

enum { FIRST = 128, LEAST = 32 };

static struct variable {
    char *text; /* NAME=value */
    size_t room;
    bool exported;
} * table;
static size_t n_table, room;
static struct arena texts;
static char **published; /* as many as there is room in the table, and one */

static struct variable *find(const char *name, size_t n)
{
    for (struct variable *v = table; v < table + n_table; v++)
        if (strncmp(v->text, name, n) == 0 && v->text[n] == '=')
            return v;
    return NULL;
}

const char *variable_find(const char *name, size_t n)
{
    const struct variable *v = find(name, n);
    return v != NULL ? v->text + n + 1 : NULL;
}

const char *variable_get(const char *name)
{
    return variable_find(name, strlen(name));
}

static void publish(void)
{
    char **to = published;
    for (size_t i = 0; i < n_table; i++)
        if (table[i].exported)
            *to++ = table[i].text;
    *to = NULL;
    environ = published;
}

static void grow(void)
{
    size_t more = room != 0 ? room * 2 : FIRST;
    table = checked(memory_grow(table, room * sizeof *table, more * sizeof *table));
    published = checked(memory_grow(published, room * sizeof *published, more * sizeof *published));
    environ = published;
    room = more;
}

/* A place for a text so long. One that is outgrown is left behind, so what is lost is less than what is used. */
static struct variable *place(const char *name, size_t n, size_t length)
{
    struct variable *v = find(name, n);
    if (v == NULL && n_table + 1 >= room)
        grow();
    if (v == NULL || length > v->room) {
        size_t wanted = length < LEAST ? LEAST : 2 * length;
        char *text = checked(arena_take(&texts, wanted));
        if (v == NULL) {
            v = &table[n_table++];
            v->exported = false;
        }
        v->text = text;
        v->room = wanted;
    }
    return v;
}

void variable_set(const char *name, size_t n, const char *value, bool exported)
{
    size_t length = strlen(value) + 1;
    struct variable *v = place(name, n, n + 1 + length);
    memmove(v->text + n + 1, value, length); /* which may be its own */
    memmove(v->text, name, n);
    v->text[n] = '=';
    v->exported = v->exported || exported;
    publish();
}

void variable_put(const char *assignment, bool exported)
{
    const char *equals = strchr(assignment, '=');
    if (equals != NULL)
        variable_set(assignment, (size_t)(equals - assignment), equals + 1, exported);
}

void variable_unset(const char *name, size_t n)
{
    struct variable *v = find(name, n);
    if (v != NULL) {
        *v = table[--n_table];
        publish();
    }
}

void variables_start(void)
{
    char **first = environ;
    for (char **e = first; *e != NULL; e++)
        variable_put(*e, true);
}

const char *variable_nth(size_t i, bool *exported)
{
    if (i >= n_table)
        return NULL;
    *exported = table[i].exported;
    return table[i].text;
}
