"""What a supervisor does, for tests/interop/supervise.bats.

    supervisor.py sockets KIND... -- PROGRAM [ARG...]   becomes PROGRAM with such sockets from descriptor 3 on (LISTEN_FDS)
    supervisor.py listen SOCKET                         prints every message that comes to SOCKET (@NAME: abstract), a line each
    supervisor.py terminal PROGRAM [ARG...]             runs PROGRAM on a terminal, which closes when standard input ends

KIND: tcp:PORT, unix:PATH (both listening), bound:PORT (not listening), udp:PORT, packets:PATH (SOCK_SEQPACKET), file:PATH.
$LISTEN_PID and $LISTEN_FDS are what they should be unless they are set.
"""
import os
import pty
import socket
import sys


def open_one(kind):
    name, where = kind.split(":", 1)
    if name == "file":
        return os.open(where, os.O_RDWR | os.O_CREAT)
    family = socket.AF_UNIX if name in ("unix", "packets") else socket.AF_INET
    types = {"udp": socket.SOCK_DGRAM, "packets": socket.SOCK_SEQPACKET}
    s = socket.socket(family, types.get(name, socket.SOCK_STREAM))
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_UNIX and os.path.exists(where):
        os.unlink(where)
    s.bind(where if family == socket.AF_UNIX else ("127.0.0.1", int(where)))
    if name in ("tcp", "unix", "packets"):
        s.listen(64)
    return s.detach()


def sockets(arguments):
    end = arguments.index("--")
    found = [open_one(kind) for kind in arguments[:end]]
    out_of_the_way = [os.dup(fd) for fd in found]
    for i in range(len(found)):
        while out_of_the_way[i] < 3 + len(found):
            out_of_the_way[i] = os.dup(out_of_the_way[i])
    for i, fd in enumerate(out_of_the_way):
        os.dup2(fd, 3 + i)
    os.environ.setdefault("LISTEN_PID", str(os.getpid()))
    os.environ.setdefault("LISTEN_FDS", str(len(found)))
    os.execv(arguments[end + 1], arguments[end + 1 :])


def listen(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind("\0" + path[1:] if path[0] == "@" else path)
    print("ready", flush=True)
    while True:
        print(s.recv(4096).decode().replace("\n", " "), flush=True)


def terminal(arguments):
    pid, master = pty.fork()
    if pid == 0:
        os.execv(arguments[0], arguments)
    print(pid, flush=True)
    sys.stdin.read()
    os.close(master)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if sys.argv[1] == "sockets":
    sockets(sys.argv[2:])
elif sys.argv[1] == "listen":
    listen(sys.argv[2])
else:
    terminal(sys.argv[2:])
