#!/usr/bin/env bats
# What supervisors do to the server: SIGHUP, SIGTERM, sockets that are handed over, systemd's notifications, an upgrade.

load ../support/interop

setup_file() {
    folder_make
    ssh-keygen -q -t ed25519 -N '' -f "$work/other_key"
}
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    real=$SERVER
    key=$BATS_TEST_TMPDIR/key
    cp "$work/host_key" "$key"
    started=()
}
teardown() {
    SERVER=$real
    [ ${#started[@]} = 0 ] || kill "${started[@]}" 2>/dev/null || true
    [ -z "${server:-}" ] || server_is_well
}

needs() {
    local has
    has=$("$SERVER" --version | sed -n 's/^features: *//p')
    case " ${has//,/ } " in
    ' all ') ;;
    ' all but '*" $1 "*) skip "this build has no $1" ;;
    ' all but '*) ;;
    *" $1 "*) ;;
    *) skip "this build has no $1" ;;
    esac
}
supervisor() { python3 -B "$root/tests/support/supervisor.py" "$@"; }
hup() { kill -HUP "$server_pid"; }
fingerprint() { ssh-keygen -lf "$1" | cut -d ' ' -f 2 | sed 's/[+]/\\+/g'; }

# shown FILE: that key, and no other, is what a client sees
shown() {
    equal "$(ssh-keyscan -t ed25519 -p "$port" 127.0.0.1 2>/dev/null | cut -d ' ' -f 2,3)" "$(cut -d ' ' -f 1,2 "$1.pub")"
}

# wrapped SCRIPT: what is started as the server is this shell script, which has it as $SERVER
wrapped() {
    printf '#!/bin/sh\nSERVER=%s\n%s\n' "$real" "$1" >"$BATS_TEST_TMPDIR/wrapped"
    chmod 755 "$BATS_TEST_TMPDIR/wrapped"
    SERVER=$BATS_TEST_TMPDIR/wrapped
}

# with_sockets KIND... : … with such sockets
with_sockets() { wrapped "exec python3 -B $root/tests/support/supervisor.py sockets $* -- \$SERVER \"\$@\""; }

# key_in_memory FILE: … with the text of its host key in the environment, instead of a file
key_in_memory() {
    wrapped "export NANO_SSH_HOST_KEY=\"\$(cat $1)\"
        for word; do
            shift
            [ \"\$word\" = --host-key ] || [ \"\$before\" = --host-key ] || set -- \"\$@\" \"\$word\"
            before=\$word
        done
        exec \$SERVER \"\$@\""
}

# manager SOCKET: what is written to it comes to the file $said
manager() {
    said=$BATS_TEST_TMPDIR/said
    rm -f "$said" # or the one before would be ready in this one's stead
    python3 -B "$root/tests/support/supervisor.py" listen "$1" >"$said" 3>&- &
    started+=($!)
    await 5 grep -q ready "$said"
}
says() {
    await 5 grep -Eq "$1" "$said" || {
        cat "$said"
        return 1
    }
}
says_times() { [ "$(grep -Ec "$1" "$said")" = "$2" ]; }

# A client whose program runs until end_session, which then makes a new key exchange due where the client wants one.
open_session() {
    rm -f "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/began"
    ssh -F "$server.conf" "$@" here "touch $BATS_TEST_TMPDIR/began; until [ -e $BATS_TEST_TMPDIR/go ]; do sleep 0.05; done; echo still in; head -c 300000 /dev/zero; exit 3" \
        </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    session=$!
    await 10 test -e "$BATS_TEST_TMPDIR/began"
}
end_session() {
    touch "$BATS_TEST_TMPDIR/go"
    local status=0
    wait "$session" || status=$?
    equal $status 3
    equal "$(size_of "$BATS_TEST_TMPDIR/out")" 300009
}

# --- SIGHUP ---------------------------------------------------------------------------------------------

# bats test_tags=quick
@test "SIGHUP: the next client sees the new host key; who is there keeps the old one through a new key exchange" {
    needs reload
    server_start --host-key "$key"
    open_session -o RekeyLimit=64K
    cp "$work/other_key" "$key"
    hup
    log_has "^Reloaded: Host key ED25519 $(fingerprint "$work/other_key")$"
    shown "$work/other_key"
    end_session # whose client knows the old key only
    equal "$(log_lines | grep -c Reload)" 1
    server_stop
}

@test "SIGHUP in the middle of a key exchange changes nothing for it" {
    needs reload
    server_start --host-key "$key"
    cat >"$BATS_TEST_TMPDIR/proxy" <<END
exec 3<>/dev/tcp/127.0.0.1/$port
IFS= read -r line <&3 # our KEXINIT is right behind it
touch $BATS_TEST_TMPDIR/connected
until [ -e $BATS_TEST_TMPDIR/go ]; do sleep 0.02; done
printf '%s\n' "\$line"
cat <&3 &
cat >&3
END
    timeout 20 ssh -F "$server.conf" -o ProxyCommand="bash $BATS_TEST_TMPDIR/proxy" here 'echo in' \
        >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null 3>&- &
    client=$!
    await 10 test -e "$BATS_TEST_TMPDIR/connected"
    for other in other_key host_key other_key; do
        cp "$work/$other" "$key"
        log_mark
        hup
        log_has "^Reloaded: Host key ED25519 $(fingerprint "$work/$other")$"
    done
    touch "$BATS_TEST_TMPDIR/go"
    wait $client
    equal "$(cat "$BATS_TEST_TMPDIR/out")" in
    server_stop
}

@test "a reload that fails: one line, and all stays" {
    needs reload
    echo old >"$BATS_TEST_TMPDIR/banner"
    server_start --host-key "$key" --banner "$BATS_TEST_TMPDIR/banner"
    fails() { # WHY
        log_mark
        hup
        log_has "^Reload failed: .*$1"
        equal "$(log_lines | wc -l)" 1
        shown "$work/host_key"
        log_mark
    }
    head -c 200 "$work/other_key" >"$key"
    fails "host key $key refused: not a complete"
    cp "$work/other_key" "$key"
    chmod 644 "$key"
    fails "host key $key refused: others may read"
    rm "$key"
    fails "host key $key refused: "
    [ ! -e "$key" ] # nothing is made
    mkdir "$key"
    fails "host key $key refused: "
    rmdir "$key"
    cp "$work/other_key" "$key"
    rm "$BATS_TEST_TMPDIR/banner"
    fails 'cannot read banner'
    echo new >"$BATS_TEST_TMPDIR/banner"
    hup
    log_has '^Reloaded: Host key'
    shown "$work/other_key"
    server_stop
}

@test "SIGHUP reloads the banner; the same keys are said to be the same" {
    needs reload
    echo old >"$BATS_TEST_TMPDIR/banner"
    server_start --banner "$BATS_TEST_TMPDIR/banner"
    echo new >"$BATS_TEST_TMPDIR/banner"
    hup
    log_has '^Reloaded: the same host keys$'
    run client -o LogLevel=INFO true
    like "$output" '^new'
    server_stop
}

@test "SIGHUP reloads host certificates, but none that has expired" {
    needs reload
    offered 'host keys' | grep -q cert || skip "this build has no certificates"
    ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/ca"
    cp "$work/host_key.pub" "$key.pub"
    sign() { ssh-keygen -q -s "$BATS_TEST_TMPDIR/ca" -I "$1" -h -V "$2" "$key.pub"; }
    sign one -1d:+1d
    server_start --host-key "$key" --host-certificate "$key-cert.pub"
    hup
    log_has '^Reloaded: the same host keys$'
    sign two -1d:+1d
    log_mark
    hup
    log_has '^Reloaded: Host key ED25519 '
    sign three -2d:-1d
    log_mark
    hup
    log_has "^Reload failed: host certificate $key-cert.pub refused: it has expired$"
    run client -v -o HostKeyAlgorithms=ssh-ed25519-cert-v01@openssh.com true
    like "$output" 'ID "two"'
    server_stop
}

@test "a key in memory stays" {
    needs reload
    key_in_memory "$work/host_key"
    server_start
    for _ in 1 2 3; do
        log_mark
        hup
        log_has '^Reloaded: the same host keys$'
        shown "$work/host_key"
        client true
    done
    server_stop
}

@test "under nohup SIGHUP stays ignored" {
    wrapped "trap '' HUP; exec \$SERVER \"\$@\""
    server_start
    hup
    client true
    run ! log_matches 'Reload|signal'
    server_stop
}

@test "a terminal that closes ends the server whose log was for it" {
    needs reload
    coproc supervisor terminal "$SERVER" -q -p "unix:$BATS_TEST_TMPDIR/socket" -r "$key" 3>&-
    # shellcheck disable=SC2154
    exec 8<&"${COPROC[0]}" 9>&"${COPROC[1]}"
    read -r pid <&8
    await 10 test -S "$BATS_TEST_TMPDIR/socket"
    kill -HUP "$pid"
    sleep 0.2
    kill -0 "$pid" # a reload, as long as the terminal is there
    eval "exec ${COPROC[1]}>&-"
    exec 9>&-
    read -rt 10 status <&8
    equal "$status" 0
}

# --- SIGTERM --------------------------------------------------------------------------------------------

@test "SIGTERM: no new client at once, and status 0 soon, whatever peers and programs do" {
    server_start
    run script <<'END'
silent = [socket.create_connection(here) for _ in range(20)]
full = Client(here).login(user, key)
ch = full.session()
full.request(ch, "exec", True, s("trap '' HUP TERM; cat /dev/zero"))
deaf = Client(here).login(user, key)
ch = deaf.session()
deaf.request(ch, "exec", True, s("trap '' HUP TERM; echo $$; while :; do sleep 1; done"))
program = int(deaf.wait(94)[9:])
time.sleep(0.3)
began = time.time()
os.kill(pid, signal.SIGTERM)
while True:
    try:
        socket.create_connection(here, 1).close()
        assert time.time() < began + 2
    except (ConnectionRefusedError, ConnectionResetError):
        break
assert deaf.ended(5) == (11, "Server is shutting down")
while os.path.exists("/proc/%d" % pid) and open("/proc/%d/stat" % pid).read().split()[2] != "Z":
    assert time.time() < began + 8
    time.sleep(0.02)
os.kill(program, signal.SIGKILL)
END
    echo "$output"
    equal "$status" 0
    server_ended 0
    server_stopped=yes
}

@test "SIGTERM while a client sends: it is told all the same" {
    server_start
    ssh -F "$server.conf" here 'cat >/dev/null' </dev/zero >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
    client=$!
    log_has Accepted
    sleep 0.3
    kill -TERM "$server_pid"
    server_ended 0
    server_stopped=yes
    wait $client || true
    like "$(cat "$BATS_TEST_TMPDIR/out")" 'shutting down'
}

# --- sockets handed over --------------------------------------------------------------------------------

# bats test_tags=quick
@test "LISTEN_FDS: they are listened on instead of --listen; sessions hear nothing of it" {
    needs systemd
    socket_port=$((RANDOM % 20000 + 10000))
    with_sockets "tcp:$socket_port" "unix:$BATS_TEST_TMPDIR/socket"
    server_start
    log_has "^Server listening on 127\.0\.0\.1 port $socket_port\.$"
    log_has "^Server listening on unix:$BATS_TEST_TMPDIR/socket\.$"
    client_configure 127.0.0.1 "$socket_port"
    run client 'env; ls -l /proc/$$/fd'
    equal "$status" 0
    run ! grep -E 'LISTEN|NOTIFY|WATCHDOG|socket:' <<<"$output"
    run script <<END
Client("$BATS_TEST_TMPDIR/socket").login(user, key)
END
    equal "$status" 0
    server_stop
    [ -S "$BATS_TEST_TMPDIR/socket" ] # it is the supervisor's
}

@test "LISTEN_FDS of another process, or of nobody, is none" {
    needs systemd
    LISTEN_PID=1 LISTEN_FDS=1 server_start
    client true
    server_stop
    LISTEN_FDS=1 server_start
    client true
    server_stop
}

@test "a socket that cannot be: one line" {
    needs systemd
    refused() { # PATTERN KIND...
        with_sockets "${@:2}"
        run timeout 10 "$SERVER" -q -r "$key" -p "unix:$BATS_TEST_TMPDIR/never"
        equal "$status" 1
        equal "${#lines[@]}" 1
        like "$output" "$1"
    }
    refused 'LISTEN_FDS: 3 is no listening stream socket' bound:0
    refused 'LISTEN_FDS: 3 is' udp:0
    refused 'LISTEN_FDS: 3 is' "packets:$BATS_TEST_TMPDIR/packets"
    refused 'LISTEN_FDS: 4 is' "unix:$BATS_TEST_TMPDIR/unix" "file:$BATS_TEST_TMPDIR/file"
    for LISTEN_FDS in 9 4294967297 99999999999999999999 -1 x; do
        export LISTEN_FDS
        refused 'LISTEN_FDS: 8 at most' "unix:$BATS_TEST_TMPDIR/unix"
    done
    LISTEN_FDS=8
    refused 'LISTEN_FDS: 4 is' "unix:$BATS_TEST_TMPDIR/unix"
}

@test "under systemd-socket-activate" {
    needs systemd
    command -v systemd-socket-activate >/dev/null || skip "no systemd-socket-activate"
    path=$BATS_TEST_TMPDIR/activated
    systemd-socket-activate -l "$path" -- "$SERVER" -r "$key" -a "$work/authorized_keys" 2>"$BATS_TEST_TMPDIR/log" 3>&- &
    started+=($!)
    await 10 test -S "$path"
    server_pid=0 server=none run script <<END
Client("$path").login(user, key)
END
    equal "$status" 0
    grep -q "^Server listening on unix:$path\." "$BATS_TEST_TMPDIR/log"
}

# --- notifications --------------------------------------------------------------------------------------

@test "NOTIFY_SOCKET: ready, reloading, ready, stopping; by a path or an abstract name" {
    needs systemd
    for path in "$BATS_TEST_TMPDIR/notify" "@nano-$BASHPID"; do
        manager "$path"
        NOTIFY_SOCKET=$path server_start --host-key "$key"
        says '^READY=1$'
        before=$(python3 -c 'import time; print(time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)')
        hup
        says '^RELOADING=1 MONOTONIC_USEC=[0-9]+$'
        await 5 says_times READY=1 2
        [ "$(sed -n 's/^RELOADING.*=//p' "$said")" -ge "$before" ]
        rm -f "$key"
        hup # which fails, and is over all the same
        await 5 says_times READY=1 3
        cp "$work/host_key" "$key"
        run client env
        run ! grep NOTIFY <<<"$output"
        server_stop
        says '^STOPPING=1$'
        run ! grep WATCHDOG "$said"
    done
}

@test "the watchdog is told twice in its time, with no client about" {
    needs systemd
    manager "$BATS_TEST_TMPDIR/notify"
    NOTIFY_SOCKET=$BATS_TEST_TMPDIR/notify WATCHDOG_USEC=400000 server_start
    sleep 1.5
    server_stop
    n=$(grep -c WATCHDOG=1 "$said")
    [ "$n" -ge 2 ] && [ "$n" -le 40 ]
}

@test "variables that are nonsense: it serves" {
    needs systemd
    manager "$BATS_TEST_TMPDIR/notify"
    long=$(printf '%4000s' '' | tr ' ' x)
    for usec in 1 -5 99999999999999999999 18446744073709551615 "$long"; do
        NOTIFY_SOCKET=$BATS_TEST_TMPDIR/notify WATCHDOG_USEC=$usec NANO_SSH_UPGRADE=$usec LISTEN_PID=$usec server_start
        kill -0 "$server_pid"
        server_stop
    done
    for path in /nonexistent @ "$long"; do
        NOTIFY_SOCKET=$path WATCHDOG_PID=1 WATCHDOG_USEC=2000 NANO_SSH_UPGRADE=1 server_start
        client true
        log_has '^NOTIFY_SOCKET: '
        server_stop
    done
}

# --- upgrades -------------------------------------------------------------------------------------------

# A server of a file of its own, which can be replaced.
upgradable() {
    needs upgrade
    cp "$real" "$BATS_TEST_TMPDIR/program"
    SERVER=$BATS_TEST_TMPDIR/program
    server_start --verbose "$@"
    SERVER=$real
}
servers() { pgrep -c -f "^$BATS_TEST_TMPDIR/program"; }
has_servers() { [ "$(servers)" = "$1" ]; }
runs_new() { [ "$(readlink "/proc/$server_pid/exe")" = "$BATS_TEST_TMPDIR/program" ]; }
replace() {
    cp "$1" "$BATS_TEST_TMPDIR/new"
    mv "$BATS_TEST_TMPDIR/new" "$BATS_TEST_TMPDIR/program"
}

# bats test_tags=quick
@test "SIGUSR2: the new program serves, nobody is refused, the open session goes on; the process stays the same" {
    upgradable
    open_session -o RekeyLimit=64K
    python3 - "$port" "$BATS_TEST_TMPDIR/stop" >"$BATS_TEST_TMPDIR/refused" <<'END' 3>&- &
import os, socket, sys
n = 0
while not os.path.exists(sys.argv[2]):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as s:
        assert s.recv(8) == b"SSH-2.0-", "closed"
    n += 1
print("fine", n)
END
    connecting=$!
    replace "$real"
    run ! runs_new
    kill -USR2 "$server_pid"
    log_has '^Accepting no more\.$'
    has_servers 2
    client true
    end_session
    await 10 runs_new
    await 10 has_servers 1
    client true
    # and once more, now that it has been done before
    replace "$real"
    kill -USR2 "$server_pid"
    await 10 runs_new
    await 10 has_servers 1
    touch "$BATS_TEST_TMPDIR/stop"
    wait $connecting
    like "$(cat "$BATS_TEST_TMPDIR/refused")" '^fine [0-9]+'
    equal "$(client 'env | grep -c NANO_SSH; ulimit -n' | tr '\n' ' ')" "0 $(ulimit -Sn) "
    server_stop
}

@test "an upgrade to what is broken, or not there: said, and all goes on" {
    upgradable --host-key "$key"
    open_session
    fails() { # STATUS
        log_mark
        kill -USR2 "$server_pid"
        log_has "^Upgrade failed: status $1$"
        client true
        has_servers 1
    }
    rm "$BATS_TEST_TMPDIR/program"
    fails 127
    printf '\177ELF and nothing else' >"$BATS_TEST_TMPDIR/program"
    chmod 755 "$BATS_TEST_TMPDIR/program"
    fails 127
    replace /bin/false
    fails 1
    replace "$real"
    mv "$key" "$key.old"
    echo broken >"$key"
    fails 1
    mv "$key.old" "$key"
    end_session
    server_stop
}

@test "an heir that dies while the old server still has connections: that one accepts again" {
    upgradable
    open_session
    kill -USR2 "$server_pid"
    log_has '^Accepting no more\.$'
    kill -KILL "$(pgrep -P "$server_pid" -f "^$BATS_TEST_TMPDIR/program")"
    log_has '^Upgrade failed: status 137'
    client true
    end_session
    server_stop
}

@test "the program is broken by the time the old server ends: the heir goes on, and what is mended is taken" {
    upgradable
    open_session
    kill -USR2 "$server_pid"
    log_has '^Accepting no more\.$'
    replace /bin/false
    end_session
    log_has '^Upgrade waits: the program does not start any more$'
    client true
    has_servers 2
    replace "$real"
    await 15 runs_new
    await 10 has_servers 1
    client true
    server_stop
}

@test "an upgrade while one is going on is refused; who has come to the heir is counted" {
    upgradable --exit-idle 3
    open_session
    kill -USR2 "$server_pid"
    log_has '^Accepting no more\.$'
    ssh -F "$server.conf" here 'echo in; sleep 6; echo out' </dev/null >"$BATS_TEST_TMPDIR/second" 2>&1 3>&- &
    second=$!
    await 10 grep -q in "$BATS_TEST_TMPDIR/second"
    heir=$(pgrep -P "$server_pid" -f "^$BATS_TEST_TMPDIR/program")
    for pid in "$server_pid" "$heir"; do
        log_mark
        kill -USR2 "$pid"
        log_has '^Upgrade refused'
    done
    has_servers 2
    end_session
    await 10 grep -q out "$BATS_TEST_TMPDIR/second" # later than --exit-idle
    wait $second
    server_ended 0 # and that much later than the heir's
    server_stopped=yes
    await 5 has_servers 0
}

@test "no upgrade with a host key in memory" {
    needs upgrade
    key_in_memory "$work/host_key"
    server_start
    kill -USR2 "$server_pid"
    log_has '^Upgrade refused'
    client true
    server_stop
}

@test "SIGTERM in the middle of an upgrade ends both, and their sessions" {
    upgradable
    open_session
    kill -USR2 "$server_pid"
    log_has '^Accepting no more\.$'
    ssh -F "$server.conf" here 'echo in; sleep 30' </dev/null >"$BATS_TEST_TMPDIR/second" 2>&1 3>&- &
    second=$!
    await 10 grep -q in "$BATS_TEST_TMPDIR/second"
    kill -TERM "$server_pid"
    server_ended 0
    server_stopped=yes
    wait $second || true
    wait "$session" || true
    grep -q 'shutting down' "$BATS_TEST_TMPDIR/out"
    grep -q 'shutting down' "$BATS_TEST_TMPDIR/second"
    await 5 has_servers 0
}

@test "SIGUSR1: no new client, and the end when the last has gone" {
    needs upgrade
    server_start
    open_session
    kill -USR1 "$server_pid"
    log_has '^Accepting no more\.$'
    run client true
    like "$output" 'refused'
    end_session
    server_ended 0
    server_stopped=yes
}
