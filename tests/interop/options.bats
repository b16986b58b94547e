#!/usr/bin/env bats
# The command line: what each option does, and what is said to a wrong one.

load ../support/interop

setup_file() { folder_make; }
teardown_file() {
    servers_end
    user_remove
    folder_remove
}
teardown() {
    if [ -n "${server:-}" ]; then server_is_well; fi
}

# --- the command line itself ---
# bats test_tags=quick
@test "--help and --version say what there is, on standard output" {
    run --separate-stderr "$SERVER" --help
    equal "$status" 0
    equal "$stderr" ''
    for option in listen host-key authorized-keys user force-command banner inetd quiet verbose check login-grace \
        idle-timeout keepalive max-connections max-startups max-per-source ready-fd once ttl exit-idle strict no-pty no-sftp help version; do
        like "$output" "--$option"
    done
    [ "$(awk '{ print length }' <<<"$output" | sort -n | tail -n 1)" -le 100 ]
    run --separate-stderr "$SERVER" -V
    equal "$status" 0
    like "$output" '^nano_ssh_server [0-9]+\.[0-9]+\.[0-9]+ \('
    like "$output" 'curve25519-sha256'
    like "$output" 'chacha20-poly1305@openssh.com'
}

# bats test_tags=quick
@test "a wrong option: one clear line, a hint, status 2" {
    wrong() {
        run timeout 5 "$SERVER" "$@"
        equal "$status" 2
        equal "${lines[1]}" 'Try nano_ssh_server --help'
        equal "${#lines[@]}" 2
    }
    wrong --nonsense
    like "$output" 'unknown option: --nonsense'
    wrong -z
    like "$output" 'unknown option: z'
    wrong --port
    wrong --host-key
    like "$output" 'wants a value: host-key'
    wrong -r
    wrong --once=yes
    like "$output" 'takes no value: once'
    wrong stray
    like "$output" 'unexpected argument: stray'
    wrong --ttl=abc
    like "$output" 'not a number.*: abc'
    wrong --ttl=-1
    wrong --ttl=
    wrong --ttl=99999999999999999999
    wrong --max-connections=0
    wrong --max-startups 0
    wrong --ready-fd 2
    wrong --
    wrong -q --
    wrong -p1 -p2 -p3 -p4 -p5 -p6 -p7 -p8 -p9
    like "$output" 'given too often: listen'
    wrong ''
}

@test "an address that is none, taken, or not ours: one clear line, status 1" {
    wrong() {
        run timeout 5 "$SERVER" --host-key "$work/host_key" --listen "$1"
        equal "$status" 1
        equal "$(grep -c 'cannot listen on' <<<"$output")" 1
        like "$output" "$2"
    }
    for address in nonsense 70000 -1 1.2.3.4 1.2.3:22 localhost:2222 '[::1' '[::1]' ::zz:22 unix: vsock:x; do
        wrong "$address" 'cannot listen on "?'
    done
    wrong "unix:$(printf 'x%.0s' {1..200})" 'cannot listen'
    wrong 192.0.2.1:2222 'Cannot assign requested address|Address not available'
    server_start
    wrong "127.0.0.1:$port" 'Address already in use|Address in use'
    server_stop
}

@test "-t checks and does not listen" {
    server_start
    run "$SERVER" -t -r "$work/host_key" -p "127.0.0.1:$port"
    equal "$status" 0
    server_stop
}

@test "short options: values beside and behind them, flags together" {
    server_stopped=yes
    run "$SERVER" -tqr"$work/host_key"
    equal "$status" 0
    equal "$output" ''
    run "$SERVER" -vt -r "$work/host_key"
    equal "$status" 0
}

# --- what they do ---
@test "--user lets in that user only" {
    server_start --user somebodyelse
    run client true
    equal "$status" 255
    log_has "^Failed publickey for invalid user $login"
    server_stop
    server_start --user "$login"
    client true
    server_stop
}

# bats test_tags=quick
@test "--force-command runs whatever was asked for, and is told what that was" {
    server_start --force-command 'echo "forced: $SSH_ORIGINAL_COMMAND"; exit 3'
    run client 'rm -rf "$HOME" # not really'
    equal "$status" 3
    equal "$output" 'forced: rm -rf "$HOME" # not really'
    run ssh -T -F "$server.conf" here </dev/null
    equal "$status" 3
    equal "$output" 'forced: '
    flags=(-s)
    run client sftp
    [[ $output != *"not really"* ]]
    server_stop
}

# bats test_tags=quick
@test "--banner is shown before login, also to those who do not get in" {
    printf 'Zutritt nur für Berechtigte.\nSecond line\n' >"$work/banner"
    server_start --banner "$work/banner"
    flags=(-o LogLevel=INFO)
    run --separate-stderr client 'echo in'
    equal "$output" in
    equal "${stderr_lines[0]}" 'Zutritt nur für Berechtigte.'
    equal "${stderr_lines[1]}" 'Second line'
    flags+=(-l nosuchuser)
    run client true
    like "$output" 'Berechtigte.*Permission denied'
    server_stop
}

@test "a banner that is missing, a folder or too long: one clear line" {
    head -c 3000 /dev/zero | tr '\0' x >"$work/long"
    for place in "$work/nosuchfile" "$work" "$work/long"; do
        run timeout 5 "$SERVER" --check --host-key "$work/host_key" --banner "$place"
        equal "$status" 1
        equal "${#lines[@]}" 1
        like "$output" "banner $place"
    done
}

@test "--quiet logs no login, --verbose logs more than without" {
    server_start --quiet
    client true
    equal "$(wc -c <"$server.log")" 0
    server_stop
    server_start
    client true
    log_has '^Accepted publickey'
    plain=$(wc -l <"$server.log")
    server_stop
    server_start --verbose
    client true
    log_has '^Connection from 127.0.0.1 port [0-9]+ on 127.0.0.1 port '
    log_has '^Starting session: command for '
    [ "$(wc -l <"$server.log")" -gt "$plain" ]
    server_stop
}

@test "--once serves one connection and ends with 0" {
    server_start --once
    client true
    server_ended 0
    server_stopped=yes
}

@test "--once: no second connection while the first one lives" {
    server_start --once
    client 'sleep 1; echo first' >"$BATS_TEST_TMPDIR/first" &
    log_has '^Accepted'
    run client true
    equal "$status" 255
    wait $!
    equal "$(cat "$BATS_TEST_TMPDIR/first")" first
    server_ended 0
    server_stopped=yes
}

@test "--ttl ends the server after that time, with 0, and tells clients" {
    server_start --ttl 3
    SECONDS=0
    run client 'echo in; sleep 30'
    [ $SECONDS -le 20 ]
    like "$output" '^in'
    server_ended 0
    server_stopped=yes
    log_has 'Time to live'
}

@test "--exit-idle: not while there is a connection, but that long after the last one" {
    server_start --exit-idle 1
    client 'sleep 2; echo first' >"$BATS_TEST_TMPDIR/first" &
    log_has '^Accepted'
    sleep 1.5
    SECONDS=0
    equal "$(client 'echo second')" second
    wait $!
    equal "$(cat "$BATS_TEST_TMPDIR/first")" first
    kill -0 "$server_pid"
    server_ended 0
    [ $SECONDS -ge 1 ]
    server_stopped=yes
    log_has 'No connection for long enough; terminating'
}

@test "--exit-idle: nobody ever came" {
    server_start --exit-idle 1
    server_ended 0
    server_stopped=yes
}

@test "--inetd serves a connection on standard input (socat)" {
    server=$work/inetd
    server_stopped=yes
    export port=$((RANDOM % 20000 + 10000))
    client_configure 127.0.0.1 "$port"
    echo "ProxyCommand socat - EXEC:'$SERVER --inetd -r $work/host_key -a $work/authorized_keys' 2>$server.log" >>"$server.conf"
    run client 'echo in; echo err >&2; exit 3'
    equal "$status" 3
    like "$output" in
}

@test "--inetd: a socket as standard input, output and error, as inetd hands it over" {
    server=$work/inetd2
    server_stopped=yes
    : >"$server.log"
    run script "$SERVER" <<'END'
import subprocess
a, b = socket.socketpair()
p = subprocess.Popen([sys.argv[1], "-i", "-r", work + "/host_key", "-a", work + "/authorized_keys"], stdin=b, stdout=b, stderr=b)
b.close()
a.settimeout(20)
c = Client(None, connected=a).login(user, key) # log lines on the socket would disturb
ch = c.session()
c.request(ch, "exec", True, s("echo in; ls /proc/self/fd | wc -l"))
out, status = c.collect()
assert out == b"in\n4\n" and status["exit-status"] == u32(0), (out, status)
c.close()
assert p.wait(5) == 0
END
    echo "$output"
    equal "$status" 0
}

@test "--inetd: a client that goes away at once ends it, too" {
    server=$work/inetd3
    server_stopped=yes
    run timeout 10 "$SERVER" --inetd -r "$work/host_key" </dev/null
    [ "$status" != 124 ]
    run bash -c 'exec 3<>/dev/null; : | timeout 10 "$1" -i -r "$2" >/dev/null' - "$SERVER" "$work/host_key"
    [ "$status" != 124 ]
}

@test "--ready-fd: a line when it listens, and then the descriptor is closed" {
    server_start # waits for exactly that
    run bash -c '"$1" --ready-fd 7 -r "$2" -p "127.0.0.1:$3" 7>"$4" & sleep 0.5; cat "$4"; kill $!; wait $!' \
        - "$SERVER" "$work/host_key" $((port + 1)) "$BATS_TEST_TMPDIR/ready"
    equal "$(od -An -c "$BATS_TEST_TMPDIR/ready" | tr -d ' ')" '\n'
    run readlink "/proc/$server_pid/fd/9"
    [[ $output != *ready* ]]
    server_stop
}

@test "--ready-fd that is not open is said, before a descriptor of ours takes its number" {
    server_stopped=yes
    for fd in 3 55; do
        run bash -c 'timeout 3 "$1" --ready-fd "$2" -r "$3" -p 127.0.0.1:0 3>&-' - "$SERVER" $fd "$work/host_key"
        equal "$status" 1
        like "$output" "^--ready-fd $fd: no such descriptor is open"
    done
}

@test "--no-pty gives no terminal, but commands" {
    server_start --no-pty
    run client 'echo in'
    equal "$output" in
    run python3 "$root/tests/support/terminal.py" 24 80 ssh -F "$server.conf" here <<'END'
wait PTY allocation request failed
send tty; exit 3\n
END
    equal "$status" 3
    like "$output" 'not a tty'
    server_stop
}

@test "several addresses at once" {
    server_start --listen "127.0.0.2:0" --listen "unix:$work/several.sock"
    await 3 test -S "$work/several.sock"
    other=$(sed -n 's/^Server listening on 127.0.0.2 port \([0-9]*\)\.$/\1/p' "$server.log")
    client true
    client_configure 127.0.0.2 "$other"
    client true
    server_stop
    [ ! -e "$work/several.sock" ]
}

@test "a port alone: IPv4 and IPv6" {
    has_ipv6
    server_start --listen 0
    other=$(sed -n 's/^Server listening on :: port \([0-9]*\)\.$/\1/p' "$server.log")
    client_configure 127.0.0.1 "$other"
    run client 'echo $SSH_CONNECTION'
    like "$output" "^127.0.0.1 [0-9]+ 127.0.0.1 $other$"
    log_has '^Accepted publickey for .* from 127\.0\.0\.1 port' # not ::ffff:127.0.0.1
    client_configure ::1 "$other"
    run client 'echo $SSH_CONNECTION'
    like "$output" "^::1 [0-9]+ ::1 $other$"
    log_has '^Accepted publickey for .* from ::1 port'
    server_stop
}

@test "[IPv6]:port" {
    has_ipv6
    server_start --listen '[::1]:0'
    other=$(sed -n 's/^Server listening on ::1 port \([0-9]*\)\.$/\1/p' "$server.log")
    client_configure ::1 "$other"
    client true
    server_stop
}

@test "unix:PATH, through ProxyCommand" {
    server_start --listen "unix:$work/sock"
    echo "ProxyCommand socat - UNIX-CONNECT:$work/sock" >>"$server.conf"
    run client 'echo "$SSH_CONNECTION"; exit 3'
    equal "$status" 3
    log_has '^Accepted publickey for .* from unix port 0 ssh2'
    server_stop
    [ ! -e "$work/sock" ]
}

@test "unix:PATH: a socket nobody listens on is replaced, a file and a live socket are not" {
    python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$work/stale"
    server_start --listen "unix:$work/stale"
    run timeout 3 "$SERVER" -r "$work/host_key" -p "unix:$work/stale"
    equal "$status" 1
    echo precious >"$work/file"
    run timeout 3 "$SERVER" -r "$work/host_key" -p "unix:$work/file"
    equal "$status" 1
    equal "$(cat "$work/file")" precious
    server_stop
}

@test "--authorized-keys with a path from here" {
    cd "$work"
    server_start --authorized-keys authorized_keys
    cd /
    client true
    server_stop
}

@test "no descriptor 0, 1 or 2 at the start: it still serves" {
    server_stopped=yes
    run bash -c '"$1" --once -r "$2" -a "$3" -p "127.0.0.1:$4" <&- >&- 2>&- & for i in {1..50}; do
        timeout 5 ssh -F "$5" -p "$4" -o HostName=127.0.0.1 here "ls /proc/self/fd | wc -l" && break; sleep 0.1; done; wait' \
        - "$SERVER" "$work/host_key" "$work/authorized_keys" $((RANDOM % 20000 + 10000)) "$(
            server=$work/none
            client_configure 127.0.0.1 1
            echo "$server.conf"
        )" 2>/dev/null
    equal "${lines[-1]}" 4
}
