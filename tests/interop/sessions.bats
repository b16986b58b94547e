#!/usr/bin/env bats
# Several sessions on one connection, several connections.

load ../support/interop

setup_file() {
    folder_make
    server_start --verbose
}
teardown_file() {
    servers_end
    folder_remove
}
setup() { flags=(-o ControlPath="$BATS_TEST_TMPDIR/c"); }
teardown() {
    if [ -n "${master:-}" ]; then kill -KILL "$master" 2>/dev/null || true; fi
    server_is_well
}

master_start() {
    ssh -F "$server.conf" "${flags[@]}" -M -N here </dev/null >/dev/null 2>"$BATS_TEST_TMPDIR/master" 3>&- &
    master=$!
    await 10 test -S "$BATS_TEST_TMPDIR/c"
}

# bats test_tags=quick
@test "eight sessions at once on one connection, each with its own bytes" {
    master_start
    log_mark
    for i in {1..8}; do
        (
            head -c 2000000 /dev/urandom >"$BATS_TEST_TMPDIR/in$i"
            status=0
            client 'cat; exit '"$i" <"$BATS_TEST_TMPDIR/in$i" >"$BATS_TEST_TMPDIR/out$i" || status=$?
            echo $status >"$BATS_TEST_TMPDIR/status$i"
        ) &
        pids[i]=$!
    done
    wait "${pids[@]}"
    for i in {1..8}; do
        cmp "$BATS_TEST_TMPDIR/in$i" "$BATS_TEST_TMPDIR/out$i"
        equal "$(cat "$BATS_TEST_TMPDIR/status$i")" "$i"
    done
    equal "$(log_lines | grep -c '^Accepted' || true)" 0
}

@test "a status that comes after the client's close of its channel, as with sshd" {
    master_start
    run client 'exec >&- 2>&-; sleep 0.5; exit 7' </dev/null
    equal "$status" 7
}

@test "ten sessions live, the eleventh is refused, and the ten live on" {
    master_start
    for i in {1..10}; do
        client "cat; echo done $i" < <(sleep 3) >"$BATS_TEST_TMPDIR/out$i" 3>&- &
        pids[i]=$!
    done
    sleep 1.5
    flags+=(-p 1) # where it must not go instead
    run client true
    equal "$status" 255
    like "$output" 'refused by peer'
    wait "${pids[@]}"
    for i in {1..10}; do equal "$(cat "$BATS_TEST_TMPDIR/out$i")" "done $i"; done
    client true # there is room again
}

@test "the eleventh channel's refusal is the RFC's 'resource shortage'" {
    run script <<'END'
c = Client(here).login(user, key)
open = [c.session() for _ in range(10)]
assert open == list(range(10)), open
refusal = c.session()
assert isinstance(refusal, bytes) and refusal[0] == 92 and refusal[5:9] == u32(4), refusal
c.close_channel(3)
c.wait(97)
assert c.session() == 3
assert c.open("forwarded-tcpip")[5:9] == u32(3)
assert c.open("x11")[5:9] in (u32(1), u32(3))
END
    echo "$output"
    equal "$status" 0
}

@test "one session that nobody reads does not stop the others" {
    run script <<'END'
c = Client(here).login(user, key)
stuck, other = c.session(window=1000), c.session()
c.request(stuck, "exec", True, s("yes"), wait=False)
c.request(other, "exec", True, s("echo free; cat"), wait=False)
out = b""
while b"free\n" not in out:
    m = c.wait(94)
    if m[1:5] == u32(other): out += Reader(m[5:]).string()
c.data(other, b"x" * 1000)
c.eof(other)
END
    echo "$output"
    equal "$status" 0
    at_rest_soon 5
}

@test "a program that does not read stops its own channel's window only" {
    run script <<'END'
c = Client(here).login(user, key)
stuck, other = c.session(), c.session()
c.request(stuck, "exec", True, s("sleep 2; wc -c"))
c.request(other, "exec", True, s("cat"))
for _ in range(8): c.data(stuck, bytes(32768)) # the whole window
c.data(other, b"free")
m = c.wait(94)
assert m[1:5] == u32(other) and m[5:] == s("free"), m
c.eof(other)
c.eof(stuck)
out = b""
while b"262144" not in out:
    m = c.receive()
    if m[0] == 94 and m[1:5] == u32(stuck): out += Reader(m[5:]).string()
END
    echo "$output"
    equal "$status" 0
}

@test "a window that is a few bytes is respected to the byte" {
    run script <<'END'
c = Client(here).login(user, key)
ch = c.session(window=7)
c.request(ch, "exec", True, s("printf 0123456789abcdefghij; printf ERR >&2"))
got = {94: b"", 95: b""}
window = 7
while True:
    m = c.receive()
    if m[0] in got:
        data = Reader(m[5 if m[0] == 94 else 9:]).string()
        assert 0 < len(data) <= window, (window, m)
        got[m[0]] += data
        window -= len(data)
        if window == 0:
            c.send(b"\x5d" + u32(ch) + u32(5))
            window = 5
    elif m[0] == 97:
        break
assert got == {94: b"0123456789abcdefghij", 95: b"ERR"}, got
END
    echo "$output"
    equal "$status" 0
}

@test "a peer's largest window, and one adjustment past it" {
    run script <<'END'
c = Client(here).login(user, key)
ch = c.session(window=0xffffffff)
c.request(ch, "exec", True, s("cat"))
c.data(ch, b"x"); c.wait(94)
c.send(b"\x5d" + u32(ch) + u32(1))
c.data(ch, b"y"); c.wait(94)
c.send(b"\x5d" + u32(ch) + u32(0xffffffff))
assert c.ended()[0] == 2
END
    echo "$output"
    equal "$status" 0
    log_has 'Channel window exceeded'
}

@test "no-more-sessions is kept" {
    run script <<'END'
c = Client(here).login(user, key)
c.session()
c.send(b"\x50" + s("no-more-sessions@openssh.com") + b"\0")
assert c.session()[0] == 92
END
    equal "$status" 0
}

@test "X11 is refused, the command still runs" {
    flags=(-X)
    run client 'echo "in $DISPLAY."'
    like "$output" 'in \.'
}

@test "twenty connections at once, each with a command" {
    flags=()
    for i in {1..20}; do
        client "sleep 0.2; echo $i; exit $i" >"$BATS_TEST_TMPDIR/n$i" &
        pids[i]=$!
    done
    for i in {1..20}; do
        status=0
        wait "${pids[i]}" || status=$?
        equal "$status" "$i"
        equal "$(cat "$BATS_TEST_TMPDIR/n$i")" "$i"
    done
}

@test "a session after another, fifty times on one connection" {
    master_start
    for i in {1..50}; do
        equal "$(client "echo $i")" "$i"
    done
}

@test "at the end: nothing is left behind" {
    at_rest_soon 5
    server_stop
}
