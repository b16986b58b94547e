#!/usr/bin/env python3
"""Bulk data through a forwarded port, and how long it took.

  bulk.py serve ADDRESS               listens, prints the port; each connection says what it wants
  bulk.py up|down ADDRESS PORT BYTES  sends or gets that many bytes; prints the seconds from the
                                      connection to the other side's word that all of it came
"""
import socket, sys, threading, time

CHUNK = bytes(1 << 18)


def drain(s):
    n = 0
    while got := s.recv(1 << 18):
        n += len(got)
    return n


def pour(s, n):
    while n > 0:
        s.sendall(CHUNK[:n])
        n -= min(n, len(CHUNK))
    s.shutdown(socket.SHUT_WR)


def answer(s):
    with s, s.makefile("rb", buffering=0) as f:
        word, n = f.readline().split()
        if word == b"up":
            s.sendall(b"%d\n" % drain(s))
        else:
            pour(s, int(n))


def serve(address):
    with socket.create_server((address, 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            threading.Thread(target=answer, args=(listener.accept()[0],), daemon=True).start()


def measure(word, address, port, n):
    start = time.monotonic()
    with socket.create_connection((address, port)) as s:
        s.sendall(b"%s %d\n" % (word.encode(), n))
        if word == "up":
            pour(s, n)
            got = int(s.makefile().readline() or 0)
        else:
            got = drain(s)
    if got != n:
        sys.exit(f"bulk.py: {got} of {n} bytes came")
    print(f"{time.monotonic() - start:.3f}")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
