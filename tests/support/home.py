"""What a server that calls home may come upon: home.py ADDRESS MODE...

A listener for each mode, whose ports are printed in one line. After that a line for each connection: MODE and the
time it came, in ms. Modes: close (at once), garbage, silent (keeps it open), full (its queue is, so that nobody comes through).
"""

import os
import selectors
import socket
import sys
import time

address, modes = sys.argv[1], sys.argv[2:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
kept = []
selector = selectors.DefaultSelector()


def listener(mode):
    s = socket.socket(family)
    s.bind((address, 0))
    s.listen(0 if mode == "full" else 16)
    if mode == "full":
        for _ in range(4):
            c = socket.socket(family)
            c.settimeout(0.2)
            c.connect_ex(s.getsockname())
            kept.append(c)
        kept.append(s)
    else:
        selector.register(s, selectors.EVENT_READ, mode)
    return s.getsockname()[1]


def came(s, mode):
    c, _ = s.accept()
    print(mode, int(time.monotonic() * 1000), flush=True)
    if mode == "garbage":
        c.sendall(b"\0\xff" + os.urandom(3000))
    if mode == "silent":
        kept.append(c)
    else:
        c.close()


print(*[listener(mode) for mode in modes], flush=True)
end = time.monotonic() + 60
while time.monotonic() < end:
    for key, _ in selector.select(1):
        came(key.fileobj, key.data)
