/* Where the loader begins (box/start.c): with the stack as the kernel made it. */
    .globl _start
    .type _start, %function
_start:
    mov r0, sp
    bic sp, r0, #15
    b start
    .section .note.GNU-stack, "", %progbits
