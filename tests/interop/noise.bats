#!/usr/bin/env bats
# What is no SSH client, or a bad one: a logged reason, an end, and nobody else is disturbed.

load ../support/interop

setup_file() {
    folder_make
    server_start --verbose
}
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    log_mark
    # Somebody else, whom nothing of this may disturb.
    flags=(-o ControlPath="$BATS_TEST_TMPDIR/c")
    ssh -F "$server.conf" "${flags[@]}" -M -N here </dev/null >/dev/null 2>&1 3>&- &
    other=$!
    await 10 test -S "$BATS_TEST_TMPDIR/c"
}
teardown() {
    server_is_well
    equal "$(client 'echo undisturbed')" undisturbed
    kill -KILL "$other" # a SIGTERM just before its poll() would be noticed 300 seconds later
    wait "$other" || true
}

@test "an HTTP request" {
    script <<'END'
c = socket.create_connection(here)
c.settimeout(5)
c.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
while c.recv(10000): pass
END
    log_has 'banner exchange: Connection from 127\.0\.0\.1 port [0-9]+: invalid'
}

@test "SSH 1, SSH 2 with a dash of nonsense, and a name too long" {
    script <<'END'
for line in [b"SSH-1.5-old\r\n", b"SSH-2.0\r\n", b"SSH-9-x\r\n", b"SSH-2.0-" + b"x" * 300 + b"\r\n", b"\r\n", b"\0" * 300, b"\n" * 300]:
    c = socket.create_connection(here)
    c.settimeout(5)
    c.sendall(line)
    while c.recv(10000): pass
END
    log_has 'Protocol major versions differ'
    await 5 test "$(log_lines | grep -c 'banner exchange: Connection from 127')" -ge 7
}

@test "SSH-1.99 is SSH 2" {
    run script <<'END'
Client.ident = b"SSH-1.99-both"
Client(here).login(user, key)
END
    equal "$status" 0
}

@test "random bytes, ten times" {
    script <<'END'
for i in range(10):
    c = socket.create_connection(here)
    c.settimeout(5)
    try:
        c.sendall(os.urandom(5000))
        while c.recv(10000): pass
    except ConnectionResetError:
        pass
END
    await 5 test "$(log_lines | grep -c 'banner exchange: Connection from 127')" -ge 10
}

@test "random bytes behind a good name" {
    script <<'END'
for i in range(10):
    c = socket.create_connection(here)
    c.settimeout(5)
    try:
        c.sendall(b"SSH-2.0-x\r\n\x7f" + os.urandom(50000))
        while c.recv(10000): pass
    except ConnectionResetError:
        pass
END
    equal "$(log_lines | grep -c 'Disconnecting 127.0.0.1 port [0-9]*: Bad packet length')" 10
}

@test "a packet's length: huge, zero, not a multiple; padding too much" {
    run script <<'END'
for head, text in [(b"\xff\xff\xff\xff", "Bad packet length"), (b"\x7f\xff\xff\xff", "Bad packet length"),
             (u32(35001), "Bad packet length"), (u32(0), "Bad packet length"), (u32(1), "Bad packet length"),
             (u32(13), "Bad packet length"), (u32(12) + b"\xff" + bytes(11), "Bad padding length"),
             (u32(12) + b"\x03" + bytes(11), "Bad padding length"), (u32(12) + b"\x0b" + bytes(11), "Bad padding length")]:
    c = Client(here, handshake=False)
    c.socket.sendall(b"SSH-2.0-x\r\n")
    c.server_ident()
    c.socket.sendall(head + bytes(40))
    assert c.ended(5) == (2, text), (head, text)
END
    echo "$output"
    equal "$status" 0
}

@test "a changed byte after the keys: corrupted MAC" {
    run script <<'END'
c = Client(here)
plain = c.socket
class Wire:
    def sendall(self, data): plain.sendall(data[:-1] + bytes([data[-1] ^ 1]))
    def __getattr__(self, name): return getattr(plain, name)
c.socket = Wire()
c.send(b"\x05" + s("ssh-userauth"))
assert c.ended(5) == (5, "Corrupted MAC on input")
END
    echo "$output"
    equal "$status" 0
    log_has 'Corrupted MAC on input'
}

@test "no common algorithm: said to both" {
    for option in KexAlgorithms=diffie-hellman-group14-sha256 HostKeyAlgorithms=ecdsa-sha2-nistp384 Ciphers=aes192-ctr; do
        run ssh -F "$server.conf" -o LogLevel=INFO -o "$option" here true
        equal "$status" 255
        like "$output" 'no matching (key exchange method|host key type|cipher) found'
    done
    log_has 'Unable to negotiate with 127\.0\.0\.1 port [0-9]+: no matching key exchange method found\. Their offer: [a-z]'
    log_has 'no matching host key type found'
    log_has 'no matching cipher found'
}

@test "messages out of their time end the connection" {
    run script <<'END'
# before login: a channel, a global request, a success of one's own, channel data
for message in [b"\x5a" + s("session") + u32(0) * 3, b"\x50" + s("x") + b"\1", b"\x34", b"\x5e" + u32(0) + s("x"), b"\x3c"]:
    c = Client(here)
    c.service()
    c.send(message)
    assert c.ended(5) == (2, "Message not allowed at this point"), message
# before the service request
c = Client(here)
c.send(b"\x32" + s(user) + s("ssh-connection") + s("none"))
assert c.ended(5)[0] == 2
# in the clear
c = Client(here, handshake=False)
c.socket.sendall(b"SSH-2.0-x\r\n")
c.server_ident()
c.send(b"\x05" + s("ssh-userauth"))
assert c.ended(5)[0] == 2
END
    echo "$output"
    equal "$status" 0
}

@test "a message before the strict key exchange is over (Terrapin)" {
    run script <<'END'
for message in [b"\x02" + s("x"), b"\x04\0" + s("") + s(""), b"\x07" + u32(0), b"\xc0"]:
    c = Client(here, handshake=False)
    c.socket.sendall(b"SSH-2.0-x\r\n")
    c.server_ident()
    c.send(c.kexinit())
    c.send(message)
    assert c.ended(5)[0] == 2, message
END
    echo "$output"
    equal "$status" 0
    log_has 'Strict key exchange violation'
}

@test "an unknown message is answered, not fatal" {
    run script <<'END'
c = Client(here).login(user, key)
seq = c.seq[0]
c.send(b"\xc8whatever")
m = c.receive()
assert m == b"\x03" + u32(seq), m
ch = c.session()
c.request(ch, "exec", True, s("echo in"))
assert c.collect()[0] == b"in\n"
END
    echo "$output"
    equal "$status" 0
}

@test "another user's name in the middle of the login" {
    run script <<'END'
c = Client(here)
c.service()
c.try_key("somebody", key)
c.send(b"\x32" + s("root") + s("ssh-connection") + s("none"))
assert c.ended(5) == (2, "Change of username or service not allowed")
END
    echo "$output"
    equal "$status" 0
}

@test "a slow client gets in" {
    run script <<'END'
class Slow:
    def __init__(self, socket): self.socket = socket
    def __getattr__(self, name): return getattr(self.socket, name)
    def sendall(self, data):
        for i in range(0, len(data), 40):
            self.socket.sendall(data[i:i + 40])
            time.sleep(0.01)
plain = socket.create_connection(here)
plain.settimeout(20)
plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
c = Client(None, connected=Slow(plain)).login(user, key)
ch = c.session()
c.request(ch, "exec", True, s("echo in"))
assert c.collect()[0] == b"in\n"
END
    echo "$output"
    equal "$status" 0
}

@test "a flood of requests before login ends" {
    run script <<'END'
c = Client(here)
c.service()
try:
    for i in range(200):
        c.send(b"\x32" + s(user) + s("ssh-connection") + s("none"))
        c.wait(51)
    assert False, "no limit"
except Disconnected as d:
    assert d.code in (11, 14), d
END
    echo "$output"
    equal "$status" 0
}

@test "every line of the log carries the peer's address" {
    without=$(grep -Ev '^(Server listening|Host key|Received signal|Made a new)' "$server.log" | grep -vc '127\.0\.0\.1' || true)
    equal "$without" 0
}
