#!/usr/bin/env bats
# What a client that is let in, but not for everything, tries with forwards: byte by byte, against the whole server.

load ../support/interop

setup_file() { folder_make; }
teardown_file() {
    servers_end
    folder_remove
}
setup() { cp "$work/id.pub" "$work/authorized_keys"; }
teardown() { server_is_well; }

allow() { echo "$1 $(cat "$work/id.pub")" >"$work/authorized_keys"; }

# bats test_tags=quick
@test "a name with stars matches nothing that permitopen or permitlisten says" {
    server_start --gateway-ports
    allow "permitopen=\"127.0.0.1:$port\",permitlisten=\"127.0.0.1:9\""
    script <<'END'
c = Client(here).login(user, key)
for name in "*", "1*", "???.?.?.?", "127.0.0.?", "LOCALHOST", "127.0.0.1.", "127.1", "0", "::ffff:127.0.0.1", "":
    code, text = c.direct(name, here[1])
    assert code == 1 or name == "", (name, code, text)
    assert not c.listen(name, 9), name
assert isinstance(c.direct(*here), int)
END
    for name in '\*' '127[.]0[.]0[.]\?'; do log_has "^Refused to listen .* on $name port 9"; done
    server_stop
}

@test "thousands of requests at once, a process each: never many of them" {
    server_start
    script <<'END'
class Kept:
    def __init__(self): self.bytes = bytearray()
    def sendall(self, data): self.bytes += data
c = Client(here).login(user, key)
channel = c.open()
c.request(channel, "exec", True, s("trap : USR1; sleep 60 & while :; do wait; done"))
real, c.socket = c.socket, Kept()
for _ in range(3000):
    c.request(channel, "signal", False, s("USR1"))
kept, c.socket = c.socket.bytes, real
c.socket.sendall(kept)
most = 0
end = time.time() + 3
while time.time() < end:
    with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
        most = max(most, len(f.read().split()))
print(most)
assert most < 1000, most
END
    await 60 no_children # thousands of processes, perhaps with sanitizers, on a machine that has other work
    server_stop
}

@test "who forwards all there are descriptors for leaves some to others" {
    printf '#!/bin/sh\nulimit -n 400\nexec "%s" "$@"\n' "$SERVER" >"$work/few"
    chmod +x "$work/few"
    SERVER=$work/few server_start
    script <<'END'
listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(300)
c = Client(here).login(user, key)
for _ in range(250):
    c.send(c.direct_open(*listener.getsockname()))
answers = [c.wait(91, 92) for _ in range(250)]
refused = [m for m in answers if m[0] == 92]
assert refused and b"Too many open files" in refused[-1], len(refused)
assert not c.listen("", 0)
other = Client(here).login(user, key)
channel = other.open()
assert other.request(channel, "exec", True, s("echo there"))
assert other.collect()[0] == b"there\n"
END
    at_rest_soon 10
    server_stop
}

@test "processes of forwards that somebody has stopped do not hold up the server's end" {
    server_start
    script <<'END'
clients = [Client(here).login(user, key) for _ in range(2)]
for i, c in enumerate(clients):
    for n in range(8):
        assert c.ask("streamlocal-forward@openssh.com", s("%s/stopped%d.%d" % (work, i, n)))[0]
with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
    children = [int(n) for n in f.read().split()]
assert len(children) == 16
for child in children: os.kill(child, signal.SIGSTOP)
start = time.time()
os.kill(pid, signal.SIGTERM)
while os.path.exists("/proc/%d/fd" % pid) and time.time() < start + 5: time.sleep(0.01)
took = time.time() - start
for child in children: os.kill(child, signal.SIGCONT)
assert took < 4, took # two seconds are the clients'
END
    server_ended 0
    server_stopped=yes
    for path in "$work"/stopped*; do await 5 test ! -e "$path"; done
}

# has_passrights: Linux 6.16
has_passrights() { python3 -c 'import socket; socket.socket(socket.AF_UNIX).getsockopt(1, 83)' 2>/dev/null; }

@test "a descriptor passed through a forwarded unix socket, whose closing would block, blocks nobody" {
    has_passrights || skip "this kernel passes descriptors through every unix socket"
    server_start
    script <<'END'
import array, threading
ends = []
def lingering():
    """A socket with data that nobody takes, which closing waits for."""
    end = socket.socket()
    end.bind(("127.0.0.1", 0))
    end.listen(1)
    s = socket.create_connection(end.getsockname())
    s.setblocking(False)
    try:
        while True: s.send(bytes(65536))
    except BlockingIOError: pass
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 8))
    ends.append(end)
    return s
def attack(through):
    s = lingering()
    try:
        through.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [s.fileno()]))])
    except OSError: pass
    s.close() # waits here when it was not passed on
c = Client(here).login(user, key)
path = work + "/listens"
assert c.ask("streamlocal-forward@openssh.com", s(path))[0]
accepted = socket.socket(socket.AF_UNIX)
accepted.connect(path)
c.wait(90)
ours = socket.socket(socket.AF_UNIX)
ours.bind(work + "/ours")
ours.listen(1)
c.send(b"\x5a" + s("direct-streamlocal@openssh.com") + u32(0) + u32(0) + u32(32768) + s(work + "/ours") + s("") + u32(0))
c.wait(91)
threads = [threading.Thread(target=attack, args=(x,), daemon=True) for x in (accepted, ours.accept()[0])]
for t in threads: t.start()
time.sleep(0.5)
c.close()
time.sleep(0.5)
start = time.time()
Client(here)
took = time.time() - start
assert took < 4, took
END
    server_stop
}

@test "whoever connects to a client's port does not use up the channels of the client" {
    server_start
    script <<'END'
c = Client(here).login(user, key)
yes, number = c.ask("tcpip-forward", s("") + u32(0))
assert yes
held = [socket.create_connection(("127.0.0.1", Reader(number).u32())) for _ in range(300)]
time.sleep(0.3)
channel = c.open()
assert c.request(channel, "exec", True, s("echo there"))
assert c.collect()[0] == b"there\n"
END
    at_rest_soon 10
    server_stop
}
