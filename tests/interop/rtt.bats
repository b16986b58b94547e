#!/usr/bin/env bats
# Large windows: what they are for (bulk data over a long way) and what they may cost (memory for what a
# program does not take). Alone on the machine: it measures.

load ../support/interop

setup_file() { folder_make; }
teardown_file() {
    servers_end
    folder_remove
}
teardown() { server_is_well; }

# limit NAME: of base/limits.h, as a number
limit() { echo $(($(echo "$1" | gcc -I"$root" -include base/limits.h -E -P - | tail -n 1))); }

# Whether there can be a long way here. (delay.py ends with the subshell.)
has_way() { (read -rt 10 _ < <(exec python3 "$root/tests/support/delay.py" 1 2>/dev/null)); }

# bats test_tags=slow,release
@test "over a round trip of 100 ms: at least 80 % of what sshd reaches, each way" {
    is_root || skip "needs root"
    (PATH=$PATH:/usr/sbin command -v sshd) >/dev/null || skip "needs OpenSSH's sshd"
    has_way || skip "no network namespaces, or neither netem nor tun"
    server_stopped=yes server=$work/none
    : >"$server.log"
    # (bench/rtt.sh has the forwards, too)
    run env SERVER="$SERVER" MB=32 sh "$root/bench/rtt.sh" 3 100 exec-up exec-down
    sed -n 's/^median/# &/p' <<<"$output" >&3
    equal "$status" 0
}

# --- programs that stop reading --------------------------------------------------------------------------
private() { awk '/^Private/ { n += $2 } END { print n * 1024 }' "/proc/$server_pid/smaps_rollup"; }

# What is private to the server when it grows no more.
settled() {
    local last=-1 now
    now=$(private)
    while [ "$now" != "$last" ]; do
        last=$now
        sleep 0.5
        now=$(private)
    done
    echo "$now"
}

# stalls NUMBER: 40 MB to a program that takes 30, says so, and goes on when it is let; prints the rest's size
stalls() {
    head -c 40000000 /dev/zero |
        client "head -c 30000000 >/dev/null; touch $work/stalled.$1; while [ -e $work/wait ]; do sleep 0.1; done; wc -c" \
            >"$work/rest.$1" 3>&-
}

# bats test_tags=slow,release
@test "a program that stalls leaves the server with its window full, and no more" {
    server_start
    may_look
    client true
    touch "$work/wait"
    local before after most
    before=$(settled)
    stalls 1 &
    await 20 test -e "$work/stalled.1"
    after=$(settled)
    # In, out, the login's grant, and a part-used block at both ends of the queue.
    most=$(($(limit LIMIT_WINDOW) + 5 * $(limit LIMIT_BLOCK_BYTES)))
    echo "# $((after - before)) bytes, $most at most" >&3
    [ $((after - before)) -le "$most" ]
    [ $((after - before)) -ge $(($(limit LIMIT_WINDOW) / 2)) ] # else it had not grown, and nothing was tested
    rm "$work/wait"
    wait $!
    equal "$(cat "$work/rest.1")" 10000000
    rm "$work"/stalled.*
    at_rest_soon 5
    server_stop
}

# bats test_tags=slow,release
@test "nine that stall on one connection: within its promise, and another channel goes on" {
    server_start
    may_look
    client true
    touch "$work/wait"
    local before after most i
    before=$(settled)
    head -c 20000000 /dev/urandom >"$work/data"
    flags=(-o ControlPath="$work/c")
    client -M -N &
    local master=$! pids=()
    await 10 test -S "$work/c"
    for i in {1..9}; do
        stalls "$i" &
        pids+=($!)
        await 20 test -e "$work/stalled.$i"
    done
    after=$(settled)
    # In, out, the login's grant, the table of many channels, and a part-used block at both ends of each queue.
    most=$(($(limit LIMIT_SHARE) + 9 * $(limit LIMIT_WINDOW_LEAST) + (4 + 2 * 9) * $(limit LIMIT_BLOCK_BYTES)))
    echo "# $((after - before)) bytes, $most at most" >&3
    [ $((after - before)) -le "$most" ]
    [ $((after - before)) -ge $(($(limit LIMIT_SHARE) / 2)) ]
    equal "$(client sha256sum <"$work/data")" "$(sha256sum <"$work/data")"
    equal "$(client "cat $work/data" | sha256sum)" "$(sha256sum <"$work/data")"
    rm "$work/wait"
    wait "${pids[@]}"
    for i in {1..9}; do equal "$(cat "$work/rest.$i")" 10000000; done
    ssh -F "$server.conf" "${flags[@]}" -O exit here 2>/dev/null
    wait $master || true
    rm "$work"/stalled.*
    at_rest_soon 5
    server_stop
}
