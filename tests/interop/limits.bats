#!/usr/bin/env bats
# Time limits and numbers of connections.

load ../support/interop

setup_file() { folder_make; }
teardown_file() {
    servers_end
    user_remove
    folder_remove
}
teardown() { server_is_well; }

# --- time ---
@test "--login-grace ends those who do not log in, and only those" {
    server_start --login-grace 1
    client 'sleep 2; echo still here' >"$BATS_TEST_TMPDIR/out" &
    run script <<'END'
silent = socket.create_connection(here)
half = Client(here)
asking = Client(here)
asking.service()
start = time.monotonic()
assert half.ended(10) == (11, "Timeout before authentication")
asking.ended(10)
silent.settimeout(10)
while silent.recv(65536): pass
assert 0.5 < time.monotonic() - start < 10
END
    echo "$output"
    equal "$status" 0
    wait $!
    equal "$(cat "$BATS_TEST_TMPDIR/out")" 'still here'
    log_has '^Timeout before authentication for connection from 127\.0\.0\.1 port [0-9]+ to 127\.0\.0\.1 port '"$port"'$'
    equal "$(log_lines | grep -c '^Timeout before authentication')" 3
    at_rest_soon 5
    server_stop
}

@test "--login-grace: sending one byte now and then does not help" {
    server_start --login-grace 1
    run script <<'END'
c = socket.create_connection(here)
start = time.monotonic()
try:
    for b in b"SSH-2.0-slow_client_with_a_long_name_" * 3:
        c.sendall(bytes([b]))
        time.sleep(0.1)
except OSError:
    pass
assert time.monotonic() - start < 5
END
    equal "$status" 0
    log_has '^Timeout before authentication'
    server_stop
}

@test "--idle-timeout ends a connection without traffic, not a busy one" {
    server_start --idle-timeout 3 # a shell may need a second to start
    client 'for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 0.5; done; echo busy' >"$BATS_TEST_TMPDIR/busy" &
    SECONDS=0
    run client 'sleep 20'
    equal "$status" 255
    [ $SECONDS -le 15 ]
    wait $!
    equal "$(tail -n 1 "$BATS_TEST_TMPDIR/busy")" busy
    log_has "^Disconnecting user $login 127.0.0.1 port [0-9]+: Idle timeout$"
    server_stop
}

@test "--idle-timeout: keepalives of the client are no traffic" {
    server_start --idle-timeout 2
    flags=(-o ServerAliveInterval=1)
    SECONDS=0
    run client 'sleep 20'
    equal "$status" 255
    [ $SECONDS -le 15 ]
    server_stop
}

@test "--keepalive leaves a client that answers alone" {
    server_start --keepalive 1
    run client 'sleep 5; echo still here'
    equal "$output" 'still here'
    server_stop
}

@test "--keepalive drops a client that is stopped, and hangs up its program" {
    server_start --keepalive 1
    ssh -F "$server.conf" here "trap '' PIPE; trap 'echo hup >$BATS_TEST_TMPDIR/hup; exit' HUP; touch $BATS_TEST_TMPDIR/began
        while :; do sleep 0.1; done" </dev/null >/dev/null 2>&1 3>&- &
    stopped=$!
    await 5 test -e "$BATS_TEST_TMPDIR/began"
    kill -STOP $stopped
    SECONDS=0
    log_has 'Timeout, client not responding' || log_has 'Timeout, client not responding'
    [ $SECONDS -ge 2 ] && [ $SECONDS -le 15 ]
    await 3 test -s "$BATS_TEST_TMPDIR/hup"
    kill -KILL $stopped
    kill -CONT $stopped 2>/dev/null || true
    at_rest_soon 5
    server_stop
}

# --- numbers ---
@test "--max-connections: one more is dropped; when one goes there is room again" {
    server_start --max-connections 3
    run script <<'END'
a, b, c = (Client(here).login(user, key) for _ in range(3))
for _ in range(2):
    d = socket.create_connection(here)
    assert d.recv(100) == b"", "expected the end"
b.close()
time.sleep(0.3)
e = Client(here).login(user, key)
ch = e.session()
e.request(ch, "exec", True, s("echo in"))
assert e.collect()[0] == b"in\n"
END
    echo "$output"
    equal "$status" 0
    log_has '^drop connection.*--max-connections'
    at_rest_soon 5
    server_stop
}

@test "--max-startups counts those not yet logged in, and only those" {
    server_start --max-startups 2
    run script <<'END'
inside = [Client(here).login(user, key) for _ in range(4)]
outside = [Client(here) for _ in range(2)]
late = Client(here) # the one that waits longest makes room
try:
    outside[0].login(user, key)
    raise SystemExit("the oldest is still there")
except (AssertionError, OSError, Exception) as e:
    print("as it should be:", repr(e))
outside[1].login(user, key)
late.login(user, key)
for c in inside: c.session()
END
    echo "$output"
    equal "$status" 0
    log_has '^drop connection from 127.0.0.1 port [0-9]+: past --max-startups$'
    server_stop
}

@test "--max-per-source counts per address" {
    has_ipv6
    server_start --max-per-source 2 --listen 0
    other=$(sed -n 's/^Server listening on :: port \([0-9]*\)\.$/\1/p' "$server.log")
    run script "$other" <<'END'
a, b = Client(here), Client(here)
c = socket.create_connection(here)
assert c.recv(100) == b"", "expected the end"
Client(("::1", int(sys.argv[1])))
END
    echo "$output"
    equal "$status" 0
    log_has '^drop connection from 127.0.0.1 port [0-9]+: past --max-per-source$'
    server_stop
}

@test "without free descriptors: it says so, waits, and goes on" {
    printf '#!/bin/sh\nulimit -n 40\nexec "%s" "$@"\n' "$SERVER" >"$work/few"
    chmod +x "$work/few"
    SERVER=$work/few server_start
    run script <<'END'
import resource
many = []
for _ in range(60):
    c = socket.create_connection(here)
    many.append(c)
time.sleep(0.5)
for c in many: c.close()
time.sleep(0.5)
Client(here).login(user, key)
END
    echo "$output"
    equal "$status" 0
    log_has 'cannot accept: (Too many open files|No file descriptors available)'
    [ "$(grep -c 'cannot accept' "$server.log")" -lt 20 ]
    at_rest_soon 5
    server_stop
}

@test "200 at once log in and run something" {
    n=20
    if is_root; then # a user whose shell is quick to start
        user_make
        usermod -s /bin/sh "$user"
        login=$user n=200
        chmod 644 "$work/authorized_keys"
    fi
    server_start
    run script $n <<'END'
many = [Client(here).login(user, key) for _ in range(int(sys.argv[1]))]
for c in many:
    c.channel = c.session()
    c.request(c.channel, "exec", True, s("cat"), wait=False)
for i, c in enumerate(many):
    c.data(c.channel, b"number %d" % i)
    c.eof(c.channel)
for i, c in enumerate(many):
    out, status = c.collect()
    assert out == b"number %d" % i and status["exit-status"] == u32(0)
END
    echo "$output"
    equal "$status" 0
    at_rest_soon 10
    server_stop
    user_remove
}

@test "connections that come and go 500 times leave nothing" {
    server_start
    run script <<'END'
for i in range(500):
    c = socket.create_connection(here)
    if i % 3 == 0: c.recv(10)
    if i % 5 == 0: c.sendall(b"SSH-2.0-x\r\n")
    c.close()
END
    equal "$status" 0
    at_rest_soon 10
    client true
    server_stop
}
