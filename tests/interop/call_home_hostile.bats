#!/usr/bin/env bats
# --call-home: who else may be there, or nobody.

load ../support/home

# --- what else may be there ---
@test "far sides of every kind: each ends, is called again later, and has a line in the log" {
    far_side 127.0.0.1 close garbage silent
    server_start # a server, as the one that calls is
    ports+=("$port")
    local -a servers=("$server") pids=("$server_pid")
    local i end
    for i in 0 1 2 3; do
        calls --login-grace 1 --call-home "127.0.0.1:${ports[i]}"
        servers+=("$server") pids+=("$server_pid")
    done
    await 8 came silent 2
    await 3 came close 2
    await 3 came garbage 2
    cat came
    for mode in close garbage; do
        [ "$(gap $mode | head -n 1)" -ge 1400 ] # two seconds, less a quarter
    done
    [ "$(gap silent | head -n 1)" -ge 2400 ] # and that of --login-grace
    for i in 3 2 1 0; do
        server=${servers[i + 1]} server_pid=${pids[i + 1]}
        cat "$server.log"
        end='Timeout before authentication for connection from 127\.0\.0\.1'
        [ $i != 0 ] || end='Connection (closed|reset) by 127\.0\.0\.1'
        [ $i != 1 ] || end='banner exchange: Connection from 127\.0\.0\.1'
        log_has "^$end port ${ports[i]}"
        equal "$(lines "^Connected to 127.0.0.1 port ${ports[i]} \(call home\)$")" 1
        equal "$(lines "port ${ports[i]}")" 2 # and one of its end
        server_stop
    done
    server=${servers[0]} server_pid=${pids[0]}
    server_stop
}

@test "a place that is down is said once, and that it is back; -v says all" {
    calls --call-home "$home:$port"
    local quiet=$server quiet_pid=$server_pid
    calls --verbose --call-home "$home:$port"
    down="^Cannot connect to $home port $port \(call home\): Connection refused$"
    said_twice() { [ "$(lines "$down")" -ge 2 ]; }
    await 5 said_twice
    server_stop
    server=$quiet server_pid=$quiet_pid
    equal "$(lines "$down")" 1
    waits 'echo back' # after the first call again, or two
    waited 0
    equal "$(cat out)" back
    equal "$(lines "$down")" 1
    equal "$(lines "^Connected to $home port $port \(call home\)$")" 1
    server_stop
}

@test "a name that there is not" {
    calls --call-home "no..name:22"
    log_has '^Cannot connect to no..name port 22 \(call home\): no such host$'
    server_stop
}

@test "who cannot get in is no friend: counted as a failure" {
    proxy="socat - TCP-LISTEN:$port,bind=$home,reuseaddr,fork"
    waits -l nosuchuser true
    calls --verbose --call-home "$home:$port"
    waited 255
    log_has '^Failed publickey for invalid user nosuchuser'
    log_has '^Connection closed by '
    server_stop
}

# --- while it connects ---
# One that nobody answers: its child waits in connect(2).
calls_in_vain() {
    far_side 127.0.0.1 full
    calls --call-home "127.0.0.1:${ports[0]}"
    has_child() { child=$(pgrep -P "$server_pid"); }
    await 5 has_child
}

@test "the child that connects has no rights and nothing else; SIGTERM and SIGKILL end it, too" {
    calls_in_vain
    run ss -Htn state syn-sent "dst 127.0.0.1:${ports[0]}"
    like "$output" ":${ports[0]}"
    if is_root; then
        equal "$(awk '/^(Uid|Gid|Groups):/ { print $2, $3, $4, $5 }' "/proc/$child/status" | uniq | tr '\n' ,)" \
            '65534 65534 65534 65534,65534   ,'
        equal "$(awk '/^Cap(Prm|Eff):/ { print $2 }' "/proc/$child/status" | uniq)" 0000000000000000
    fi
    run ls "/proc/$child/fd"
    [ "$status" != 0 ] || [ "${#lines[@]}" -le 4 ] # the three, and the socket
    kill -TERM "$server_pid"
    server_ended 0
    await 5 is_gone "$child"
    kill "$far"
    calls_in_vain
    kill -KILL "$server_pid"
    await 5 is_gone "$child"
    server_stopped=yes
}

@test "the loop goes on while a call waits" {
    far_side 127.0.0.1 full
    server_start --call-home "127.0.0.1:${ports[0]}"
    configuration=$server.conf
    SECONDS=0
    run -0 client echo in
    equal "$output" in
    [ $SECONDS -le 10 ]
    kill -TERM "$server_pid"
    server_ended 0
    server_stopped=yes
}

@test "nothing is left of calls: no descriptor, no child" {
    far_side 127.0.0.1 close
    server_start --call-home "127.0.0.1:${ports[0]}"
    await 5 came close 2
    at_rest_soon 5
    server_stop
}

# --- limits ---
@test "a call takes a place of --max-connections; where there is none it waits" {
    far_side 127.0.0.1 silent
    server_start --max-connections 1 --login-grace 3 --call-home "127.0.0.1:${ports[0]}"
    log_has '^Connected to'
    configuration=$server.conf
    run -255 client true
    log_has '^drop connection: 1 connections are open \(--max-connections\)$'
    server_stop
}
