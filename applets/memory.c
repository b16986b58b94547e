#include "applets/memory.h"

#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "applets/applet.h"

enum { PART = 64 * 1024, NAMES_FIRST = 512 };

void *memory_grow(void *old, size_t from, size_t to)
{
    void *p = old != NULL
                  ? mremap(old, from, to, MREMAP_MAYMOVE)
                  : mmap(NULL, to, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED ? p : NULL;
}

void memory_drop(void *p, size_t n)
{
    if (p != NULL)
        munmap(p, n);
}

void *memory_room(void *old, size_t *room, size_t wanted)
{
    size_t more = wanted * 2;
    if (wanted <= *room)
        return old;
    void *p = memory_grow(old, *room, more);
    if (p == NULL) {
        errno = ENOMEM;
        _exit(applet_failed("memory"));
    }
    *room = more;
    return p;
}

/* --- an arena --- */
struct arena_part {
    struct arena_part *before;
    size_t size; /* with this head */
};

void *arena_take(struct arena *a, size_t n)
{
    const size_t unit = alignof(max_align_t), head = sizeof *a->part;
    n = (n + unit - 1) / unit * unit;
    if (a->part == NULL || n > a->part->size - a->used) {
        size_t size = n > PART - head ? n + head : PART;
        struct arena_part *p = memory_grow(NULL, 0, size);
        if (p == NULL)
            return NULL;
        *p = (struct arena_part){ a->part, size };
        a->part = p;
        a->used = head;
    }
    void *taken = (char *)a->part + a->used;
    a->used += n;
    return taken;
}

char *arena_text(struct arena *a, const char *text, size_t n)
{
    char *p = arena_take(a, n + 1);
    if (p != NULL && n != 0)
        memcpy(p, text, n);
    return p;
}

void arena_drop(struct arena *a)
{
    for (struct arena_part *p = a->part, *before; p != NULL; p = before) {
        before = p->before;
        memory_drop(p, p->size);
    }
    *a = (struct arena){ 0 };
}

/* --- a list of names --- */
bool names_add(struct names *l, const char *text, size_t n)
{
    if (l->n + 1 >= l->room) {
        size_t room = l->room != 0 ? l->room * 2 : NAMES_FIRST;
        char **list = memory_grow(l->list, l->room * sizeof *list, room * sizeof *list);
        if (list == NULL)
            return false;
        l->list = list;
        l->room = room;
    }
    char *copy = arena_text(&l->texts, text, n);
    if (copy == NULL)
        return false;
    l->list[l->n++] = copy;
    l->list[l->n] = NULL;
    return true;
}

void names_drop(struct names *l)
{
    arena_drop(&l->texts);
    memory_drop(l->list, l->room * sizeof *l->list);
    *l = (struct names){ 0 };
}

int memory_compare(struct span a, struct span b, bool fold)
{
    for (size_t i = 0;; i++) {
        if (i == a.n || i == b.n)
            return (a.n > i) - (b.n > i);
        unsigned x = a.p[i], y = b.p[i];
        x -= fold && x - 'a' < 26 ? 32 : 0;
        y -= fold && y - 'a' < 26 ? 32 : 0;
        if (x != y)
            return (int)x - (int)y;
    }
}

void memory_sort(void **list, void **scratch, size_t n, int (*compare)(const void *, const void *))
{
    size_t half = n / 2, i = 0, k = half;
    if (n < 2)
        return;
    memory_sort(list, scratch, half, compare);
    memory_sort(list + half, scratch, n - half, compare);
    memcpy(scratch, list, half * sizeof *list);
    for (void **to = list; i < half; to++)
        *to = k == n || compare(scratch[i], list[k]) <= 0 ? scratch[i++] : list[k++];
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(a, b);
}

void names_sort(struct names *l, size_t first)
{
    size_t n = l->n - first;
    void **scratch = n > 1 ? memory_grow(NULL, 0, n * sizeof *scratch) : NULL;
    if (scratch == NULL)
        return; /* or out of memory: then they are not in order */
    memory_sort((void **)l->list + first, scratch, n, by_bytes);
    memory_drop(scratch, n * sizeof *scratch);
}
