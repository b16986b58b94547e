/* Pseudo-terminals (pty(7)) with the modes of RFC 4254 section 8. */
#ifndef PROCESS_PTY_H
#define PROCESS_PTY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/wire.h"
#include "process/user.h"

struct pty {
    int master, slave; /* close-on-exec; -1: none */
    char name[32];     /* /dev/pts/N; or what there is none of … */
    int error;         /* … and why */
};

struct pty_size {
    uint32_t columns, rows, width, height;
};

/* A new terminal that belongs to the user; false: there is none to be had, and `name` and `error` say why. */
bool pty_open(struct pty *p, const struct user *u);

/* Malformed or unknown modes end the list; what came before them stays. */
void pty_modes(int fd, struct span encoded);
void pty_resize(int fd, const struct pty_size *size);

#endif
