/* The start of a program without the C library's: for the static ELF of one thread. */
#ifndef PROCESS_LIBC_START_H
#define PROCESS_LIBC_START_H

/* What the kernel put behind the arguments: variables, and what it says itself. For getauxval() and getenv(). */
void libc_take(char **variables);

#endif
