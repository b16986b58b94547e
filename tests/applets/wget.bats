#!/usr/bin/env bats
# wget, against a server that does most things wrong.

setup_file() {
    mkdir -p "$BATS_FILE_TMPDIR/4" "$BATS_FILE_TMPDIR/6"
    python3 "$BATS_TEST_DIRNAME/http_server.py" "$BATS_FILE_TMPDIR/4" 3>&- &
    echo $! >"$BATS_FILE_TMPDIR/pids"
    if grep -q '^0*1 ' /proc/net/if_inet6 2>/dev/null; then
        python3 "$BATS_TEST_DIRNAME/http_server.py" "$BATS_FILE_TMPDIR/6" -6 3>&- &
        echo $! >>"$BATS_FILE_TMPDIR/pids"
    fi
    for _ in $(seq 100); do
        [ -e "$BATS_FILE_TMPDIR/4/port" ] && break
        sleep 0.05
    done
}

teardown_file() {
    xargs kill <"$BATS_FILE_TMPDIR/pids"
}

setup() {
    load common
    folder_make
    port=$(cat "$BATS_FILE_TMPDIR/4/port")
    at=http://127.0.0.1:$port
}

# gets PATH TEXT: what comes is that
gets() {
    run --separate-stderr ours wget -qO- "$at$1"
    equal "$status:$stderr" 0:
    equal "$output" "$2"
}

# fails PATH WHY: with one line
fails() {
    run --separate-stderr ours wget -O- "$at$1"
    equal "$status" 1
    equal "$stderr" "wget: $at$1: $2"
}

@test "bodies: counted, in chunks, to the end" {
    gets /plain hello
    gets /more hello
    gets /empty ''
    gets /none ''
    gets /old 'to the end'
    gets /chunks 'hello, world ab'
    gets /long-chunk-line hello
    gets /bytes 'hello, world ab'
    gets /continue hello
    gets '/path/with?query=1&x' '/path/with?query=1&x'
    gets '?x' '/?x'
    ours wget -qO binary "$at/binary"
    python3 -c 'import sys; sys.stdout.buffer.write(bytes(range(256)) * 40)' >wanted
    cmp binary wanted
}

@test "what is asked" {
    ours wget -qO- "$at/some/path#part"
    run cat "$BATS_FILE_TMPDIR/4/request"
    equal "${lines[0]}" $'GET /some/path HTTP/1.1\r'
    equal "${lines[1]}" "Host: 127.0.0.1:$port"$'\r'
    like "$output" $'Connection: close\r'
    ours wget -qO- "127.0.0.1:$port"
    equal "$(head -n 1 "$BATS_FILE_TMPDIR/4/request")" $'GET / HTTP/1.1\r'
}

@test "IPv6" {
    for _ in $(seq 100); do
        [ ! -d "$BATS_FILE_TMPDIR/6" ] || [ -e "$BATS_FILE_TMPDIR/6/port" ] && break
        sleep 0.05
    done
    [ -e "$BATS_FILE_TMPDIR/6/port" ] || skip 'no IPv6 here'
    run -0 ours wget -qO- "http://[::1]:$(cat "$BATS_FILE_TMPDIR/6/port")/plain"
    equal "$output" hello
    like "$(cat "$BATS_FILE_TMPDIR/6/request")" 'Host: \[::1\]:'
}

@test "a large one" {
    ours wget -q "$at/big"
    equal "$(stat -c %s big)" 67108864
}

@test "names of files" {
    ours wget -q "$at/plain"
    equal "$(cat plain)" hello
    run ours wget -q "$at/plain"
    equal "$status:$output" '1:wget: plain: File exists'
    ours wget -q "$at/a/b?c=/d"
    [ -e b ]
    ours wget -q "$at/dir/"
    equal "$(cat index.html)" /dir/
    mkdir sub
    cd sub
    ours wget -q "$at/x/.."
    equal "$(ls -A)" index.html
    run ours wget "$at/evil"
    equal "$status:$output" '0:wget: evil: saved'
    run ours wget "$at/moved" -O o -q
    equal "$status:$output:$(cat o)" 0::hello
    run ours wget -q "$at/missing"
    [ ! -e missing ]
}

@test "redirections" {
    gets /moved hello
    gets /a/b/relative relative
    gets /host hello
    gets /whole hello
    run --separate-stderr ours wget -O- "$at/loop"
    equal "$status:$stderr" "1:wget: 127.0.0.1:$port/loop: too many redirections"
    run --separate-stderr ours wget -O- "$at/secure"
    equal "$status:$stderr" '1:wget: https://127.0.0.1/: only http:// (there is no TLS here)'
    run --separate-stderr ours wget -O- "$at/split"
    equal "$status:$stderr" "1:wget: 127.0.0.1:$port/plain X: y: not a URL"
    fails /nowhere 'server returned 301 Moved'
}

@test "errors of a server" {
    fails /missing 'server returned 404 Not [31m Found'
    for path in short short-chunk no-last-chunk short-head silence; do
        fails /$path 'the connection ended too early'
    done
    for path in no-http zeros twice negative huge chunk-negative chunk-huge chunk-gap gzip endless long-line; do
        fails /$path 'that is not HTTP'
    done
    fails /reset 'Connection reset'
}

@test "headers are shown" {
    run --separate-stderr ours wget -qSO- "$at/plain"
    equal "$stderr" $'wget: HTTP/1.1 200 OK\nwget: Content-Length: 5'
    equal "$output" hello
}

@test "no endless waiting" {
    run --separate-stderr ours wget -T 0.2 -O- "$at/wait"
    equal "$status:$stderr" "1:wget: $at/wait: Connection timed out"
}

@test "URLs that are none" {
    for url in 'http://a b/' $'http://127.0.0.1/\r\nX: y' $'x\ty' 'http://ü/'; do
        run ours wget "$url"
        equal "$status" 1
        like "$output" 'not a URL$'
    done
    run ours wget https://example.com/
    equal "$status:$output" '1:wget: https://example.com/: only http:// (there is no TLS here)'
    run ours wget ftp://example.com/
    like "$output" 'only http://'
    run ours wget http://me:secret@127.0.0.1/
    like "$output" 'users are not sent$'
    run ours wget http://127.0.0.1:99999/
    like "$output" 'no such port$'
    run ours wget http://127.0.0.1:/
    like "$output" 'no such port$'
    run ours wget http:///x
    like "$output" 'no such host$'
    run ours wget
    equal "$status" 2
}

@test "nobody there, a full disk, a reader that is gone" {
    run ours wget http://127.0.0.1:1/
    equal "$status:$output" '1:wget: 127.0.0.1: Connection refused'
    run ours wget -qO /dev/full "$at/big"
    equal "$status:$output" '1:wget: /dev/full: No space left on device'
    run ours wget -qO missing/file "$at/plain"
    equal "$status:$output" '1:wget: missing/file: No such file or directory'
    run bash -c '{ "$1" -qO- "$2"; echo $? >status; } | head -c 1 >/dev/null' - "$BATS_TEST_TMPDIR/bin/wget" "$at/big"
    like "$(cat status)" '^(1|141)$'
}
