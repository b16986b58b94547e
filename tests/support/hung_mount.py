"""Mounts a file system that never answers, as one whose server has gone: until this process ends.

    hung_mount.py FOLDER        77: cannot be done here; a line when it is mounted

It is FUSE spoken by hand: the kernel's greeting is answered, and what comes later is read and forgotten. Who has asked waits, and
cannot be killed meanwhile.
"""
import ctypes
import os
import struct
import sys

INIT, NODEV_NOSUID = 26, 4 | 2

try:
    fuse = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other" % fuse
    if libc.mount(b"hung", sys.argv[1].encode(), b"fuse", NODEV_NOSUID, options.encode()) != 0:
        sys.exit(77)
except OSError:
    sys.exit(77)
while True:
    request = os.read(fuse, 1 << 17)
    length, operation, unique = struct.unpack_from("IIQ", request)
    if operation == INIT:
        major, minor, ahead, flags = struct.unpack_from("IIII", request, 40)
        answer = struct.pack("IIIIHHIIHHI", 7, 31, ahead, 0, 0, 0, 4096, 1, 0, 0, 0) + bytes(28)
        os.write(fuse, struct.pack("IiQ", 16 + len(answer), 0, unique) + answer)
        print("mounted", flush=True)
