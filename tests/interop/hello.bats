#!/usr/bin/env bats
# The profile hello, size first: a real login with OpenSSH's client, one text, and nothing else.

load ../support/interop

setup_file() {
    folder_make
    for hello in "$root"/build/*-hello-sodium-size/nano_ssh_server; do break; done
    ! is_sanitized || hello=$root/build/asan/hello/hello
    export hello
    if [ -x "$hello" ]; then hello_start -t 20; fi
}
teardown_file() {
    servers_end
    folder_remove
}
setup() { [ -x "$hello" ] || skip "not built: make PROFILE=hello FIRST=size"; }

# hello_start OPTION...: on a free port, with the test's key. Sets what server_start sets, and fingerprint.
hello_start() {
    export port server server_pid fingerprint=
    for _ in {1..20}; do
        port=$((RANDOM % 20000 + 10000))
        server=$work/s$port
        [ ! -e "$server.pid" ] || continue
        mkfifo "$server.ready"
        (
            status=0
            ASAN_OPTIONS=log_path=$work/reports/report UBSAN_OPTIONS=log_path=$work/reports/report \
                "$hello" -p "$port" -a "$work/authorized_keys" "$@" >"$server.ready" 2>"$server.log" &
            echo $! >"$server.pid"
            wait $! || status=$?
            echo $status >"$server.part"
            mv "$server.part" "$server.status"
        ) </dev/null 3>&- 4>&- &
        read -rt 20 fingerprint <"$server.ready" || true
        await 5 test -s "$server.pid"
        server_pid=$(cat "$server.pid")
        client_configure 127.0.0.1 "$port"
        sed -i 's/^    StrictHostKeyChecking .*/    StrictHostKeyChecking accept-new/' "$server.conf"
        : >"$work/known_hosts"
        [ -z "$fingerprint" ] || return 0
    done
    return 1
}
teardown() {
    [ ! -x "$hello" ] || { no_reports && kill -0 "$server_pid"; }
}

greeting='Hello from nano_ssh_server'
is_greeted() { equal "$(client true 2>"$work/said")" "$greeting"; }

@test "a command gets the text, and status 0; the host key is the one that was said" {
    run client echo nobody runs this
    equal "$status" 0
    equal "$output" "$greeting"
    equal "$(ssh-keygen -lf "$work/known_hosts" | cut -d ' ' -f 2)" "$fingerprint"
}

@test "so does a shell, the next login, and one that sends a lot" {
    equal "$(client -T </dev/null)" "$greeting"
    is_greeted
    head -c 3000000 /dev/zero >"$work/much"
    equal "$(client cat <"$work/much")" "$greeting"
}

@test "one of each, in strict order" {
    run client -vvv true
    equal "$status" 0
    like "$output" 'will use strict KEX ordering'
    like "$output" 'kex: algorithm: curve25519-sha256'
    like "$output" 'kex: host key algorithm: ssh-ed25519'
    like "$output" 'kex: server->client cipher: chacha20-poly1305@openssh.com'
    for options in 'Ciphers=aes256-ctr' 'KexAlgorithms=ecdh-sha2-nistp256' 'HostKeyAlgorithms=rsa-sha2-512'; do
        run client -o LogLevel=INFO -o "$options" true
        equal "$status" 255
        like "$output" 'no matching '
    done
    is_greeted
}

@test "no other key, no password, no other key type" {
    ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/other"
    ssh-keygen -q -t ecdsa -N '' -f "$BATS_TEST_TMPDIR/ecdsa"
    for file in other ecdsa; do
        key_only "$BATS_TEST_TMPDIR/$file"
        run client true
        equal "$status" 255
        like "$output" 'Permission denied \(publickey\)'
    done
    configuration=
    run client -v -o PreferredAuthentications=password,keyboard-interactive,none true
    equal "$status" 255
    like "$output" 'Permission denied \(publickey\)'
    is_greeted
}

@test "nothing but the text: no terminal, subsystem, forwarding or file" {
    like "$(client -tt true </dev/null 2>&1)" 'PTY allocation request failed'
    run client -s sftp
    equal "$status" 255
    run client -W 127.0.0.1:22
    equal "$status" 255
    run client -o ExitOnForwardFailure=yes -R 0:127.0.0.1:22 true
    equal "$status" 255
    is_greeted
}

@test "several channels of one connection" {
    client -M -N -f -o ControlPath="$work/shared" 3>&- 4>&-
    for _ in {1..12}; do
        equal "$(client -o ControlPath="$work/shared" true)" "$greeting"
    done
    client -O exit -o ControlPath="$work/shared" 2>/dev/null
    is_greeted
}

# Sends its input, and prints what comes until the server closes.
raw() { timeout 10 bash -c "exec 5<>/dev/tcp/127.0.0.1/$port; cat >&5; cat <&5 | tr -d '\0'"; }

@test "what is no client is turned away" {
    printf 'GET / HTTP/1.1\r\nHost: here\r\n\r\n' | raw
    head -c 100000 /dev/urandom | raw || true
    { printf 'SSH-2.0-x\r\n'; head -c 5000 /dev/urandom; } | raw || true
    { printf 'SSH-2.0-x\r\n\0\0\0\14\12\24'; head -c 30 /dev/zero; } | raw || true
    is_greeted
}

@test "who breaks rules is turned away" {
    hostile=$root/build/host/tests/hostile/hostile
    [ -x "$hostile" ] || skip "build/host/tests/hostile/hostile is not built (make test)"
    for mode in oversized-first-packet absurd-length terrapin-prefix bad-mac-before-login channel-before-login \
        client-says-success auth-flood auth-tries bad-mac-after-login half-packet-then-vanish window-overrun \
        thousand-channels rekey-storm; do
        run timeout 20 "$hostile" 127.0.0.1 "$port" $mode "$work/id" "$login"
        echo "$mode: $output"
        equal "$status" 0
    done
    is_greeted
}

@test "who says nothing, or stops in the middle, is let go" {
    hello_start -t 1
    began=$SECONDS
    like "$(raw </dev/null)" '^SSH-2.0-'
    like "$(printf 'SSH-2.0-x\r\n' | raw)" 'Timeout before authentication|^SSH-2.0-'
    [ $((SECONDS - began)) -lt 9 ]
    is_greeted
}

# bats test_tags=release
@test "what it is made of is said, and nothing asks for thread-local storage" {
    run "$hello" -h
    like "$output" 'libsodium .* derived Ed25519'
    [ "$(uname -m)" = x86_64 ] || return 0
    ! objdump -d "$hello.full" | grep '%fs:'
}

@test "it does not start without keys, or with some that ask for more than it knows" {
    run "$hello" -p 0
    equal "$status" 1
    for lines in '' "command=true $(cat "$work/id.pub")" "$(ssh-keygen -y -f "$work/id" | tr d D)" \
        "$(cat "$work/id.pub")
restrict $(cat "$work/id.pub")" "$(cut -c 1-70 "$work/id.pub")"; do
        NANO_SSH_AUTHORIZED_KEYS=$lines run timeout 5 "$hello" -p 0
        equal "$status" 1
        like "$output" 'no keys, or others than plain ssh-ed25519'
    done
    for options in -x '-p' '-p 65536' '-p 1x' '-t 9999' 'word' '-a'; do
        # shellcheck disable=SC2086
        NANO_SSH_AUTHORIZED_KEYS=$(cat "$work/id.pub") run timeout 5 "$hello" $options
        equal "$status" 2
        like "$output" '^usage: '
    done
}
