# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for tests and interop.bash, or by these
# For tests/interop/call_home*.bats: servers that call, clients that wait, and others that are called.

load ../support/interop

setup_file() {
    folder_make
    server=$work/waiting
    client_configure nobody.invalid 1 # a ProxyCommand says where the connection comes from
    export configuration=$server.conf
}
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    has_option call-home || skip "not in this build"
    # Of 127/8, so that no port is anybody else's.
    home=127.$((RANDOM % 200 + 20)).$((RANDOM % 250)).$((RANDOM % 250 + 1))
    port=$((RANDOM % 20000 + 10000))
    cd "$BATS_TEST_TMPDIR" || return
    server_stopped=yes
}
teardown() {
    [ -z "${far:-}" ] || kill "$far" 2>/dev/null || true
    if [ -n "${server:-}" ]; then server_is_well; fi
}

# calls OPTION...: a server with these and the test's keys
calls() {
    server_stopped=
    log_from=1
    server_run "c$BATS_TEST_NUMBER-$RANDOM" --host-key "$work/host_key" --authorized-keys "$work/authorized_keys" "$@" || {
        cat "$server.log"
        return 1
    }
}

is_waiting() { [ -n "$(ss -Hltn "src $1")" ]; } # ADDRESS:PORT
# waits COMMAND: a client in the background that waits for a call at $home:$port; its output is in out, its pid in waiting
waits() {
    flags=(-o ProxyCommand="${proxy:-socat - TCP-LISTEN:$port,bind=$home,reuseaddr}")
    client "$@" </dev/null >out 2>err 3>&- 4>&- &
    waiting=$!
    await 5 is_waiting "[$home]:$port"
}

# waited STATUS: the client's
waited() {
    local got=0
    wait "$waiting" || got=$?
    equal $got "$1" || {
        cat err "$server.log"
        return 1
    }
}

# far_side ADDRESS MODE...: see tests/support/home.py. Sets far and the array ports; what comes is in the file came.
far_side() {
    rm -f came
    python3 -B "$root/tests/support/home.py" "$@" >came 3>&- 4>&- &
    far=$!
    await 5 test -s came
    read -ra ports <came
}
came() { [ "$(grep -c "^$1 " came)" -ge "$2" ]; }                    # MODE NUMBER: so often, at least
gap() { awk -v mode="$1" '$1 == mode { if (last) print $2 - last; last = $2 }' came; } # MODE: ms between them
lines() { grep -Ec -e "$1" "$server.log" || true; }
