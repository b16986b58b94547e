/* Where the loader begins (box/start.c): with the stack as the kernel made it, and below it what a function may write to. */
    .globl _start
_start:
    lgr %r2, %r15
    aghi %r15, -160
    jg start
    .section .note.GNU-stack, "", %progbits
