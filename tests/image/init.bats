#!/usr/bin/env bats
# Init mode: a program as the main process, with the server beside it. As a plain process, and as the first of a PID
# namespace.

load enclosed

setup_file() {
    folder_make
    # Says which signals it gets; SIGTERM is the last one.
    cat >"$work/app" <<'PROGRAM'
#!/usr/bin/env python3
import signal, sys
wanted = {signal.Signals[n] for n in sys.argv[1:]} | {signal.SIGTERM}
signal.pthread_sigmask(signal.SIG_BLOCK, wanted)
print("ready", flush=True)
while (got := signal.sigwait(wanted)) != signal.SIGTERM:
    print(got.name, flush=True)
sys.exit(9)
PROGRAM
    chmod 755 "$work/app"
}
teardown_file() {
    servers_end
    folder_remove
}
setup() {
    server_stopped=yes # there is none as server_is_well knows them
    server=$work/none
    cd "$BATS_TEST_TMPDIR" || return
    a_port
    options=(-p "127.0.0.1:$port" -r "$work/host_key" -a "$work/authorized_keys")
}
teardown() {
    [ -z "${init:-}" ] || kill -KILL "$init" 2>/dev/null || true
}

# init_start ARGUMENT...: in the background, what it writes in out and err. Sets init.
init_start() {
    # shellcheck disable=SC2094
    "${first[@]}" "$SERVER" "${options[@]}" "$@" </dev/null >out 2>err 3>&- 4>&- &
    init=$!
}
first=()

# init_ended STATUS
init_ended() {
    local got=0
    wait "$init" || got=$?
    init=
    equal $got "$1" || {
        cat out err
        return 1
    }
}

serves() { grep -q 'Server listening' err; }
children() { ps --ppid "$init" -o pid= | wc -l; }
child_named() { ps --ppid "$init" -o pid=,args= | awk -v name="$1" '{ pid = $1; sub(/^ *[0-9]+ /, "") } index($0, name) == 1 { print pid; exit }'; }

needs_namespaces() {
    is_root || skip "needs root"
    unshare -pf --mount-proc true 2>/dev/null || skip "no PID namespaces here"
}

# --- the program's status -------------------------------------------------------------------------------

# bats test_tags=quick
@test "its status and its output are ours, and nothing else is on standard output" {
    for code in 0 7 255; do
        run --separate-stderr "$SERVER" "${options[@]}" -- sh -c "printf 'a\n'; echo b >&2; exit $code"
        equal "$status" $code
        equal "$output" a
        grep -qx b <<<"$stderr"
    done
    equal "$(head -c 100000 /dev/zero | "$SERVER" "${options[@]}" -q -- cat | wc -c)" 100000
}

@test "a program that a signal ended: 128 and the number" {
    run "$SERVER" "${options[@]}" -- sh -c 'kill -KILL $$'
    equal "$status" 137
    run "$SERVER" "${options[@]}" -- sh -c 'kill -TERM $$'
    equal "$status" 143
    run "$SERVER" "${options[@]}" -- sh -c 'kill -SEGV $$'
    equal "$status" 139
}

@test "a program that cannot be run" {
    run -127 "$SERVER" "${options[@]}" -- "$work/none"
    like "$output" "cannot run $work/none: No such file"
    run "$SERVER" "${options[@]}" -- "$work/authorized_keys"
    equal "$status" 126
    like "$output" "cannot run $work/authorized_keys: Permission denied"
    run -127 env PATH=/nowhere "$SERVER" "${options[@]}" -- nothing-of-this-name
    like "$output" 'nothing-of-this-name: not found'
    run "$SERVER" "${options[@]}" --
    equal "$status" 2
}

@test "a program of the PATH first, then a command that is built in" {
    mkdir bin
    printf '#!/bin/sh\nprintf "%%s\\n" "a program: $*"\n' >bin/echo
    chmod +x bin/echo
    equal "$(PATH=$PWD/bin:$PATH "$SERVER" "${options[@]}" -q -- echo x -y)" 'a program: x -y'
    equal "$(env -i "$SERVER" "${options[@]}" -q -- echo x -y)" 'x -y'
    equal "$(env -i PATH=/nowhere "$SERVER" "${options[@]}" -q -- echo x)" x
}

# --- signals --------------------------------------------------------------------------------------------

hands_on() {
    local signals=(HUP INT QUIT USR1 USR2 WINCH CONT TSTP ALRM PIPE CHLD URG)
    init_start -- "$work/app" "${signals[@]/#/SIG}"
    await 5 grep -q ready out
    await 5 serves
    to=$init
    [ ${#first[@]} = 0 ] || to=$(child_named "$SERVER")
    for signal in "${signals[@]}"; do
        [ $signal != CHLD ] || continue
        kill -s $signal "$to"
        await 5 grep -qx SIG$signal out
    done
    kill -TERM "$to"
    init_ended 9
    equal "$(grep -c . out)" 12
    grep -q 'Received signal 15; terminating' err
}

@test "signals are handed on, and none of them ends anything but the program" { hands_on; }

@test "signals are handed on by process 1" {
    needs_namespaces
    first=(unshare -pf --mount-proc)
    hands_on
}

@test "the program's signals are all at their default, whatever was ignored before" {
    run python3 - "$SERVER" "${options[@]}" -q -- grep -E '^Sig(Ign|Blk):\s+0+$' /proc/self/status <<'END_'
import os, signal, sys
for n in signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE, signal.SIGTERM:
    signal.signal(n, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGCHLD})
os.execv(sys.argv[1], sys.argv[1:])
END_
    equal "$status" 0
    equal "${#lines[@]}" 2
}

@test "what the program left behind is reaped, whoever's child it was" {
    init_start -- sh -c 'for i in 1 2 3; do (sh -c "sleep 0.0$i" &); done; exec sleep 60'
    await 5 serves
    reaped() { [ "$(children)" = 2 ] && ! ps --ppid "$init" -o stat= | grep -q Z; }
    await 5 reaped
    kill -TERM "$init"
    init_ended 143
}

@test "process 1 reaps, and its namespace goes with the program" {
    needs_namespaces
    first=(unshare -pf --mount-proc)
    # shellcheck disable=SC2016
    init_start -- sh -c 'for i in 1 2 3; do (setsid sleep 0.0$i &); done
        (setsid sleep 61234 &)
        while [ "$(ps -eo args= | grep -c "^sleep 0")" != 0 ] || ps -eo stat= | grep -q Z; do sleep 0.02; done
        ps -p 1 -o args=; echo clean; exit 3'
    init_ended 3
    grep -q -- '-- sh -c' out
    grep -qx clean out
    [ -z "$(ps -eo args= | grep -x 'sleep 61234' || true)" ]
}

# --- the server beside it -------------------------------------------------------------------------------

@test "one can log in beside it; its end ends the session" {
    init_start -- sh -c 'until [ -e over ]; do sleep 0.05; done; exit 4'
    await 5 serves
    server=$PWD/ssh
    client_configure 127.0.0.1 "$port"
    equal "$(client 'echo in')" in
    client -tt 'echo in; sleep 60' >session 2>&1 </dev/null 3>&- &
    session=$!
    await 5 grep -q in session
    : >over
    init_ended 4
    status=0
    wait $session || status=$?
    equal $status 255
    equal "$(cat out)" ''
}

@test "the port is taken: a line in the log, and the program goes on" {
    init_start -- sleep 60
    await 5 serves
    other=$init
    run "$SERVER" "${options[@]}" -- sh -c 'sleep 0.5; echo went on; exit 6'
    equal "$status" 6
    like "$output" 'cannot listen on .*: Address already in use'
    like "$output" 'SSH has ended with status 1'
    like "$output" 'went on'
    run "$SERVER" "${options[@]}" --strict -- sleep 60
    equal "$status" 1
    like "$output" 'SSH has ended with status 1; terminating\.'
    init=$other
    kill -TERM "$init"
    init_ended 143
}

@test "the server dies later: the program goes on, with --strict it is ended" {
    for strict in '' --strict; do
        # shellcheck disable=SC2086
        init_start $strict -- "$work/app"
        await 5 serves
        await 5 grep -q ready out
        kill -KILL "$(child_named "$SERVER")"
        await 5 grep -q 'SSH has ended with status 137' err
        [ -n "$strict" ] || {
            equal "$(children)" 1
            kill -TERM "$init"
        }
        init_ended "$([ -n "$strict" ] && echo 1 || echo 9)"
    done
}

@test "init is killed: so is the server, and the port is free" {
    init_start -- sleep 60
    await 5 serves
    beside=$(child_named "$SERVER") program=$(child_named 'sleep 60')
    kill -KILL "$init"
    wait "$init" || true
    init=
    await 5 is_gone "$beside"
    kill "$program"
    grep -q 'Received signal 15' err
}

@test "--once, --ttl and --exit-idle end the server only" {
    for option in '--ttl 1' '--exit-idle 1' --once; do
        # shellcheck disable=SC2086
        init_start --strict $option -- "$work/app"
        await 5 serves
        server=$PWD/ssh
        client_configure 127.0.0.1 "$port"
        [ "$option" != --once ] || client true
        alone() { [ "$(children)" = 1 ]; }
        await 5 alone
        await 5 grep -q ready out
        kill -TERM "$init"
        init_ended 9
    done
}

# --- what the program gets --------------------------------------------------------------------------------

@test "no secret and no variable of ours reaches the program, a session or /proc" {
    secret=$(sed -n 3p "$work/host_key")
    options=()
    export NANO_SSH_HOST_KEY NANO_SSH_AUTHORIZED_KEYS NANO_SSH_LISTEN=127.0.0.1:$port NANO_SSH_USER=$login NANO_SSH_ELSE=x
    NANO_SSH_HOST_KEY=$(cat "$work/host_key") NANO_SSH_AUTHORIZED_KEYS=$(cat "$work/id.pub")
    OTHER=stays init_start -- sh -c 'env; exec sleep 60'
    await 5 serves
    unset NANO_SSH_HOST_KEY NANO_SSH_AUTHORIZED_KEYS NANO_SSH_LISTEN NANO_SSH_USER NANO_SSH_ELSE
    await 5 grep -q '^OTHER=stays' out
    run grep NANO out
    equal "$status" 1
    server=$PWD/ssh
    client_configure 127.0.0.1 "$port"
    run client 'env; tr "\0" "\n" </proc/self/environ'
    like "$output" SSH_CONNECTION
    equal "$(grep -c NANO_ <<<"$output" || true)" 0
    for pid in "$init" $(ps --ppid "$init" -o pid=); do
        cp "/proc/$pid/environ" environ 2>/dev/null || continue # the server's can only be read by a capable root
        equal "$(tr '\0\n' '  ' <environ | grep -caF "$secret" || true)" 0
    done
    tr '\0' '\n' <"/proc/$init/environ" >environ
    equal "$(grep -ac NANO_SSH environ || true)" 0
    grep -qx OTHER=stays environ
    kill -TERM "$init"
    init_ended 143
}

# bats test_tags=release
@test "the key is not to be found in the memory of init, nor in that of a command that is built in" {
    is_root || skip "needs root"
    secret=$(sed -n 3p "$work/host_key")
    NANO_SSH_HOST_KEY=$(cat "$work/host_key")
    export NANO_SSH_HOST_KEY
    options=(-p "127.0.0.1:$port")
    mkfifo fifo
    # shellcheck disable=SC2094
    PATH=/nowhere "$SERVER" "${options[@]}" -- cat <fifo >out 2>err 3>&- 4>&- &
    init=$!
    exec 5>fifo
    await 5 serves
    for pid in "$init" $(ps --ppid "$init" -o pid=); do
        run python3 - "$pid" "$secret" <<'END_'
import sys
pid, secret = sys.argv[1], sys.argv[2].encode()
with open("/proc/%s/maps" % pid) as maps, open("/proc/%s/mem" % pid, "rb", 0) as mem:
    for line in maps:
        a, b = (int(x, 16) for x in line.split()[0].split("-"))
        if line.split()[1][0] != "r" or b - a > 1 << 28 or "[v" in line:
            continue
        mem.seek(a)
        if secret in mem.read(b - a):
            sys.exit("found in " + line)
END_
        equal "$output" ''
        equal "$status" 0
    done
    exec 5>&-
    init_ended 0
}

@test "descriptors: standard ones and those it was given; not the readiness pipe" {
    mkfifo fifo
    # shellcheck disable=SC2094
    "$SERVER" "${options[@]}" --ready-fd 9 -- sh -c 'ls -l /proc/$$/fd >part; mv part out; exec sleep 60' 7<"$work/id.pub" 9>fifo </dev/null >out 2>err 3>&- 4>&- &
    init=$!
    # Its end comes although the program still runs: nobody else holds it.
    equal "$(timeout 10 cat fifo | od -An -c | tr -d ' ')" '\n'
    await 5 grep -q ' 7 -> .*id.pub' out
    equal "$(grep -c ' 9 -> ' out || true)" 0
    equal "$(grep -cE 'socket|eventpoll|signalfd' out || true)" 0
    kill -TERM "$init"
    init_ended 143
}

@test "on a terminal: the program is in the foreground, control-C is its own" {
    run python3 "$root/tests/support/terminal.py" 24 80 "$SERVER" "${options[@]}" -q -- \
        python3 -c 'if True: # waits for the signal as bash cannot: a trap may come just before the call that waits
            import os, signal
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            print("line", input(), os.getpgrp(), os.tcgetpgrp(0), flush=True)
            signal.sigwait({signal.SIGINT})
            print("got it", flush=True)
            os._exit(5)' <<'SCRIPT'
send hello\n
wait line hello +(\d+) +(\1)
send \x03
wait got it
SCRIPT
    echo "$output"
    equal "$status" 5
}

@test "without a program nothing has changed: no child" {
    init_start
    await 5 serves
    equal "$(children)" 0
    kill -TERM "$init"
    init_ended 0
}
