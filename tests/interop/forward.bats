#!/usr/bin/env bats
# Ports and unix sockets forwarded in both directions, with OpenSSH's ssh.

load ../support/interop

sockets="python3 -B $root/tests/support/sockets.py"

setup_file() {
    folder_make
    chmod 644 "$work/authorized_keys" # another user logs in, too
    server_start --verbose
    : >"$work/pids"
    serve echo echo 127.0.0.1:0 "$work/echo.sock"
    serve last last 127.0.0.1:0
    serve mute mute 127.0.0.1:0
    serve source source 127.0.0.1:0
    serve full full 127.0.0.1:0
    if command -v dbclient dropbearconvert >/dev/null &&
        dropbearconvert openssh dropbear "$work/id" "$work/id.dropbear" >/dev/null 2>&1; then
        mkdir -p "$work/client/.ssh"
        echo "127.0.0.1 $(cut -d ' ' -f 1,2 "$work/host_key.pub")" >"$work/client/.ssh/known_hosts"
    fi
}
teardown_file() {
    local pid
    while read -r pid; do kill "$pid" 2>/dev/null; done <"$work/pids"
    servers_end
    folder_remove
}
setup() { log_mark; }
teardown() {
    tunnel_stop
    server_is_well
}

# serve NAME MODE ADDRESS...: NAME is its port from then on
serve() {
    local name=$1
    shift
    $sockets serve "$@" >"$work/$name.ports" 2>/dev/null 3>&- &
    echo $! >>"$work/pids"
    await 10 test -s "$work/$name.ports"
}
at() { echo "127.0.0.1:$(head -n 1 "$work/$1.ports")"; }

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# tunnel OPTION...: a client that does nothing else; returns when its forwards are set up
tunnel() {
    tunnel_log=$BATS_TEST_TMPDIR/tunnel.log
    ssh -F "$server.conf" -o LogLevel=DEBUG1 -o ExitOnForwardFailure=yes -o ControlMaster=yes \
        -o "ControlPath=$BATS_TEST_TMPDIR/control" -N "$@" here </dev/null >"$tunnel_log" 2>&1 3>&- &
    tunnel_pid=$!
    await 10 tunnel_known "$*" && test -S "$BATS_TEST_TMPDIR/control" || {
        cat "$tunnel_log"
        return 1
    }
}
# The client's own socket is there before the server has answered.
tunnel_known() {
    local asked answered
    asked=$(grep -o -e '-R ' <<<"$1" | wc -l)
    answered=$(grep -c 'remote forward success for' "$tunnel_log") || :
    test -S "$BATS_TEST_TMPDIR/control" && [ "$answered" -ge "$asked" ] || is_gone "$tunnel_pid"
}
tunnel_stop() {
    [ -n "${tunnel_pid:-}" ] || return 0
    kill -KILL "$tunnel_pid" 2>/dev/null || true
    wait "$tunnel_pid" 2>/dev/null || true
    tunnel_pid=
}
control() { ssh -F "$server.conf" -o "ControlPath=$BATS_TEST_TMPDIR/control" "$@" here; }

# tunnel_says PATTERN: the client's log has it within some seconds
tunnel_says() { await 10 grep -Eq -e "$1" "$tunnel_log" || { cat "$tunnel_log"; return 1; }; }

# --- to here (-L, -W, -D, -J) -------------------------------------------------------------------------

# bats test_tags=quick
@test "-W: standard input and output become a connection" {
    equal "$(echo hello | client -W "$(at echo)")" hello
}

@test "-W by name, in upper case, with a dot, and to ::1" {
    port_of_echo=$(head -n 1 "$work/echo.ports")
    for host in localhost LOCALHOST localhost. 127.0.0.1; do
        equal "$(echo hello | client -W "$host:$port_of_echo" 2>&1)" hello
    done
}

# bats test_tags=quick
@test "-L: 1 MB there and back, and half-closes both ways" {
    local_port=$(free_port)
    last_port=$(free_port)
    tunnel -L "$local_port:$(at echo)" -L "$last_port:$(at last)"
    $sockets echo "127.0.0.1:$local_port" 1000000
    $sockets half "127.0.0.1:$last_port"
}

@test "-L: 100 connections at once, 1 MB both ways" {
    local_port=$(free_port)
    tunnel -L "$local_port:$(at echo)"
    $sockets echo "127.0.0.1:$local_port" 1000000 100
    await 10 no_dials
}
no_dials() { [ "$(ps --ppid "$server_pid" -o pid= | wc -l)" = 0 ]; }

@test "-D: SOCKS names are looked up by the server" {
    local_port=$(free_port)
    tunnel -D "$local_port"
    last=$(at last)
    run script <<END
import struct
s = socket.create_connection(("127.0.0.1", $local_port))
s.sendall(b"\x05\x01\x00")
assert s.recv(2) == b"\x05\x00"
name = b"localhost"
s.sendall(b"\x05\x01\x00\x03" + bytes([len(name)]) + name + struct.pack(">H", ${last##*:}))
assert s.recv(10)[1] == 0
s.sendall(b"four")
s.shutdown(socket.SHUT_WR)
print(s.recv(100).decode())
END
    equal "$output" 4
}

@test "-J: through the server to itself" {
    run ssh -F "$server.conf" -J "jump" -o "ProxyCommand=ssh -F $server.conf -W %h:%p here" here 'echo twice'
    equal "$output" twice
}

@test "to a unix socket, by an absolute path and by one below the home directory" {
    local_port=$(free_port)
    tunnel -L "$local_port:$work/echo.sock" -L "$BATS_TEST_TMPDIR/here:$work/echo.sock"
    $sockets echo "127.0.0.1:$local_port" 300000 3
    $sockets echo "$BATS_TEST_TMPDIR/here" 300000 3
}

# refused_with WHERE PATTERN: one channel fails, with this text; the next is well
refused_with() {
    run client -o LogLevel=VERBOSE -W "$1" </dev/null
    [ "$status" != 0 ]
    like "$output" "$2"
}

@test "nobody listens, there is no such host, port 0 and 70000: that one fails, and says why" {
    refused_with "127.0.0.1:$(free_port)" 'open failed: connect failed: Connection refused'
    refused_with "nobody.invalid:80" 'open failed: connect failed: (no such host|.*name server)'
    local_port=$(free_port)
    tunnel -L "$local_port:127.0.0.1:$(free_port)" -L "$BATS_TEST_TMPDIR/none:$work/none.sock" \
        -L "$BATS_TEST_TMPDIR/file:$work/id.pub" -L "$BATS_TEST_TMPDIR/good:$(at echo)"
    $sockets refused "127.0.0.1:$local_port"
    tunnel_says 'open failed: connect failed: Connection refused'
    $sockets refused "$BATS_TEST_TMPDIR/none"
    tunnel_says 'open failed: connect failed: No such file or directory'
    $sockets refused "$BATS_TEST_TMPDIR/file"
    $sockets echo "$BATS_TEST_TMPDIR/good" 100000
}

@test "an address that swallows packets holds up nothing else" {
    # A queue of one that is full: connecting waits.
    full=$BATS_TEST_TMPDIR/full
    python3 -c '
import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(0)
port = s.getsockname()[1]
held = [socket.socket() for _ in range(4)]
for h in held:
    h.setblocking(False)
    h.connect_ex(("127.0.0.1", port))
print(port, flush=True)
time.sleep(60)' >"$full" 3>&- &
    holder=$!
    await 5 test -s "$full"
    local_port=$(free_port) slow_port=$(free_port)
    tunnel -L "$slow_port:127.0.0.1:$(cat "$full")" -L "$local_port:$(at echo)"
    timeout 20 $sockets refused "127.0.0.1:$slow_port" &
    slow=$!
    $sockets echo "127.0.0.1:$local_port" 1000000 5
    kill -0 $slow
    kill $slow $holder
    wait $slow $holder || true
}

@test "one that does not read never slows another" {
    local_port=$(free_port) mute_port=$(free_port)
    tunnel -L "$mute_port:$(at mute)" -L "$local_port:$(at echo)"
    for _ in 1 2 3 4 5; do
        timeout 60 $sockets echo "127.0.0.1:$mute_port" 20000000 2>/dev/null 3>&- &
        stalled+=($!)
    done
    $sockets echo "127.0.0.1:$local_port" 1000000 10
    for pid in "${stalled[@]}"; do kill -0 "$pid"; done
    $sockets echo "127.0.0.1:$local_port" 5000000
    kill "${stalled[@]}"
    wait "${stalled[@]}" || true
}

@test "a client that does not read its end never slows another" {
    local_port=$(free_port) source_port=$(free_port)
    tunnel -L "$source_port:$(at source)" -L "$local_port:$(at echo)"
    python3 -c "
import socket, time
held = [socket.create_connection(('127.0.0.1', $source_port)) for _ in range(5)]
time.sleep(60)" 3>&- &
    holder=$!
    $sockets echo "127.0.0.1:$local_port" 3000000 5
    kill $holder
    wait $holder || true
}

@test "both directions full of data that nobody reads yet: no deadlock" {
    local_port=$(free_port) remote=$(free_port)
    tunnel -L "$local_port:$(at full)" -R "$remote:$(at full)"
    timeout 100 $sockets full "127.0.0.1:$local_port"
    timeout 100 $sockets full "127.0.0.1:$remote"
    for _ in 1 2 3; do timeout 100 $sockets full "127.0.0.1:$local_port" 3>&- & all+=($!); done
    for _ in 1 2 3; do timeout 100 $sockets full "127.0.0.1:$remote" 3>&- & all+=($!); done
    for pid in "${all[@]}"; do wait "$pid"; done
}

@test "likewise with Dropbear's dbclient, and on its sessions" {
    [ -e "$work/id.dropbear" ] || skip "no dbclient here"
    local_port=$(free_port) remote=$(free_port)
    HOME=$work/client dbclient -N -p "$port" -i "$work/id.dropbear" -L "$local_port:$(at full)" \
        -R "$remote:$(at full)" "$login@127.0.0.1" </dev/null >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
    tunnel_pid=$!
    await 10 listens "$local_port"
    await 10 listens "$remote"
    for _ in 1 2 3; do
        timeout 100 $sockets full "127.0.0.1:$local_port" 3>&- & all+=($!)
        timeout 100 $sockets full "127.0.0.1:$remote" 3>&- & all+=($!)
    done
    for pid in "${all[@]}"; do wait "$pid"; done
    head -c 30M /dev/urandom >"$work/data"
    HOME=$work/client timeout 60 dbclient -T -p "$port" -i "$work/id.dropbear" "$login@127.0.0.1" cat <"$work/data" |
        (sleep 2 && sha256sum) >"$BATS_TEST_TMPDIR/sum"
    equal "$(cat "$BATS_TEST_TMPDIR/sum")" "$(sha256sum <"$work/data")"
    client cat <"$work/data" | (sleep 2 && sha256sum) >"$BATS_TEST_TMPDIR/sum"
    equal "$(cat "$BATS_TEST_TMPDIR/sum")" "$(sha256sum <"$work/data")"
}
listens() { [ -n "$(ss -Hltn "sport = :$1")" ]; }

# --- from here (-R) -------------------------------------------------------------------------------------

# bats test_tags=quick
@test "-R: a port of its own, chosen by the server, on both loopbacks" {
    tunnel -R "0:$(at echo)"
    tunnel_says 'Allocated port [0-9]+ for remote forward'
    remote=$(sed -n 's/.*Allocated port \([0-9]*\) .*/\1/p' "$tunnel_log" | head -n 1)
    $sockets echo "127.0.0.1:$remote" 1000000
    if grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null; then
        $sockets echo "[::1]:$remote" 1000000
    fi
    tunnel_stop
    await 10 $sockets refused "127.0.0.1:$remote"
}

@test "-R: 100 connections at once, 1 MB both ways" {
    remote=$(free_port)
    tunnel -R "$remote:$(at echo)"
    $sockets echo "127.0.0.1:$remote" 1000000 100
}

@test "-R: half-closes both ways" {
    remote=$(free_port)
    tunnel -R "$remote:$(at last)"
    $sockets half "127.0.0.1:$remote"
}

@test "-R: never beyond localhost, unless gateway ports are on" {
    has_other || skip "no address but loopback's here"
    remote=$(free_port)
    tunnel -R "*:$remote:$(at echo)"
    $sockets echo "127.0.0.1:$remote" 1000
    equal "$(ss -Hltn "sport = :$remote" | awk '{ print $4 }' | grep -v -e '^127.0.0.1:' -e '^\[::1\]:')" ''
    tunnel_stop
    server_start --gateway-ports # another one, for the rest of this test
    tunnel -R "*:$remote:$(at echo)"
    $sockets echo "$other:$remote" 1000
    tunnel_stop
    await 10 port_is_free "$remote"
    tunnel -R "127.0.0.2:$remote:$(at echo)"
    $sockets echo "127.0.0.2:$remote" 1000
    $sockets refused "127.0.0.1:$remote"
    tunnel_stop
    server_stop
}
has_other() { other=$(hostname -I 2>/dev/null | tr ' ' '\n' | grep -m 1 '^[0-9.]*$'); [ -n "$other" ]; }
port_is_free() { [ -z "$(ss -Hltn "sport = :$1")" ]; }

@test "-R: a port that is taken is refused, and so is the same one twice; the rest goes on" {
    echo_port=$(head -n 1 "$work/echo.ports")
    remote=$(free_port)
    run client -o ExitOnForwardFailure=yes -R "$echo_port:$(at echo)" true
    like "$output" "remote port forwarding failed for listen port $echo_port"
    log_has "^Cannot listen for .* port $echo_port: Address already in use"
    run client -R "$echo_port:$(at echo)" 'echo still here'
    like "$output" 'still here'
    tunnel -R "$remote:$(at echo)"
    run control -O forward -R "$remote:$(at last)"
    [ "$status" != 0 ]
    $sockets echo "127.0.0.1:$remote" 1000
}

@test "-R: cancelled, listened on again, and a cancel of nothing" {
    remote=$(free_port)
    tunnel -N
    control -O forward -R "$remote:$(at echo)" 2>&1
    $sockets echo "127.0.0.1:$remote" 1000
    control -O cancel -R "$remote:$(at echo)"
    await 10 $sockets refused "127.0.0.1:$remote"
    control -O forward -R "$remote:$(at echo)" 2>&1
    $sockets echo "127.0.0.1:$remote" 1000
}

@test "-R: a unix socket for its owner alone, gone at the end" {
    path=$BATS_TEST_TMPDIR/remote
    tunnel -R "$path:$(at echo)"
    equal "$(stat -c '%a %F' "$path")" '600 socket'
    $sockets echo "$path" 1000000 5
    tunnel_stop
    await 10 test ! -e "$path"
}

@test "-R: a left-over socket is replaced, a file and a socket in use are not" {
    path=$BATS_TEST_TMPDIR/remote
    python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.bind('$path')"
    tunnel -R "$path:$(at echo)"
    $sockets echo "$path" 1000
    run client -o ExitOnForwardFailure=yes -R "$path:$(at last)" true
    [ "$status" != 0 ]
    $sockets echo "$path" 1000
    echo text >"$BATS_TEST_TMPDIR/file"
    run client -o ExitOnForwardFailure=yes -R "$BATS_TEST_TMPDIR/file:$(at last)" true
    [ "$status" != 0 ]
    equal "$(cat "$BATS_TEST_TMPDIR/file")" text
}

@test "what is connected while its client is killed is told so" {
    remote=$(free_port)
    tunnel -R "$remote:$(at mute)"
    python3 -c "
import socket
s = socket.create_connection(('127.0.0.1', $remote))
print('there', flush=True)
s.settimeout(20)
print(len(s.recv(10)))" >"$BATS_TEST_TMPDIR/told" 3>&- &
    client_pid=$!
    await 5 grep -q there "$BATS_TEST_TMPDIR/told"
    tunnel_stop
    wait $client_pid || true
    equal "$(tail -n 1 "$BATS_TEST_TMPDIR/told")" 0
}

# --- what is not allowed --------------------------------------------------------------------------------

allow() { echo "$1 $(cat "$work/id.pub")" >"$work/authorized_keys"; }
allow_all() { cat "$work/id.pub" >"$work/authorized_keys"; }

@test "permitopen: these and no others, and no unix sockets" {
    echo_port=$(head -n 1 "$work/echo.ports")
    allow "permitopen=\"127.0.0.1:$echo_port\",permitopen=\"other.invalid:*\""
    equal "$(echo hello | client -W "127.0.0.1:$echo_port")" hello
    refused_with "localhost:$echo_port" 'administratively prohibited'
    refused_with "127.0.0.1:$((echo_port - 1))" 'administratively prohibited'
    refused_with "other.invalid:99" 'connect failed'
    log_has '^Refused to connect .* to localhost port'
    tunnel -L "$BATS_TEST_TMPDIR/unix:$work/echo.sock"
    $sockets refused "$BATS_TEST_TMPDIR/unix"
    tunnel_says 'administratively prohibited'
    tunnel_stop
    allow_all
}

@test "permitlisten: these and no others, and no unix sockets" {
    remote=$(free_port)
    allow "permitlisten=\"$remote\""
    tunnel -R "$remote:$(at echo)"
    $sockets echo "127.0.0.1:$remote" 1000
    tunnel_stop
    for other in "$((remote - 1))" 0 "$BATS_TEST_TMPDIR/unix"; do
        run client -o ExitOnForwardFailure=yes -R "$other:$(at echo)" true
        [ "$status" != 0 ]
    done
    log_has '^Refused to listen'
    allow_all
}

# forwards_nothing: in neither direction, of no kind; commands run all the same
forwards_nothing() {
    refused_with "$(at echo)" 'administratively prohibited'
    for other in "$(free_port)" "$BATS_TEST_TMPDIR/unix"; do
        run client -o ExitOnForwardFailure=yes -R "$other:$(at echo)" true
        [ "$status" != 0 ]
    done
    equal "$(client 'echo commands')" commands
}

@test "restrict and no-port-forwarding; port-forwarding after restrict" {
    allow restrict
    forwards_nothing
    allow no-port-forwarding
    forwards_nothing
    allow 'restrict,port-forwarding'
    equal "$(echo hello | client -W "$(at echo)")" hello
    allow_all
}

@test "--no-forwarding" {
    server_start --verbose --no-forwarding
    forwards_nothing
    run client -A 'echo "[$SSH_AUTH_SOCK]"'
    equal "$output" '[]'
    server_stop
}

@test "the user's rights are what counts: a low port, another's socket" {
    is_root || skip "needs root"
    user_make
    mkdir -m 700 "$work/closed"
    serve closed echo "$work/closed/sock"
    login=$user
    run ssh -F "$server.conf" -l "$user" -o ExitOnForwardFailure=yes -o LogLevel=VERBOSE -R "81:$(at echo)" here true
    if [ "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" -gt 81 ]; then
        [ "$status" != 0 ]
    fi
    ssh -F "$server.conf" -l "$user" -o LogLevel=VERBOSE -N -L "$BATS_TEST_TMPDIR/sock:$work/closed/sock" here \
        2>"$BATS_TEST_TMPDIR/log" 3>&- &
    tunnel_pid=$!
    tunnel_log=$BATS_TEST_TMPDIR/log
    await 10 test -S "$BATS_TEST_TMPDIR/sock"
    $sockets refused "$BATS_TEST_TMPDIR/sock"
    tunnel_says 'Permission denied'
}

# --- the end --------------------------------------------------------------------------------------------

@test "no descriptor, process or file is left" {
    tunnel -R "0:$(at echo)" -R "$BATS_TEST_TMPDIR/remote:$(at echo)"
    client -W "$(at echo)" </dev/null
    tunnel_stop
    at_rest_soon 10
    [ ! -e "$BATS_TEST_TMPDIR/remote" ]
}

@test "files of forwards go with the server, also when it is killed" {
    path=$BATS_TEST_TMPDIR/remote
    server_start --verbose
    tunnel -R "$path:$(at echo)"
    kill -TERM "$server_pid"
    server_ended 0
    [ ! -e "$path" ]
    tunnel_stop
    server_start --verbose
    tunnel -R "$path:$(at echo)"
    kill -KILL "$server_pid"
    await 10 test ! -e "$path"
    server_stopped=yes
}

@test "what is left in the end" {
    server_stop
}
