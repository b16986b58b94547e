#!/usr/bin/env bats
# nc, with socat and itself at the other side.

setup() {
    load common
    folder_make
    ours nc --help >/dev/null # makes the link
    nc=$BATS_TEST_TMPDIR/bin/nc
    started=()
}

teardown() {
    [ ${#started[@]} = 0 ] || kill "${started[@]}" 2>/dev/null || :
}

free_port() {
    python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# until COMMAND...: it succeeds
until_() {
    for _ in $(seq 200); do
        "$@" && return
        sleep 0.02
    done
    return 1
}

# serve ARGUMENT...: nc -l -v with them, of which `in` is the input and `out` the output; comes back once it listens
serve() {
    "$nc" -lv "$@" <"${in:-/dev/null}" >out 2>said 3>&- &
    server=$!
    started+=("$server")
    until_ grep -q listening said
}

@test "both ways, and the end of both" {
    port=$(free_port)
    head -c 3000000 /dev/urandom >there
    head -c 2000000 /dev/urandom >back
    in=back serve "$port"
    "$nc" 127.0.0.1 "$port" <there >got
    wait $server
    cmp there out
    cmp back got
}

@test "the other side ends first, we still send" {
    port=$(free_port)
    head -c 3000000 /dev/urandom >there
    in=there serve -p "$port"
    "$nc" 127.0.0.1 "$port" </dev/null >got
    cmp there got
}

@test "a large transfer against socat" {
    port=$(free_port)
    socat -u "TCP-LISTEN:$port,bind=127.0.0.1" CREATE:out 3>&- &
    started+=("$!")
    head -c 50000000 /dev/zero | until_ "$nc" -N 127.0.0.1 "$port" 2>/dev/null
    wait "${started[0]}"
    equal "$(stat -c %s out)" 50000000
}

@test "datagrams" {
    port=$(free_port)
    serve -u "$port"
    echo hello | "$nc" -u -w 0.2 127.0.0.1 "$port" >/dev/null &
    started+=("$!")
    until_ grep -q hello out
    run --separate-stderr ours nc -u -w 0.2 127.0.0.1 1 <<<x
    equal "$status:$stderr" '1:nc: receiving: Connection refused'
}

@test "unix sockets" {
    echo answer >answer
    in=answer serve -U sock
    run -0 "$nc" -U sock <<<question
    equal "$output" answer
    wait $server
    equal "$(cat out)" question
    run "$nc" -U missing
    equal "$status:$output" '1:nc: missing: No such file or directory'
    run "$nc" -U "$(printf '%0200d' 0)"
    like "$output" 'Name too long$'
}

@test "is it open?" {
    port=$(free_port)
    run "$nc" -z 127.0.0.1 "$port"
    equal "$status:$output" '1:nc: 127.0.0.1: Connection refused'
    serve 127.0.0.1 "$port"
    run "$nc" -zv 127.0.0.1 "$port"
    equal "$status:$output" '0:nc: 127.0.0.1: connected'
}

@test "silence" {
    port=$(free_port)
    python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
open("up", "w")
time.sleep(600)' "$port" 3>&- &
    started+=("$!")
    until_ [ -e up ]
    run -0 timeout 4 "$nc" -w 0.2 127.0.0.1 "$port" </dev/null
    # not while there is still something to send
    (sleep 0.5; echo x) | timeout 4 "$nc" -w 0.2 127.0.0.1 "$port"
}

@test "a program at the socket" {
    port=$(free_port)
    serve -e cat "$port"
    run -0 "$nc" 127.0.0.1 "$port" <<<echoed
    equal "$output" echoed
}

@test "a reset is said" {
    port=$(free_port)
    python3 - "$port" 3>&- <<'END' &
import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
open("up", "w")
c, _ = s.accept()
c.recv(1)
c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
c.close()
END
    started+=("$!")
    until_ [ -e up ]
    run "$nc" 127.0.0.1 "$port" <<<x
    equal "$status:$output" '1:nc: receiving: Connection reset'
}

@test "arguments" {
    for arguments in '' 'host' '-l' '-l 1 2 3' '-lU'; do
        # shellcheck disable=SC2086
        run "$nc" $arguments
        equal "$status" 2
    done
    for arguments in 'host 0x' 'host 65536' '-w x 127.0.0.1 1'; do
        # shellcheck disable=SC2086
        run "$nc" $arguments
        equal "$status" 1
    done
    run "$nc" ..name 1
    equal "$status:$output" '1:nc: ..name: no such host'
}
