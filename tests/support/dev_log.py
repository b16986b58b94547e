"""A syslogd for tests: python3 dev_log.py SOCKET FILE writes what comes to SOCKET to FILE, a datagram a line, as repr()."""
import os, socket, sys

path, out = sys.argv[1:]
if os.path.exists(path):
    os.unlink(path)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
os.chmod(path, 0o666)
with open(out, "a", buffering=1) as f:
    f.write("ready\n")
    while True:
        f.write(repr(s.recv(65536))[2:-1] + "\n")
