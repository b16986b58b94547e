#!/usr/bin/env bats
# How things end: the server told to stop, the client gone, the program hung up.

load ../support/interop

setup_file() { folder_make; }
teardown_file() {
    servers_end
    folder_remove
}
teardown() { server_is_well; }

# A program on the far side that says in a file how it was ended.
program() {
    echo "for s in HUP TERM INT PIPE; do trap \"echo \$s >$BATS_TEST_TMPDIR/ended; exit\" \$s; done; touch $BATS_TEST_TMPDIR/began; while :; do sleep 0.05; done"
}

# in_background COMMAND: a client whose process is $background
in_background() {
    ssh -F "$server.conf" here "$@" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    background=$!
}

began() { await 5 test -e "$BATS_TEST_TMPDIR/began"; }
ended_by() {
    await 5 test -s "$BATS_TEST_TMPDIR/ended"
    equal "$(cat "$BATS_TEST_TMPDIR/ended")" "$1"
}

# bats test_tags=quick
@test "SIGTERM: status 0, clients are told, their programs get SIGHUP" {
    server_start
    in_background "$(program)"
    began
    kill -TERM "$server_pid"
    server_ended 0
    server_stopped=yes
    status=0
    wait $background || status=$?
    equal $status 255
    like "$(cat "$BATS_TEST_TMPDIR/out")" 'shutting down'
    ended_by HUP
    log_has '^Received signal 15; terminating\.$'
}

@test "SIGINT ends it, too" {
    server_start
    client true
    kill -INT "$server_pid"
    server_ended 0
    server_stopped=yes
}

@test "SIGTERM before and during login" {
    server_start
    run script <<'END'
a = socket.create_connection(here)
a.recv(1)
b = Client(here)
c = Client(here)
c.service()
os.kill(pid, signal.SIGTERM)
assert b.ended(5) == (11, "Server is shutting down")
assert c.ended(5)[0] == 11
while a.recv(10000): pass
END
    echo "$output"
    equal "$status" 0
    server_ended 0
    server_stopped=yes
}

@test "SIGTERM under bulk traffic both ways" {
    server_start
    (timeout 20 ssh -F "$server.conf" here cat </dev/zero >/dev/null 2>&1 || true) 3>&- &
    sleep 1
    kill -TERM "$server_pid"
    server_ended 0
    server_stopped=yes
    wait $!
}

@test "the port is free at once for the next server" {
    server_start
    client true
    server_stop
    run "$SERVER" --once --ttl 1 -p "127.0.0.1:$port" -r "$work/host_key"
    equal "$status" 0
    server_stopped=yes
}

@test "a client killed: its program gets SIGHUP, no zombie stays" {
    server_start
    in_background "$(program)"
    began
    kill -KILL $background
    ended_by HUP
    at_rest_soon 5
    server_stop
}

@test "a client killed: the whole process group gets SIGHUP" {
    server_start
    in_background "sh -c '$(program)' & sleep 100"
    began
    kill -KILL $background
    ended_by HUP
    at_rest_soon 5
    server_stop
}

@test "a client killed under bulk traffic" {
    server_start
    for command in 'cat /dev/zero' 'cat >/dev/null' cat; do
        ssh -F "$server.conf" here "$command" </dev/zero >/dev/null 2>&1 3>&- &
        background=$!
        sleep 0.5
        kill -KILL $background
        at_rest_soon 5
    done
    client true
    server_stop
}

@test "a program that ignores SIGHUP lives on, and the server is rid of it" {
    server_start
    in_background "trap '' HUP; echo \$\$ >$BATS_TEST_TMPDIR/pid; sleep 3; echo done >$BATS_TEST_TMPDIR/done"
    await 5 test -s "$BATS_TEST_TMPDIR/pid"
    kill -KILL $background
    sleep 0.5
    kill -0 "$(cat "$BATS_TEST_TMPDIR/pid")"
    await 5 test -s "$BATS_TEST_TMPDIR/done"
    at_rest_soon 5 # reaped
    server_stop
}

@test "~. in a client: a clean end" {
    server_start
    run python3 "$root/tests/support/terminal.py" 24 80 ssh -F "$server.conf" -t here "$(program | sed 's,; touch,; echo ready; touch,')" <<'END'
wait ready
send \n~.
END
    ended_by HUP
    log_has "^(Connection closed by|Disconnected from) user $login"
    at_rest_soon 5
    server_stop
}

@test "a signal request reaches the program's whole group" {
    server_start
    run script <<'END'
c = Client(here).login(user, key)
for name, number in [("TERM", 15), ("USR1", 10), ("KILL", 9), ("INT", 2)]:
    ch = c.session()
    c.request(ch, "exec", True, s("echo ready; sleep 30"))
    while c.wait(94)[5:] != s("ready\n"): pass
    assert c.request(ch, "signal", True, s(name)) is True
    out, status = c.collect()
    c.close_channel(ch)
    assert "exit-signal" in status and status["exit-signal"].startswith(s(name)), (name, status)
ch = c.session()
c.request(ch, "exec", True, s("trap 'echo got it; exit 5' USR2; echo ready; while :; do sleep 0.05; done"))
while c.wait(94)[5:] != s("ready\n"): pass
assert c.request(ch, "signal", True, s("NOSUCH")) is False
c.request(ch, "signal", False, s("USR2"))
out, status = c.collect()
assert out == b"got it\n" and status["exit-status"] == u32(5), (out, status)
END
    echo "$output"
    equal "$status" 0
    server_stop
}

@test "the client closes its sending half: output still comes" {
    server_start
    run script <<'END'
c = Client(here).login(user, key)
ch = c.session()
c.request(ch, "exec", True, s("cat; sleep 0.5; echo late"))
c.data(ch, b"early\n")
c.eof(ch)
out, status = c.collect()
assert out == b"early\nlate\n" and status["exit-status"] == u32(0), out
END
    echo "$output"
    equal "$status" 0
    server_stop
}

@test "a channel closed by the client hangs up its program; the others go on" {
    server_start
    run script "$(program)" "$BATS_TEST_TMPDIR/ended" "$BATS_TEST_TMPDIR/began" <<'END'
c = Client(here).login(user, key)
first, second = c.session(), c.session()
c.request(first, "exec", True, s(sys.argv[1]))
c.request(second, "exec", True, s("cat"))
def soon(what):
    for _ in range(300):
        if what(): return
        time.sleep(0.05)
began = os.path.join(os.path.dirname(sys.argv[2]), "began")
soon(lambda: os.path.exists(began))
c.close_channel(first)
c.wait(97)
soon(lambda: os.path.exists(sys.argv[2]) and open(sys.argv[2]).read())
assert open(sys.argv[2]).read() == "HUP\n"
c.data(second, b"alive")
c.eof(second)
assert c.collect()[0] == b"alive"
END
    echo "$output"
    equal "$status" 0
    server_stop
}

@test "the client's own orderly goodbye is in the log" {
    server_start
    client true
    log_has '^Received disconnect from 127\.0\.0\.1 port [0-9]+:11: disconnected by user$'
    log_has "^Disconnected from user $login 127\.0\.0\.1 port [0-9]+$"
    server_stop
}
