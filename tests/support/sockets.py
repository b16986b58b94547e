"""The two ends of forwarded connections, for tests/interop.

    sockets.py serve MODE ADDRESS...      listens on each, prints a line per address (its port or path), serves until killed
    sockets.py echo ADDRESS BYTES [N]     N connections at once: what is sent comes back, each end seen by the other
    sockets.py half ADDRESS               half-close both ways: ends the sending first, and reads on
    sockets.py full ADDRESS               20 MB each way, to a `full` server: until all is stuck nobody reads
    sockets.py refused ADDRESS            0 when nobody answers there: refused, or closed before a byte came

ADDRESS is HOST:PORT (HOST may be [::1]; port 0 to serve takes any) or a path. MODE is what a server does with a connection:
echo; full: sends 20 MB, and reads only when no more of it leaves; mute: reads nothing, ever; source: sends without end; last: reads all, then says how many bytes that were.
"""
import os
import socket
import sys
import threading
import time


def address(text):
    if "/" in text:
        return socket.AF_UNIX, text
    host, port = text.rsplit(":", 1)
    host = host.strip("[]")
    return (socket.AF_INET6 if ":" in host else socket.AF_INET), (host, int(port))


def connect(text):
    family, where = address(text)
    s = socket.socket(family)
    s.settimeout(100)
    s.connect(where)
    return s


def echo_one(c):
    while True:
        data = c.recv(65536)
        if not data:
            return
        c.sendall(data)


def mute_one(c):
    threading.Event().wait()


def source_one(c):
    while True:
        c.sendall(b"x" * 65536)


def last_one(c):
    total = 0
    while True:
        data = c.recv(65536)
        if not data:
            break
        total += len(data)
    c.sendall(b"%d" % total)


FULL = 20000000


def full_one(c):
    """Sends in the background; reads when sending has been stuck for half a second."""
    sent = [0]

    def send():
        piece = b"f" * 50000
        while sent[0] < FULL:
            c.sendall(piece)
            sent[0] += len(piece)
        c.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    sender.start()
    before = -1
    while before != sent[0]:
        before = sent[0]
        time.sleep(0.5)
    got = 0
    while True:
        data = c.recv(65536)
        if not data:
            break
        got += len(data)
    sender.join()
    return got


def serve_one(mode, c):
    try:
        if mode(c) is None:
            c.shutdown(socket.SHUT_WR)
        c.close()
    except OSError:
        pass


def accept_all(mode, listener):
    while True:
        c, _ = listener.accept()
        threading.Thread(target=serve_one, args=(mode, c), daemon=True).start()


def serve(mode, *addresses):
    for text in addresses:
        family, where = address(text)
        listener = socket.socket(family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(400)
        print(where if family == socket.AF_UNIX else listener.getsockname()[1], flush=True)
        threading.Thread(target=accept_all, args=(globals()[mode + "_one"], listener), daemon=True).start()
    threading.Event().wait()


def one_echo(where, n, wrong):
    try:
        s = connect(where)
        data, got = os.urandom(n), bytearray()

        def send():
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        while True:
            piece = s.recv(65536)
            if not piece:
                break
            got += piece
        sender.join()
        if got != data:
            wrong.append("%d of %d bytes came back right" % (os.path.commonprefix([bytes(got), data]).__len__(), n))
    except OSError as e:
        wrong.append(str(e))


def echo(where, n, connections="1"):
    wrong = []
    threads = [threading.Thread(target=one_echo, args=(where, int(n), wrong)) for _ in range(int(connections))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if wrong:
        sys.exit("%d of %s: %s" % (len(wrong), connections, wrong[0]))


def half(where):
    s = connect(where)
    s.sendall(b"a" * 100000)
    s.shutdown(socket.SHUT_WR)
    got = b""
    while True:
        piece = s.recv(1000)
        if not piece:
            break
        got += piece
    if got != b"100000":
        sys.exit("got %r" % got)


def full(where):
    got = full_one(connect(where))
    if got != FULL:
        sys.exit("%d bytes of %d" % (got, FULL))


def refused(where):
    try:
        s = connect(where)
        if s.recv(1):
            sys.exit("somebody answers at " + where)
    except OSError:
        pass


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
