/* What the two directions of tar have in common: POSIX ustar, with GNU's long names and large numbers. */
#ifndef APPLETS_TAR_H
#define APPLETS_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "applets/memory.h"

enum {
    TAR_BLOCK = 512,
    TAR_RECORD = 20 * TAR_BLOCK,
    TAR_END = 2 * TAR_BLOCK, /* zeros at the end */
    TAR_NAME = 100,
    TAR_LONG = 64 * 1024,       /* of names that do not fit into a header */
    TAR_PIECE = 128 * TAR_BLOCK /* of a file at a time */
};

/* --- a header: texts at fixed places, and numbers in octal digits or (first bit set) as they are --- */
enum { AT_TYPE = 156, AT_LINK = 157, AT_MAGIC = 257, AT_PREFIX = 345, PREFIX = 155 };
enum { MODE, UID, GID, SIZE, MTIME, SUM, MAJOR, MINOR, NUMBERS };
struct tar_number {
    uint16_t at;
    uint8_t n;
};
extern const struct tar_number tar_numbers[NUMBERS];

/* All that changes. */
struct tar {
    /* a member */
    char header[TAR_BLOCK];
    int64_t number[NUMBERS];
    char path[TAR_LONG + TAR_NAME], target[TAR_LONG + TAR_NAME];
    struct stat st;
    char type;
    /* what is wanted */
    const char *option[128];
    char **word;
    int words, status;
    /* the archive */
    int archive;             /* where it is read */
    uint64_t taken;          /* of it */
    int names_to;            /* names go there while it is written … */
    struct stat own;         /* … and this is the file it is */
    mode_t mask;             /* that of the process; while members are made there is none */
    bool met;                /* a member that was asked for */
    bool owner;              /* members get theirs */
    struct tar_later *later; /* folders, whose rights and times are for the end */
    struct arena memory;
    char piece[TAR_PIECE];
};
extern struct tar tar;

int64_t tar_sum(void); /* of the header, with blanks where it will stand */
void tar_put_number(int i, int64_t v);
size_t tar_padded(uint64_t n);

/* Compressed: false, and said. */
bool tar_refuse(void);

/* t and x */
void tar_read(void);

#endif
