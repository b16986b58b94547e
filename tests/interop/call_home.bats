#!/usr/bin/env bats
# --call-home: the server connects, and OpenSSH's client waits for it.

load ../support/home

# --- logins ---
# bats test_tags=quick
@test "a client that waits is served, and the next one a second later" {
    waits 'echo in; echo "$SSH_CONNECTION"; exit 3'
    calls --call-home "$home:$port"
    waited 3
    equal "$(head -n 1 out)" in
    like "$(tail -n 1 out)" "^$home $port 127\.0\.0\.1 [0-9]+$"
    log_has "^Connected to $home port $port \(call home\)$"
    log_has "^Accepted publickey for $login from $home port $port ssh2: ED25519 SHA256:"
    waits 'echo again'
    waited 0
    equal "$(cat out)" again
    equal "$(lines 'Server listening')" 0
    server_stop
}

@test "one connection, and no other while it stands; over IPv6" {
    has_ipv6
    home=::1
    proxy="socat - TCP6-LISTEN:$port,bind=[::1],reuseaddr,fork"
    waits "touch '$PWD/in'; until [ -e '$PWD/go' ]; do sleep 0.1; done; echo out"
    calls --call-home "[::1]:$port"
    await 5 test -e in
    log_has "^Connected to ::1 port $port \(call home\)$"
    sleep 1.5 # time enough for another call
    equal "$(lines '^Connected to ')" 1
    touch go
    waited 0
    equal "$(cat out)" out
    server_stop
}

@test "it listens only where it is told to" {
    waits 'echo called'
    server_stopped=
    server_start --call-home "$home:$port"
    waited 0
    run -0 env configuration="$server.conf" bash -c '. "$0"; client echo listened' "$root/tests/support/interop.bash"
    like "$output" listened
    server_stop
}

@test "NANO_SSH_CALL_HOME, also as a container's init, whose program does not see it" {
    waits 'echo in'
    NANO_SSH_CALL_HOME=$home:$port calls -- sh -c "env >'$PWD/env'; exec sleep 60"
    waited 0
    equal "$(cat out)" in
    equal "$(grep -c NANO_SSH env || true)" 0
    log_matches '^Server listening' && return 1
    kill -TERM "$server_pid"
    server_ended 143
    server_stopped=yes
}

@test "--once: one connection, wherever it comes from, then the end" {
    waits 'sleep 1; echo in'
    calls --once --call-home "$home:$port"
    waited 0
    equal "$(cat out)" in
    server_ended 0
    equal "$(lines '^Connected to')" 1
    far_side 127.0.0.1 full
    server_start --once --call-home "127.0.0.1:${ports[0]}"
    configuration=$server.conf flags=()
    run -0 client echo in
    equal "$output" in
    server_ended 0
    server_stopped=yes
}

# --- wrong options ---
# bats test_tags=quick
@test "what is no place: one clear line, status 1, also with -t" {
    for place in '' : home home: home:0 home:x home:65536 :22 '[]:22' '[::1]'; do
        for check in '' -t; do
            run timeout 5 "$SERVER" $check --host-key "$work/host_key" --call-home "$place"
            equal "$status" 1
            equal "${lines[-1]}" "--call-home $place: not HOST:PORT"
        done
    done
    run -1 env NANO_SSH_CALL_HOME=nonsense "$SERVER" -t --host-key "$work/host_key"
    like "$output" '--call-home nonsense: not HOST:PORT$'
    run -2 "$SERVER" --inetd --call-home a:1
    like "$output" 'not with --inetd: --call-home'
}
