/* Where the loader begins (box/start.c): with the stack as the kernel made it. */
    .globl _start
_start:
    mov x0, sp
    b start
    .section .note.GNU-stack, "", %progbits
