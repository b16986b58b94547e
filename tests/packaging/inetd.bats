#!/usr/bin/env bats
# --inetd under what starts a process for each connection.

load ../support/interop
load ../support/services

setup_file() {
    folder_make
    ! lacks "this build has no --inetd" has_option inetd || return 0
    program_place
    export PATH
}
teardown_file() { folder_remove; }
setup() {
    daemon=
    skip_if_lacking
    port_find
    served_by "$BATS_TEST_NUMBER"
    options="--inetd $(usual_options)"
}
teardown() {
    [ -z "$daemon" ] || {
        kill "$daemon" 2>/dev/null
        await 10 is_gone "$daemon" || kill -KILL "$daemon"
        # The connections' own processes have ended: the client has left.
        await 10 none_left
    }
}

# PROGRAM ARGUMENT...
daemon_start() {
    "$@" </dev/null >"$work/out" 2>"$server.log" 3>&- &
    daemon=$!
    await 10 listens
}
listens() { ss -Htln "sport = :$port" | grep -q .; }
none_left() { ! pgrep -f "^[^ ]*nano_ssh_server --inetd .*$work/host_key" >/dev/null; }

# bats test_tags=quick
@test "tcpserver" {
    needs tcpserver
    # shellcheck disable=SC2086
    daemon_start tcpserver -HRl0 127.0.0.1 "$port" nano_ssh_server $options
    logs_in
    log_has "^Accepted publickey for $login from 127\.0\.0\.1 port [0-9]+ "
    await 10 none_left
}

@test "socat, which hands its socket over: the log has the peer's address" {
    needs socat
    daemon_start socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" "EXEC:nano_ssh_server $options,nofork"
    logs_in
    log_has "^Accepted publickey for $login from 127\.0\.0\.1 port [0-9]+ "
}

@test "socat with a socket of its own between" {
    needs socat
    daemon_start socat "TCP-LISTEN:$port,bind=127.0.0.1,reuseaddr,fork" "EXEC:nano_ssh_server $options"
    logs_in
    log_has "^Accepted publickey for $login from unix port 0 "
}

@test "systemd's Accept=yes (systemd-socket-activate)" {
    needs systemd-socket-activate
    # shellcheck disable=SC2086
    daemon_start systemd-socket-activate --accept --inetd -l "127.0.0.1:$port" "$work/bin/nano_ssh_server" $options
    logs_in
}

@test "xinetd, with packaging/xinetd" {
    needs xinetd
    is_root || skip "needs root"
    local file=$work/xinetd.conf
    {
        printf 'defaults\n{\n    log_type = FILE %s\n    bind = 127.0.0.1\n}\n' "$work/xinetd.log"
        sed -E "s,(port +=).*,\1 $port,; s,(server +=).*,\1 $work/bin/nano_ssh_server,; s,(server_args +=).*,\1 $options,
            s,(user +=).*,\1 $login,; s,IPv6,IPv4," "$packaging/xinetd/nano_ssh_server"
    } >"$file"
    daemon_start xinetd -dontfork -f "$file" -pidfile "$work/xinetd.pid"
    logs_in
    equal "$(client 'echo out; echo err >&2' 2>&1 | sort | tr '\n' ' ')" 'err out '
}
