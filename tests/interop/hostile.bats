#!/usr/bin/env bats
# The clients that break rules on purpose (tests/hostile), against the whole server.

load ../support/interop

setup_file() {
    folder_make
    hostile=$root/build/host/tests/hostile/hostile
    export hostile
}
teardown_file() {
    servers_end
    folder_remove
}
setup() { [ -x "$hostile" ] || skip "build/host/tests/hostile/hostile is not built (make test)"; }
teardown() {
    if [ -n "${server:-}" ]; then server_is_well; fi
}

@test "every mode: it is turned away, and the server lives" {
    server_start
    run timeout 200 "$hostile" 127.0.0.1 "$port" all "$work/id" "$login"
    echo "$output"
    equal "$status" 0
    client true
    at_rest_soon 10
    server_stop
}

@test "silence, and a key exchange that is never finished, until the login grace is over" {
    server_start --login-grace 1
    for mode in silence kexinit-only; do
        run timeout 30 "$hostile" 127.0.0.1 "$port" $mode
        echo "$mode: $output"
        equal "$status" 0
    done
    at_rest_soon 10
    server_stop
}

@test "two of every mode at once, beside a client that works" {
    server_start
    "$hostile" 127.0.0.1 "$port" all "$work/id" "$login" >"$work/first" 2>&1 3>&- &
    first=$!
    for _ in {1..5}; do
        equal "$(client 'head -c 1000000 /dev/zero | wc -c')" 1000000
    done
    run timeout 200 "$hostile" 127.0.0.1 "$port" all "$work/id" "$login"
    echo "$output"
    equal "$status" 0
    status=0
    wait $first || status=$?
    cat "$work/first"
    equal "$status" 0
    at_rest_soon 10
    server_stop
}
