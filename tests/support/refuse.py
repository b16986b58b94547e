"""Runs a program for which the kernel lacks system calls, and perhaps in another root directory.

    refuse.py memfd_create[,execveat] ERRNO ROOT PROGRAM [ARGUMENT...]      ROOT: / for this one; 77: cannot be done here
"""
import ctypes
import os
import platform
import struct
import sys

NUMBERS = {
    "x86_64": {"memfd_create": 319, "execveat": 322, "getrandom": 318},
    "aarch64": {"memfd_create": 279, "execveat": 281, "getrandom": 278},
}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
LOAD, EQUAL, ANSWER, ALLOW, ERRNO = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050000

names, error, root, program = sys.argv[1].split(","), int(sys.argv[2]), sys.argv[3], sys.argv[4:]
try:
    if root != "/":
        os.chroot(root)
        os.chdir("/")
    numbers = [NUMBERS[platform.machine()][name] for name in names if name]
except (PermissionError, KeyError):
    sys.exit(77)
steps = [(LOAD, 0, 0, 0)]
for i, number in enumerate(numbers):
    steps.append((EQUAL, len(numbers) - i, 0, number))
steps += [(ANSWER, 0, 0, ALLOW), (ANSWER, 0, 0, ERRNO | error)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
rules = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
assert libc.prctl(PR_SET_SECCOMP, FILTER, rules, 0, 0) == 0
os.execv(program[0], program)
