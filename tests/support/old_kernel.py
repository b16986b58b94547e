"""Runs a program as if the kernel were Linux 3.10: what came later it does not know.

    old_kernel.py [no-ipv6] [root=FOLDER] PROGRAM [ARGUMENT...]    77: cannot be done here

System calls are numbered in the order they came, so that those which Linux 3.10 had are those up to a number, one for each
CPU. What is younger answers ENOSYS. Flags and options that are younger answer as they did: EINVAL, ENOPROTOOPT.
tests/support/kernel_calls says which of all that the server asks for, and what it does instead.
"""
import ctypes
import os
import platform
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
LOAD, EQUAL, ABOVE, ANSWER, ALLOW, ERRNO = 0x20, 0x15, 0x25, 0x06, 0x7FFF0000, 0x00050000
NUMBER, ARCH, FIRST, SECOND, THIRD = 0, 4, 16, 24, 32  # in struct seccomp_data; of arguments the lower half
EINVAL, ENOSYS, ENOPROTOOPT, EAFNOSUPPORT, AF_INET6 = 22, 38, 92, 97, 10
# The kernel's name for the CPU, the last call that 3.10 had, and those whose arguments are looked at. A 64-bit kernel runs the
# programs of its little brother, too.
X86_64 = (0xC000003E, 313, {"madvise": 28, "fcntl": 72, "prctl": 157, "setsockopt": 54, "socket": 41})
I386 = (0x40000003, 350, {"madvise": 219, "fcntl": 221, "prctl": 172})
AARCH64 = (0xC00000B7, 273, {"madvise": 233, "fcntl": 25, "prctl": 167, "setsockopt": 208, "socket": 198})
CPUS = {"x86_64": (X86_64, I386), "aarch64": (AARCH64,)}
# The argument, the last value that 3.10 knew, the answer to a larger one. (fcntl: locks of open files, seals.)
ARGUMENTS = {"madvise": (THIRD, 17, EINVAL), "prctl": (FIRST, 40, EINVAL), "setsockopt": (THIRD, 45, ENOPROTOOPT)}
SOL_SOCKET = 1


def answer(error):
    return (ANSWER, 0, 0, ERRNO | error)


def rules_for(last, calls, ipv6):
    """Where the number has been loaded; ends with an answer."""
    rules = [(ABOVE, 0, 1, last), answer(ENOSYS)]
    if not ipv6 and "socket" in calls:
        rules += [(EQUAL, 0, 4, calls["socket"]), (LOAD, 0, 0, FIRST), (EQUAL, 0, 1, AF_INET6), answer(EAFNOSUPPORT),
                  (ANSWER, 0, 0, ALLOW)]
    for name, (argument, most, error) in ARGUMENTS.items():
        if name in calls:
            look = [(LOAD, 0, 0, argument), (ABOVE, 0, 1, most), answer(error), (ANSWER, 0, 0, ALLOW)]
            if name == "setsockopt":
                look = [(LOAD, 0, 0, SECOND), (EQUAL, 0, 3, SOL_SOCKET)] + look
            rules += [(EQUAL, 0, len(look), calls[name])] + look
    seals = [1033, 1034, 36, 37, 38]
    rules += [(EQUAL, 0, 2 * len(seals) + 1, calls["fcntl"]), (LOAD, 0, 0, SECOND)]
    for command in seals:
        rules += [(EQUAL, 0, 1, command), answer(EINVAL)]
    return rules + [(ANSWER, 0, 0, ALLOW)]


def filter_all(ipv6):
    code = []
    for audit, last, calls in CPUS[platform.machine()]:
        rules = rules_for(last, calls, ipv6)
        code += [(LOAD, 0, 0, ARCH), (EQUAL, 1, 0, audit), (0x05, 0, 0, len(rules) + 1), (LOAD, 0, 0, NUMBER)] + rules
    code.append((ANSWER, 0, 0, ALLOW))
    data = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", op, t, f, k) for op, t, f, k in code))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code), ctypes.addressof(data)))
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() != 0:
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return libc.prctl(PR_SET_SECCOMP, FILTER, program, 0, 0) == 0


def main():
    arguments, ipv6 = sys.argv[1:], True
    if arguments[0] == "no-ipv6":
        ipv6 = arguments.pop(0) is None
    if arguments[0].startswith("root="):
        os.chroot(arguments.pop(0)[5:])
        os.chdir("/")
    if platform.machine() not in CPUS or not filter_all(ipv6):
        sys.exit(77)
    os.execv(arguments[0], arguments)


main()
