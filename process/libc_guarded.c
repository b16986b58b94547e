/* The start of a static-PIE for x86_64, with all its hardening, instead of musl's (1.8 KB), which knows thread-local storage, every
 * kind of relocation and other CPUs. What the program refers to by address is relocated, the stack protector gets its
 * secret, and main() is called. deps/layout.ld sees to it that there are no relocations of another kind and no constructors.
 *
 * Compiled without stack protector, which would ask for the secret before it is there. */
#include <elf.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process/libc_start.h"

enum { SET_FS = 0x1002, WORD_BITS = 64 }; /* asm/prctl.h */

/* deps/layout.ld; hidden, so that their addresses need no relocation. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const uint64_t libc_relr[] __attribute__((visibility("hidden")));
extern const uint64_t libc_relr_end[] __attribute__((visibility("hidden")));

int main(int argc, char **argv, char **variables);
_Noreturn void libc_begin(uintptr_t *stack);
_Noreturn void __stack_chk_fail(void);

__asm__(".pushsection .text.start, \"ax\", @progbits\n"
        ".globl _start\n"
        ".type _start, @function\n"
        "_start:\n"
        "xor %ebp, %ebp\n"
        "mov %rsp, %rdi\n"
        "and $-16, %rsp\n"
        "call libc_begin\n"
        ".popsection\n");

/* Of a thread, as the ABI has it: where it is, and at 40 bytes the stack protector's secret. */
static uintptr_t thread[6];

_Noreturn void __stack_chk_fail(void)
{
    for (;;)
        __asm__ volatile("hlt"); /* as musl: a signal that nobody blocks */
}

/* RELR: an even word is the place of an address; the bits of an odd one, but for the lowest, say which of the 63 words
 * that follow are addresses, too. */
static void relocate(uintptr_t base)
{
    uintptr_t *at = (uintptr_t *)base; /* NOLINT(performance-no-int-to-ptr) */
    for (const uint64_t *r = libc_relr; r != libc_relr_end; r++) {
        if ((*r & 1) == 0) {
            at = (uintptr_t *)(base + *r); /* NOLINT(performance-no-int-to-ptr) */
            *at++ += base;
            continue;
        }
        uint64_t bits = *r >> 1;
        for (unsigned i = 0; bits != 0; i++, bits >>= 1)
            if ((bits & 1) != 0)
                at[i] += base;
        at += WORD_BITS - 1;
    }
}

/* Eight random bytes from the kernel; of them the second is zero, so that no text that runs over can contain or show them. */
static void protect_stack(void)
{
    const uint64_t *random =
        (const uint64_t *)getauxval(AT_RANDOM); /* NOLINT(performance-no-int-to-ptr) */
    thread[0] = (uintptr_t)thread;
    thread[5] = *random & ~(uint64_t)0xff00;
    if (syscall(SYS_arch_prctl, SET_FS, thread) != 0)
        __stack_chk_fail();
}

/* A program with more rights than who starts it (capabilities of the file): what it opens must not become its input or output. */
static void fill_descriptors(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
            __stack_chk_fail();
}

_Noreturn void libc_begin(uintptr_t *stack)
{
    char **argv = (char **)(stack + 1);
    int argc = (int)*stack;
    relocate((uintptr_t)__ehdr_start);
    libc_take(argv + argc + 1);
    protect_stack();
    if (getauxval(AT_SECURE) != 0)
        fill_descriptors();
    _exit(main(argc, argv, argv + argc + 1));
}
