/* Memory of a command: mapped, never given back piece by piece. malloc() is not linked at all. */
#ifndef APPLETS_MEMORY_H
#define APPLETS_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/wire.h"

/* A mapping of `to` bytes that begins with what was in the old one (NULL: none). NULL: out of memory; the old one stays. */
void *memory_grow(void *old, size_t from, size_t to);
/* The same for what grows piece by piece: at least so many bytes, and `room` is how many there are. Out of memory ends the command. */
void *memory_room(void *old, size_t *room, size_t wanted);
void memory_drop(void *p, size_t n);

/* Bytes one after the other, aligned for anything; all go at once. */
struct arena {
    struct arena_part *part; /* the last one */
    size_t used;             /* of it */
};
void *arena_take(struct arena *a, size_t n); /* zeros; NULL: out of memory */
char *arena_text(struct arena *a, const char *text,
                 size_t n); /* a copy with a NUL behind; NULL: out of memory */
void arena_drop(struct arena *a);

/* A list of texts that grows. */
struct names {
    struct arena texts;
    char **list; /* NULL at the end, once there is one */
    size_t n, room;
};
bool names_add(struct names *l, const char *text, size_t n); /* false: out of memory */
void names_sort(struct names *l, size_t first);              /* from that one on, by their bytes */
void names_drop(struct names *l);

/* By bytes; `fold`: a is A. */
int memory_compare(struct span a, struct span b, bool fold);

/* Any array: by merging, so equal ones keep their order. `scratch` has room for as many. */
void memory_sort(void **list, void **scratch, size_t n, int (*compare)(const void *, const void *));

#endif
