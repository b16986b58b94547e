/* Where the loader begins (box/start.c): with the stack as the kernel made it. */
    .globl _start
_start:
    mov %rsp, %rdi
    and $-16, %rsp
    call start
    .section .note.GNU-stack, "", %progbits
