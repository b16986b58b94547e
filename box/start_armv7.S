/* Where the loader begins (box/start.c): with the stack as the kernel made it. */
    .syntax unified
    .thumb
    .globl _start
    .type _start, %function
    .thumb_func
_start:
    mov r0, sp
    bic r1, r0, #15
    mov sp, r1
    b start
    .section .note.GNU-stack, "", %progbits
