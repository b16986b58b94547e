/* Where the loader begins (box/start.c): with the stack as the kernel made it. */
    .globl _start
_start:
    mv a0, sp
    tail start
    .section .note.GNU-stack, "", %progbits
