#!/usr/bin/env bats
# The clients that break rules on purpose (tests/hostile), against the whole server.

load ../support/interop

setup_file() {
    folder_make
    server_start
    hostile=$root/build/host/tests/hostile/hostile
    export hostile
}
teardown_file() {
    servers_end
    folder_remove
}
teardown() { server_is_well; }

@test "every hostile client is turned away, and the server lives" {
    [ -x "$hostile" ] || skip "build/host/tests/hostile/hostile is not built"
    run timeout 120 "$hostile" 127.0.0.1 "$port" "$login" "$work/id"
    echo "$output"
    equal "$status" 0
    client true
}

@test "at the end: nothing is left behind" {
    await 5 is_at_rest
    server_stop
}
