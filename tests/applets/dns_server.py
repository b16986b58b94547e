#!/usr/bin/env python3
"""A name server on 127.0.0.1: its port to FOLDER/port. The name says what it answers."""
import os
import socket
import sys

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 0))
with open(sys.argv[1] + "/port.new", "w") as f:
    f.write(str(s.getsockname()[1]))
os.rename(sys.argv[1] + "/port.new", sys.argv[1] + "/port")
codes = {b"\7missing": 3, b"\4fail": 2, b"\7refused": 5, b"\3odd": 9}
while True:
    q, peer = s.recvfrom(4096)
    kind = q[-3]
    label = q[12:13 + q[12]]
    if label == b"\6silent":
        continue
    data = b""
    if label == b"\4host" and kind in (1, 28):
        data = bytes([192, 0, 2, 1]) if kind == 1 else socket.inet_pton(socket.AF_INET6, "2001:db8::1")
    answer = b"\xc0\x0c" + bytes([0, kind, 0, 1, 0, 0, 0, 9, 0, len(data)]) + data if data else b""
    s.sendto(q[:2] + bytes([0x81, 0x80 | codes.get(label, 0), 0, 1, 0, 1 if data else 0, 0, 0, 0, 0]) + q[12:] + answer, peer)
