/* A fuzzer whose target really opens, renames and removes files must not be able to reach any that matter. The target
 * runs in a thread of its own, whose root directory is a small file system in memory, made for it in a mount namespace
 * (or, where none may be made, an empty directory), and who has no rights. libFuzzer, in the other thread, keeps its files.
 * $FUZZ_FOLDER is for both. Where neither can be had, the program ends before the first input: status 77. */
#ifndef TESTS_FUZZ_CONFINE_H
#define TESTS_FUZZ_CONFINE_H

#include <stddef.h>
#include <stdint.h>

/* From LLVMFuzzerInitialize(), before there are other threads. What is confined is `run`, once per input. */
void confine_start(void (*run)(const uint8_t *data, size_t n));

/* One input, to its end. Before it, the directory is as new: empty but for `file` (20,000 bytes), `link` to it, and
 * `folder`. Afterwards no descriptor is open that was not before. */
void confine_run(const uint8_t *data, size_t n);

/* A file in memory, for what is read and what is written. */
int confine_file(const uint8_t *data, size_t n);

/* Ends the program unless it holds; $FUZZ_FOLDER/crash is the input then, as with whatever a sanitizer finds. */
void confine_check(int holds, const char *what);

enum { CONFINE_MOST = 1 << 20 }; /* bytes of a file */

#endif
